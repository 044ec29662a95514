"""`cxr-ground study`, from the checking of a study to its report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from toy_study import write_study


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def study(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "study")


def test_a_study_is_checked_read_by_made_up_readers_and_reported(cxr_ground, study: Path) -> None:
    assert cxr_ground("study", "check", study).out == "24 cases, all in order. Readers: none yet.\n"
    told = cxr_ground("study", "simulate", study, "--effect", "1.5", "--readers", "2")
    assert told.out.startswith("Read by simulated-1, simulated-2.\nPut in, on the scale: a difference of 1.3")
    told = cxr_ground("study", "report", study)
    assert "56 answers of 2 readers to 12 phrases on 6 radiographs" in told.out
    assert (study / "report" / "report.html").is_file()


def test_what_is_wrong_is_listed_and_ends_with_2(cxr_ground, study: Path) -> None:
    next((study / "images").iterdir()).unlink()
    told = cxr_ground("study", "check", study)
    assert told.code == 2
    assert "cannot be read" in told.out
    assert "The study has 4 problems; they stand above." in told.err


def test_a_change_is_accepted_with_a_note(cxr_ground, study: Path) -> None:
    cxr_ground("study", "simulate", study, "--readers", "1")
    settings = study / "study.toml"
    settings.write_text(settings.read_text().replace("Two toys", "Three toys"))
    assert cxr_ground("study", "report", study).code == 2
    told = cxr_ground("study", "report", study, "--accept-change", "a better title")
    assert told.out.startswith("Accepted: a better title\n")
    assert "The study was changed after reading began: a better title" in told.out


def test_power_is_told_as_a_table_or_as_json(cxr_ground) -> None:
    size = ("--cases", "20", "--readers", "2", "--times", "5")
    assert cxr_ground("study", "power", *size).out.splitlines()[1].split()[:2] == ["cases", "readers"]
    (one,) = json.loads(cxr_ground("study", "power", *size, "--json").out)
    assert (one["cases"], one["readers"]) == (20, 2)
    assert cxr_ground("study", "power", *size, "--agreement", "2").code == 2


def test_a_folder_without_answers_makes_no_study(cxr_ground, tmp_path: Path) -> None:
    told = cxr_ground("study", "make", "--from", f"plain={tmp_path}", "--out", tmp_path / "study")
    assert (told.code, "holds no answers" in told.err) == (2, True)
