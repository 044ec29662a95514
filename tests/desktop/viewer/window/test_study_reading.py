"""A reader study in the window, by keyboard alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5 import sip
from PyQt5.QtCore import QSettings, Qt
from PyQt5.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QShortcut, QWidget
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.view.slice_view import SliceView
from cxr_grounding_desktop.viewer.window.main_window import MainWindow
from desktop.hands_on_panel import opened_host
from full_disk import disk_that_takes
from told_engine import ToldEngine
from toy_study import ANSWERS_FILE, write_study

from .driving import User, action, shown, volumes


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"), images=2, repeats=0, break_after=3)


@pytest.fixture
def study(written: Path, tmp_path: Path) -> Path:
    """Eight cases, that a test may read."""
    return shutil.copytree(written, tmp_path / "study")


class Reader:
    """Who reads, with hands on the keyboard."""

    def __init__(self, window: MainWindow, host: Host, user: User, qtbot: QtBot, study: Path) -> None:
        self.window, self.host, self.bot, self.study = window, host, qtbot, study
        user.folder_path = str(study)
        action(window, "Reader study...").trigger()
        qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
        qtbot.keyClicks(QApplication.focusWidget(), "R1")
        self.press(Qt.Key_Return)

    def press(self, *keys: int, modifier: Qt.KeyboardModifier = Qt.NoModifier) -> None:
        """Where the focus is."""
        for key in keys:
            self.bot.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.bot.wait(5)

    def widget(self, name: str) -> QWidget:
        found = self.window.findChild(QWidget, name)
        assert found is not None, name
        return found

    def text(self, name: str) -> str:
        found = self.widget(name)
        assert isinstance(found, QLabel | QPushButton)
        return found.text()

    @property
    def message(self) -> str:
        return self.text("messageLabel") if self.widget("messageLabel").isVisible() else ""

    @property
    def saved(self) -> int:
        """Answers on the disk."""
        return len((self.study / ANSWERS_FILE.format("r1")).read_bytes().splitlines()) - 1

    @property
    def is_heat_shown(self) -> bool:
        return bool(self.host.slice_logic.GetSliceCompositeNode().GetLabelVolumeID())


@pytest.fixture(scope="module")
def sitting(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MainWindow, Host, User]]:
    """One window for all tests of this file."""
    user, kept = User(), QSettings(str(tmp_path_factory.mktemp("kept") / "settings.ini"), QSettings.IniFormat)
    with opened_host(ToldEngine()) as host:
        window = MainWindow(host, SliceView(host.slice_logic, host.widget.logic.about), user.dialogs(), kept)
        window.resize(1280, 800)
        window.show()
        window.activateWindow()
        yield window, host, user
        window.close()
        host.close()  # the panel first, which the window would take with it
        sip.delete(window)  # else slicer.util.mainWindow() finds it in later tests


@pytest.fixture
def host(sitting: tuple[MainWindow, Host, User]) -> Host:
    return sitting[1]


@pytest.fixture
def reader(sitting: tuple[MainWindow, Host, User], qtbot: QtBot, study: Path) -> Iterator[Reader]:
    window, host, user = sitting
    user.questions.clear()
    yield Reader(window, host, user, qtbot, study)
    host.widget.study.leave()


def test_a_case_is_answered_by_number_keys_and_enter(reader: Reader, host: Host) -> None:
    assert reader.text("studyCaseLabel") == "R1: case 1 of 8"
    assert reader.text("studyPhraseLabel") in ("left pleural effusion", "right pneumothorax")
    assert volumes(host)[0].startswith("image-000")
    assert reader.is_heat_shown
    reader.press(Qt.Key_Return)
    assert reader.message == "Not answered yet: How well does the map show the phrase?"
    reader.press(Qt.Key_4, Qt.Key_1)
    reader.press(Qt.Key_Return)
    assert (reader.message, reader.saved) == ("", 1)
    assert reader.text("studyCaseLabel") == "R1: case 2 of 8"
    assert sum(name.startswith("image-") for name in volumes(host)) == 1
    assert len(host.widget.logic.findings()) == 1


def test_the_view_has_the_keys_too_and_no_other_shortcut_takes_them(reader: Reader) -> None:
    reader.window.view.setFocus()
    reader.press(Qt.Key_5, Qt.Key_2, Qt.Key_Enter)
    assert reader.saved == 1
    assert '"rating": 5, "present": "no"' in (reader.study / ANSWERS_FILE.format("r1")).read_text()


def test_heat_goes_and_comes_by_a_key(reader: Reader) -> None:
    reader.press(Qt.Key_0)
    assert not reader.is_heat_shown
    assert reader.text("studyHeatButton") == "Heat on (0)"
    reader.press(Qt.Key_4, Qt.Key_1, Qt.Key_Return)
    assert not reader.is_heat_shown  # as it was left
    reader.press(Qt.Key_0)
    assert reader.is_heat_shown


def test_letters_and_numbers_are_typed_into_a_free_text(reader: Reader) -> None:
    reader.press(Qt.Key_4, Qt.Key_1, Qt.Key_T)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    reader.bot.keyClicks(field, "heat 2 low")
    reader.press(Qt.Key_Backspace, Qt.Key_W, Qt.Key_Return)
    assert reader.saved == 1
    assert '"comment": "heat 2 low"' in (reader.study / ANSWERS_FILE.format("r1")).read_text()


def test_back_shows_what_was_answered_and_up_goes_to_the_question_before(reader: Reader) -> None:
    reader.press(Qt.Key_4, Qt.Key_1, Qt.Key_Return)
    reader.press(Qt.Key_Backspace)
    assert reader.text("studyCaseLabel") == "R1: case 1 of 8"
    reader.press(Qt.Key_Up, Qt.Key_2, Qt.Key_Return)
    assert reader.saved == 2
    assert '"rating": 2, "present": "yes"' in (reader.study / ANSWERS_FILE.format("r1")).read_text()
    assert reader.text("studyCaseLabel") == "R1: case 2 of 8"


def test_in_a_break_there_is_nothing_to_see_and_nothing_is_answered(reader: Reader, host: Host) -> None:
    reader.press(Qt.Key_B)
    assert shown(host) is None
    assert not reader.widget("studyPhraseLabel").isVisible()
    assert reader.message == "Break: the clock stands still. Press B to go on."
    reader.press(Qt.Key_4, Qt.Key_0)
    reader.press(Qt.Key_B)
    assert shown(host) is not None
    assert reader.is_heat_shown
    reader.press(Qt.Key_Return)
    assert reader.saved == 0


def test_a_break_is_offered_after_three_cases(reader: Reader, host: Host) -> None:
    for _ in range(3):
        reader.press(Qt.Key_4, Qt.Key_1, Qt.Key_Return)
    assert reader.message == "Time for a break? Press B to go on."
    reader.bot.wait(20)  # for what follows the panel's choice
    assert shown(host) is None
    assert reader.window.windowTitle() == "CXR Grounding"
    reader.press(Qt.Key_B)
    assert shown(host) is not None


def test_on_a_full_disk_it_is_said_at_once_and_the_case_stays(reader: Reader) -> None:
    reader.press(Qt.Key_4, Qt.Key_1)
    with disk_that_takes((reader.study / ANSWERS_FILE.format("r1")).stat().st_size + 10):
        reader.press(Qt.Key_Return)
    assert "could not be saved" in reader.message
    assert reader.text("studyCaseLabel") == "R1: case 1 of 8"
    reader.press(Qt.Key_Return)
    assert (reader.saved, reader.text("studyCaseLabel")) == (1, "R1: case 2 of 8")


def test_what_would_unblind_is_out_of_sight_and_comes_back_at_the_end(reader: Reader, host: Host) -> None:
    hidden = ("inputsCollapsibleButton", "findingsCollapsibleButton", "advancedCollapsibleButton")
    assert not any(reader.widget(name).isVisible() for name in hidden)
    for case in range(8):
        if case in (3, 6):
            reader.press(Qt.Key_B)
        reader.press(Qt.Key_4, Qt.Key_1, Qt.Key_Return)
    assert reader.message == "All 8 cases are answered. Thank you."
    assert all(reader.widget(name).isVisible() for name in hidden)
    assert volumes(host) == []
    assert not host.widget.study.isReading


def test_a_box_is_drawn_by_arrows_and_kept(reader: Reader) -> None:
    reader.press(Qt.Key_D, Qt.Key_Right, Qt.Key_Right, Qt.Key_Down)
    reader.press(Qt.Key_Down, modifier=Qt.ShiftModifier)
    reader.press(Qt.Key_Return)  # done with the box
    reader.press(Qt.Key_4, Qt.Key_1, Qt.Key_Return)
    assert reader.saved == 1
    assert '"box": [26, 31, 16, 21]' in (reader.study / ANSWERS_FILE.format("r1")).read_text()


def test_the_numbers_are_the_windows_again_when_the_reader_leaves(reader: Reader) -> None:
    keys = [key for key in reader.window.findChildren(QShortcut) if _is_windows(key)]
    assert len(keys) == 9
    assert not any(key.isEnabled() for key in keys)
    reader.host.widget.study.leave()
    assert all(key.isEnabled() for key in keys)


def _is_windows(key: QShortcut) -> bool:
    """Whether it is a number key that the window made before the study was read."""
    return key.key().toString() in "123456789" and not hasattr(key, "_pythonqt_connections")


def test_closing_the_scene_asks_nothing_and_loses_nothing(
    reader: Reader, sitting: tuple[MainWindow, Host, User]
) -> None:
    reader.press(Qt.Key_4, Qt.Key_1, Qt.Key_Return)
    reader.window.close_scene()
    assert sitting[2].questions == []
    assert reader.saved == 1
