"""The user's hands on the module's panel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap

SECONDS = 1000
LONG = 120 * SECONDS
"""Milliseconds that a grounding may take on a busy machine."""


@contextmanager
def opened_host(engine: Any, height: int = 900) -> Iterator[Host]:
    """A host with the panel shown, for all tests of a file.

    Args:
        engine: that the panel asks, in place of a worker of its own: each would be a process that loads torch.
        height: of the panel, in pixels.
    """
    host = Host(testing=True)
    host.open_module()
    host.widget.logic._engine = engine
    host.panel.resize(480, height)
    host.panel.show()
    yield host
    host.close()


class Panel:
    """The user's hands on the panel."""

    def __init__(self, host: Host, qtbot: QtBot) -> None:
        self.host, self.ui, self.logic, self.bot = host, host.widget.ui, host.widget.logic, qtbot

    def click(self, name: str) -> None:
        """A button, with the mouse."""
        button = self.widget(name)
        assert button.isEnabled(), f"{name} is disabled: {button.toolTip()}"
        self.bot.mouseClick(button, Qt.LeftButton)

    def widget(self, name: str) -> QWidget:
        """Of PyQt5, by its name in the .ui file."""
        return unwrap(getattr(self.ui, name))

    def choose_quickest(self) -> None:
        """Of the list of qualities, until the scene is closed: where a test looks at what becomes of an answer."""
        self.widget("qualityComboBox").setCurrentIndex(3)

    def type_phrase(self, text: str) -> None:
        """In place of what stands in the field."""
        line = self.widget("phraseComboBox").lineEdit()
        line.setFocus()  # else Enter, which the field leaves over, is for the section that has the focus
        line.selectAll()
        self.bot.keyClicks(line, text)

    def enter(self) -> None:
        """Press Enter in the phrase field."""
        self.bot.keyClick(self.widget("phraseComboBox").lineEdit(), Qt.Key_Return)

    def wait_until_idle(self) -> None:
        """Until the run is over and the table is filled."""
        self.bot.waitUntil(lambda: not self.logic.isBusy, timeout=LONG)
        self.bot.wait(30)

    def wait_for_inversion(self) -> None:
        """Until the worker is at its main work; a radiograph that it knows already needs none."""
        self.bot.waitUntil(lambda: "Reading" in self.ui.progressBar.format, timeout=LONG)

    @property
    def message(self) -> str:
        """What the panel says; "" when it says nothing."""
        return str(self.ui.messageLabel.text) if self.widget("messageLabel").isVisible() else ""

    @property
    def rows(self) -> list[tuple[str, bool]]:
        """Phrase and whether it is shown, of each finding in the list; sentences without one are left out."""
        table = self.widget("findingsTable")
        items = [table.item(row, 0) for row in range(table.rowCount()) if table.cellWidget(row, 2) is not None]
        return [(item.text().partition("\n")[0], item.checkState() == Qt.Checked) for item in items]

    @property
    def verdicts(self) -> list[str]:
        """What stands below each phrase of the table."""
        table = self.widget("findingsTable")
        return [table.item(row, 0).text().partition("\n")[2] for row in range(table.rowCount())]
