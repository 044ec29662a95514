"""A first-time user's shortest path: open, paste a report, ground it, see its second finding, save the picture."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.window.main_window import MainWindow
from told_engine import ToldEngine

from .driving import User, action

SENTENCES = ["Left pleural effusion", "Right pneumothorax", "Cardiomegaly", *(f"Edema {n}x" for n in range(4, 13))]
REPORT = f"TECHNIQUE: One view.\nFINDINGS: {'. '.join(SENTENCES)}. No fracture."


def test_from_a_file_and_a_report_to_a_picture_in_five_actions_and_keys_beyond_nine(
    window: MainWindow, host: Host, user: User, qtbot: QtBot, phantom_file: Path, tmp_path: Path
) -> None:
    host.widget.logic._engine = engine = ToldEngine(is_eager=True)
    field, button = unwrap(host.widget.ui.reportEdit), unwrap(host.widget.ui.groundReportButton)
    QApplication.clipboard().setText(REPORT)
    user.open_path, user.save_path = str(phantom_file), str(tmp_path / "finding.png")

    action(window, "Open...").trigger()  # 1
    field.setFocus()
    qtbot.keyClick(field, Qt.Key_V, Qt.ControlModifier)  # 2
    qtbot.mouseClick(button, Qt.LeftButton)  # 3
    qtbot.waitUntil(lambda: not host.widget.logic.isBusy, timeout=60_000)
    qtbot.wait(30)
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key_2)  # 4
    qtbot.wait(30)
    action(window, "Save picture...").trigger()  # 5

    assert engine.asked == SENTENCES
    radiograph = host.widget.ui.radiographSelector.currentNode()
    shown = host.widget.logic.shownFinding(radiograph)
    assert host.widget.logic.result(shown)["phrase"] == "Right pneumothorax"
    table = unwrap(host.widget.ui.findingsTable)
    assert table.item(table.currentRow(), 0).text().startswith("Right pneumothorax"), "its sentence is marked"
    assert (tmp_path / "finding.png").read_bytes().startswith(b"\x89PNG")

    for digits, expected in (((Qt.Key_1, Qt.Key_2), "Edema 12x"), ((Qt.Key_3, Qt.Key_5), "Edema 5x")):
        for digit in digits:
            qtbot.keyClick(window.view, digit)
        qtbot.wait(30)
        shown = host.widget.logic.shownFinding(radiograph)
        assert host.widget.logic.result(shown)["phrase"] == expected

    host.widget.focusPhrase()
    assert QApplication.focusWidget() in (
        unwrap(host.widget.ui.phraseComboBox),
        unwrap(host.widget.ui.phraseComboBox).lineEdit(),
    )
