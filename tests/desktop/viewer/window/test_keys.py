from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.window.main_window import MainWindow

Widget = Callable[[str], QWidget]

ONE_WINDOW = True


@pytest.fixture
def widget(host: Host) -> Widget:
    """Gives a widget of the panel by its name."""
    return lambda name: unwrap(getattr(host.widget.ui, name))


@pytest.fixture
def ready(window: MainWindow, host: Host, phantom_file: Path) -> MainWindow:
    """The window with a phantom and a phrase."""
    window.open_paths([str(phantom_file)])
    host.widget.ui.phraseComboBox.setEditText("Large left pleural effusion")
    assert host.widget.ui.groundButton.enabled
    return window


def press(qtbot: QtBot, key: int) -> None:
    """Press a key where the focus is."""
    qtbot.keyClick(QApplication.focusWidget(), key)


def wait_until_idle(qtbot: QtBot, host: Host) -> None:
    qtbot.waitUntil(lambda: not host.widget.logic.isBusy, timeout=60_000)


def test_enter_in_the_view_grounds_and_esc_cancels(ready: MainWindow, host: Host, widget: Widget, qtbot: QtBot) -> None:
    ready.view.setFocus()
    press(qtbot, Qt.Key_Return)
    assert host.widget.logic.isBusy
    press(qtbot, Qt.Key_Enter)  # a second one neither starts nor cancels
    assert widget("groundButton").text() == "Cancel"
    press(qtbot, Qt.Key_Escape)
    assert widget("groundButton").text() == "Cancelling..."
    wait_until_idle(qtbot, host)
    assert "Cancelled" in widget("messageLabel").text()
    assert host.widget.logic.findings() == []


def test_enter_in_the_phrase_field_grounds_once_and_esc_there_cancels(
    ready: MainWindow, host: Host, widget: Widget, qtbot: QtBot
) -> None:
    clicks: list[bool] = []
    widget("groundButton").clicked.connect(clicks.append)
    widget("phraseComboBox").setFocus()
    press(qtbot, Qt.Key_Return)
    assert host.widget.logic.isBusy
    assert clicks == []  # the module did it by itself
    assert widget("groundButton").text() == "Cancel"
    press(qtbot, Qt.Key_Escape)
    assert clicks == [False]
    wait_until_idle(qtbot, host)


@pytest.mark.parametrize("name", ["findingsTable", "modelComboBox", "groundButton"])
def test_enter_grounds_also_from_here(ready: MainWindow, host: Host, widget: Widget, qtbot: QtBot, name: str) -> None:
    widget(name).setFocus()
    press(qtbot, Qt.Key_Return)
    assert host.widget.logic.isBusy
    press(qtbot, Qt.Key_Escape)
    wait_until_idle(qtbot, host)


@pytest.mark.parametrize("name", ["reportEdit", "openReportButton", "outlineCheckBox", "displayCollapsibleButton"])
def test_enter_is_left_to_texts_and_to_other_buttons(
    ready: MainWindow, host: Host, widget: Widget, qtbot: QtBot, name: str
) -> None:
    host.widget.ui.displayCollapsibleButton.collapsed = False
    focused = widget(name)
    focused.setFocus()
    if name == "openReportButton":
        # Enter must not reach the file dialog of the module, which would wait for a user.
        focused.blockSignals(True)
    press(qtbot, Qt.Key_Return)
    assert not host.widget.logic.isBusy
    assert widget("reportEdit").toPlainText() == ("\n" if name == "reportEdit" else "")
    focused.blockSignals(False)


def test_enter_does_nothing_while_there_is_nothing_to_ground(window: MainWindow, host: Host, qtbot: QtBot) -> None:
    window.view.setFocus()
    press(qtbot, Qt.Key_Return)
    assert not host.widget.logic.isBusy


def test_esc_goes_to_the_view(ready: MainWindow, widget: Widget, qtbot: QtBot) -> None:
    widget("phraseComboBox").setFocus()
    press(qtbot, Qt.Key_Escape)
    assert QApplication.focusWidget() is ready.view


