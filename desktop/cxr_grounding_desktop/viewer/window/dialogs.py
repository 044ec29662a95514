"""What the window asks in windows of their own; tests give it answers in their place."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from PyQt5.QtCore import Qt
from PyQt5.QtPrintSupport import QPrintDialog, QPrinter
from PyQt5.QtWidgets import QFileDialog, QMessageBox, QWidget


class Answer(enum.Enum):
    """To the question what becomes of findings that are not saved."""

    SAVE = enum.auto()
    DISCARD = enum.auto()
    CANCEL = enum.auto()


def ask_open(parent: QWidget, folder: str) -> str:
    """The path of a file to open; "" for none.

    Args:
        folder: to begin in.
    """
    kinds = "Radiographs and scenes (*);;Scenes (*.mrb *.mrml)"
    return QFileDialog.getOpenFileName(parent, "Open a radiograph or a scene", folder, kinds)[0]


def ask_folder(parent: QWidget, folder: str) -> str:
    """The path of a folder to look through; "" for none."""
    return QFileDialog.getExistingDirectory(parent, "Open a folder of radiographs", folder)


def ask_keep(parent: QWidget) -> str:
    """The path of a folder to keep fetched radiographs in; "" for none."""
    return QFileDialog.getExistingDirectory(parent, "Folder for radiographs of the archive")


def ask_save(parent: QWidget, title: str, path: str, kind: str, suffix: str) -> str:
    """Where to save; "" for nowhere. Asks before a file is overwritten.

    Args:
        title: of the dialog.
        path: that is proposed.
        kind: of file, e.g. "Pictures (*.png)".
        suffix: without the dot, for a name that is typed without one.
    """
    dialog = QFileDialog(parent, title, path, kind)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(suffix)  # before the question: it must be about the name that is written
    accepted = dialog.exec_() == QFileDialog.DialogCode.Accepted
    chosen = dialog.selectedFiles()
    dialog.deleteLater()
    return chosen[0] if accepted and chosen else ""


def ask_unsaved(parent: QWidget, question: str) -> Answer:
    """What to do with findings that are not saved.

    Args:
        question: what is about to happen, and what would be lost.
    """
    button = QMessageBox.StandardButton
    buttons = QMessageBox.StandardButtons(button.Save) | button.Discard | button.Cancel
    box = QMessageBox(QMessageBox.Icon.Question, "Findings are not saved", question, buttons, parent)
    box.setDefaultButton(button.Save)
    answer = box.exec_()
    box.deleteLater()
    meaning: dict[int, Answer] = {button.Save: Answer.SAVE, button.Discard: Answer.DISCARD}
    return meaning.get(answer, Answer.CANCEL)


def ask_yes(parent: QWidget, title: str, question: str) -> bool:
    """Whether to go on with something; not going on is what Enter and Esc mean."""
    button = QMessageBox.StandardButton
    buttons = QMessageBox.StandardButtons(button.Yes) | button.No
    box = QMessageBox(QMessageBox.Icon.Question, title, question, buttons, parent)
    box.setDefaultButton(button.No)
    box.setTextFormat(Qt.TextFormat.PlainText)
    answer = box.exec_()
    box.deleteLater()
    return bool(answer == button.Yes)


def ask_printer(parent: QWidget) -> QPrinter | None:
    """The printer to print on, None for none."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)
    accepted = dialog.exec_() == QPrintDialog.DialogCode.Accepted
    dialog.deleteLater()
    return printer if accepted else None


def tell(parent: QWidget, title: str, text: str) -> None:
    """Show a page of text that stays until it is closed; the window can be used meanwhile.

    Args:
        text: rich text.
    """
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Close, parent)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()


@dataclass(frozen=True)
class Dialogs:
    """Whom the window asks."""

    ask_open: Callable[[QWidget, str], str] = ask_open
    ask_folder: Callable[[QWidget, str], str] = ask_folder
    ask_keep: Callable[[QWidget], str] = ask_keep
    ask_save: Callable[[QWidget, str, str, str, str], str] = ask_save
    ask_unsaved: Callable[[QWidget, str], Answer] = ask_unsaved
    ask_yes: Callable[[QWidget, str, str], bool] = ask_yes
    ask_printer: Callable[[QWidget], QPrinter | None] = ask_printer
    tell: Callable[[QWidget, str, str], None] = tell
