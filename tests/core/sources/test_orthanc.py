"""A real Orthanc is asked, filled and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from cxr_grounding.errors import ArchiveError, Cancelled
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import phantom_dataset
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.choice import choose_radiograph
from cxr_grounding.sources.credentials import PASSWORD
from cxr_grounding.sources.dicomweb import Archive, address_of
from cxr_grounding.sources.servers import find_server
from cxr_grounding.sources.transfers import Outcome, Parcel, fetch_all, file_of, parcel_of, send_all
from dicom_files import make_dataset
from orthanc_server import UNWANTED, USER, Orthanc


@pytest.fixture
def archive(known_orthanc: Orthanc) -> Archive:
    return Archive(find_server())


def study(count: int, patient: str, **elements: object) -> list[Parcel]:
    """A study of one series each, made of ramps."""
    uid = generate_uid()
    pixels = np.indices((80, 72))[1].astype(np.uint16)
    given = {"StudyInstanceUID": uid, "StudyDate": "20261127", "AccessionNumber": f"A-{patient}"[:16]} | elements
    datasets = [
        make_dataset(
            pixels + number,
            "DX",
            12,
            PatientID=patient,
            SeriesInstanceUID=generate_uid(),
            SOPInstanceUID=generate_uid(),
            **given,
        )
        for number in range(1, count + 1)
    ]
    return [parcel_of(dataset, f"object {number}") for number, dataset in enumerate(datasets, 1)]


def test_a_phantom_comes_back_as_it_was_sent(archive: Archive, tmp_path: Path) -> None:
    dataset = phantom_dataset(draw_phantom(2_000_001, 160))
    [sent] = send_all(archive, [parcel_of(dataset, "phantom")])
    assert sent.outcome is Outcome.STORED
    [found] = archive.find({"PatientID": "PHANTOM-2000001"})
    assert (found.date, found.patient_name, found.modalities) == ("20260101", "Phantom^Synthetic 2000001", ("DX",))
    [listed] = archive.list_objects(found.address)
    assert listed.address == address_of(dataset)
    assert (listed.modality, listed.view) == ("DX", "PA")
    fetched = fetch_all(archive, [listed.address], tmp_path / "got")
    assert fetched.new == 1
    assert pydicom.dcmread(fetched.files[0]) == dataset
    assert read_image(fetched.files[0]).shape == (dataset.Rows, dataset.Columns)


def test_studies_are_found_by_patient_accession_and_days(archive: Archive) -> None:
    parcels = study(1, "FIND-ME", PatientName="Müller^Änne", SpecificCharacterSet="ISO_IR 192")
    send_all(archive, parcels)
    wanted = {Address(parcels[0].address.study)}

    def found(**filters: str) -> set[Address]:
        return {one.address for one in archive.find(filters)} & wanted

    assert found(PatientID="FIND-ME") == found(PatientID="FIND*") == wanted
    assert found(PatientID="FIND") == set()
    assert found(AccessionNumber="A-FIND-ME") == wanted
    assert found(StudyDate="20261101-20261130") == found(StudyDate="20261127-") == wanted
    assert found(StudyDate="20261128-") == set()
    [one] = archive.find({"PatientName": "Müller^Ä*", "PatientID": "FIND-ME"})
    assert one.patient_name == "Müller^Änne"
    assert archive.find({"PatientName": "Möller^Ä*", "PatientID": "FIND-ME"}) == []


def test_a_study_of_three_series_and_a_lateral_is_fetched_whole(archive: Archive, tmp_path: Path) -> None:
    parcels = [*study(3, "FOUR", ViewPosition="AP")]
    lateral = study(1, "FOUR", ViewPosition="LL", StudyInstanceUID=parcels[0].address.study)
    send_all(archive, parcels + lateral)
    asked = Address(parcels[0].address.study)
    listed = archive.list_objects(asked)
    assert {one.address for one in listed} == {one.address for one in parcels + lateral}
    told: list[tuple[str, int, int]] = []
    fetched = fetch_all(archive, [one.address for one in listed], tmp_path, lambda *said: told.append(said))
    assert told == [("fetching", done, 4) for done in range(5)]
    assert {pydicom.dcmread(file).SeriesInstanceUID for file in fetched.files} == {
        one.address.series for one in parcels + lateral
    }
    with pytest.raises(ArchiveError, match=r"holds 4 radiographs\. Say which:\nDX "):
        choose_radiograph(asked, listed)
    [one] = archive.list_objects(Address(asked.study, parcels[1].address.series))
    assert one.address == parcels[1].address


def test_the_frontal_one_of_two_is_taken(archive: Archive) -> None:
    frontal = study(1, "TWO", ViewPosition="PA")
    lateral = study(1, "TWO", ViewPosition="LATERAL", StudyInstanceUID=frontal[0].address.study)
    send_all(archive, lateral + frontal)
    asked = Address(frontal[0].address.study)
    assert choose_radiograph(asked, archive.list_objects(asked)).address == frontal[0].address


def test_what_is_there_is_neither_fetched_nor_sent_again(archive: Archive, tmp_path: Path) -> None:
    parcels = study(2, "AGAIN")
    assert [one.outcome for one in send_all(archive, parcels[:1])] == [Outcome.STORED]
    assert [one.outcome for one in send_all(archive, parcels)] == [Outcome.THERE, Outcome.STORED]
    addresses = [one.address for one in parcels]
    assert fetch_all(archive, addresses[:1], tmp_path).new == 1
    again = fetch_all(archive, addresses, tmp_path)
    assert (again.new, len(again.files)) == (1, 2)


def test_an_archive_that_throws_away_what_it_says_it_stored_is_seen_through(archive: Archive) -> None:
    unwanted, wanted = study(1, UNWANTED), study(1, "WANTED")
    outcomes = send_all(archive, unwanted + wanted, wait=lambda _: None)
    assert [one.outcome for one in outcomes] == [Outcome.UNCONFIRMED, Outcome.STORED]


def test_a_wrong_password_is_said_once_and_is_not_tried_again(
    known_orthanc: Orthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOSPITAL_PASSWORD", "quite-wrong")
    monkeypatch.setattr("cxr_grounding.sources.patience.time.sleep", lambda _: pytest.fail("tried again"))
    with pytest.raises(ArchiveError, match=r"does not know this login \(answer 401\)") as caught:
        Archive(find_server()).find({"PatientID": "X"})
    assert "CXR_GROUNDING_HOSPITAL_PASSWORD" in str(caught.value)
    assert "quite-wrong" not in str(caught.value)
    with pytest.raises(ArchiveError, match="answer 401"):
        send_all(Archive(find_server()), study(1, "NOBODY"))


def test_what_is_not_there_is_said(archive: Archive, tmp_path: Path) -> None:
    nowhere = Address("1.2.3", "1.2.3.4", "1.2.3.4.5")
    assert archive.find({"PatientID": "NOBODY-AT-ALL"}) == []
    assert archive.list_objects(Address("1.2.3")) == archive.list_objects(nowhere) == []
    assert not archive.holds(nowhere)
    with pytest.raises(ArchiveError, match=r"has nothing there to fetch dicomweb:1.2.3/1.2.3.4/1.2.3.4.5"):
        fetch_all(archive, [nowhere], tmp_path)
    assert not list(tmp_path.rglob("*.dcm"))


def test_a_server_that_goes_in_the_middle_loses_nothing(
    own_orthanc: Orthanc, archives: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives(f'[hospital]\nurl = "{own_orthanc.url}"\nlogin = "basic"\nuser = "{USER}"\n')
    monkeypatch.setenv("CXR_GROUNDING_HOSPITAL_PASSWORD", own_orthanc.password)
    archive = Archive(find_server())
    parcels = study(4, "GONE")

    def gone_after_two(_stage: str, done: int, _total: int) -> None:
        if done == 2:
            own_orthanc.kill()

    with pytest.raises(ArchiveError, match="cannot be reached, or the connection broke"):
        send_all(archive, parcels, gone_after_two)
    own_orthanc.start()
    assert own_orthanc.count() == 2
    outcomes = [one.outcome for one in send_all(archive, parcels)]
    assert outcomes == [Outcome.THERE, Outcome.THERE, Outcome.STORED, Outcome.STORED]

    addresses, folder = [one.address for one in parcels], tmp_path / "got"
    with pytest.raises(ArchiveError, match="call again: what is whole stays"):
        fetch_all(archive, addresses, folder, gone_after_two)
    assert {file.stem for file in folder.rglob("*") if file.is_file()} == {one.instance for one in addresses[:2]}
    own_orthanc.start()
    assert fetch_all(archive, addresses, folder).new == 2
    for parcel in parcels:
        assert pydicom.dcmread(file_of(parcel.address, folder)) == parcel.dataset


def test_a_transfer_can_be_stopped(archive: Archive, tmp_path: Path) -> None:
    parcels = study(2, "STOPPED")
    with pytest.raises(Cancelled, match="during sending, after 1 of 2"):
        send_all(archive, parcels, lambda _stage, done, _total: done < 1)
    assert archive.holds(parcels[0].address)
    assert not archive.holds(parcels[1].address)


def test_a_study_longer_than_a_page_is_listed_whole(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    parcels = study(5, "PAGES")
    send_all(archive, parcels)
    monkeypatch.setattr("cxr_grounding.sources.dicomweb._PAGE", 2)
    listed = archive.list_objects(Address(parcels[0].address.study))
    assert {one.address for one in listed} == {one.address for one in parcels}
    monkeypatch.setattr("cxr_grounding.sources.dicomweb.MOST_OBJECTS", 4)
    with pytest.raises(ArchiveError, match=r"has more than 4 objects\. Name a series of it"):
        archive.list_objects(Address(parcels[0].address.study))


def test_the_password_stands_in_nothing_that_is_printed(archive: Archive, known_orthanc: Orthanc) -> None:
    shown = [repr(archive.server), repr(archive), repr(vars(archive)), PASSWORD]
    assert not any(known_orthanc.password in text for text in shown)


def test_a_compressed_object_comes_as_it_is_stored(
    archive: Archive, real_file: Callable[[str], Path], tmp_path: Path
) -> None:
    dataset: Dataset = pydicom.dcmread(real_file("RG1_J2KR.dcm"))
    parcel = parcel_of(dataset, "JPEG 2000")
    send_all(archive, [parcel])
    [file] = fetch_all(archive, [parcel.address], tmp_path).files
    back = pydicom.dcmread(file)
    assert back.file_meta.TransferSyntaxUID == dataset.file_meta.TransferSyntaxUID
    assert back.PixelData == dataset.PixelData
