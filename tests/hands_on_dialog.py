"""The user's hands on a dialog of the module or the window."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QTableWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

LONG = 280_000
"""Milliseconds that a process may take to start and work, on a busy machine."""


def open_dialogs(name: str) -> list[QDialog]:
    """Those of a name that are open."""
    return [one for one in QApplication.topLevelWidgets() if one.objectName() == name and one.isVisible()]


class Dialog:
    """One that is open.

    Args:
        name: of it, for Qt.
        bot: of pytest-qt.
    """

    def __init__(self, name: str, bot: QtBot) -> None:
        self.bot = bot
        (self.dialog,) = open_dialogs(name)

    def part(self, name: str, kind: type = QWidget) -> QWidget:
        found = self.dialog.findChild(kind, name)
        assert found is not None, name
        return found

    def text(self, name: str) -> str:
        """What a label says; "" where it is not shown."""
        label = self.part(name, QLabel)
        return label.text() if label.isVisible() else ""

    def click(self, name: str) -> None:
        button = self.part(name, QAbstractButton)
        assert button.isEnabled(), button.toolTip()
        self.bot.mouseClick(button, Qt.LeftButton)

    def tick(self, name: str) -> None:
        """A box or a radio button, where it is and not where its row ends."""
        self.part(name, QAbstractButton).click()

    def write(self, name: str, text: str) -> None:
        line = self.part(name, QLineEdit)
        line.clear()
        self.bot.keyClicks(line, text)

    def choose(self, name: str, text: str) -> None:
        """The entry of a list that begins so."""
        box = self.part(name, QComboBox)
        box.setCurrentIndex(box.findText(text, Qt.MatchStartsWith))

    def untick_item(self, name: str, row: int) -> None:
        self.part(name, QListWidget).item(row).setCheckState(Qt.Unchecked)

    def column(self, name: str, column: int) -> list[str]:
        table = self.part(name, QTableWidget)
        return [table.item(row, column).text() for row in range(table.rowCount())]

    def wait_for(self, condition: Callable[[], object]) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=LONG)

    def wait_until_idle(self) -> None:
        self.wait_for(lambda: self.part("cancelButton", QAbstractButton).text() == "Close")

    def close(self) -> None:
        self.dialog.reject()
