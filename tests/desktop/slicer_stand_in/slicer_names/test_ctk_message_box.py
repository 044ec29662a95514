"""Messages that need not come again."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QSettings, QTimer
from PyQt5.QtWidgets import QApplication, QMessageBox

from cxr_grounding_desktop.slicer_stand_in.slicer_names.ctk_widgets import ctkMessageBox


def press(button: Any) -> list[ctkMessageBox]:
    """Press a button of the message that comes up next; gives the boxes that were seen."""
    seen: list[ctkMessageBox] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if box is None:
            return
        seen.append(box)
        box.button(button).click()

    timer = QTimer(QApplication.instance())
    timer.timeout.connect(lambda: (look(), seen and timer.deleteLater()))
    timer.start(5)
    return seen


def message(key: str = "") -> ctkMessageBox:
    box = ctkMessageBox()
    box.setText("Install torch?")
    box.setStandardButtons(QMessageBox.Ok | QMessageBox.Cancel)
    box.setDontShowAgainSettingsKey(key)
    return box


def test_a_message_gives_the_button_that_was_pressed(qapp: Any) -> None:
    seen = press(QMessageBox.Cancel)
    assert message().exec_() == QMessageBox.Cancel
    assert seen[0].text() == "Install torch?"


def test_a_message_that_is_to_be_deleted_later_still_waits_for_an_answer(qapp: Any) -> None:
    box, seen = message(), press(QMessageBox.Ok)
    box.deleteLater()
    assert box.exec_() == QMessageBox.Ok
    assert len(seen) == 1


def test_a_message_has_no_box_to_check_without_a_key(qapp: Any) -> None:
    box = message()
    assert not box.dontShowAgainVisible
    assert not box.dontShowAgain
    box.setDontShowAgainVisible(True)
    assert box.dontShowAgainVisible


def test_a_message_is_not_shown_again_after_it_was_accepted_with_the_box_checked(qapp: Any) -> None:
    first = message("Messages/Torch")
    assert first.dontShowAgainVisible
    first.checkBox().setChecked(True)
    first.checkBox().setChecked(False)
    press(QMessageBox.Ok)
    first.exec_()
    second = message("Messages/Torch")
    assert not second.dontShowAgain
    QTimer.singleShot(0, lambda: second.setDontShowAgain(True))
    press(QMessageBox.Ok)
    second.exec_()
    third = message("Messages/Torch")
    assert third.dontShowAgain
    seen: list[bool] = []
    third.finished.connect(lambda: seen.append(third.isVisible()))
    assert third.exec_() == QMessageBox.Ok
    assert seen == [False]


def test_a_message_that_was_declined_comes_again(qapp: Any) -> None:
    first = message("Messages/Torch")
    QTimer.singleShot(0, lambda: first.setDontShowAgain(True))
    press(QMessageBox.Cancel)
    first.exec_()
    assert not message("Messages/Torch").dontShowAgain
    assert QSettings().value("Messages/Torch") is None
