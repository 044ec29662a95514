"""`cxr-ground ground --format seg,sr,sc`, and `cxr-ground import`: results leave as DICOM, and come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image

from full_disk import disk_that_takes

PHRASE = "small left pleural effusion"


@pytest.fixture
def ground(cxr_ground, phantom_file: Path, brief_model_folder: Path, tmp_path: Path) -> Callable:
    """`cxr-ground ground` on the phantom with the tiny model, into tmp_path/out."""

    def run(*arguments: object, image: Path = phantom_file, out: Path = tmp_path / "out"):
        model = ("--model", brief_model_folder, "--device", "cpu")
        return cxr_ground("ground", image, PHRASE, "left lung", *model, "--out", out, *arguments)

    return run


def places(result: dict[str, Any]) -> list[tuple[float, ...]]:
    """Of its boxes, in no order."""
    return sorted(tuple(box[name] for name in ("x", "y", "width", "height")) for box in result["boxes_pixels"])


def uids(folder: Path) -> set[str]:
    return {str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in folder.glob("*.dcm")}


def test_objects_are_written_named_and_replaced_by_a_second_run(ground, phantom_file: Path, tmp_path: Path) -> None:
    told = ground("--format", "seg,sr,sc,json", "--json", "--stable-uids")
    assert told.code == 0, told.err
    assert [one["files"] for one in told.document["results"]] == [
        {"seg": "00-findings.seg.dcm", "sr": "00-findings.sr.dcm", "sc": f"{stem}.sc.dcm", "json": f"{stem}.json"}
        for stem in ("01-small-left-pleural-effusion", "02-left-lung")
    ]
    first = uids(tmp_path / "out")
    assert len(first) == 4
    assert ground("--format", "seg,sr,sc", "--stable-uids").code == 0
    assert uids(tmp_path / "out") == first
    assert ground("--format", "seg,sr,sc").code == 0
    assert not uids(tmp_path / "out") & first
    studies = {pydicom.dcmread(path).StudyInstanceUID for path in (tmp_path / "out").glob("*.dcm")}
    assert studies == {pydicom.dcmread(phantom_file).StudyInstanceUID}


def test_objects_of_another_image_are_not_mixed_in(ground, tmp_path: Path, make_dicom) -> None:
    assert ground("--format", "seg").code == 0
    other = make_dicom(tmp_path / "other.dcm", SOPInstanceUID="1.2.3")
    told = ground("--format", "seg", image=other)
    assert told.code == 2
    assert "holds results of another image (the DICOM image 2.25." in told.err
    assert ground("--format", "sr", "--overwrite", image=other).code == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["00-findings.sr.dcm"]


@pytest.mark.parametrize("kind", ["seg", "sr"])
def test_what_was_written_is_imported_again(ground, cxr_ground, phantom_file: Path, tmp_path: Path, kind: str) -> None:
    before = ground("--format", "seg,sr", "--json").document["results"]
    made = tmp_path / "out" / f"00-findings.{kind}.dcm"
    told = cxr_ground("import", made, "--image", phantom_file, "--out", tmp_path / "back", "--json")
    after = told.document["findings"]
    assert [one["phrase"] for one in after] == [PHRASE, "left lung"]
    for one, other in zip(before, after, strict=True):
        assert one["verdict"]["kind"] == other["verdict"]["kind"]
        assert one["model"]["label"] == other["model"]["label"]
        assert one["recipe"] == other["recipe"]
        places = [
            [{k: b[k] for k in ("x", "y", "width", "height")} for b in each["boxes_pixels"]] for each in (one, other)
        ]
        assert sorted(places[0], key=str) == sorted(places[1], key=str)
        if kind == "seg":
            assert one["area_pixels"] == other["area_pixels"]
    assert Image.open(tmp_path / "back" / "02-left-lung.png").size[0] > 400
    said = cxr_ground("import", made, "--image", phantom_file).out
    assert PHRASE in said
    assert "Random weights." in said


def test_a_radiograph_that_is_no_dicom_file_has_no_objects(ground, tmp_path: Path) -> None:
    picture = tmp_path / "chest.png"
    Image.fromarray(np.indices((80, 90)).sum(axis=0).astype(np.uint8)).save(picture)
    told = ground("--format", "png,seg", image=picture)
    assert told.code == 2
    assert "chest.png is no DICOM file, so there is no study that DICOM objects (seg) could join" in told.err
    assert not (tmp_path / "out").exists()


def test_a_radiograph_without_uids_is_refused_before_any_work(ground, make_dicom, tmp_path: Path) -> None:
    told = ground("--format", "sr", image=make_dicom(tmp_path / "no-uid.dcm", StudyInstanceUID=""))
    assert told.code == 2
    assert "StudyInstanceUID is missing, so no DICOM object can refer to it" in told.err
    assert not (tmp_path / "out").exists()


def test_on_a_full_disk_no_object_is_left(ground, tmp_path: Path) -> None:
    with disk_that_takes(300):
        told = ground("--format", "seg,sr,sc")
    assert told.code == 2
    assert not (tmp_path / "out").exists()


def test_nothing_of_the_patient_is_left_where_that_is_asked_for(ground, make_dicom, tmp_path: Path) -> None:
    values = {
        "PatientName": "Secret^Sally",
        "PatientID": "4711-X",
        "PatientBirthDate": "19610203",
        "AccessionNumber": "ACC99",
        "ReferringPhysicianName": "Doctor^Dora",
        "StudyDescription": "Sally's chest",
        "StudyID": "ST-5",
    }
    image = make_dicom(tmp_path / "sally-secret.dcm", **values)
    source = pydicom.dcmread(image)
    told = ground("--format", "seg,sr,sc,png,nrrd,json", "--de-identify", "--json", image=image)
    assert told.code == 0, told.err
    hidden = ["Secret", "Sally", "sally", "4711-X", "19610203", "ACC99", "Dora", "ST-5"]
    hidden += [str(source[keyword].value) for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")]
    # What says where the folder is, is the user's own.
    printed = told.out.replace(str(tmp_path), "")
    for name in hidden:
        assert name not in printed
        for file in (tmp_path / "out").iterdir():
            assert name.encode() not in file.read_bytes(), (name, file.name)
    objects = [pydicom.dcmread(file) for file in sorted((tmp_path / "out").glob("*.dcm"))]
    assert {one.PatientIdentityRemoved for one in objects} == {"YES"}
    assert {one.DeidentificationMethodCodeSequence[0].CodeValue for one in objects} == {"113100"}
    assert len({one.StudyInstanceUID for one in objects}) == len({one.PatientID for one in objects}) == 1
    document = json.loads((tmp_path / "out" / "02-left-lung.json").read_text(encoding="utf-8"))
    assert document["image"]["study_instance_uid"] == objects[0].StudyInstanceUID
    assert {one.get("ContentDate") for one in objects} <= {"19000101", None}


def test_text_that_is_burned_in_cannot_be_taken_out(ground, make_dicom, tmp_path: Path) -> None:
    told = ground(
        "--format", "png", "--de-identify", image=make_dicom(tmp_path / "burned.dcm", BurnedInAnnotation="YES")
    )
    assert told.code == 2
    assert "text is burned into its pixels" in told.err


def test_an_answer_is_saved_from_python_too(phantom_file: Path, brief_model_folder: Path, tmp_path: Path) -> None:
    from cxr_grounding import Grounder, read_image

    grounder = Grounder.open(brief_model_folder, device="cpu")
    radiograph = read_image(phantom_file)
    grounder.set_radiograph(radiograph)
    found = grounder.ground(PHRASE)
    assert found.save(tmp_path / "saved", radiograph, formats="seg,sr") == {
        "seg": "00-findings.seg.dcm",
        "sr": "00-findings.sr.dcm",
    }
    made = pydicom.dcmread(tmp_path / "saved" / "00-findings.seg.dcm")
    np.testing.assert_array_equal(made.pixel_array.astype(bool), found.region)
