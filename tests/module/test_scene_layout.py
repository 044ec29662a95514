"""The Red view alone, and the layout before."""

from __future__ import annotations

from typing import Any

import slicer

from CXRGroundingLib.scene_layout import layoutNode, showLayout, showRedAlone

FOUR_UP = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def test_the_red_view_is_shown_alone_and_the_layout_before_comes_back(scene: Any) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLLayoutNode")
    node.SetViewArrangement(FOUR_UP)
    before = showRedAlone(scene)
    assert (before, node.GetViewArrangement()) == (FOUR_UP, slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    assert showRedAlone(scene) is None  # there is nothing to bring back twice
    showLayout(scene, before)
    assert node.GetViewArrangement() == FOUR_UP


def test_without_layouts_nothing_happens(scene: Any) -> None:
    assert layoutNode(scene) is None
    assert showRedAlone(scene) is None
    showLayout(scene, FOUR_UP)
