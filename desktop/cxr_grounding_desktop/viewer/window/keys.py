"""Keys that work wherever the focus is, unless what is focused needs them itself."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QObject, Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAbstractButton, QAbstractSpinBox, QLineEdit, QShortcut, QTextEdit, QWidget

HIGHEST_FINDING = 9

KEYS = (
    ("Enter", "Ground the phrase"),
    ("Esc", "Cancel a grounding; otherwise go to the image"),
    ("1 to 9", "Show the finding in this row of the table"),
    ("Space, held", "Hide the heatmap, with the image focused"),
    ("Drag", "Brightness and contrast of the image; with the ruler switched on, a line that is measured"),
    ("Wheel, right drag", "Zoom"),
    ("Middle drag, Shift+drag", "Move the image"),
    ("Double click", "Fit the image"),
)
"""What is not in the menus, for the page of keyboard shortcuts."""


def make_number_keys(window: QWidget, select: Callable[[int], None]) -> None:
    """1 to 9 call `select` with the number; in a text field they are typed, which Qt sees to itself."""
    for number in range(1, HIGHEST_FINDING + 1):
        QShortcut(QKeySequence(str(number)), window).activated.connect(lambda number=number: select(number))


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
