"""All files appear together, or none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cxr_grounding.disk.staging import OWNER, OWNERLESS_SECONDS, new_folder, staged
from cxr_grounding.errors import OutputError


def test_files_appear_when_the_block_ends(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    with staged(out) as scratch:
        (scratch / "one").write_text("1")
        assert not (out / "one").exists()
    assert [file.name for file in out.iterdir()] == ["one"]


def test_after_an_error_nothing_is_left_not_even_the_folders_made(tmp_path: Path) -> None:
    with pytest.raises(KeyError), staged(tmp_path / "a" / "b") as scratch:
        (scratch / "one").write_text("1")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_after_an_error_what_was_there_before_is_untouched(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("earlier")
    with pytest.raises(KeyError), staged(tmp_path) as scratch:
        (scratch / "one").write_text("1")
        raise KeyError
    assert (tmp_path / "one").read_text() == "earlier"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="Choose another folder"), staged(tmp_path / "file" / "out"):
        raise AssertionError("the block must not be reached")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_while_writing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"), staged(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_appears_when_the_block_ends(tmp_path: Path) -> None:
    out = tmp_path / "a" / "model"
    with new_folder(out) as folder:
        (folder / "one").write_text("1")
        assert not out.exists()
    assert [entry.name for entry in out.parent.iterdir()] == ["model"]
    assert (out / "one").read_text() == "1"


def test_after_an_error_there_is_no_new_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyError), new_folder(tmp_path / "a" / "model") as folder:
        (folder / "one").write_text("1")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_never_replaces_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(OutputError, match="is there already"), new_folder(tmp_path / "model"):
        raise AssertionError("the block must not be reached")


def test_a_folder_that_has_a_file_s_name_is_told_and_nothing_is_moved(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("earlier")
    (tmp_path / "b").mkdir()
    with pytest.raises(OutputError, match="b is a folder already"), staged(tmp_path) as scratch:
        for name in "abc":
            (scratch / name).write_text("new")
    assert (tmp_path / "a").read_text() == "earlier"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "b"]


def test_when_a_file_cannot_be_moved_those_before_it_are_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = Path.replace

    def refuse_c(file: Path, target: Path) -> Path:
        if target == tmp_path / "c":
            raise PermissionError(13, "Permission denied")
        return move(file, target)

    (tmp_path / "a").write_text("earlier")
    monkeypatch.setattr(Path, "replace", refuse_c)
    with pytest.raises(OutputError, match="Permission denied"), staged(tmp_path) as scratch:
        for name in "abc":
            (scratch / name).write_text("new")
    assert (tmp_path / "a").read_text() == "earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_files_are_on_the_disk_before_the_first_is_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    flush, move = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("flush"), flush(descriptor)))
    monkeypatch.setattr(Path, "replace", lambda file, to: (steps.append("move"), move(file, to))[1])
    with staged(tmp_path) as scratch:
        (scratch / "a").write_text("1")
        (scratch / "folder").mkdir()
        (scratch / "folder" / "b").write_text("2")
    assert steps == ["flush", "flush", "move", "move"]


KILLED = """
import os, signal, sys
from pathlib import Path
from cxr_grounding.disk.staging import staged
with staged(Path(sys.argv[1])) as scratch:
    (scratch / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def age(scratch: Path, seconds: float) -> None:
    os.utime(scratch, (time.time() - seconds, time.time() - seconds))


def test_what_a_killed_program_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".unfinished-")
    age(left, 60)
    with staged(tmp_path) as scratch:
        (scratch / "one").write_text("1")
    assert [entry.name for entry in tmp_path.iterdir()] == ["one"]


def test_the_work_of_a_living_program_is_left_alone_however_old_it_is(tmp_path: Path) -> None:
    with staged(tmp_path) as long:
        (long / "long").write_text("1")
        age(long.parent, 10 * OWNERLESS_SECONDS)
        with staged(tmp_path) as short:
            (short / "short").write_text("1")
        assert (long / "long").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["long", "short"]


@pytest.mark.parametrize(("seconds", "stays"), [(0.5, True), (0.9 * OWNERLESS_SECONDS, True), (7200, False)])
def test_work_without_an_owner_s_file_is_removed_when_it_is_old(tmp_path: Path, seconds: float, stays: bool) -> None:
    left = tmp_path / ".unfinished-abc"
    left.mkdir()
    age(left, seconds)
    with staged(tmp_path):
        pass
    assert left.exists() is stays


def test_work_that_has_just_begun_is_left_alone_before_its_owner_holds_it(tmp_path: Path) -> None:
    left = tmp_path / ".unfinished-abc"
    left.mkdir()
    (left / OWNER).touch()
    with staged(tmp_path):
        pass
    assert left.exists()
