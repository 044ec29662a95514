"""Which files an answer becomes: one test a format, and that the table is what help, docs and command go by."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image

from cxr_grounding.answers.bundle import (
    DICOM_FORMATS,
    FORMATS,
    choose_formats,
    describe_formats,
    stem_of,
    write_bundle,
)
from cxr_grounding.answers.picture import Caption, Marks, draw_answer, draw_overlay
from cxr_grounding.answers.result import Files, Result
from cxr_grounding.errors import OutputError
from cxr_grounding.grounding import Grounding
from full_disk import disk_that_takes

FILES_PAGE = Path(__file__).parents[3] / "docs" / "files.md"


def written(result: Result, *names: str) -> Files:
    """What a bundle of these formats says it wrote; that is also what lies there."""
    (files,) = write_bundle([result], choose_formats(",".join(names)))
    flat = [name for one in files.values() for name in ([one] if isinstance(one, str) else one)]
    assert sorted(flat) == sorted(file.name for file in result.stem.parent.iterdir())
    return files


def check_png(result: Result) -> None:
    assert written(result, "png") == {"overlay": "01-left-effusion.png"}
    answer = result.answer
    expected = draw_overlay(result.radiograph, answer.heatmap, Caption.of(answer), Marks.of(answer))
    with Image.open(result.path(".png")) as picture:
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(expected))
    plain = draw_overlay(result.radiograph, answer.heatmap, Caption("left effusion", "tiny: Random weights."))
    assert np.any(np.asarray(plain)[:900] != np.asarray(expected)[:900]), "boxes and what was seen are drawn"


def check_volumes(result: Result, name: str, ending: str) -> None:
    assert written(result, name) == {
        "heatmap": [f"01-left-effusion.heatmap{ending}"],
        "label_map": [f"01-left-effusion.label{ending}"],
    }
    heatmap, labels = (
        SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(result.path(f".{kind}{ending}"))))[0]
        for kind in ("heatmap", "label")
    )
    answer = result.answer
    np.testing.assert_array_equal(labels, np.where(np.isnan(answer.heatmap), 2, answer.region))
    np.testing.assert_array_equal(heatmap[labels < 2], answer.heatmap[labels < 2])


def check_nrrd(result: Result) -> None:
    check_volumes(result, "nrrd", ".nrrd")


def check_nifti(result: Result) -> None:
    check_volumes(result, "nifti", ".nii.gz")


def check_json(result: Result) -> None:
    assert written(result, "json") == {"json": "01-left-effusion.json"}
    document = json.loads(result.path(".json").read_text(encoding="utf-8"))
    assert {name: document[name] for name in result.answer.to_dict()} == result.answer.to_dict()
    assert (document["source"], document["files"]) == ("chest.dcm", {"json": "01-left-effusion.json"})
    assert Grounding.load(result.path(".json")) == result.answer


def check_seg(result: Result) -> None:
    assert written(result, "seg") == {"seg": "00-findings.seg.dcm"}
    made = pydicom.dcmread(result.stem.with_name("00-findings.seg.dcm"))
    np.testing.assert_array_equal(made.pixel_array.astype(bool), result.answer.region)
    assert made.PatientName == "Doe^Jane"


def check_sr(result: Result) -> None:
    assert written(result, "sr") == {"sr": "00-findings.sr.dcm"}
    made = pydicom.dcmread(result.stem.with_name("00-findings.sr.dcm"))
    assert (made.Modality, made.PreliminaryFlag, made.VerificationFlag) == ("SR", "PRELIMINARY", "UNVERIFIED")


def check_sc(result: Result) -> None:
    assert written(result, "sc") == {"sc": "01-left-effusion.sc.dcm"}
    made = pydicom.dcmread(result.path(".sc.dcm"))
    np.testing.assert_array_equal(made.pixel_array, draw_answer(result.radiograph, result.answer))


CHECKS: dict[str, Callable[[Result], None]] = {
    "png": check_png,
    "nrrd": check_nrrd,
    "nifti": check_nifti,
    "seg": check_seg,
    "sr": check_sr,
    "sc": check_sc,
    "json": check_json,
}


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_a_format_holds_what_the_answer_says(dicom_result: Result, name: str) -> None:
    CHECKS[name](dicom_result)


@pytest.mark.parametrize("name", DICOM_FORMATS)
def test_of_a_radiograph_that_is_no_dicom_file_there_are_no_objects(result: Result, name: str) -> None:
    with pytest.raises(OutputError, match=r"chest\.dcm is no DICOM file, so there is no study"):
        write_bundle([result], choose_formats(name))
    assert list(result.stem.parent.iterdir()) == []


def test_all_formats_together_are_named_in_the_document(result: Result) -> None:
    files = written(result, "png", "nrrd", "nifti", "json")
    stem = "01-left-effusion"
    assert json.dumps(files) == json.dumps(
        {
            "overlay": f"{stem}.png",
            "heatmap": [f"{stem}.heatmap.nrrd", f"{stem}.heatmap.nii.gz"],
            "label_map": [f"{stem}.label.nrrd", f"{stem}.label.nii.gz"],
            "json": f"{stem}.json",
        }
    )
    assert json.loads(result.path(".json").read_text(encoding="utf-8"))["files"] == files


def test_the_document_is_written_last_since_it_names_the_others() -> None:
    assert FORMATS[-1].name == "json"


def test_every_answer_of_a_bundle_has_its_own_files(result: Result, tmp_path: Path) -> None:
    other = dataclasses.replace(result, stem=tmp_path / "02-other")
    assert write_bundle([result, other], choose_formats("json")) == [
        {"json": "01-left-effusion.json"},
        {"json": "02-other.json"},
    ]


def test_formats_are_chosen_by_name_in_the_table_s_order() -> None:
    assert choose_formats(" JSON, png,png") == (FORMATS[0], FORMATS[-1])
    assert [one.name for one in choose_formats("json,nifti,nrrd,png")] == ["png", "nrrd", "nifti", "json"]
    assert choose_formats(",".join(one.name for one in FORMATS)) == FORMATS


@pytest.mark.parametrize("names", ["tiff", "png,tiff", "", "png,,json", "png json"])
def test_an_unknown_name_is_refused_with_the_table(names: str) -> None:
    with pytest.raises(OutputError, match="There is no format") as refused:
        choose_formats(names)
    assert describe_formats() in str(refused.value)


def test_help_and_docs_say_what_the_table_says(cxr_ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    help_text, page = " ".join(cxr_ground("ground", "--help").out.split()), FILES_PAGE.read_text(encoding="utf-8")
    section = page.split("## What an answer becomes")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"`{one.name}`" for one in FORMATS]
    for one in FORMATS:
        assert f"{one.name} ({one.holds})" in help_text


@pytest.mark.parametrize(
    ("phrase", "stem"),
    [
        ("Small left pleural effusion.", "07-small-left-pleural-effusion"),
        ("Ménière!", "07-meniere"),
        ("心脏", "07-phrase"),
        ("a" * 47 + " b", "07-" + "a" * 47),
        ("../../etc/passwd", "07-etc-passwd"),
    ],
)
def test_file_names_begin_with_the_number_and_the_phrase_in_plain_letters(phrase: str, stem: str) -> None:
    assert stem_of(7, phrase) == stem


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_on_a_full_disk_the_earlier_files_of_every_format_stay(dicom_result: Result, name: str) -> None:
    formats = choose_formats(name)
    write_bundle([dicom_result], formats)
    folder = dicom_result.stem.parent
    earlier = {file.name: file.read_bytes() for file in folder.iterdir()}
    with disk_that_takes(80), pytest.raises(OutputError, match="could not be written"):
        write_bundle([dicom_result], formats)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == earlier
