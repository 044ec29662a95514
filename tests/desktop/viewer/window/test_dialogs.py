"""The real dialogs, answered by keys and clicks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.viewer.window.dialogs import Answer, ask_save, ask_unsaved, tell


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def when_asked(answer: Callable[[QDialog], None]) -> None:
    """Call `answer` with the dialog, once it waits."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(10, look)
        else:
            answer(dialog)

    QTimer.singleShot(0, look)


@pytest.mark.parametrize(("typed", "expected"), [("case 1", "case 1.mrb"), ("case 1.mrb", "case 1.mrb")])
def test_a_name_without_suffix_gets_the_right_one(
    parent: QWidget, tmp_path: Path, qtbot: QtBot, typed: str, expected: str
) -> None:
    def answer(dialog: QDialog) -> None:
        field = dialog.findChild(QLineEdit)
        assert field.text() == "scene.mrb"  # what was proposed
        field.setText(typed)
        qtbot.keyClick(field, Qt.Key_Return)

    when_asked(answer)
    path = ask_save(parent, "Save scene", str(tmp_path / "scene.mrb"), "Scenes (*.mrb)", "mrb")
    assert Path(path) == tmp_path / expected


def test_a_save_dialog_that_is_left_gives_no_path(parent: QWidget, tmp_path: Path) -> None:
    when_asked(lambda dialog: dialog.reject())
    assert ask_save(parent, "Save scene", str(tmp_path / "scene.mrb"), "Scenes (*.mrb)", "mrb") == ""


def test_a_file_is_not_overwritten_unasked(parent: QWidget, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "case.mrb").write_text("earlier")
    questions: list[str] = []

    def refuse(box: QDialog) -> None:
        assert isinstance(box, QMessageBox)
        questions.append(box.text())
        QTimer.singleShot(0, lambda: QApplication.activeModalWidget().reject())  # then leave the file dialog
        box.button(QMessageBox.No).click()

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        field = dialog.findChild(QLineEdit)
        field.setText("case")  # the name on the disk has the suffix
        QTimer.singleShot(50, lambda: refuse(QApplication.activeModalWidget()))
        qtbot.keyClick(field, Qt.Key_Return)

    when_asked(answer)
    assert ask_save(parent, "Save scene", str(tmp_path / "scene.mrb"), "Scenes (*.mrb)", "mrb") == ""
    (question,) = questions
    assert "case.mrb" in question


@pytest.mark.parametrize(
    ("key", "expected"), [(Qt.Key_Return, Answer.SAVE), (Qt.Key_Escape, Answer.CANCEL)], ids=["Enter", "Esc"]
)
def test_enter_saves_and_esc_goes_back(parent: QWidget, qtbot: QtBot, key: int, expected: Answer) -> None:
    when_asked(lambda dialog: qtbot.keyClick(dialog, key))
    assert ask_unsaved(parent, "Save first?") is expected


def test_only_the_button_for_it_throws_findings_away(parent: QWidget) -> None:
    when_asked(lambda dialog: dialog.button(QMessageBox.Discard).click())
    assert ask_unsaved(parent, "Save first?") is Answer.DISCARD


def test_a_page_of_text_leaves_the_window_usable(parent: QWidget) -> None:
    tell(parent, "About", "<b>text</b>")
    box = parent.findChild(QMessageBox)
    assert box.isVisible()
    assert not box.isModal()
    assert QApplication.activeModalWidget() is None
    box.close()
