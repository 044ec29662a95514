"""The overlay as Slicer's own slice logic composites it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from cxr_grounding import Doubted, Grounder, Grounding, Verdict, VerdictKind, read_image
from CXRGroundingLib import scene_view
from CXRGroundingLib.color_maps import NOT_SEEN, NOT_SEEN_COLOR, levelColors
from CXRGroundingLib.scene_loader import loadRadiograph
from CXRGroundingLib.scene_writer import Kind, companion, lowestOf, writeFinding
from slicer_application import VIEW, Application, Legends, legendsOf

PHRASE = "Large left pleural effusion"


@pytest.fixture(scope="module")
def grounding(phantomFile: Path, demoGrounder: Grounder) -> Grounding:
    demoGrounder.set_radiograph(read_image(phantomFile), preset="fast")
    return dataclasses.replace(demoGrounder.ground(PHRASE), verdict=Verdict(VerdictKind.POINTS_HERE, ()))


@pytest.fixture
def volumeNode(scene: Any, application: Application, phantomFile: Path) -> Any:
    """Loaded, and shown in Red."""
    node = loadRadiograph(scene, phantomFile, read_image).volumeNode
    assert scene_view.showInRed(node, application.logic)
    return node


@pytest.fixture
def legends(application: Application) -> Iterator[Legends]:
    """Of the Red view."""
    with legendsOf(application.logic, application.views["Red"]) as legends:
        yield legends


def samples(levels: Any) -> list[tuple[int, int, int]]:
    """(row, column, level): for each level a voxel whose neighbours are of the same level."""
    found = []
    for level in np.unique(levels):
        same = np.pad(levels, 2, constant_values=255) == level
        inner = np.all([np.roll(same, (a, b), (0, 1)) for a in range(-2, 3) for b in range(-2, 3)], axis=0)[2:-2, 2:-2]
        rows, columns = np.nonzero(inner)
        if rows.size:
            middle = rows.size // 2
            found.append((int(rows[middle]), int(columns[middle]), int(level)))
    return found


@pytest.mark.parametrize("opacity", [1.0, 0.6])
def test_the_composite_is_the_radiograph_under_the_levels_colors(
    application: Application, volumeNode: Any, grounding: Grounding, opacity: float
) -> None:
    plain = application.composite().astype(float)
    label = writeFinding(volumeNode, grounding)
    assert scene_view.showFinding(label, opacity, False)
    shown = application.composite().astype(float)
    colors, checked = levelColors("inferno"), []
    for row, column, level in samples(slicer.util.arrayFromVolume(label)[0]):
        at = application.pixel_of(volumeNode, column, row)
        red_green_blue, alpha = np.array(colors[level][:3]), colors[level][3] * opacity
        expected = (1 - alpha) * plain[at] + alpha * 255 * red_green_blue
        np.testing.assert_allclose(shown[at], expected, atol=2.5, err_msg=f"level {level} at {row}, {column}")
        checked.append(level)
    assert {0, NOT_SEEN} < set(checked)
    assert len(checked) >= 5


@pytest.mark.parametrize("doubted", Doubted)
def test_heat_that_is_not_believed_shows_as_weak_as_was_asked_and_can_be_changed_at_once(
    application: Application, volumeNode: Any, grounding: Grounding, doubted: Doubted
) -> None:
    plain = application.composite().astype(float)
    absent = dataclasses.replace(grounding, verdict=Verdict(VerdictKind.POINTS_NOWHERE, ("It is so.",)))
    label = writeFinding(volumeNode, absent, doubted=doubted)
    scene_view.showFinding(label, 1.0, False)
    shown = application.composite().astype(float)
    row, column, level = samples(slicer.util.arrayFromVolume(label)[0])[-2]  # the hottest; last comes what was not seen
    assert 5 < level < NOT_SEEN
    at, color = application.pixel_of(volumeNode, column, row), levelColors("inferno")[level]
    alpha = color[3] * {Doubted.PALE: 0.3, Doubted.HIDDEN: 0.0, Doubted.FULL: 1.0}[doubted]
    np.testing.assert_allclose(shown[at], (1 - alpha) * plain[at] + alpha * 255 * np.array(color[:3]), atol=2.5)
    scene_view.recolor(label, "inferno", 0, Doubted.HIDDEN)
    np.testing.assert_allclose(application.composite()[at], plain[at], atol=1)
    assert (
        application.composite()[application.pixel_of(volumeNode, 1, 1)].tolist()
        == shown[application.pixel_of(volumeNode, 1, 1)].tolist()
    ), "what was not seen stays marked"


def test_the_radiograph_lies_upright_in_red(application: Application, volumeNode: Any) -> None:
    voxels = slicer.util.arrayFromVolume(volumeNode)[0].astype(float)
    rows, columns = voxels.shape
    places = [(r, c) for r in range(20, rows, 40) for c in range(20, columns, 40)]
    shown = [float(application.composite()[application.pixel_of(volumeNode, c, r)].mean()) for r, c in places]
    assert np.corrcoef(shown, [voxels[place] for place in places])[0, 1] > 0.99
    top, left = application.pixel_of(volumeNode, 0, 0)
    bottom, right = application.pixel_of(volumeNode, columns - 1, rows - 1)
    assert 0 <= top < bottom <= VIEW
    assert 0 <= left < right <= VIEW


def test_an_outline_leaves_the_inside_clear(application: Application, volumeNode: Any, grounding: Grounding) -> None:
    plain = application.composite()
    label = writeFinding(volumeNode, grounding)
    scene_view.showFinding(label, 1.0, True)
    outlined = application.composite()
    scene_view.showFinding(label, 1.0, False)
    filled = application.composite()
    changed = [(image != plain).any(axis=2).sum() for image in (outlined, filled)]
    assert 0 < changed[0] < changed[1]


def test_a_threshold_clears_the_cold_levels_without_a_new_label_map(
    application: Application, volumeNode: Any, grounding: Grounding
) -> None:
    plain = application.composite()
    label = writeFinding(volumeNode, grounding)
    levels = slicer.util.arrayFromVolume(label)[0].copy()
    scene_view.showFinding(label, 1.0, False)
    scene_view.recolor(label, "inferno", 70)
    shown = application.composite()
    for row, column, level in samples(levels):
        at = application.pixel_of(volumeNode, column, row)
        lowest = lowestOf(label)
        is_hidden = (level - lowest + 1) * 100 <= 70 * (10 - lowest + 1)
        assert (shown[at] == plain[at]).all() == is_hidden
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(label)[0], levels)


def test_another_color_map_shows_at_once(application: Application, volumeNode: Any, grounding: Grounding) -> None:
    label = writeFinding(volumeNode, grounding)
    scene_view.showFinding(label, 1.0, False)
    scene_view.recolor(label, "viridis", 0)
    row, column, level = max(samples(slicer.util.arrayFromVolume(label)[0])[:-1], key=lambda sample: sample[2])
    shown = application.composite()[application.pixel_of(volumeNode, column, row)]
    red, green, blue, alpha = levelColors("viridis")[level]
    assert level >= 8
    assert np.argmax(shown) == np.argmax([red, green, blue])
    assert alpha >= 0.8


def test_what_was_not_seen_is_veiled_in_grey(application: Application, volumeNode: Any, grounding: Grounding) -> None:
    plain = application.composite().astype(float)
    label = writeFinding(volumeNode, grounding)
    scene_view.showFinding(label, 1.0, False)
    rows, columns = np.nonzero(slicer.util.arrayFromVolume(label)[0] == NOT_SEEN)
    at = application.pixel_of(volumeNode, int(columns[columns.size // 4]), int(rows[rows.size // 4]))
    *color, alpha = NOT_SEEN_COLOR
    expected = (1 - alpha) * plain[at] + alpha * 255 * np.array(color)
    np.testing.assert_allclose(application.composite()[at], expected, atol=2.5)


def test_only_views_that_show_the_radiograph_show_the_finding(
    application: Application, volumeNode: Any, grounding: Grounding
) -> None:
    label = writeFinding(volumeNode, grounding)
    scene_view.showFinding(label, 0.5, True)
    red, green = (application.views[name] for name in ("Red", "Green"))
    assert red.GetSliceCompositeNode().GetLabelVolumeID() == label.GetID()
    assert red.GetSliceCompositeNode().GetLabelOpacity() == 0.5
    assert red.GetSliceNode().GetUseLabelOutline()
    assert green.GetSliceCompositeNode().GetLabelVolumeID() is None
    assert not green.GetSliceNode().GetUseLabelOutline()


def test_where_no_view_shows_the_radiograph_nothing_is_shown(
    scene: Any, application: Application, phantomFile: Path, grounding: Grounding
) -> None:
    label = writeFinding(loadRadiograph(scene, phantomFile, read_image).volumeNode, grounding)
    assert not scene_view.showFinding(label, 1.0, False)


def test_a_layout_without_the_slice_view_shows_nothing_until_the_view_is_back(
    application: Application, volumeNode: Any, grounding: Grounding
) -> None:
    sliceNode, label = application.views["Red"].GetSliceNode(), writeFinding(volumeNode, grounding)
    sliceNode.SetMappedInLayout(False)
    assert not scene_view.showFinding(label, 1.0, False)
    assert not scene_view.isSeen(volumeNode)
    sliceNode.SetMappedInLayout(True)
    assert scene_view.isSeen(volumeNode)
    assert application.views["Red"].GetSliceCompositeNode().GetLabelVolumeID() == label.GetID()


def test_a_finding_whose_radiograph_is_gone_is_not_shown(scene: Any, volumeNode: Any, grounding: Grounding) -> None:
    label = writeFinding(volumeNode, grounding)
    scene.RemoveNode(volumeNode)
    assert not scene_view.showFinding(label, 1.0, False)
    scene_view.jumpTo(label, 10, 10)


def test_a_finding_whose_radiograph_is_gone_leaves_the_views_and_its_box_goes_out_of_sight(
    scene: Any, application: Application, volumeNode: Any, grounding: Grounding
) -> None:
    label = writeFinding(volumeNode, grounding, box=True)
    scene_view.showFinding(label, 1.0, False)
    scene_view.hideOrphans(scene)
    composite = application.views["Red"].GetSliceCompositeNode()
    assert (composite.GetLabelVolumeID(), companion(label, Kind.BOX).GetDisplayVisibility()) == (label.GetID(), 1)
    scene.RemoveNode(volumeNode)
    scene_view.hideOrphans(scene)
    assert (composite.GetLabelVolumeID(), companion(label, Kind.BOX).GetDisplayVisibility()) == (None, 0)


def test_hiding_leaves_other_label_maps(
    scene: Any, application: Application, volumeNode: Any, grounding: Grounding
) -> None:
    label = writeFinding(volumeNode, grounding)
    scene_view.showFinding(label, 1.0, False)
    assert scene_view.shownFinding(volumeNode) is label
    scene_view.hideFindings(volumeNode)
    assert scene_view.shownFinding(volumeNode) is None
    foreign = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "someone else's")
    composite = application.views["Red"].GetSliceCompositeNode()
    composite.SetLabelVolumeID(foreign.GetID())
    scene_view.hideFindings(volumeNode)
    assert composite.GetLabelVolumeID() == foreign.GetID()


def test_a_finding_has_one_legend_with_the_levels_names(volumeNode: Any, grounding: Grounding) -> None:
    label = writeFinding(volumeNode, grounding)
    for _ in range(2):
        scene_view.showFinding(label, 1.0, False)
    assert slicer.vtkSlicerColorLogic.GetNumberOfColorLegendDisplayNodes(label) == 1
    legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label)
    assert (legend.GetTitleText(), legend.GetUseColorNamesForLabels()) == ("Relative heat", True)


def test_the_legend_goes_and_comes_back_with_its_finding(
    legends: Legends, volumeNode: Any, grounding: Grounding
) -> None:
    label = writeFinding(volumeNode, grounding)
    scene_view.showFinding(label, 1.0, False)
    assert legends.shows(label)
    for _ in range(2):
        scene_view.hideFindings(volumeNode)
        assert not legends.shows(label)
        scene_view.showFinding(label, 1.0, False)
        assert legends.shows(label)


def test_of_two_findings_only_the_shown_ones_legend_is_on_the_screen(
    legends: Legends, volumeNode: Any, grounding: Grounding
) -> None:
    other = dataclasses.replace(grounding, phrase=dataclasses.replace(grounding.phrase, text="Cardiomegaly"))
    first = writeFinding(volumeNode, grounding)
    second = writeFinding(volumeNode, other)
    for shown, hidden in ((first, second), (second, first), (first, second)):
        scene_view.showFinding(shown, 1.0, False)
        assert legends.shows(shown)
        assert not legends.shows(hidden)


def test_another_radiograph_in_red_takes_the_legend_away(
    scene: Any, application: Application, legends: Legends, volumeNode: Any, grounding: Grounding, phantomFile: Path
) -> None:
    label = writeFinding(volumeNode, grounding)
    scene_view.showFinding(label, 1.0, False)
    scene_view.showInRed(loadRadiograph(scene, phantomFile, read_image).volumeNode, application.logic)
    assert not legends.shows(label)


def test_jumping_moves_a_view_only_when_the_place_is_out_of_sight(
    application: Application, volumeNode: Any, grounding: Grounding
) -> None:
    label = writeFinding(volumeNode, grounding)
    sliceNode = application.views["Red"].GetSliceNode()
    before = slicer.util.arrayFromVTKMatrix(sliceNode.GetSliceToRAS()).copy()
    scene_view.jumpTo(label, 200.5, 100.5)
    np.testing.assert_array_equal(slicer.util.arrayFromVTKMatrix(sliceNode.GetSliceToRAS()), before)
    sliceNode.SetFieldOfView(20, 20, 1)
    scene_view.jumpTo(label, 200.5, 100.5)
    assert application.pixel_of(volumeNode, 200, 100) == pytest.approx((VIEW / 2, VIEW / 2), abs=1)


def test_without_a_red_view_a_radiograph_is_loaded_all_the_same(scene: Any, phantomFile: Path) -> None:
    assert not scene_view.showInRed(loadRadiograph(scene, phantomFile, read_image).volumeNode)
