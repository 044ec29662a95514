from __future__ import annotations

import os
from pathlib import Path

from PyQt5.QtCore import QTimer
from pytestqt.qtbot import QtBot

from cxr_grounding import FileDescription
from cxr_grounding_desktop.viewer.window.folder_scan import FolderScan, files_below


def look_through(qtbot: QtBot, *roots: Path) -> tuple[FolderScan, list[FileDescription]]:
    """A scan that has come to its end, and what it found."""
    scan, found = FolderScan(), []
    scan.found.connect(found.append)
    with qtbot.waitSignal(scan.finished) as end:
        scan.start([str(root) for root in roots])
    assert end.args == [True]
    return scan, found


def test_the_radiographs_below_a_folder_are_found_and_the_rest_is_counted(qtbot: QtBot, folder: Path) -> None:
    scan, found = look_through(qtbot, folder)
    assert [Path(entry.path).name for entry in found] == ["film.png", "phantom.dcm", "IM0001"]
    assert (scan.radiographs, scan.others, scan.unreadable) == (3, 2, 0)  # others: the CT slice and the text


def test_files_and_folders_may_be_given_together(qtbot: QtBot, folder: Path) -> None:
    scan, found = look_through(qtbot, folder / "A", folder / "notes.txt", folder / "phantom.dcm")
    assert [Path(entry.path).name for entry in found] == ["IM0001", "phantom.dcm"]
    assert scan.others == 2


def test_a_link_to_a_folder_above_does_not_lead_in_circles(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x").write_text("")
    (tmp_path / "a" / "b" / "back").symlink_to(tmp_path / "a", target_is_directory=True)
    assert list(files_below([str(tmp_path)], lambda: None)) == [str(tmp_path / "a" / "b" / "x")]


def test_a_pipe_is_not_waited_for(qtbot: QtBot, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert look_through(qtbot, tmp_path / "pipe", tmp_path)[0].radiographs == 0


def test_a_folder_that_is_gone_is_counted(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    files = files_below([str(tmp_path / "a")], lambda: gone.append(1))
    gone: list[int] = []
    (tmp_path / "a").rmdir()
    assert list(files) == []
    assert not gone  # it was no folder any more when it was looked at

    (tmp_path / "b").mkdir()
    (tmp_path / "b").chmod(0)
    if not os.access(tmp_path / "b", os.R_OK):  # not for root, who may read everything
        assert look_through(qtbot, tmp_path)[0].unreadable == 1


def test_the_window_has_its_turn_while_a_large_folder_is_looked_through(qtbot: QtBot, tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:04}.txt").write_text("nothing")
    scan, seen = FolderScan(tick_seconds=0), []
    timer = QTimer()
    timer.setInterval(0)
    timer.timeout.connect(lambda: seen.append(scan.others))
    timer.start()
    with qtbot.waitSignal(scan.finished):
        scan.start([str(tmp_path)])
    timer.stop()
    assert set(range(1, 40)) <= set(seen)  # one file, then the window, then the next file


def test_a_turn_takes_many_files_when_they_are_quick(qtbot: QtBot, tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:04}.txt").write_text("nothing")
    scan, seen = FolderScan(tick_seconds=60), []
    scan.advanced.connect(lambda: seen.append(scan.others))
    with qtbot.waitSignal(scan.finished):
        scan.start([str(tmp_path)])
    assert seen == [40]


def test_a_scan_can_be_stopped(qtbot: QtBot, tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.txt").write_text("nothing")
    scan = FolderScan()
    with qtbot.waitSignal(scan.advanced):
        scan.start([str(tmp_path)])
    with qtbot.waitSignal(scan.finished) as end:
        scan.stop()
    assert end.args == [False]
    assert not scan.is_running
    assert scan.others < 3000


def test_a_second_start_gives_the_first_up(qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    scan, found = FolderScan(), []
    scan.found.connect(found.append)
    scan.start([str(folder)])
    with qtbot.waitSignal(scan.finished):
        scan.start([str(folder / "A")])
    assert [Path(entry.path).name for entry in found] == ["IM0001"]
