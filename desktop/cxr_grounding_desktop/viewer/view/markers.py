"""Which letters stand at the left and right edge of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_grounding_desktop.viewer.view.layers import rightward

if TYPE_CHECKING:
    from cxr_grounding import Orientation

STRAIGHT = 0.87
"""Least part of the way to the right that must run along one axis of the image: a turn of up to 30 degrees."""


def edge_letters(layer: Any, orientation: Orientation) -> tuple[str, str] | None:
    """Toward which side of the patient the view's left and right edge lie.

    Args:
        layer: the vtkMRMLSliceLayerLogic of the radiograph.
        orientation: what the file says; the place of the volume in the scene says nothing about a radiograph.

    Returns:
        (left, right), each one of L R A P H F; None where the file does not say, or the view is turned so far that
        neither axis of the image runs across.
    """
    if not orientation.known:
        return None
    along_columns, along_rows = rightward(layer)
    for part, (first, last) in ((along_columns, orientation.across), (along_rows, orientation.down)):
        if abs(part) >= STRAIGHT:
            return (first, last) if part > 0 else (last, first)
    return None
