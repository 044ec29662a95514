"""The layout of Slicer's views: a radiograph is best seen in the Red view alone."""

from __future__ import annotations

from typing import Any

import slicer


def layoutNode(scene: Any) -> Any | None:
    """The scene's vtkMRMLLayoutNode; None outside of Slicer's application, where there is one view anyway."""
    return scene.GetFirstNodeByClass("vtkMRMLLayoutNode")


def showRedAlone(scene: Any) -> int | None:
    """Show the Red view alone.

    Returns:
        The layout before, to be given to `showLayout`; None where nothing had to change.
    """
    node = layoutNode(scene)
    if node is None or node.GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView:
        return None
    before = int(node.GetViewArrangement())
    node.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    return before


def showLayout(scene: Any, layout: int) -> None:
    """Show a layout by its number (vtkMRMLLayoutNode::SlicerLayout)."""
    node = layoutNode(scene)
    if node is not None:
        node.SetViewArrangement(layout)
