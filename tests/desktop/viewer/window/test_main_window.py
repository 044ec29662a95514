from __future__ import annotations

from pathlib import Path

import pytest
import slicer
from PyQt5.QtCore import QSettings, Qt
from PyQt5.QtWidgets import QLabel, QSplitter
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.view.slice_view import SliceView
from cxr_grounding_desktop.viewer.window.main_window import RESEARCH_USE, MainWindow
from cxr_grounding_desktop.viewer.window.message_strip import MISTAKE
from cxr_grounding_desktop.viewer.window.panel_area import PanelArea

from .driving import User, action


def test_slicer_finds_the_window_and_its_status_bar(window: MainWindow) -> None:
    assert unwrap(slicer.util.mainWindow()) is window
    assert slicer.util.showStatusMessage("Phrases grounded: 1", 1000)
    assert window.statusBar().currentMessage() == "Phrases grounded: 1"


def test_research_use_stays_in_sight_beside_messages(window: MainWindow, qtbot: QtBot) -> None:
    window.statusBar().showMessage("Something else, and it is as long as the status bar is wide. " * 5)
    (label,) = (each for each in window.statusBar().findChildren(QLabel) if each.text() == RESEARCH_USE)
    assert label.isVisible()
    assert label.width() >= label.sizeHint().width()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (2560, 1440)])
def test_list_view_and_panel_stand_side_by_side(
    window: MainWindow, folder: Path, width: int, height: int, qtbot: QtBot
) -> None:
    window.resize(width, height)
    window.open_paths([str(folder)])
    qtbot.waitUntil(lambda: len(window.radiograph_list.entries) == 3)
    assert (window.width(), window.height()) == (width, height)
    panel = window.findChild(PanelArea)
    left, view, right = window.findChild(QSplitter).sizes()
    assert left >= 180
    assert view >= 0.4 * width
    assert 380 <= right <= 560
    assert panel.widget().width() <= panel.viewport().width()  # nothing is cut off at the side


def test_the_list_is_hidden_until_a_folder_is_opened_and_on_demand(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    item = action(window, "Show radiograph list")
    assert window.radiograph_list.isHidden()
    assert not item.isChecked()
    window.open_paths([str(folder)])
    assert window.radiograph_list.isVisible()
    assert item.isChecked()
    item.trigger()
    assert window.radiograph_list.isHidden()
    assert not item.isChecked()
    item.trigger()
    assert window.radiograph_list.isVisible()


def test_the_panel_keeps_the_width_that_it_was_given_when_the_list_comes_and_goes(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(1600, 900)
    qtbot.wait(20)
    splitter, item = window.findChild(QSplitter), action(window, "Show radiograph list")
    splitter.setSizes([0, 1060, 540])
    qtbot.wait(20)
    given = splitter.sizes()[2]
    for _ in range(3):
        item.trigger()
        qtbot.wait(20)
        assert splitter.sizes()[2] == given


def test_every_action_says_what_it_does(window: MainWindow, folder: Path) -> None:
    window.open_paths([str(folder / "phantom.dcm")])
    window.menus.fill_recent()
    window.menus.fill_samples()
    actions = window.menus.actions
    assert len(actions) >= 18
    assert [each.text() for each in actions if not each.statusTip().endswith(".")] == []
    keys = [key.toString() for each in actions for key in each.shortcuts()]
    assert len(keys) == len(set(keys))


def test_help_tells_the_keys_and_about_what_this_is(window: MainWindow, user: User) -> None:
    action(window, "Keyboard shortcuts").trigger()
    for key in ("Ctrl+O", "Ctrl+S", "Enter", "Esc", "1, 2, ... 12, ...", "Space, held"):
        assert f"<b>{key}</b>" in user.told["Keyboard shortcuts"]
    action(window, "About").trigger()
    for text in ("0.1.0", "Research use only", "Apache 2.0", "arXiv 2404.12920"):
        assert text in user.told["About CXR Grounding"]


def test_a_mistake_in_a_slot_is_said_and_does_not_end_the_program(window: MainWindow) -> None:
    def wrong() -> None:
        raise ZeroDivisionError

    window.guarded(wrong)()
    assert window.strip.message == MISTAKE


def test_sizes_and_the_last_folder_are_remembered(
    window: MainWindow, host: Host, user: User, settings: QSettings, folder: Path, qtbot: QtBot
) -> None:
    window.open_paths([str(folder / "A")])
    window.resize(1500, 850)
    qtbot.wait(20)
    splitter = window.findChild(QSplitter)
    splitter.setSizes([300, 700, 500])
    qtbot.wait(20)
    left, _, right = splitter.sizes()
    assert window.close()
    again = MainWindow(host_again(host, window), SliceView(host.slice_logic, host.widget.logic.about), user.dialogs())
    qtbot.addWidget(again, before_close_func=lambda made: made.view.stop())
    again.show()
    again.open_paths([str(folder / "A")])
    qtbot.wait(20)
    assert (again.width(), again.height()) == (1500, 850)
    assert again.findChild(QSplitter).sizes()[::2] == [left, right]
    assert settings.value("Desktop/LastFolder") == str(folder)
    assert all(key.startswith(("Desktop/", "CXRGrounding/")) for key in settings.allKeys())


def host_again(host: Host, window: MainWindow) -> Host:
    """The host, its panel taken out of a window that was closed."""
    window.findChild(PanelArea).takeWidget()
    return host


def test_a_grounding_under_way_does_not_keep_the_window_open(
    window: MainWindow, host: Host, phantom_file: Path, qtbot: QtBot
) -> None:
    window.open_paths([str(phantom_file)])
    host.widget.ui.phraseComboBox.setEditText("Large left pleural effusion")
    qtbot.mouseClick(unwrap(host.widget.ui.groundButton), Qt.LeftButton)
    assert host.widget.logic.isBusy
    assert window.close()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: not host.widget.logic.isBusy, timeout=60_000)
    assert host.widget.logic.findings() == []


def test_the_window_can_be_closed_after_its_host(window: MainWindow, host: Host) -> None:
    host.close()
    assert window.close()
