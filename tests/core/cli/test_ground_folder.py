"""`cxr-ground ground` into a folder that is not empty: nothing is overwritten or mixed without a word."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cxr_grounding.grounding import Grounding
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom

PHRASE = "left effusion"


@pytest.fixture
def ground(cxr_ground, phantom_file: Path, brief_model_folder: Path, tmp_path: Path) -> Callable:
    """`cxr-ground ground` on the phantom with the tiny model, into tmp_path/out."""

    def run(*arguments: object, image: Path = phantom_file):
        options = ("--model", brief_model_folder, "--device", "cpu", "--out", tmp_path / "out")
        return cxr_ground("ground", image, *options, *arguments)

    return run


@pytest.fixture(scope="session")
def other_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another phantom's DICOM file."""
    path = tmp_path_factory.mktemp("other") / "other.dcm"
    write_phantom_dicom(draw_phantom(2_000_001, 160), path)
    return path


@pytest.fixture
def png(tmp_path: Path) -> Callable[[str], Path]:
    """A picture, which says nothing of what image it is."""

    def write(name: str) -> Path:
        noise = np.random.default_rng(0).integers(0, 255, (160, 140), np.uint8)
        Image.fromarray(noise).save(tmp_path / name)
        return tmp_path / name

    return write


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("phrase", [PHRASE, "right lung"])
def test_results_of_another_image_are_left_alone(ground, other_file: Path, tmp_path: Path, phrase: str) -> None:
    assert ground(PHRASE).code == 0
    before = contents(tmp_path / "out")
    told = ground(phrase, image=other_file)
    assert told.code == 2
    assert "holds results of another image" in told.err
    assert "phantom.dcm" in told.err
    assert "--overwrite" in told.err
    assert contents(tmp_path / "out") == before


def test_with_overwrite_they_are_replaced_and_none_of_them_stays(ground, other_file: Path, tmp_path: Path) -> None:
    assert ground(PHRASE, "right lung").code == 0
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert ground(PHRASE, "--format", "json", "--overwrite", image=other_file).code == 0
    assert sorted(contents(tmp_path / "out")) == ["01-left-effusion.json", "notes.txt"]


def test_the_same_image_under_another_name_goes_on_in_its_folder(ground, phantom_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.dcm"
    copy.write_bytes(phantom_file.read_bytes())
    assert ground(PHRASE, "--format", "json").code == 0
    assert ground("right lung", "--format", "json", image=copy).code == 0
    assert {answer.phrase.text for answer in Grounding.load_all(tmp_path / "out")} == {PHRASE, "right lung"}


def test_a_picture_is_known_by_its_file(ground, png, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = png("first.png"), png("second.png")
    monkeypatch.chdir(tmp_path)
    assert ground(PHRASE, "--format", "json", image=first).code == 0
    assert ground(PHRASE, "--format", "json", image=Path("first.png")).code == 0
    told = ground(PHRASE, "--format", "json", image=second)
    assert told.code == 2
    assert "first.png" in told.err


def test_a_file_name_that_is_no_text_is_known_again(ground, png, tmp_path: Path) -> None:
    image = png(os.fsdecode(b"f\xe4rber.png"))
    for _ in range(2):
        assert ground(PHRASE, "--format", "json", image=image).code == 0


@pytest.mark.parametrize("name", ["01-left-effusion.png", "02-chest.json", "01-a.heatmap.nii.gz"])
def test_files_that_do_not_say_of_which_image_they_are_are_never_lost(ground, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("{}")
    told = ground("left lung", "--format", "json")
    assert told.code == 2
    assert name in told.err
    assert ground("left lung", "--format", "json", "--overwrite").code == 0
    assert sorted(contents(tmp_path / "out")) == sorted([name, "01-left-lung.json"])


def test_other_files_are_in_nobody_s_way(ground, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name in ("chest.png", "2024-01-01.dcm", "notes.json", "01-a.txt"):
        (tmp_path / "out" / name).write_text("mine")
    assert ground(PHRASE, "--format", "json").code == 0
