"""Several findings together: the active one as heat, the others drawn around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer

from CXRGroundingLib import scene_outlines, scene_writer
from CXRGroundingLib.color_maps import LEVELS, levelColors
from CXRGroundingLib.scene_findings import SceneFindings
from CXRGroundingLib.scene_outlines import STYLES, contours, outlines
from CXRGroundingLib.scene_reader import KIND_ATTRIBUTE
from slicer_application import Application

ROWS, COLUMNS = 120, 160
AREAS = {
    "left effusion": (slice(20, 60), slice(90, 150)),
    "cardiomegaly": (slice(50, 100), slice(40, 100)),
    "pneumothorax": (slice(5, 30), slice(0, 40)),
}


@pytest.fixture
def volumeNode(scene: Any, application: Application, makeVolume: Callable[..., Any]) -> Any:
    node = makeVolume(np.arange(ROWS * COLUMNS, dtype=np.uint16).reshape(ROWS, COLUMNS))
    application.views["Red"].GetSliceCompositeNode().SetBackgroundVolumeID(node.GetID())
    return node


@pytest.fixture
def found(scene: Any, volumeNode: Any, makeVolume: Callable[..., Any]) -> dict[str, Any]:
    """Label maps as the module makes them, by their phrase."""
    nodes = {}
    for phrase, area in AREAS.items():
        levels = np.zeros((ROWS, COLUMNS), np.uint8)
        levels[area] = 7
        node = nodes[phrase] = makeVolume(levels, phrase, "vtkMRMLLabelMapVolumeNode")
        node.CreateDefaultDisplayNodes()
        table = scene.AddNewNodeByClass("vtkMRMLColorTableNode", f"{phrase} colors")
        scene_writer.paint(table, levelColors("inferno"))
        node.GetDisplayNode().SetAndObserveColorNodeID(table.GetID())
        node.SetNodeReferenceID(scene_writer.Kind.COLORS.role, table.GetID())
        node.SetNodeReferenceID(scene_writer.RADIOGRAPH_ROLE, volumeNode.GetID())
        node.SetAttribute(KIND_ATTRIBUTE, "label map")
        node.SetAttribute(scene_writer.RESULT_ATTRIBUTE, "{}")
        node.SetAttribute("CXRGrounding.Phrase", phrase)
    return nodes


@pytest.fixture
def logic(scene: Any, found: dict[str, Any]) -> SceneFindings:
    return SceneFindings(scene)


def drawn(scene: Any) -> list[str]:
    return sorted({curve.GetAttribute("CXRGrounding.Phrase") for curve in outlines(scene)})


def test_a_contour_runs_around_the_region(found: dict[str, Any]) -> None:
    (line,) = contours(found["cardiomegaly"])
    assert line.min(axis=0) == pytest.approx([40, 50], abs=1.5)
    assert line.max(axis=0) == pytest.approx([100, 100], abs=1.5)


def test_a_region_at_the_edge_is_closed_along_it(found: dict[str, Any]) -> None:
    (line,) = contours(found["pneumothorax"])
    assert line[:, 0].min() == 0
    assert (line >= 0).all()
    assert line.max(axis=0) == pytest.approx([40, 30], abs=1.5)


def test_a_curve_lies_where_the_region_lies_in_the_scene(scene: Any, found: dict[str, Any], logic: Any) -> None:
    logic.showFinding(found["left effusion"])
    logic.tick(found["cardiomegaly"], True)
    (curve,) = outlines(scene)
    points = slicer.util.arrayFromMarkupsControlPoints(curve, world=True)
    assert points.min(axis=0)[:2] == pytest.approx([-99.5, -99.5], abs=1.5)  # of pixels that run to the left and back
    assert points.max(axis=0)[:2] == pytest.approx([-39.5, -49.5], abs=1.5)


def test_the_active_one_is_heat_and_the_others_that_are_ticked_are_drawn_around(
    scene: Any, volumeNode: Any, found: dict[str, Any], logic: SceneFindings
) -> None:
    one, two, three = found.values()
    logic.tick(one, True)
    assert (logic.shownFinding(volumeNode), drawn(scene)) == (one, [])
    logic.tick(two, True)
    logic.tick(three, True)
    assert (logic.shownFinding(volumeNode), drawn(scene)) == (one, ["cardiomegaly", "pneumothorax"])
    logic.showFinding(two)  # they change places
    assert drawn(scene) == ["left effusion", "pneumothorax"]
    logic.tick(two, False)
    assert (logic.shownFinding(volumeNode), drawn(scene)) == (one, ["pneumothorax"])
    assert [logic.isTicked(node) for node in found.values()] == [True, False, True]


def test_colors_and_patterns_stay_with_their_finding(scene: Any, found: dict[str, Any], logic: SceneFindings) -> None:
    def looks() -> dict[str, tuple[Any, ...]]:
        return {
            curve.GetAttribute("CXRGrounding.Phrase"): (
                tuple(round(part, 2) for part in curve.GetDisplayNode().GetSelectedColor()),
                curve.GetAttribute("CXRGrounding.Pattern"),
            )
            for curve in outlines(scene)
        }

    for node in found.values():
        logic.tick(node, True)
    assert looks() == {
        "cardiomegaly": (STYLES[1].color, STYLES[1].pattern),
        "pneumothorax": (STYLES[2].color, STYLES[2].pattern),
    }
    logic.showFinding(found["cardiomegaly"])
    assert looks()["left effusion"] == (STYLES[0].color, STYLES[0].pattern)
    assert len({style.pattern for style in STYLES}) == len({style.color for style in STYLES}) == len(STYLES)


def test_all_as_outlines_takes_the_heat_away_and_gives_it_back(
    scene: Any, found: dict[str, Any], logic: SceneFindings
) -> None:
    def strength() -> float:
        color = [0.0] * 4
        found["left effusion"].GetDisplayNode().GetColorNode().GetColor(LEVELS, color)
        return color[3]

    logic.tick(found["left effusion"], True)
    logic.setAllOutlined(True)
    assert (drawn(scene), strength()) == (["left effusion"], 0.0)
    logic.setAllOutlined(False)
    assert (drawn(scene), strength()) == ([], 1.0)


def test_an_answer_that_changed_is_drawn_around_anew_and_one_that_did_not_is_left(
    scene: Any, found: dict[str, Any], logic: SceneFindings
) -> None:
    one, two, _ = found.values()
    for node in (one, two):
        logic.tick(node, True)
    (before,) = outlines(scene)
    logic.updateOutlines()
    assert outlines(scene) == [before]
    slicer.util.arrayFromVolume(two)[...] = 0
    slicer.util.arrayFromVolume(two)[0, 10:30, 10:30] = 3
    slicer.util.arrayFromVolumeModified(two)
    logic.updateOutlines()
    (after,) = outlines(scene)
    assert after is not before


def test_no_curve_outlives_its_finding_or_its_radiograph(
    scene: Any, volumeNode: Any, found: dict[str, Any], logic: SceneFindings
) -> None:
    for node in found.values():
        logic.tick(node, True)
    logic.removeFinding(found["cardiomegaly"])
    assert drawn(scene) == ["pneumothorax"]
    scene.RemoveNode(volumeNode)
    logic.updateOutlines()
    assert outlines(scene) == []


def test_scenes_do_not_keep_the_curves_but_what_is_ticked(found: dict[str, Any], logic: SceneFindings) -> None:
    for node in found.values():
        logic.tick(node, True)
    assert not any(curve.GetSaveWithScene() for curve in outlines(logic.scene))
    assert all(scene_outlines.isTicked(node) for node in found.values())


def test_a_removed_finding_comes_back_tied_as_it_was(
    scene: Any, volumeNode: Any, found: dict[str, Any], logic: SceneFindings
) -> None:
    node = found["left effusion"]
    display, table = node.GetDisplayNode(), node.GetDisplayNode().GetColorNode()
    assert not logic.canRestore
    logic.removeFinding(node)
    assert not any(map(scene.IsNodePresent, (node, display, table)))
    scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "another")  # which may get the ID of the removed one
    assert logic.restoreFinding() is node
    assert node.GetNodeReference(scene_writer.RADIOGRAPH_ROLE) is volumeNode
    assert node.GetDisplayNode() is display
    assert display.GetColorNode() is table
    assert scene_writer.companion(node, scene_writer.Kind.COLORS) is table
    assert logic.shownFinding(volumeNode) is node
    logic.removeFinding(node)
    scene.RemoveNode(volumeNode)
    assert logic.restoreFinding() is None
