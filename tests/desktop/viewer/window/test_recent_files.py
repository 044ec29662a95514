from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from PyQt5.QtCore import QSettings

from cxr_grounding_desktop.viewer.window.recent_files import MOST, RecentFiles


def test_the_file_opened_last_comes_first_and_each_comes_once(settings: QSettings) -> None:
    recent = RecentFiles(settings)
    for name in ("/a", "/b", "/a", "/c", "/b"):
        recent.add(name)
    assert recent.paths == ["/b", "/c", "/a"]


def test_only_the_last_ones_are_kept(settings: QSettings) -> None:
    recent = RecentFiles(settings)
    for number in range(MOST + 5):
        recent.add(f"/{number}")
    assert recent.paths == [f"/{number}" for number in range(MOST + 4, 4, -1)]


def test_the_list_survives_being_written_also_with_one_entry_or_none(tmp_path: Path) -> None:
    path = str(tmp_path / "settings.ini")

    def again() -> RecentFiles:
        return RecentFiles(QSettings(path, QSettings.IniFormat))

    assert again().paths == []
    again().add("/films/with, comma.dcm")
    assert again().paths == ["/films/with, comma.dcm"]
    again().add("/b")
    assert again().paths == ["/b", "/films/with, comma.dcm"]
    again().forget("/b")
    again().forget("/nowhere")
    again().forget("/films/with, comma.dcm")
    assert again().paths == []


def test_a_relative_path_is_kept_whole(settings: QSettings, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    recent = RecentFiles(settings)
    recent.add("film.dcm")
    assert recent.paths == [str(tmp_path / "film.dcm")]


def test_what_another_program_wrote_there_is_no_harm(settings: QSettings) -> None:
    settings.setValue("Desktop/RecentFiles", ["/a", 7, "", {"b": 1}])
    assert RecentFiles(settings).paths == ["/a"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions as POSIX systems have them")
@pytest.mark.parametrize("earlier", [None, 0o644])
def test_only_its_owner_reads_what_was_opened(tmp_path: Path, earlier: int | None) -> None:
    file = tmp_path / "settings" / "window.ini"
    if earlier is not None:
        file.parent.mkdir()
        file.touch(mode=earlier)
    settings = QSettings(str(file), QSettings.IniFormat)
    recent = RecentFiles(settings)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    recent.add("/patients/doe^john.dcm")
    settings.sync()
    assert RecentFiles(QSettings(str(file), QSettings.IniFormat)).paths == ["/patients/doe^john.dcm"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
