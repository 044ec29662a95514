"""Runs without an image are found again, and only whole ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cxr_grounding.diffusion.text_runs import Run, TextRuns


def run(value: float = 0.5) -> Run:
    return [np.full((2, side, side), value, np.float32) for side in (8, 4)]


SIZE = sum(layer.nbytes for layer in run())


def test_a_run_comes_back_from_memory_and_from_the_disk(tmp_path: Path) -> None:
    runs = TextRuns(tmp_path / "runs")
    assert runs.find("a") is None
    kept = run()
    runs.keep("a", kept, on_disk=True)
    assert runs.find("a") is kept
    again = TextRuns(tmp_path / "runs").find("a")
    assert again is not None
    assert all(np.array_equal(one, other) for one, other in zip(again, kept, strict=True))
    runs.keep("b", run(), on_disk=False)
    assert [file.name for file in (tmp_path / "runs").iterdir()] == ["a.run"]


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-1], lambda c: c[:200] + b"x" + c[201:], lambda c: b"", lambda c: c * 9]
)
def test_a_damaged_file_is_as_if_it_were_not_there_and_is_replaced(damage, tmp_path: Path) -> None:
    TextRuns(tmp_path).keep("a", run(), on_disk=True)
    whole = (tmp_path / "a.run").read_bytes()
    (tmp_path / "a.run").write_bytes(damage(whole))
    assert TextRuns(tmp_path).find("a") is None
    TextRuns(tmp_path).keep("a", run(), on_disk=True)
    assert (tmp_path / "a.run").read_bytes() == whole


def test_the_ones_asked_for_longest_ago_are_forgotten(tmp_path: Path) -> None:
    runs = TextRuns(tmp_path, limit_bytes=2 * SIZE, disk_limit_bytes=3 * SIZE)
    for key in "abcd":
        runs.keep(key, run(), on_disk=True)
    assert runs.size_bytes == 2 * SIZE
    there = sorted(file.stem for file in tmp_path.iterdir())
    assert there[-1] == "d"
    assert len(there) < 4
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 3 * SIZE


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the folder's place")
    runs = TextRuns(tmp_path / "runs")
    runs.keep("a", run(), on_disk=True)
    assert runs.find("a") is not None
