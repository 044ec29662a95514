"""Who sits at the window in tests, and what can be seen from there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import slicer
from PyQt5.QtPrintSupport import QPrinter
from PyQt5.QtWidgets import QAction, QWidget

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.window.dialogs import Answer, Dialogs
from cxr_grounding_desktop.viewer.window.main_window import MainWindow


@dataclass
class User:
    """Answers what the window asks, and keeps what it was asked and told."""

    open_path: str = ""
    folder_path: str = ""
    save_path: str = ""
    keep_path: str = ""
    unsaved: Answer = Answer.DISCARD
    says_yes: bool = True
    printer: QPrinter | None = None
    questions: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)

    def dialogs(self) -> Dialogs:
        """What the window is given in place of real dialogs."""
        return Dialogs(
            ask_open=lambda parent, folder: self.open_path,
            ask_folder=lambda parent, folder: self.folder_path,
            ask_keep=lambda parent: self.keep_path,
            ask_save=self._save,
            ask_unsaved=self._unsaved,
            ask_yes=self._yes,
            ask_printer=lambda parent: self.printer,
            tell=self._tell,
        )

    def _save(self, parent: QWidget, title: str, path: str, kind: str, suffix: str) -> str:
        self.proposed.append(path)
        return self.save_path

    def _unsaved(self, parent: QWidget, question: str) -> Answer:
        self.questions.append(question)
        return self.unsaved

    def _yes(self, parent: QWidget, title: str, question: str) -> bool:
        self.questions.append(question)
        return self.says_yes

    def _tell(self, parent: QWidget, title: str, text: str) -> None:
        self.told[title] = text


def action(window: MainWindow, text: str) -> QAction:
    """The menus' action of that name."""
    return next(each for each in window.menus.actions if each.text().replace("&", "") == text)


def volumes(host: Host) -> list[str]:
    """Names of the radiographs in the scene."""
    return [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode", scene=host.scene)]


def shown(host: Host) -> Any:
    """The node that the view shows."""
    return host.slice_logic.GetBackgroundLayer().GetVolumeNode()


def chosen(host: Host) -> Any:
    """The node that the panel has chosen."""
    return host.widget.ui.radiographSelector.currentNode()
