from __future__ import annotations

import logging

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from cxr_grounding import RadiographError
from cxr_grounding_desktop.viewer.window.message_strip import MISTAKE, MessageStrip


@pytest.fixture
def strip(qtbot: QtBot) -> MessageStrip:
    made = MessageStrip()
    qtbot.addWidget(made)
    return made


def test_an_error_becomes_its_sentence_until_the_next_thing_works(strip: MessageStrip) -> None:
    assert strip.message == ""
    with strip.errors_told():
        raise RadiographError("The file <b>x</b> is no radiograph.")
    assert strip.message == "The file <b>x</b> is no radiograph."
    with strip.errors_told():
        pass
    assert strip.message == ""


def test_a_mistake_of_the_program_is_logged_and_said_as_one(
    strip: MessageStrip, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), strip.errors_told():
        raise KeyError("no such thing")
    assert strip.message == MISTAKE
    assert "no such thing" in caplog.text


def test_it_can_be_closed(strip: MessageStrip, qtbot: QtBot) -> None:
    strip.show_message("Something is wrong.")
    qtbot.mouseClick(strip.findChild(QToolButton), Qt.LeftButton)
    assert strip.message == ""


def test_a_long_path_does_not_widen_it(strip: MessageStrip) -> None:
    strip.show_message("/a-folder-with-a-long-name" * 40)
    assert strip.minimumSizeHint().width() < 200
