"""Keys that work wherever the focus is, unless what is focused needs them itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt5.QtCore import QObject, Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAbstractButton, QAbstractSpinBox, QLineEdit, QShortcut, QTextEdit, QWidget

SECONDS_BETWEEN_DIGITS = 1.0
"""In which a second digit goes on with a number: 1, then 2, is 12."""

KEYS = (
    ("Enter", "Ground the phrase"),
    ("Esc", "Cancel a grounding; otherwise go to the image"),
    ("1, 2, ... 12, ...", "Show the finding of this number; two digits, one soon after the other, are one number"),
    ("Up, Down", "Walk through the list, with the list focused"),
    ("Space, held", "Hide the heatmap, with the image focused"),
    ("Drag", "Brightness and contrast of the image; with the ruler switched on, a line that is measured"),
    ("Wheel, right drag", "Zoom"),
    ("Middle drag, Shift+drag", "Move the image"),
    ("Double click", "Fit the image"),
)
"""What is not in the menus, for the page of keyboard shortcuts."""


def make_number_keys(window: QWidget, select: Callable[[int], bool]) -> None:
    """0 to 9 call `select` with the number that they make; in a text field they are typed, which Qt sees to itself.

    Args:
        window: wherever the focus is in it.
        select: gives False for a number that nothing has; a digit then begins a new number.
    """
    typed = _Typed(select)
    for digit in range(10):
        QShortcut(QKeySequence(str(digit)), window).activated.connect(lambda digit=digit: typed.add(digit))


class _Typed:
    """A number as its digits come."""

    def __init__(self, select: Callable[[int], bool]) -> None:
        self._select = select
        self._number, self._last = 0, -SECONDS_BETWEEN_DIGITS

    def add(self, digit: int) -> None:
        now = time.monotonic()
        longer = 10 * self._number + digit
        goes_on = self._number > 0 and now - self._last <= SECONDS_BETWEEN_DIGITS
        self._number = longer if goes_on and self._select(longer) else digit
        self._last = now
        if self._number == digit:
            self._select(digit)


def make_escape_key(window: QWidget, escape: Callable[[], None]) -> None:
    """A shortcut rather than a key event, which the phrase's combo box would keep to itself."""
    QShortcut(QKeySequence(Qt.Key.Key_Escape), window).activated.connect(escape)


def is_enter(key: int) -> bool:
    """Whether it is one of the two Enter keys."""
    return key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def needs_enter(widget: QObject | None, ground_button: QWidget) -> bool:
    """Whether Enter means something else in a widget: a text, a number, or a button other than Ground.

    The phrase field grounds by itself.
    """
    if widget is ground_button:
        return False
    return isinstance(widget, QLineEdit | QTextEdit | QAbstractSpinBox | QAbstractButton)
