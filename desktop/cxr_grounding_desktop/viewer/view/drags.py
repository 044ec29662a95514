"""What moving the mouse with a button held does to the view; each can be taken back until the button is released."""

from __future__ import annotations

import math
from typing import Any, Protocol

from PyQt5.QtCore import Qt

from cxr_grounding_desktop.viewer.view.camera import Camera
from cxr_grounding_desktop.viewer.view.window_level import show, window_level


class Drag(Protocol):
    """One press of a button. Places are XY: device pixels from the left and from the bottom edge."""

    def move(self, x: float, y: float) -> None:
        """The mouse is there now."""

    def cancel(self) -> None:
        """Put back what was there before."""


def begin_drag(
    button: Qt.MouseButton, shift: bool, camera: Camera, volume: Any, x: float, y: float, side: float
) -> Drag | None:
    """What a button does, pressed over an image; None for buttons that do nothing.

    Args:
        button: that was pressed.
        shift: whether the Shift key is held.
        camera: of the view.
        volume: that the view shows.
        x, y: where the button was pressed.
        side: of the view, its shorter one, in device pixels.
    """
    if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and shift):
        return PanDrag(camera, x, y)
    if button == Qt.MouseButton.LeftButton:
        return WindowLevelDrag(volume, x, y, side)
    if button == Qt.MouseButton.RightButton:
        return ZoomDrag(camera, x, y, side)
    return None


class PanDrag:
    """Takes the image along."""

    def __init__(self, camera: Camera, x: float, y: float) -> None:
        self._camera, self._sight, self._last = camera, camera.sight(), (x, y)

    def move(self, x: float, y: float) -> None:
        self._camera.pan(x - self._last[0], y - self._last[1])
        self._last = x, y

    def cancel(self) -> None:
        self._camera.look(self._sight)


class ZoomDrag:
    """Downwards enlarges, upwards shrinks, as in Slicer; the place where the button was pressed stays."""

    def __init__(self, camera: Camera, x: float, y: float, side: float) -> None:
        self._camera, self._sight = camera, camera.sight()
        self._start, self._side = (x, y), max(side, 1.0)

    def move(self, _x: float, y: float) -> None:
        self._camera.look(self._sight)
        self._camera.zoom(math.exp(2 * (self._start[1] - y) / self._side), *self._start)

    def cancel(self) -> None:
        self._camera.look(self._sight)


class WindowLevelDrag:
    """To the right widens the window, upwards raises the level; the view's shorter side is the range of values."""

    def __init__(self, volume: Any, x: float, y: float, side: float) -> None:
        self._volume, self._before = volume, window_level(volume)
        self._start, self._side = (x, y), max(side, 1.0)
        self._range = volume.GetImageData().GetScalarRange()

    def move(self, x: float, y: float) -> None:
        if self._before is not None:
            right, up = (x - self._start[0]) / self._side, (y - self._start[1]) / self._side
            show(self._volume, self._before.dragged(right, up, *self._range))

    def cancel(self) -> None:
        if self._before is not None:
            show(self._volume, self._before)
