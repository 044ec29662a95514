from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
import slicer
from PyQt5.QtGui import QImage
from PyQt5.QtPrintSupport import QPrinter
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.window.dialogs import Answer
from cxr_grounding_desktop.viewer.window.main_window import MainWindow
from full_disk import disk_that_takes

from .driving import User, action, shown, volumes

ONE_WINDOW = True


def test_a_scene_is_saved_and_opened_again(
    with_findings: MainWindow, host: Host, user: User, tmp_path: Path, qtbot: QtBot
) -> None:
    user.save_path = str(tmp_path / "case 1.mrb")
    action(with_findings, "Save scene...").trigger()
    assert with_findings.strip.message == ""
    assert zipfile.is_zipfile(user.save_path)
    action(with_findings, "Close scene").trigger()
    assert user.questions == []  # all was saved
    assert host.widget.logic.findings() == []
    with_findings.open_paths([user.save_path])
    assert [host.widget.logic.result(node)["phrase"] for node in host.widget.logic.findings()] == [
        "Large left pleural effusion",
        "Right apical pneumothorax",
    ]
    qtbot.waitUntil(lambda: host.widget.ui.findingsTable.rowCount == 2)
    assert shown(host).GetName() == "phantom-2000012"
    with_findings.close()
    assert user.questions == []  # what was opened is saved


def test_the_name_proposed_is_that_of_the_radiograph(with_findings: MainWindow, user: User, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "phantom" in with_findings.windowTitle())
    action(with_findings, "Save scene...").trigger()
    action(with_findings, "Save picture...").trigger()
    assert [Path(path).name for path in user.proposed] == ["phantom-2000012.mrb", "phantom-2000012.png"]


def test_a_picture_is_saved(with_findings: MainWindow, user: User, tmp_path: Path, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "phantom" in with_findings.windowTitle())
    user.save_path = str(tmp_path / "picture.png")
    action(with_findings, "Save picture...").trigger()
    assert with_findings.strip.message == ""
    saved = QImage(user.save_path)
    assert saved == with_findings.pictures.whole().convertToFormat(saved.format())
    rows, columns = slicer.util.arrayFromVolume(with_findings.view.volume).shape[1:]
    assert saved.width() == columns
    assert saved.height() > rows  # legend and labels stand outside the radiograph
    QApplication.clipboard().clear()
    action(with_findings, "Copy picture").trigger()
    assert QApplication.clipboard().image().size() == saved.size()
    assert [path.name for path in tmp_path.glob("*picture*")] == ["picture.png"]


def test_there_is_no_picture_of_nothing(window: MainWindow, user: User) -> None:
    action(window, "Save picture...").trigger()
    assert "no radiograph" in window.strip.message
    assert user.proposed == []


@pytest.mark.parametrize("name", ["Save scene...", "Save picture..."])
def test_what_cannot_be_written_is_said(
    with_findings: MainWindow, user: User, tmp_path: Path, name: str, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "phantom" in with_findings.windowTitle())
    user.save_path = str(tmp_path / "no such folder" / "file.mrb")
    action(with_findings, name).trigger()
    assert "file" in with_findings.strip.message
    assert "written" in with_findings.strip.message
    assert "mistake" not in with_findings.strip.message
    assert not os.path.exists(user.save_path)  # noqa: PTH110 - as the user would say it
    with_findings.close()
    assert len(user.questions) == 1  # still not saved


def test_a_picture_on_a_full_disk_is_said_and_what_was_there_stays(
    with_findings: MainWindow, user: User, tmp_path: Path
) -> None:
    before = tmp_path / "picture.png"
    before.write_bytes(b"before")
    user.save_path = str(before)
    for name in ("Save picture...", "Save picture of the view..."):
        with disk_that_takes(20_000):
            action(with_findings, name).trigger()
        said = "could not be written: File too large. Free some space, or choose another folder."
        assert with_findings.strip.message == f"{before} {said}"
        assert before.read_bytes() == b"before"
        assert [path.name for path in tmp_path.glob("*picture*")] == ["picture.png"]
    action(with_findings, "Save picture...").trigger()
    assert before.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("answer", list(Answer))
def test_findings_that_are_not_saved_are_asked_about_before_the_scene_is_closed(
    with_findings: MainWindow, host: Host, user: User, tmp_path: Path, answer: Answer
) -> None:
    user.unsaved, user.save_path = answer, str(tmp_path / "kept.mrb")
    action(with_findings, "Close scene").trigger()
    (question,) = user.questions
    assert "2 findings were added or removed" in question
    assert Path(user.save_path).is_file() == (answer is Answer.SAVE)
    assert (len(host.widget.logic.findings()) == 2) == (answer is Answer.CANCEL)
    assert (volumes(host) != []) == (answer is Answer.CANCEL)


def test_a_closed_scene_leaves_the_title(with_findings: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "phantom" in with_findings.windowTitle())
    action(with_findings, "Close scene").trigger()
    qtbot.waitUntil(lambda: with_findings.windowTitle() == "CXR Grounding")
    action(with_findings, "Save picture...").trigger()
    assert "no radiograph" in with_findings.strip.message


def test_a_save_that_is_called_off_gives_nothing_away(with_findings: MainWindow, host: Host, user: User) -> None:
    user.unsaved, user.save_path = Answer.SAVE, ""
    action(with_findings, "Close scene").trigger()
    with_findings.close()
    assert with_findings.isVisible()
    assert len(host.widget.logic.findings()) == 2


def test_a_scene_does_not_take_unsaved_findings_away_unasked(
    with_findings: MainWindow, host: Host, user: User, tmp_path: Path
) -> None:
    user.save_path = str(tmp_path / "case.mrb")
    action(with_findings, "Save scene...").trigger()
    host.widget.logic.removeFinding(host.widget.logic.findings()[0])
    user.unsaved = Answer.CANCEL
    with_findings.open_paths([user.save_path])
    assert len(user.questions) == 1
    assert "1 finding was" in user.questions[0]
    assert len(host.widget.logic.findings()) == 1
    user.unsaved = Answer.DISCARD
    with_findings.open_paths([user.save_path])
    assert len(host.widget.logic.findings()) == 2


def test_a_broken_scene_leaves_this_one_and_its_findings_unsaved(
    with_findings: MainWindow, host: Host, user: User, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mrb"
    broken.write_bytes(b"no bundle")
    with_findings.open_paths([str(broken)])
    assert "broken.mrb" in with_findings.strip.message
    assert len(host.widget.logic.findings()) == 2
    user.questions.clear()
    action(with_findings, "Close scene").trigger()
    assert len(user.questions) == 1


def test_the_picture_is_printed_on_the_printer_that_is_chosen(
    with_findings: MainWindow, user: User, tmp_path: Path
) -> None:
    action(with_findings, "Print...").trigger()  # nobody chose one
    user.printer = QPrinter()
    user.printer.setOutputFormat(QPrinter.PdfFormat)
    user.printer.setOutputFileName(str(tmp_path / "page.pdf"))
    action(with_findings, "Print...").trigger()
    assert with_findings.strip.message == ""
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_a_removed_finding_comes_back(with_findings: MainWindow, host: Host) -> None:
    logic = host.widget.logic
    first, second = logic.findings()
    logic.removeFinding(first)
    assert logic.findings() == [second]
    action(with_findings, "Undo removal").trigger()
    assert {logic.result(node)["phrase"] for node in logic.findings()} == {
        "Large left pleural effusion",
        "Right apical pneumothorax",
    }
    assert logic.shownFinding(with_findings.view.volume) is first
    assert with_findings.frame.said().legend.entries[0].color is not None  # its colors came back with it
