"""All files appear together, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.disk.staging import new_folder, staged
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
