"""A damaged file is made from the run's seed and its number alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fuzzing.inputs import FORMATS, LARGE, LARGE_EVERY, format_of, make_input
from sources import ROOT

NUMBER = 4 * len(FORMATS) + 3


def test_the_same_numbers_make_the_same_file_in_another_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fuzzing", "--seed", "7", "--only", str(NUMBER), "--keep", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    kept = Path(done.stdout.splitlines()[0])
    made = make_input(7, NUMBER)
    assert kept.name == made.name
    assert kept.read_bytes() == made.content
    assert f"| {made.format.name} |" in done.stdout


def test_another_seed_makes_another_file() -> None:
    assert make_input(7, NUMBER).content != make_input(8, NUMBER).content


def test_the_formats_take_turns() -> None:
    assert [make_input(1, index).format for index in range(len(FORMATS))] == list(FORMATS)


def test_now_and_then_comes_a_large_picture() -> None:
    large = [index for index in range(3 * LARGE_EVERY) if format_of(index) is LARGE]
    assert large == [LARGE_EVERY - 1, 2 * LARGE_EVERY - 1, 3 * LARGE_EVERY - 1]


def test_most_files_are_damaged_and_none_is_huge() -> None:
    made = [make_input(1, index) for index in range(10 * len(FORMATS))]
    whole = {seed.content for kind in FORMATS for seed in kind.seeds}
    assert sum(each.content in whole for each in made) < len(made) / 10
    assert max(len(each.content) for each in made) <= 2**22
