"""`cxr-ground ground` over several radiographs: one opening of the model, a folder an image, one table."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas
import pyarrow.parquet
import pytest

from cxr_grounding.cli.plain_progress import PlainLines
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.disk.owned import held
from cxr_grounding.grounding import Grounding
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom


@pytest.fixture(scope="session")
def three_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three phantoms, one of them deeper."""
    folder = tmp_path_factory.mktemp("three")
    (folder / "deep").mkdir()
    for number, name in enumerate(("one.dcm", "two.dcm", "deep/three.dcm")):
        write_phantom_dicom(draw_phantom(2_000_010 + number, 96), folder / name)
    return folder


@pytest.fixture
def scans(three_files: Path, tmp_path: Path) -> Path:
    """A copy of them beside files that are no images, and one that is damaged."""
    folder = shutil.copytree(three_files, tmp_path / "scans")
    (folder / "notes.txt").write_text("no image")
    (folder / "bad.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"damaged")
    return folder


@pytest.fixture
def ground(cxr_ground, brief_model_folder: Path, tmp_path: Path) -> Callable:
    """`cxr-ground ground` with the tiny model, a few steps and JSON files alone, into tmp_path/out."""

    def run(*arguments: object):
        options = ("--model", brief_model_folder, "--device", "cpu", "--steps", 10, "--format", "json")
        return cxr_ground("ground", *arguments, *options, "--out", tmp_path / "out")

    return run


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A growing list of the models that are opened."""
    models: list[object] = []
    open_one = LatentDiffusionModel.open

    def counted(*given: object, **named: object) -> LatentDiffusionModel:
        models.append(given)
        return open_one(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(LatentDiffusionModel, "open", counted)
    return models


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_is_grounded_with_one_opening_and_what_fails_is_a_row(
    ground, scans: Path, opened: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = ground(scans, "-p", "left effusion", "-p", "edema")
    assert told.code == 3
    assert "3 of 4 images done, 1 failed" in told.out
    assert "Warning: bad: " in told.err
    assert len(opened) == 1
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["one", "three", "two"]
    assert {answer.phrase.text for answer in Grounding.load_all(out / "three")} == {"left effusion", "edema"}
    rows = rows_of(out)
    assert [(row["name"], row["phrase"], row["status"]) for row in rows] == [
        ("bad", "", "failed"),
        *((name, phrase, "done") for name in ("three", "one", "two") for phrase in ("left effusion", "edema")),
    ]
    assert "bad.dcm" in rows[0]["sentence"]
    document = json.loads((out / "one" / "02-edema.json").read_text(encoding="utf-8"))
    table = pyarrow.parquet.read_table(out / "results.parquet").to_pylist()
    (row,) = [row for row in table if (row["name"], row["phrase"]) == ("one", "edema")]
    assert row["sop_instance_uid"] == document["image"]["sop_instance_uid"]
    assert row["boxes"] == document["boxes_pixels"]
    assert (row["verdict"], row["area_pixels"]) == (document["verdict"]["kind"], document["area_pixels"])
    assert row["files"] == ["02-edema.json"]
    for frame in (pandas.read_parquet(out / "results.parquet"), pandas.read_csv(out / "results.csv")):
        assert list(frame.query("verdict != ''")["phrase"].dropna()) == ["left effusion", "edema"] * 3

    # The damaged one is mended, another image comes: only these are grounded, and the others are as they were.
    shutil.copy(scans / "one.dcm", scans / "bad.dcm")
    before = {file: file.stat().st_mtime_ns for file in (out / "one").iterdir()}
    again = ground(scans, "-p", "left effusion", "-p", "edema")
    assert (again.code, len(opened)) == (0, 2)
    assert "1 of 4 images done, 3 were there already" in again.out
    assert {file: file.stat().st_mtime_ns for file in (out / "one").iterdir()} == before
    assert len(rows_of(out)) == 8

    refused = ground(scans, "-p", "edema")
    assert refused.code == 2
    assert "to other phrases (there: 'left effusion', 'edema'; now: 'edema')" in refused.err
    assert "--overwrite" in refused.err
    other = ground(scans, "-p", "left effusion", "-p", "edema", "--preset", "fast")
    assert other.code == 2
    assert "holds answers with another setting (preset was" in other.err
    assert len(opened) == 2, "nothing is opened for what is refused"

    anew = ground(scans / "one.dcm", scans / "two.dcm", "edema", "--overwrite")
    assert anew.code == 0
    assert [(row["name"], row["phrase"]) for row in rows_of(out)] == [("one", "edema"), ("two", "edema")]
    assert [file.name for file in (out / "one").iterdir()] == ["01-edema.json"]


def test_json_is_a_line_an_image_and_each_has_its_own_report(ground, scans: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "one.txt").write_text("Left effusion. No edema.")
    (reports / "deep.txt").write_text("The lungs are clear.")  # by the folder that the image lies in
    told = ground(scans, "--reports", reports, "--json")
    assert told.code == 3
    lines = {line["name"]: line for line in map(json.loads, told.out.splitlines())}
    assert lines.keys() == {"bad", "one", "two", "three"}
    assert [result["phrase"] for result in lines["one"]["results"]] == ["Left effusion"]
    assert [sentence["text"] for sentence in lines["one"]["not_grounded"]] == ["No edema"]
    assert (lines["three"]["status"], lines["three"]["results"]) == ("nothing to ground", [])
    assert "No report of two.dcm" in lines["two"]["error"]


def test_two_images_of_one_name_keep_apart(ground, three_files: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    shutil.copy(three_files / "two.dcm", tmp_path / "b" / "one.dcm")
    assert ground(three_files / "one.dcm", tmp_path / "b" / "one.dcm", "edema").code == 0
    names = {row["name"] for row in rows_of(tmp_path / "out")}
    assert len(names) == 2
    assert all(name.startswith("one-") for name in names)
    assert ground(three_files / "one.dcm", tmp_path / "b" / "one.dcm", "edema").code == 0
    assert {row["name"] for row in rows_of(tmp_path / "out")} == names


def test_a_row_that_a_killed_run_left_half_written_is_done_again(ground, three_files: Path, tmp_path: Path) -> None:
    pair = (three_files / "one.dcm", three_files / "two.dcm", "edema", "left effusion")
    assert ground(*pair).code == 0
    table = tmp_path / "out" / "results.csv"
    whole = table.read_text(encoding="utf-8")
    table.write_text(whole[:-40], encoding="utf-8")
    told = ground(*pair)
    assert "1 of 2 images done, 1 were there already" in told.out
    assert len(rows_of(tmp_path / "out")) == 4


def test_what_is_for_one_image_and_a_second_run_are_refused(ground, scans: Path, tmp_path: Path) -> None:
    for option, said in ((("--arrays", tmp_path / "a.npz"), "arrays of one image"), (("--send",), "one radiograph")):
        told = ground(scans, "-p", "edema", *option)
        assert told.code == 2
        assert said in told.err
    (tmp_path / "out").mkdir()
    with held(tmp_path / "out" / ".lock"):
        told = ground(scans, "-p", "edema")
    assert told.code == 2
    assert "Another run is at work" in told.err


def test_without_a_terminal_there_is_a_plain_line_every_ten_images_or_half_a_minute(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = 0.0
    lines = PlainLines(25, clock=lambda: now)
    for done in range(1, 12):
        now += 2.0
        lines.images(done, done // 5)
    now += 31.0
    lines("inversion", 3, 7)
    assert capsys.readouterr().err.splitlines() == [
        "10 of 25 images, 2 failed, 2.0 s each, 30 s left",
        "11 of 25 images, 2 failed, 4.8 s each, 67 s left",
    ]
