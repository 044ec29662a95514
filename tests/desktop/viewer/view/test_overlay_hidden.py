"""Hiding the overlay for a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QShortcut
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.viewer.view import SliceView
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from CXRGroundingLib import scene_view

MIDDLE = slice(60, 240), slice(60, 340)  # free of letters and texts


@pytest.fixture
def opacity(logic: Any) -> Callable[[], float]:
    return lambda: logic.GetSliceCompositeNode().GetLabelOpacity()


def test_a_hidden_overlay_leaves_the_radiograph_alone(view: SliceView, glass: Callable, logic: Any, label: Any) -> None:
    shown = glass()
    view.set_overlay_hidden(True)
    hidden = glass()
    view.set_overlay_hidden(False)
    np.testing.assert_array_equal(glass(), shown)
    logic.GetSliceCompositeNode().SetLabelVolumeID(None)
    np.testing.assert_array_equal(glass()[MIDDLE], hidden[MIDDLE])
    assert (shown[MIDDLE] != hidden[MIDDLE]).any()


def test_the_legend_and_the_phrase_go_with_it(frame: FramedView, label: Any) -> None:
    frame.view.set_overlay_hidden(True)
    said = frame.said()
    assert (said.texts, said.legend, said.pointed) == ((), None, ("overlay hidden",))


def test_the_scene_never_learns_of_it(view: SliceView, glass: Callable, label: Any, opacity: Callable) -> None:
    for hidden in (True, False, True):
        view.set_overlay_hidden(hidden)
        glass()
        assert opacity() == 0.7


def test_an_opacity_that_is_chosen_meanwhile_is_the_one_that_shows(
    view: SliceView, glass: Callable, label: Any, opacity: Callable, logic: Any
) -> None:
    view.set_overlay_hidden(True)
    hidden = glass()
    scene_view.showFinding(label, 0.3, False)
    np.testing.assert_array_equal(glass(), hidden)
    view.set_overlay_hidden(False)
    shown = glass()
    assert opacity() == 0.3
    assert (shown[MIDDLE] != hidden[MIDDLE]).any()


@pytest.mark.parametrize("end", ["close", "stop", "scene"])
def test_nothing_is_left_behind_when_it_ends_hidden(
    view: SliceView, glass: Callable, scene: Any, label: Any, opacity: Callable, end: str
) -> None:
    view.set_overlay_hidden(True)
    glass()
    if end == "scene":
        scene.Clear(False)
        glass()
        assert opacity() == 1.0  # as in any scene that begins
    else:
        getattr(view, end)()
        assert opacity() == 0.7


def test_space_hides_it_while_it_is_held(view: SliceView, glass: Callable, label: Any) -> None:
    shown = glass()
    QTest.keyPress(view, Qt.Key_Space)
    assert view.overlay_hidden
    assert (glass() != shown).any()
    QTest.keyRelease(view, Qt.Key_Space)
    assert not view.overlay_hidden
    np.testing.assert_array_equal(glass(), shown)


def test_a_key_that_repeats_itself_does_not_make_it_flicker(view: SliceView, label: Any) -> None:
    QTest.keyPress(view, Qt.Key_Space)
    for kind in (QEvent.KeyRelease, QEvent.KeyPress) * 3:
        QApplication.sendEvent(view, QKeyEvent(kind, Qt.Key_Space, Qt.NoModifier, " ", True))
        assert view.overlay_hidden
    QTest.keyRelease(view, Qt.Key_Space)
    assert not view.overlay_hidden


def test_it_comes_back_when_the_focus_goes_elsewhere_with_the_key_held(view: SliceView, label: Any) -> None:
    QTest.keyPress(view, Qt.Key_Space)
    QApplication.sendEvent(view, QFocusEvent(QEvent.FocusOut, Qt.ActiveWindowFocusReason))
    assert not view.overlay_hidden


def test_what_the_menu_hid_stays_hidden_when_the_focus_goes_elsewhere_or_space_is_pressed(
    view: SliceView, label: Any
) -> None:
    view.set_overlay_hidden(True)
    QApplication.sendEvent(view, QFocusEvent(QEvent.FocusOut, Qt.ActiveWindowFocusReason))
    QTest.keyClick(view, Qt.Key_Space)
    assert view.overlay_hidden


def test_with_the_focus_the_view_comes_before_shortcuts_of_the_window(
    qtbot: QtBot, view: SliceView, label: Any, logic: Any
) -> None:
    used: list[str] = []
    QShortcut(QKeySequence(Qt.Key_Space), view, lambda: used.append("space"))
    QShortcut(QKeySequence(Qt.Key_Escape), view, lambda: used.append("escape"))
    view.activateWindow()
    view.setFocus()
    QTest.keyPress(view, Qt.Key_Space)
    assert view.overlay_hidden
    QTest.keyRelease(view, Qt.Key_Space)
    QTest.mousePress(view, Qt.MiddleButton)
    QTest.keyClick(view, Qt.Key_Escape)
    assert used == []
    QTest.keyClick(view, Qt.Key_Escape)  # nothing to take back: it is the window's
    assert used == ["escape"]
