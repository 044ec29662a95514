"""`cxr-ground ground dicomweb:... --send`: fetched from a real Orthanc, and back to its study."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import SegmentationStorage, generate_uid

from cxr_grounding.grounding import Grounding
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.dicomweb import Archive, address_of
from cxr_grounding.sources.servers import find_server
from cxr_grounding.sources.transfers import parcel_of, send_all
from orthanc_server import Orthanc
from toy_archive import ToyArchive

Run = Callable[..., Any]

PHRASES = ("left effusion", "lung")
RETURNED = ["DX", "OT", "OT", "SEG", "SR"]
"""Modalities in the study afterwards: the radiograph, a picture of each answer, one segmentation, one report."""


@pytest.fixture
def ground(cxr_ground: Run, brief_model_folder: Path, tmp_path: Path) -> Run:
    return lambda *arguments: cxr_ground(
        "ground",
        *arguments,
        "--model",
        brief_model_folder,
        "--out",
        tmp_path / "out",
        "--format",
        "json",
    )


def study_in(archive: Archive, address: Address) -> list[str]:
    return sorted(one.modality for one in archive.list_objects(Address(address.study)))


def test_answers_go_back_to_the_study_and_come_out_of_it_as_they_were(
    ground: Run, phantom_in_archive: Address, phantom: Dataset, tmp_path: Path
) -> None:
    told = ground(f"dicomweb:{phantom_in_archive.study}", *PHRASES, "--send", "--yes", "--json")
    assert told.code == 0, told.err
    assert [one["outcome"] for one in told.document["sent"]] == ["stored"] * 4
    assert told.document["image"] == str(phantom_in_archive)
    assert f"DX PA: {phantom_in_archive}" in told.err  # which of the study's images it was

    archive = Archive(find_server())
    assert study_in(archive, phantom_in_archive) == RETURNED
    written = {file: pydicom.dcmread(file) for file in sorted((tmp_path / "out").glob("*.dcm"))}
    assert len(written) == len(RETURNED) - 1
    for number, dataset in enumerate(written.values()):
        archive.fetch(address_of(dataset), tmp_path / f"{number}.dcm")
        assert pydicom.dcmread(tmp_path / f"{number}.dcm") == dataset
        assert (dataset.PatientID, dataset.StudyInstanceUID) == (phantom.PatientID, phantom.StudyInstanceUID)
    seg = highdicom.seg.segread(tmp_path / "0.dcm")
    masks = seg.get_pixels_by_source_instance([phantom.SOPInstanceUID])[0]
    assert masks.shape == (phantom.Rows, phantom.Columns, len(PHRASES))
    for number, document in enumerate(sorted((tmp_path / "out").glob("*.json"))):
        answer = Grounding.load(document)
        assert masks[..., number].any()
        assert np.array_equal(masks[..., number] == 1, answer.region)
    assert not list(Path(tempfile.gettempdir()).glob("cxr-ground-*"))


def test_a_second_answer_is_kept_beside_the_first(ground: Run, phantom_in_archive: Address) -> None:
    for phrase in PHRASES:
        assert ground(phantom_in_archive, phrase, "--send", "--yes").code == 0
    assert study_in(Archive(find_server()), phantom_in_archive) == ["DX", "OT", "OT", "SEG", "SEG", "SR", "SR"]


def test_with_stable_uids_a_second_run_adds_nothing(ground: Run, phantom_in_archive: Address) -> None:
    arguments = (phantom_in_archive, PHRASES[0], "--send", "--yes", "--stable-uids")
    assert ground(*arguments).code == 0
    told = ground(*arguments, "--json")
    assert [one["outcome"] for one in told.document["sent"]] == ["there already"] * 3
    assert study_in(Archive(find_server()), phantom_in_archive) == ["DX", "OT", "SEG", "SR"]


def test_results_in_the_study_are_not_taken_for_its_radiograph(ground: Run, phantom_in_archive: Address) -> None:
    study = f"dicomweb:{phantom_in_archive.study}"
    assert ground(study, PHRASES[0], "--send", "--yes").code == 0
    told = ground(study, PHRASES[1], "--json")
    assert told.document["image"] == str(phantom_in_archive)
    assert "sent" not in told.document


def test_of_several_radiographs_none_is_guessed(
    ground: Run, phantom_in_archive: Address, phantom: Dataset, tmp_path: Path
) -> None:
    phantom.SOPInstanceUID, phantom.SeriesInstanceUID, phantom.ViewPosition = generate_uid(), generate_uid(), "AP"
    send_all(Archive(find_server()), [parcel_of(phantom, "second")])
    told = ground(f"dicomweb:{phantom_in_archive.study}", PHRASES[0])
    phantom.ViewPosition = "PA"
    assert told.code == 2
    assert "holds 2 radiographs. Say which:" in told.err
    assert f"DX PA: {phantom_in_archive}" in told.err
    assert f"DX AP: {address_of(phantom)}" in told.err
    assert not (tmp_path / "out").exists()


def test_nothing_is_sent_unasked(
    ground: Run, phantom_in_archive: Address, tmp_path: Path, typed: Callable[[str], None]
) -> None:
    told = ground(phantom_in_archive, PHRASES[0], "--send")
    assert told.code == 2
    assert "There is no terminal to ask at: give --yes if so." in told.err
    assert not (tmp_path / "out").exists()  # before any work
    typed("n")
    told = ground(phantom_in_archive, PHRASES[0], "--send")
    assert told.code == 2
    assert PHRASES[0] in told.out
    assert "Send 3 objects to hospital? [y/N]" in told.err
    assert "Nothing was sent." in told.err
    assert study_in(Archive(find_server()), phantom_in_archive) == ["DX"]
    assert (tmp_path / "out" / "00-findings.seg.dcm").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--send", "--yes"), "--send is for a radiograph out of an archive"),
        (("--send", "--yes", "--de-identify"), "--send is for a radiograph out of an archive"),
    ],
)
def test_a_file_goes_back_nowhere(
    ground: Run, known_orthanc: Orthanc, phantom_on_disk: Path, arguments: tuple[str, ...], said: str
) -> None:
    told = ground(phantom_on_disk, PHRASES[0], *arguments)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


def test_answers_without_identity_go_back_nowhere(ground: Run, phantom_in_archive: Address) -> None:
    told = ground(phantom_in_archive, PHRASES[0], "--send", "--yes", "--de-identify")
    assert told.code == 2
    assert "De-identified answers (--de-identify) belong to no study of the archive." in told.err


def test_where_segmentations_are_refused_report_and_picture_are_kept(
    ground: Run, serve: Callable[..., ToyArchive], archives: Callable[..., Path], phantom: Dataset
) -> None:
    toy = serve()
    archives(f'[toy]\nurl = "{toy.url}"\n')
    toy.objects, toy.refused = {phantom.SOPInstanceUID: phantom}, {str(SegmentationStorage): 0x0122}
    told = ground(address_of(phantom), PHRASES[0], "--send", "--yes", "--json")
    assert told.code == 2
    assert [(one["kind"], one["outcome"]) for one in told.document["sent"]] == [
        ("SEG", "refused"),
        ("SR", "stored"),
        ("OT", "stored"),
    ]
    assert "refused, it keeps no objects of that kind (SOP class) (0122H)" in told.err


def test_what_is_no_radiograph_is_refused_as_from_a_file(
    ground: Run, serve: Callable[..., ToyArchive], archives: Callable[..., Path], phantom: Dataset, tmp_path: Path
) -> None:
    toy = serve()
    archives(f'[toy]\nurl = "{toy.url}"\n')
    phantom.Modality = "CT"
    toy.objects = {phantom.SOPInstanceUID: phantom}
    told = ground(address_of(phantom), PHRASES[0])
    by_study = ground(f"dicomweb:{phantom.StudyInstanceUID}", PHRASES[0])
    phantom.Modality = "DX"
    assert told.code == by_study.code == 2
    assert "is not a radiograph but CT" in told.err
    assert "holds no radiograph, only CT" in by_study.err
    assert not (tmp_path / "out").exists()