def test_esc_closes_the_message(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.open_paths([str(tmp_path / "gone")])
    assert window.strip.message
    press(qtbot, Qt.Key_Escape)
    assert window.strip.message == ""


def test_numbers_choose_findings(with_findings: MainWindow, host: Host, widget: Widget, qtbot: QtBot) -> None:
    composite = host.slice_logic.GetSliceCompositeNode()
    first, second = (node.GetID() for node in host.widget.logic.findings())
    with_findings.view.setFocus()
    for key, expected in ((Qt.Key_2, second), (Qt.Key_1, first), (Qt.Key_9, first), (Qt.Key_2, second)):
        press(qtbot, key)
        assert composite.GetLabelVolumeID() == expected
        qtbot.wait(20)  # the table is filled anew
    assert widget("findingsTable").currentRow() == 1


@pytest.mark.parametrize("name", ["phraseComboBox", "reportEdit"])
def test_numbers_and_letters_are_typed_in_a_text(
    with_findings: MainWindow, host: Host, widget: Widget, qtbot: QtBot, name: str
) -> None:
    before = host.slice_logic.GetSliceCompositeNode().GetLabelVolumeID()
    widget(name).setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "2 f1")
    text = widget("phraseComboBox").currentText() if name == "phraseComboBox" else widget("reportEdit").toPlainText()
    assert text == "2 f1"
    assert host.slice_logic.GetSliceCompositeNode().GetLabelVolumeID() == before


def test_space_hides_the_overlay_while_it_is_held(with_findings: MainWindow, qtbot: QtBot) -> None:
    with_findings.view.setFocus()
    qtbot.keyPress(with_findings.view, Qt.Key_Space)
    assert with_findings.view.overlay_hidden
    qtbot.keyRelease(with_findings.view, Qt.Key_Space)
    assert not with_findings.view.overlay_hidden


def test_the_keys_of_the_view_menu_work(ready: MainWindow, host: Host, qtbot: QtBot) -> None:
    def field_of_view() -> float:
        return host.slice_logic.GetSliceNode().GetFieldOfView()[0]

    ready.view.setFocus()
    qtbot.wait(20)
    fitted = field_of_view()
    press_with_control = [(Qt.Key_Plus, 1.25), (Qt.Key_Minus, 1.0), (Qt.Key_Minus, 0.8)]
    for key, enlarged in press_with_control:
        qtbot.keyClick(QApplication.focusWidget(), key, Qt.ControlModifier)
        assert field_of_view() == pytest.approx(fitted / enlarged)
    press(qtbot, Qt.Key_F)
    assert field_of_view() == pytest.approx(fitted)
    display = host.widget.ui.radiographSelector.currentNode().GetDisplayNode()
    window, level = display.GetWindow(), display.GetLevel()
    display.SetWindowLevel(1.0, 2.0)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key_R, Qt.ControlModifier)
    assert (display.GetWindow(), display.GetLevel()) == (window, level)


def test_one_key_goes_from_the_image_to_the_phrase_and_tab_goes_on_from_top_to_bottom(
    ready: MainWindow, host: Host, widget: Widget, qtbot: QtBot
) -> None:
    ready.view.setFocus()
    press(qtbot, Qt.Key_P)
    assert QApplication.focusWidget() in (widget("phraseComboBox"), widget("phraseComboBox").lineEdit())
    walked: list[str] = []
    for _ in range(13):
        press(qtbot, Qt.Key_Tab)
        focused = QApplication.focusWidget()
        name = focused.objectName() or focused.parentWidget().objectName()  # a part of a selector has none
        walked.append("the image" if focused is ready.view else name)
    below = ["groundButton", "reportEdit", "openReportButton", "findingsCollapsibleButton", "findingsTable"]
    sections = ["displayCollapsibleButton", "advancedCollapsibleButton", "studyCollapsibleButton"]
    above = ["inputsCollapsibleButton", "radiographSelector", "modelComboBox", "phraseComboBox"]
    assert walked == [*below, *sections, "the image", *above]
