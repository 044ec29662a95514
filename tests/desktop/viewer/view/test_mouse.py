"""What the mouse does in the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer
from PyQt5.QtCore import QPoint, QPointF, Qt
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.viewer.view import SliceView
from cxr_grounding_desktop.viewer.view.pointed import Pointed
from slicer_application import Application

START = QPoint(150, 120)

Drag = Callable[..., None]
Spot = Callable[[int, int], QPointF]


@pytest.fixture
def drag(view: SliceView, move: Callable) -> Drag:
    """Presses a button at START and moves the mouse from there, in two steps; holds it unless told to release."""

    def do(button: Any, right: float, down: float, modifiers: Any = Qt.NoModifier, release: bool = True) -> None:
        QTest.mousePress(view, button, modifiers, START)
        for part in (0.3, 1.0):
            move(view, QPointF(START.x() + part * right, START.y() + part * down), button)
        if release:
            QTest.mouseRelease(view, button, modifiers)

    return do


def wheel(view: SliceView, place: QPointF, angle: int = 0, fingers: int = 0) -> None:
    """Turn a wheel, in eighths of a degree, or move two fingers on a touchpad, in pixels."""
    delta = QPoint(0, fingers), QPoint(0, angle)
    event = QWheelEvent(place, place, *delta, Qt.NoButton, Qt.NoModifier, Qt.NoScrollPhase, False)
    QApplication.sendEvent(view, event)


def window_level(volume: Any) -> tuple[float, float]:
    return volume.GetDisplayNode().GetWindow(), volume.GetDisplayNode().GetLevel()


def field_of_view(logic: Any) -> float:
    return logic.GetSliceNode().GetFieldOfView()[0]


def test_a_left_drag_sets_window_and_level(drag: Drag, volume: Any, pixels: Any) -> None:
    range_ = int(pixels.max()) - int(pixels.min())
    drag(Qt.LeftButton, 60, -30)  # of 300, the shorter side
    assert window_level(volume) == pytest.approx((4000 + 0.2 * range_, 2000 + 0.1 * range_))


def test_a_click_changes_nothing(view: SliceView, drag: Drag, logic: Any, volume: Any) -> None:
    volume.GetDisplayNode().SetAutoWindowLevel(True)
    for button in (Qt.LeftButton, Qt.MiddleButton, Qt.RightButton):
        QTest.mousePress(view, button, Qt.NoModifier, START)
        QTest.mouseRelease(view, button, Qt.NoModifier, START)
    assert volume.GetDisplayNode().GetAutoWindowLevel()
    assert field_of_view(logic) == 100


@pytest.mark.parametrize(("button", "modifiers"), [(Qt.MiddleButton, Qt.NoModifier), (Qt.LeftButton, Qt.ShiftModifier)])
def test_the_image_follows_a_middle_or_shift_drag(
    drag: Drag, application: Application, volume: Any, button: Any, modifiers: Any
) -> None:
    row, column = application.pixel_of(volume, 60, 40)
    drag(button, 50, 20, modifiers)
    assert application.pixel_of(volume, 60, 40) == (row + 20, column + 50)
    assert window_level(volume) == (4000, 2000)


def test_a_right_drag_downwards_enlarges_about_where_it_began(
    drag: Drag, view: SliceView, logic: Any, application: Application, volume: Any, spot: Spot
) -> None:
    START.setX(int(spot(60, 40).x()))
    START.setY(int(spot(60, 40).y()))
    before = field_of_view(logic)
    drag(Qt.RightButton, 0, 30)
    assert field_of_view(logic) == pytest.approx(before / np.exp(0.2))
    assert application.pixel_of(volume, 60, 40) == pytest.approx((START.y(), START.x()), abs=1)
    drag(Qt.RightButton, 0, -30)
    assert field_of_view(logic) == pytest.approx(before)


@pytest.mark.parametrize(("button", "modifiers"), [
    (Qt.LeftButton, Qt.NoModifier),
    (Qt.MiddleButton, Qt.NoModifier),
    (Qt.RightButton, Qt.NoModifier),
    (Qt.LeftButton, Qt.ShiftModifier),
])  # fmt: skip
def test_escape_takes_a_drag_back(
    drag: Drag, move: Callable, view: SliceView, logic: Any, volume: Any, button: Any, modifiers: Any
) -> None:
    view.zoom(1.7)
    volume.GetDisplayNode().SetAutoWindowLevel(True)
    matrix = slicer.util.arrayFromVTKMatrix(logic.GetSliceNode().GetXYToRAS()).copy()
    before = window_level(volume)
    drag(button, 44, 33, modifiers, release=False)
    now = slicer.util.arrayFromVTKMatrix(logic.GetSliceNode().GetXYToRAS())
    assert window_level(volume) != before or (now != matrix).any()
    QTest.keyClick(view, Qt.Key_Escape)
    for _ in range(2):
        now = slicer.util.arrayFromVTKMatrix(logic.GetSliceNode().GetXYToRAS())
        np.testing.assert_allclose(now, matrix, atol=1e-9)
        assert window_level(volume) == before
        assert volume.GetDisplayNode().GetAutoWindowLevel()
        move(view, QPointF(10, 10), button)  # the button is still held, but no longer does anything


def test_a_second_button_does_not_disturb_a_drag(drag: Drag, view: SliceView, volume: Any, logic: Any) -> None:
    drag(Qt.LeftButton, 60, 0, release=False)
    widened = window_level(volume)
    drag(Qt.RightButton, 60, 0)
    assert field_of_view(logic) == 100
    assert window_level(volume) == widened  # the place is the same, and the left button still held
    QTest.mouseRelease(view, Qt.LeftButton)


@pytest.mark.parametrize(("angle", "fingers", "factor"), [(120, 0, 1.2), (-240, 0, 1 / 1.44), (0, 30, 1.2**0.5)])
def test_the_wheel_zooms_about_the_mouse(
    view: SliceView,
    application: Application,
    logic: Any,
    volume: Any,
    spot: Spot,
    angle: int,
    fingers: int,
    factor: float,
) -> None:
    place, before = spot(60, 40), field_of_view(logic)
    wheel(view, place, angle, fingers)
    assert field_of_view(logic) == pytest.approx(before / factor)
    assert application.pixel_of(volume, 60, 40) == pytest.approx((place.y(), place.x()), abs=1)


def test_a_double_click_fits(view: SliceView, logic: Any, volume: Any) -> None:
    wheel(view, QPointF(10, 10), 960)
    assert field_of_view(logic) < 30
    QTest.mouseDClick(view, Qt.LeftButton, Qt.NoModifier, START)
    assert field_of_view(logic) == 100
    assert window_level(volume) == (4000, 2000)


def test_what_is_under_the_mouse_is_told(
    qtbot: QtBot, view: SliceView, move: Callable, volume: Any, label: Any, pixels: Any, spot: Spot
) -> None:
    with qtbot.waitSignal(view.pointed) as told:
        move(view, spot(60, 40))
    (found,) = told.args
    assert isinstance(found, Pointed)
    assert (found.column, found.row, found.values, found.heat) == (60, 40, (pixels[40, 60],), "70-80 %")
    with qtbot.waitSignal(view.pointed) as told:
        move(view, QPointF(200, 2))  # above the image
    assert told.args == [None]


def test_the_mouse_points_at_the_middle_of_a_pixel_of_the_screen(
    view: SliceView, move: Callable, logic: Any, volume: Any
) -> None:
    found: list[Pointed] = []
    view.pointed.connect(found.append)
    move(view, QPointF(60, 100))
    right, front, *_ = logic.GetSliceNode().GetXYToRAS().MultiplyPoint((60, 299 - 100, 0, 1))
    assert found[0].mm == pytest.approx((-right + 0.25, -front + 0.25))  # the centre of the first pixel is at 0, 0


def test_it_is_told_anew_when_the_image_changes_under_the_mouse(
    qtbot: QtBot, view: SliceView, move: Callable, volume: Any, spot: Spot
) -> None:
    move(view, spot(60, 40))
    with qtbot.waitSignal(view.pointed) as told:
        slicer.util.arrayFromVolume(volume)[0, 40, 60] = 4321
        slicer.util.arrayFromVolumeModified(volume)
    assert told.args[0].values == (4321,)


def test_without_an_image_the_mouse_does_nothing(drag: Drag, view: SliceView, logic: Any) -> None:
    before = field_of_view(logic)
    for button in (Qt.LeftButton, Qt.MiddleButton, Qt.RightButton):
        drag(button, 20, 20)
    wheel(view, QPointF(10, 10), 120)
    QTest.mouseDClick(view, Qt.LeftButton, Qt.NoModifier, START)
    assert field_of_view(logic) == before


def test_on_a_fine_screen_the_mouse_points_at_device_pixels(
    qtbot: QtBot, logic: Any, application: Application, about: Any, volume: Any, move: Callable
) -> None:
    class FineView(SliceView):
        """On a screen of two device pixels to one of Qt's."""

        def devicePixelRatioF(self) -> float:
            return 2.0

    view = FineView(logic, about)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.grab()
    assert logic.GetSliceNode().GetDimensions() == (800, 600, 1)
    row, column = application.pixel_of(volume, 61, 43)
    found: list[Pointed] = []
    view.pointed.connect(found.append)
    move(view, QPointF(column / 2, row / 2))
    assert (found[0].column, found[0].row) == (61, 43)
    drag_start, way = QPoint(100, 100), QPoint(30, 10)
    QTest.mousePress(view, Qt.MiddleButton, Qt.NoModifier, drag_start)
    move(view, QPointF(drag_start + way), Qt.MiddleButton)
    assert application.pixel_of(volume, 61, 43) == (row + 20, column + 60)
