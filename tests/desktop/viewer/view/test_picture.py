"""What is saved as a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt5.QtCore import QPointF
from pytestqt.qtbot import QtBot

from cxr_grounding import Orientation
from cxr_grounding_desktop.viewer.view import SliceView
from cxr_grounding_desktop.viewer.view.caption import finding_texts
from cxr_grounding_desktop.viewer.view.text import AMBER
from slicer_application import Application

LEFT, RIGHT = (slice(130, 170), slice(5, 45)), (slice(130, 170), slice(355, 395))
CAPTION = slice(260, 300), slice(200, 400)


@pytest.fixture
def picture(view: SliceView, array_of: Callable) -> Callable[[], NDArray]:
    """Gives the picture, [rows, columns, 3]."""
    return lambda: array_of(view.picture())[..., :3].astype(int)


def test_the_image_in_it_is_the_composite(picture: Callable, application: Application, label: Any) -> None:
    middle = slice(60, 170), slice(100, 300)
    np.testing.assert_array_equal(picture()[middle], application.composite()[middle])


def test_it_is_up_to_date_without_the_screen(picture: Callable, volume: Any) -> None:
    before = picture()
    volume.GetDisplayNode().SetWindowLevel(100, 1500)
    assert (picture() != before).any()


def test_it_is_what_the_screen_shows_but_for_what_is_under_the_mouse(
    view: SliceView, picture: Callable, glass: Callable, move: Callable, label: Any
) -> None:
    move(view, QPointF(-1, -1))
    np.testing.assert_array_equal(picture(), glass())
    move(view, QPointF(200, 150))
    assert (picture() != glass()).any()


def test_it_says_that_it_is_for_research_only_with_and_without_an_image(picture: Callable, view: SliceView) -> None:
    assert (picture()[CAPTION] > 150).any()


def test_it_says_so_over_an_image(picture: Callable, volume: Any) -> None:
    volume.GetDisplayNode().SetWindowLevelMinMax(60000, 60001)  # all black
    assert (picture()[CAPTION] > 150).any()


def test_the_verdict_stands_below_the_phrase(logic: Any, picture: Callable, label: Any) -> None:
    label.SetAttribute("CXRGrounding.Demonstration", "false")
    without = picture()
    label.SetAttribute("CXRGrounding.Verdict", "points nowhere")
    assert [text for text, _ in finding_texts(logic)][1:] == ["points nowhere"]
    assert (picture()[CAPTION] != without[CAPTION]).any()


def test_the_place_and_what_was_asked_there_stand_below_the_users_phrase(
    logic: Any, picture: Callable, label: Any
) -> None:
    label.SetAttribute("CXRGrounding.Demonstration", "false")
    without, before = picture(), [text for text, _ in finding_texts(logic)]
    label.SetAttribute("CXRGrounding.Place", "large, left")
    label.SetAttribute("CXRGrounding.Asked", "Large left pleural effusion")
    said = 'best explained at: large, left (asked: "Large left pleural effusion")'
    assert [text for text, _ in finding_texts(logic)] == [*before, said]
    assert (picture()[CAPTION] != without[CAPTION]).any()


def test_over_a_demonstration_models_finding_it_says_what_that_is(
    view: SliceView, picture: Callable, label: Any
) -> None:
    amber = np.array([AMBER.red(), AMBER.green(), AMBER.blue()])
    assert (picture() == amber).all(axis=2).any()
    label.SetAttribute("CXRGrounding.Demonstration", "false")
    assert not (picture() == amber).all(axis=2).any()


@pytest.mark.parametrize("width", [160, 400, 900])
def test_a_long_phrase_stays_inside(
    view: SliceView, picture: Callable, label: Any, width: int, array_of: Callable
) -> None:
    view.resize(width, 400)
    label.SetAttribute("CXRGrounding.Phrase", "enlarged cardiac silhouette " * 30)
    long = picture()
    label.SetAttribute("CXRGrounding.Phrase", "")
    label.SetAttribute("CXRGrounding.Demonstration", "false")
    _, columns = np.nonzero((long != picture()).any(axis=2))
    assert columns.size
    assert columns.min() >= width / 2 - 20
    assert columns.max() < width - 9


def test_left_and_right_stand_at_the_edges_only_where_they_are_known(
    picture: Callable, about: Any, volume: Any
) -> None:
    known = picture()
    about.orientation = Orientation()
    volume.Modified()
    unknown = picture()
    changed = (known != unknown).any(axis=2)
    assert changed[LEFT].any()
    assert changed[RIGHT].any()
    changed[LEFT] = changed[RIGHT] = False
    assert not changed.any()


def test_the_letters_of_a_mirrored_file_are_swapped(picture: Callable, about: Any, volume: Any) -> None:
    volume.GetDisplayNode().SetWindowLevelMinMax(60000, 60001)
    standard = picture()
    about.orientation = Orientation("R", "F", known=True)
    volume.Modified()
    mirrored = picture()
    assert (standard[LEFT] != mirrored[LEFT]).any()
    ink = (standard[RIGHT] > 150).sum(), (mirrored[LEFT] > 150).sum()
    assert ink[0] == pytest.approx(ink[1], rel=0.05)  # an L, now at the left


def test_on_a_fine_screen_it_has_the_device_pixels(
    qtbot: QtBot, logic: Any, about: Any, label: Any, application: Application, array_of: Callable
) -> None:
    class FineView(SliceView):
        """On a screen of two device pixels to one of Qt's."""

        def devicePixelRatioF(self) -> float:
            return 2.0

    view = FineView(logic, about)
    qtbot.addWidget(view)
    view.resize(400, 300)
    picture = view.picture()
    assert (picture.width(), picture.height(), picture.devicePixelRatio()) == (800, 600, 2.0)
    middle = slice(120, 340), slice(200, 600)
    np.testing.assert_array_equal(array_of(picture)[..., :3][middle], application.composite()[middle])
