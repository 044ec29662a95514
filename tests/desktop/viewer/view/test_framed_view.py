"""What stands beside the image, on the screen and in pictures, and that it stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer
from PyQt5.QtGui import QColor, QFont
from pytestqt.qtbot import QtBot

from cxr_grounding import Orientation
from cxr_grounding_desktop.viewer.view.bands import HELP, Said, bottom_band, top_band
from cxr_grounding_desktop.viewer.view.caption import QUICK
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from cxr_grounding_desktop.viewer.view.text import AMBER, INK
from CXRGroundingLib import scene_view

from .conftest import COLUMNS, ROWS

DOUBT = "This is a view from the side, but the models were trained on frontal views. Do not rely on the result."


def has(array: Any, color: QColor) -> bool:
    return bool((array[..., :3] == [color.red(), color.green(), color.blue()]).all(axis=-1).any())


@pytest.mark.parametrize(("width", "height"), [(380, 600), (900, 500), (1900, 1300)])
def test_nothing_covers_the_image_at_any_size(
    frame: FramedView, label: Any, array_of: Callable, width: int, height: int, qtbot: QtBot
) -> None:
    frame.resize(width, height)
    qtbot.wait(20)
    alone, whole = array_of(frame.view.picture()), array_of(frame.grab().toImage())
    top = frame.view.y()
    assert 0 < top < 60
    assert frame.view.height() > height / 2
    np.testing.assert_array_equal(whole[top : top + alone.shape[0], :, :3], alone[..., :3])
    assert has(whole[top + alone.shape[0] :], AMBER)


def test_whose_image_it_is_stands_above_it_until_it_is_switched_off(frame: FramedView, volume: Any) -> None:
    assert frame.identity_parts == ("Doe, Jane · 4711", "2020-01-02", "PA", "chest.dcm")
    frame.show_identity(False)
    assert frame.said().identity == ()


def test_an_image_to_doubt_says_so_in_the_warning_color_here_and_in_pictures(
    frame: FramedView, volume: Any, known: Any, array_of: Callable
) -> None:
    for picture in (frame.picture, frame.whole_picture):
        known.doubts = ()
        assert not has(array_of(picture()), AMBER)
        known.doubts = (DOUBT,)
        assert has(array_of(picture()), AMBER)
    frame.show_identity(False)
    frame.show_legend(False)
    assert frame.said().doubts == (DOUBT,)  # neither is for that


def test_a_quick_answer_says_so_in_the_warning_color(frame: FramedView, label: Any) -> None:
    assert (QUICK, AMBER) not in frame.said().texts
    label.SetAttribute("CXRGrounding.Preset", "fast")
    assert (QUICK, AMBER) in frame.said().texts


def test_verdict_place_and_what_was_asked_there_follow_the_phrase(frame: FramedView, label: Any) -> None:
    for name, value in (("Verdict", "points here"), ("Place", "large, left"), ("Asked", "Large left effusion")):
        label.SetAttribute(f"CXRGrounding.{name}", value)
    assert [text for text, color in frame.said().texts if color == INK] == [
        "left pleural effusion",
        "points here",
        'best explained at: large, left (asked: "Large left effusion")',
    ]


CHANGES: dict[str, Callable[[Any], object]] = {
    "phrase": lambda label: label.SetAttribute("CXRGrounding.Phrase", "right pneumothorax"),
    "legend": lambda label: slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label).SetVisibility(False),
    "title": lambda label: slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label).SetTitleText("Warmth"),
    "no legend": lambda label: label.GetScene().RemoveNode(slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_in_the_scene_is_said_anew(frame: FramedView, label: Any, name: str, qtbot: QtBot) -> None:
    before = frame.said()
    with qtbot.waitSignal(frame.view.said_changed):
        CHANGES[name](label)
    assert frame.said() != before


def test_a_key_takes_legend_and_caption_away_and_the_image_gets_the_room(frame: FramedView, label: Any) -> None:
    before = frame.view.height()
    frame.show_legend(False)
    frame.layout().activate()
    assert frame.said().legend is None
    assert {color.rgb() for _, color in frame.said().texts} == {AMBER.rgb()}  # what must not be overlooked stays
    assert frame.view.height() > before


def test_the_image_does_not_jump_when_a_finding_is_hidden(frame: FramedView, label: Any, logic: Any) -> None:
    before = frame.view.geometry()
    logic.GetSliceCompositeNode().SetLabelVolumeID(None)
    frame.layout().activate()
    assert frame.view.geometry() == before
    scene_view.showFinding(label, 0.7, False)
    assert frame.view.geometry() == before


def test_the_letters_stand_where_the_file_says_how_it_lies(frame: FramedView, volume: Any, about: Any) -> None:
    assert frame.said().letters == ("R", "L")
    about.orientation = Orientation("R", "F", known=True)
    volume.Modified()
    assert frame.said().letters == ("L", "R")
    about.orientation = Orientation()
    volume.Modified()
    assert frame.said().letters is None


def test_a_whole_picture_has_every_pixel_of_the_radiograph_and_leaves_the_view_as_it_was(
    frame: FramedView, volume: Any, pixels: Any, logic: Any, array_of: Callable
) -> None:
    frame.view.zoom(3)
    node = logic.GetSliceNode()
    before = node.GetDimensions(), node.GetFieldOfView(), node.GetXYZOrigin()
    whole = array_of(frame.view.whole_picture())
    assert whole.shape == (ROWS, COLUMNS, 4)
    np.testing.assert_allclose(whole[..., 0], np.clip(pixels / 4000 * 255, 0, 255), atol=1.5)
    assert (node.GetDimensions(), node.GetFieldOfView(), node.GetXYZOrigin()) == before
    framed = array_of(frame.whole_picture())
    assert framed.shape[1] == COLUMNS
    top = next(row for row in range(framed.shape[0]) if np.array_equal(framed[row], whole[0]))
    np.testing.assert_array_equal(framed[top : top + ROWS], whole)


def test_without_a_radiograph_there_is_no_whole_picture(frame: FramedView) -> None:
    assert frame.whole_picture() is None
    assert frame.said() == Said()


@pytest.mark.parametrize("width", [160.0, 400.0, 900.0])
def test_nothing_is_drawn_wider_than_its_band(qapp: Any, width: float) -> None:
    long = "enlarged cardiac silhouette " * 30
    said = Said((long, "PA"), (long,), ("R", "L"), ((long, INK), (long, AMBER)), None, (), (long,))
    for band in (top_band(QFont(), width, said), bottom_band(QFont(), width, said)):
        assert all(area.left() >= 0 and area.right() <= width for _, area in band._drawn)


def test_a_saved_picture_says_that_it_is_for_research_only_and_the_screen_leaves_that_to_the_window(
    qapp: Any, frame: FramedView, volume: Any
) -> None:
    assert bottom_band(QFont(), 400, frame.said(), saved=True)._drawn
    assert not bottom_band(QFont(), 400, frame.said())._drawn
    assert "no probability" in HELP
