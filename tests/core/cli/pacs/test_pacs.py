"""`cxr-ground pacs`, on a real Orthanc."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import SegmentationStorage

from cxr_grounding.sources.address import Address
from orthanc_server import Orthanc
from toy_archive import ToyArchive

Run = Callable[..., Any]


def test_a_study_is_sent_found_and_fetched(
    cxr_ground: Run, known_orthanc: Orthanc, phantom: Dataset, phantom_on_disk: Path, tmp_path: Path
) -> None:
    told = cxr_ground("pacs", "send", phantom_on_disk, "--yes")
    assert (told.code, told.out) == (0, f"stored: DX  {phantom_on_disk}\n")
    assert f"To hospital ({known_orthanc.url})" in told.err
    assert f"into the study {phantom.StudyInstanceUID}" in told.err
    assert cxr_ground("pacs", "send", phantom_on_disk, "--yes").out.startswith("there already: DX")

    [found] = cxr_ground("pacs", "find", "--patient", phantom.PatientID, "--json").document
    assert found["address"] == f"dicomweb:{phantom.StudyInstanceUID}"
    assert found["modalities"] == ["DX"]
    [listed] = cxr_ground("pacs", "find", "--study", found["address"], "--json").document
    assert listed["address"] == f"{found['address']}/{phantom.SeriesInstanceUID}/{phantom.SOPInstanceUID}"

    told = cxr_ground("pacs", "get", found["address"], "--out", tmp_path / "got")
    assert (told.code, told.out) == (0, f"1 fetched: {tmp_path / 'got'}\n")
    assert cxr_ground("pacs", "get", found["address"], "--out", tmp_path / "got").out.startswith("0 fetched, 1 there")
    [file] = (tmp_path / "got").rglob("*.dcm")
    assert pydicom.dcmread(file) == phantom
    assert phantom.PatientID not in str(file)


def test_studies_are_found_by_name_and_day(cxr_ground: Run, phantom_in_archive: Address, phantom: Dataset) -> None:
    for asked in (
        ("--patient", "Phantom^Synthetic*", "--date", "2026-01-01"),
        ("--date", "20260101"),
        ("--patient", phantom.PatientID, "--date", "2025-12-31..2026-01-02"),
        ("--patient", phantom.PatientID, "--date", "2026-01-01.."),
    ):
        told = cxr_ground("pacs", "find", *asked)
        assert told.code == 0
        assert f"  dicomweb:{phantom_in_archive.study}\n" in told.out
        assert f"Phantom^Synthetic 2000002 · {phantom.PatientID}" in told.out
    told = cxr_ground("pacs", "find", "--patient", phantom.PatientID, "--date", "..2025-12-31")
    assert (told.code, told.out) == (0, "There is no such study.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("find",), "Say what to look for: --patient, --date, --accession or --study."),
        (("find", "--date", "yesterday"), "'yesterday' is no date. Write 2026-11-27"),
        (("find", "--date", "2026-02-30"), "'2026-02-30' is no date"),
        (("find", "--date", ".."), "'..' names no day"),
        (("find", "--patient", "a\\b"), "cannot be looked for"),
        (("find", "--study", "1.2.3", "--patient", "X"), "leave --patient, --date and --accession out"),
        (("find", "--study", "dicomweb:../../etc"), "is no address in an archive"),
        (("get", "1.2/3/4/5", "--out", "x"), "1.2/3/4/5 is no address in an archive"),
        (("get", "1.2.3", "--out", "x"), "hospital has nothing at dicomweb:1.2.3"),
        (("get", "1.2.3", "--out", "x", "--server", "other"), "There is no archive 'other'"),
        (("send", "gone.dcm", "--yes"), "There is no file gone.dcm"),
        (("send", __file__, "--yes"), "is not a DICOM file. An archive takes nothing else."),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    cxr_ground: Run, known_orthanc: Orthanc, arguments: tuple[str, ...], said: str
) -> None:
    told = cxr_ground("pacs", *arguments)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert not Path("x").exists()


def test_nothing_is_sent_unasked(
    cxr_ground: Run, known_orthanc: Orthanc, phantom_on_disk: Path, typed: Callable[[str], None]
) -> None:
    before = known_orthanc.count()
    told = cxr_ground("pacs", "send", phantom_on_disk)
    assert told.code == 2
    assert "There is no terminal to ask at: give --yes if so." in told.err
    typed("n")
    told = cxr_ground("pacs", "send", phantom_on_disk)
    assert told.code == 2
    assert "Send 1 object to hospital? [y/N]" in told.err
    assert "Nothing was sent." in told.err
    assert known_orthanc.count() == before
    typed("y")
    assert cxr_ground("pacs", "send", phantom_on_disk).out.strip().startswith("stored: DX")
    assert known_orthanc.count() == before + 1


def test_a_folder_is_sent_without_what_is_not_dicom(
    cxr_ground: Run, known_orthanc: Orthanc, phantom_on_disk: Path
) -> None:
    (phantom_on_disk.parent / "note.txt").write_text("no DICOM")
    told = cxr_ground("pacs", "send", phantom_on_disk.parent, "--yes", "--json")
    assert [one["outcome"] for one in told.document["sent"]] == ["stored"]


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_a_cut_or_anonymous_file_is_not_sent(
    cxr_ground: Run, known_orthanc: Orthanc, phantom: Dataset, phantom_on_disk: Path
) -> None:
    content = phantom_on_disk.read_bytes()
    phantom_on_disk.write_bytes(content[:-100])
    told = cxr_ground("pacs", "send", phantom_on_disk, "--yes")
    assert told.code == 2
    assert "is damaged or cut off and cannot be read (it ends in the middle of an element)" in told.err
    other = pydicom.Dataset()
    other.update(phantom)
    other.file_meta, other.StudyInstanceUID = phantom.file_meta, "1.2.not.a.uid"
    other.save_as(phantom_on_disk)
    told = cxr_ground("pacs", "send", phantom_on_disk, "--yes")
    assert told.code == 2
    assert "has no StudyInstanceUID that is one, so no archive can file it." in told.err


def test_of_several_objects_the_refused_one_is_named_and_the_others_are_kept(
    cxr_ground: Run,
    serve: Callable[..., ToyArchive],
    archives: Callable[..., Path],
    phantom: Dataset,
    phantom_on_disk: Path,
) -> None:
    toy = serve()
    archives(f'[toy]\nurl = "{toy.url}"\n')
    toy.refused = {str(SegmentationStorage): 0x0122}
    other = pydicom.dcmread(phantom_on_disk)
    other.SOPClassUID, other.SOPInstanceUID, other.Modality = SegmentationStorage, "1.2.3.4", "SEG"
    other.file_meta.MediaStorageSOPClassUID, other.file_meta.MediaStorageSOPInstanceUID = SegmentationStorage, "1.2.3.4"
    other.save_as(phantom_on_disk.with_name("other.dcm"), enforce_file_format=True)
    told = cxr_ground("pacs", "send", phantom_on_disk.with_name("other.dcm"), phantom_on_disk, "--yes", "--json")
    assert told.code == 2
    assert [one["outcome"] for one in told.document["sent"]] == ["refused", "stored"]
    assert "The archive has 1 of 2 objects." in told.err
    assert "other.dcm: refused, it keeps no objects of that kind (SOP class) (0122H)" in told.err
    assert list(toy.objects) == [phantom.SOPInstanceUID]


def test_the_archives_are_listed_without_a_secret(
    cxr_ground: Run, known_orthanc: Orthanc, archives: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = cxr_ground("pacs", "servers")
    assert told.out == f"hospital  {known_orthanc.url}\n  password known\n"
    assert "archives.toml" in told.err
    monkeypatch.delenv("CXR_GROUNDING_HOSPITAL_PASSWORD")
    assert "password not known: set CXR_GROUNDING_HOSPITAL_PASSWORD" in cxr_ground("pacs", "servers").out
    archives("")
    assert cxr_ground("pacs", "servers").out == "No archive is set up.\n"
    assert cxr_ground("pacs", "servers", "--json").document == []


def test_the_password_is_printed_nowhere(
    cxr_ground: Run, known_orthanc: Orthanc, phantom_on_disk: Path, phantom: Dataset, tmp_path: Path
) -> None:
    commands = [
        ("send", phantom_on_disk, "--yes"),
        ("find", "--patient", phantom.PatientID),
        ("get", phantom.StudyInstanceUID, "--out", tmp_path / "got"),
        ("servers", "--json"),
        ("get", "1.2.3", "--out", tmp_path / "got"),
    ]
    for command in commands:
        told = cxr_ground("pacs", *command)
        assert known_orthanc.password not in told.out + told.err
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(known_orthanc.password.encode() in content for content in kept)
    assert json.dumps(known_orthanc.password) not in str(kept)
