"""A file is whole, or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cxr_grounding.disk.json_file import write_json
from cxr_grounding.disk.whole import leftovers, written_whole
from cxr_grounding.errors import OutputError
from full_disk import disk_that_takes


def write_half(path: Path, error: BaseException) -> None:
    with written_whole(path, ".txt") as temporary:
        temporary.write_text("half")
        raise error


ERRORS = [
    OSError("disk full"),
    RuntimeError("writer failed"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize("error", ERRORS)
def test_when_writing_fails_the_earlier_file_stays_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "result.txt"
    path.write_text("earlier")
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else OutputError
    with pytest.raises(expected):
        write_half(path, error)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_what_the_check_refuses_does_not_take_the_place_of_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    path.write_text("earlier")

    def refuse(written: Path) -> None:
        assert written.read_text() == "half"
        raise OSError("only half of it")

    with (
        pytest.raises(OutputError, match=r"could not be written \(only half of it\)"),
        written_whole(path, ".txt", check=refuse) as temporary,
    ):
        temporary.write_text("half")
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, steps = tmp_path / "result.txt", []
    flush, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("flush"), flush(descriptor)))
    monkeypatch.setattr(Path, "replace", lambda file, to: (steps.append("rename"), replace(file, to)))
    with written_whole(path, ".txt") as temporary:
        temporary.write_text("whole")
    assert steps == ["flush", "rename"]


def test_a_disk_that_reports_its_end_only_when_flushed_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "result.txt"
    path.write_text("earlier")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"), written_whole(path, ".txt") as temporary:
        temporary.write_text("new")
    assert path.read_text() == "earlier"


def test_a_document_on_a_full_disk_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with disk_that_takes(100), pytest.raises(OutputError, match="could not be written"):
        write_json(path, {"a": list(range(1000))})
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_program_left_beside_a_file_is_known_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    for name in ("table.csv", ".table.csv-0123456789ab.csv", "mine.csv", ".samples.csv-0123456789ab.csv"):
        (tmp_path / name).touch()
    assert [file.name for file in leftovers(path)] == [".table.csv-0123456789ab.csv"]
