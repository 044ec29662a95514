"""A user at a real screen: events enter Qt where those of the system do, and what is seen is read from the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QPoint, Qt, QTimer
from PyQt5.QtGui import QGuiApplication, QImage, QWindow
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget

COLORFUL = 40
"""Least difference, 0 to 255, between two channels of a pixel that is not grey."""

DIALOG_SECONDS = 60
"""In which a dialog opens, on a busy machine."""

SETTLE_MILLISECONDS = 60
"""In which a window draws itself, and the screen takes it in."""

Pixels = NDArray[np.uint8]
"""[rows, columns, 3], RGB, 0 to 255."""


def wait_until(condition: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Let the program run until something holds.

    Raises:
        TimeoutError: which says what did not happen.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"Waited {seconds:g} s in vain: {what}")
        QTest.qWait(20)


# Eyes


def pixels(widget: QWidget) -> Pixels:
    """What the screen shows now at the place of a widget, whatever is drawn there."""
    corner = widget.mapToGlobal(QPoint(0, 0))
    screen = QGuiApplication.primaryScreen()
    grabbed = screen.grabWindow(0, corner.x(), corner.y(), widget.width(), widget.height()).toImage()
    return pixels_of(grabbed)


def pixels_of(image: QImage) -> Pixels:
    """The colors of a Qt image."""
    plain = image.convertToFormat(QImage.Format_RGB32)
    flat = np.frombuffer(plain.constBits().asstring(plain.sizeInBytes()), dtype=np.uint8)
    return flat.reshape(plain.height(), plain.width(), 4)[:, :, 2::-1]


def anatomy(view: QWidget) -> Pixels:
    """The middle of a view, once it is drawn: the radiograph without legend, letters and captions in the corners."""
    QTest.qWait(SETTLE_MILLISECONDS)
    shown = pixels(view)
    rows, columns, _ = shown.shape
    return shown[rows // 10 : rows * 8 // 10, columns // 4 : columns * 3 // 4]


def colorful(seen: Pixels) -> float:
    """Share of the pixels that are not grey, in percent."""
    return round(100 * float((np.ptp(seen, axis=2) > COLORFUL).mean()), 2)


def brightness(seen: Pixels) -> float:
    """Mean, 0 to 255."""
    return round(float(seen.mean()), 1)


def greatest_difference(first: Pixels, second: Pixels) -> int:
    """Of any channel of any pixel, 0 to 255."""
    return int(np.abs(first.astype(int) - second).max())


# Hands


def click(widget: QWidget, place: QPoint | None = None) -> None:
    """With the left button, in the middle or at a place of the widget: on what is seen there.

    Raises:
        LookupError: when something else is there.
    """
    at = widget.rect().center() if place is None else place
    _check_reachable(widget, at)
    window, on_window = _on_window(widget, at)
    QTest.mouseClick(window, Qt.LeftButton, Qt.NoModifier, on_window)
    QTest.qWait(SETTLE_MILLISECONDS)


def drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    """With the left button, from one place of a widget to another."""
    _check_reachable(widget, start)
    window, first = _on_window(widget, start)
    way = end - start
    QTest.mousePress(window, Qt.LeftButton, Qt.NoModifier, first)
    for step in range(1, 11):
        QTest.mouseMove(window, first + way * (step / 10))
        QTest.qWait(10)
    QTest.mouseRelease(window, Qt.LeftButton, Qt.NoModifier, first + way)


def press(key: int, modifiers: Qt.KeyboardModifiers | Qt.KeyboardModifier = Qt.NoModifier) -> None:
    """A key, wherever the focus is."""
    QTest.keyClick(_focused_window(), key, modifiers)
    QTest.qWait(SETTLE_MILLISECONDS)


def type_text(text: str) -> None:
    """Letter by letter, wherever the focus is."""
    for letter in text:
        QTest.keyClick(_focused_window(), letter)
    QTest.qWait(SETTLE_MILLISECONDS)


def bring_to_front(window: QWidget) -> None:
    """Give a window the focus, as a window manager does; a screen that was made for a test has none.

    Raises:
        TimeoutError: when it does not get it.
    """
    window.activateWindow()
    wait_until(window.isActiveWindow, f"{window.windowTitle()} did not become the active window", DIALOG_SECONDS)


def answer_file_dialog(window: QWidget, path: Path, ask: Callable[[], None]) -> None:
    """Do what opens a file dialog, type a path into it, and press Enter; then go back to the window.

    Raises:
        TimeoutError: when no dialog was opened.
    """
    answered: list[Path] = []
    QTimer.singleShot(0, partial(_answer, path, answered, time.monotonic() + DIALOG_SECONDS))
    ask()
    wait_until(lambda: answered, "no file dialog was opened", DIALOG_SECONDS)
    bring_to_front(window)


def _answer(path: Path, answered: list[Path], until: float) -> None:
    """Looks again and again: the dialog has a loop of events of its own."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, QFileDialog) and dialog.isActiveWindow():
        field = QApplication.focusWidget()
        if not isinstance(field, QLineEdit):
            raise LookupError(f"In the file dialog, {field} has the focus, and not the field for the path")
        field.selectAll()
        type_text(str(path))
        answered.append(path)
        press(Qt.Key_Return)
    elif time.monotonic() < until:
        QTimer.singleShot(20, partial(_answer, path, answered, until))


def _focused_window() -> QWindow:
    window = QGuiApplication.focusWindow()
    if window is None:
        raise LookupError("No window of the program has the focus")
    return window


def _on_window(widget: QWidget, place: QPoint) -> tuple[QWindow, QPoint]:
    top = widget.window()
    return top.windowHandle(), widget.mapTo(top, place)


def _check_reachable(widget: QWidget, place: QPoint) -> None:
    found = QApplication.widgetAt(widget.mapToGlobal(place))
    if found is not widget and not (found is not None and widget.isAncestorOf(found)):
        raise LookupError(f"A click on {widget.objectName()} would meet {found and found.objectName()}")
