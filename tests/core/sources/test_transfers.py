"""Objects between files and an archive: whole or not there, and nothing in the place of another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from cxr_grounding.errors import ArchiveError, OutputError, RadiographError
from cxr_grounding.sources.address import Address, is_uid, read_address
from cxr_grounding.sources.choice import choose_radiograph
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.listing import ListedObject
from cxr_grounding.sources.servers import find_server
from cxr_grounding.sources.transfers import Parcel, fetch_all, file_of, parcel_of, parcels_of, read_parcel
from dicom_files import make_dataset
from full_disk import disk_that_takes
from toy_archive import ToyArchive

PIXELS = np.zeros((80, 72), np.uint16)
COMPUTED, DIGITAL, CAPTURE = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("1", "1.1", "7"))


@pytest.fixture
def parcel() -> Parcel:
    return parcel_of(make_dataset(PIXELS), "one")


@pytest.fixture
def archive(serve: Callable[..., ToyArchive], archives: Callable[..., Path], parcel: Parcel) -> Archive:
    toy = serve()
    archives(f'[toy]\nurl = "{toy.url}"\n')
    toy.objects = {parcel.address.instance: parcel.dataset}
    return Archive(find_server())


def test_another_file_in_the_place_of_an_object_is_kept(archive: Archive, parcel: Parcel, tmp_path: Path) -> None:
    file = file_of(parcel.address, tmp_path / "out")
    file.parent.mkdir(parents=True)
    for content in (b"my notes", b"\0" * 128 + b"DICM"):
        file.write_bytes(content)
        with pytest.raises(OutputError, match=r"is there already, and is not that object. Move it away"):
            fetch_all(archive, [parcel.address], tmp_path / "out")
        assert file.read_bytes() == content


def test_a_file_in_the_place_of_the_folder_is_said(archive: Archive, parcel: Parcel, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match=r"cannot be made"):
        fetch_all(archive, [parcel.address], tmp_path / "out")


def test_a_full_disk_leaves_no_half_an_object(archive: Archive, parcel: Parcel, tmp_path: Path) -> None:
    with disk_that_takes(5000), pytest.raises(OutputError, match=r"could not be written"):
        fetch_all(archive, [parcel.address], tmp_path / "out")
    assert not [file for file in (tmp_path / "out").rglob("*") if file.is_file()]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"])
@pytest.mark.parametrize("value", [None, "", "1.2.x", "1..2", "1.2/../3", "1." * 40 + "1"])
def test_what_no_archive_could_file_is_not_sent(keyword: str, value: str | None) -> None:
    dataset = make_dataset(PIXELS)
    if value is None:
        delattr(dataset, keyword)
    else:
        dataset[keyword].value = UID(value, validation_mode=0)
    with pytest.raises(ArchiveError, match=f"one has no {keyword} that is one"):
        parcel_of(dataset, "one")


def test_a_file_without_meta_header_becomes_one_with(tmp_path: Path) -> None:
    dataset = make_dataset(PIXELS)
    with (tmp_path / "bare.dcm").open("wb") as file:
        Dataset(dataset).save_as(file, implicit_vr=False, little_endian=True)
    read = read_parcel(tmp_path / "bare.dcm").dataset
    assert read.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
    assert read.preamble == b"\0" * 128


def test_files_are_taken_once_and_others_of_their_name_refused(tmp_path: Path) -> None:
    for name in ("a.dcm", "b.dcm"):
        make_dataset(PIXELS).save_as(tmp_path / name, enforce_file_format=True)
    (tmp_path / "note.txt").write_text("no DICOM")
    assert len(parcels_of([tmp_path, tmp_path / "a.dcm"])) == 1
    make_dataset(PIXELS + 1).save_as(tmp_path / "b.dcm", enforce_file_format=True)
    with pytest.raises(ArchiveError, match=r"are different objects of one SOPInstanceUID"):
        parcels_of([tmp_path])
    with pytest.raises(RadiographError, match=r"note.txt is not a DICOM file"):
        parcels_of([tmp_path / "note.txt"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArchiveError, match=r"no DICOM file to send"):
        parcels_of([tmp_path / "empty"])


@pytest.mark.parametrize("text", ["dicomweb:1.2.3", "1.2.3", "dicomweb:1.2/3.4", "1.2/3.4/05.6"])
def test_an_address_is_read_as_it_is_printed(text: str) -> None:
    assert str(read_address(text)) == "dicomweb:" + text.removeprefix("dicomweb:")


@pytest.mark.parametrize(
    "text", ["", "dicomweb:", "1.2//3", "1.2/3/4/5", "1.2/x", "1.2/..", "1.2?a=b", "1.2/" + "1" * 65]
)
def test_any_other_text_is_none(text: str) -> None:
    with pytest.raises(ArchiveError, match=r"is no address in an archive. One is dicomweb:STUDY"):
        read_address(text)


def test_a_uid_has_64_letters_at_most() -> None:
    assert is_uid("1" * 64)
    assert not is_uid("1" * 65)
    assert not is_uid("\u0661.2")  # a digit, but none of ASCII's


def listed(number: int, sop_class: str = DIGITAL, modality: str = "DX", view: str = "PA") -> ListedObject:
    return ListedObject(Address("1.2", "1.3", f"1.4.{number}"), sop_class, modality, view, "")


@pytest.mark.parametrize(
    ("objects", "chosen"),
    [
        ([listed(1)], 1),
        ([listed(1, view="LL"), listed(2, view="AP")], 2),
        ([listed(1, view="RIGHT LATERAL")], 1),
        ([listed(1, CAPTURE, "OT", ""), listed(2, COMPUTED, "CR", "")], 2),
        ([listed(1, CAPTURE, "OT", "")], 1),
        ([listed(1, "1.2.840.10008.5.1.4.1.1.66.4", "SEG", ""), listed(2)], 2),
    ],
    ids=["one", "frontal", "lateral only", "not the picture", "a film that was scanned", "not the result"],
)
def test_the_radiograph_of_a_study_is_chosen(objects: list[ListedObject], chosen: int) -> None:
    assert choose_radiograph(Address("1.2"), objects).address.instance == f"1.4.{chosen}"


def test_where_there_is_none_or_several_it_is_said() -> None:
    study = Address("1.2")
    with pytest.raises(ArchiveError, match=r"The archive has nothing at dicomweb:1.2"):
        choose_radiograph(study, [])
    with pytest.raises(ArchiveError, match=r"dicomweb:1.2 holds no radiograph, only CT, SR"):
        choose_radiograph(study, [listed(1, "1.2", "SR"), listed(2, "1.2.840.10008.5.1.4.1.1.2", "CT")])
    with pytest.raises(ArchiveError, match=r"holds 2 radiographs. Say which:\nDX LL: dicomweb:1.2/1.3/1.4.1\nDX RL"):
        choose_radiograph(study, [listed(1, view="LL"), listed(2, view="RL")])
    assert choose_radiograph(Address("1.2", "1.3", "1.4.7"), [listed(7, "1.2", "SR")]).modality == "SR"
