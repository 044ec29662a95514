"""An archive that refuses, breaks off or answers nonsense: one sentence, and nothing half-written."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import SegmentationStorage

from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources import gate
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.servers import find_server
from cxr_grounding.sources.transfers import Outcome, Parcel, fetch_all, parcel_of, send_all
from dicom_files import make_dataset
from toy_archive import JSON, ToyArchive, encoded, multipart, parts

PIXELS = np.zeros((80, 72), np.uint16)


@pytest.fixture
def toy(serve: Callable[..., ToyArchive], archives: Callable[..., Path]) -> ToyArchive:
    archive = serve()
    archives(f'[toy]\nurl = "{archive.url}"\n')
    return archive


@pytest.fixture
def archive(toy: ToyArchive) -> Archive:
    return Archive(find_server())


@pytest.fixture
def there(toy: ToyArchive) -> Address:
    """The address of an object that the archive has."""
    parcel = one_parcel()
    toy.objects[parcel.address.instance] = parcel.dataset
    return parcel.address


def one_parcel(number: int = 1, **elements: object) -> Parcel:
    return parcel_of(make_dataset(PIXELS, SOPInstanceUID=f"1.2.3.{number}", **elements), f"object {number}")


@pytest.mark.parametrize("status", [409, 202, 200])
def test_of_an_archive_that_keeps_no_segmentations_the_others_are_kept(
    toy: ToyArchive, archive: Archive, status: int
) -> None:
    toy.refused, toy.refusing = {str(SegmentationStorage): 0x0122}, status
    parcels = [one_parcel(1), one_parcel(2, SOPClassUID=SegmentationStorage), one_parcel(3)]
    outcomes = send_all(archive, parcels)
    assert [one.outcome for one in outcomes] == [Outcome.STORED, Outcome.REFUSED, Outcome.STORED]
    assert outcomes[1].why == "it keeps no objects of that kind (SOP class) (0122H)"
    assert set(toy.objects) == {"1.2.3.1", "1.2.3.3"}


@pytest.mark.parametrize("status", [400, 409, 415, 500])
def test_a_refusal_without_a_reason_is_a_refusal(toy: ToyArchive, archive: Archive, status: int) -> None:
    toy.replies = [(200, JSON, b"[]"), (status, {"Content-Type": "text/html"}, b"<html>no</html>")]
    [one] = send_all(archive, [one_parcel()])
    assert (one.outcome, one.why) == (Outcome.REFUSED, f"answer {status}")


def test_one_who_may_not_store_is_told_at_once(toy: ToyArchive, archive: Archive) -> None:
    toy.replies = [(200, JSON, b"[]"), (403, {}, b"")]
    with pytest.raises(ArchiveError, match=r"toy does not let you store \(answer 403\)"):
        send_all(archive, [one_parcel(1), one_parcel(2)])
    assert len(toy.asked) == 2


def test_what_came_before_the_connection_broke_is_not_sent_twice(toy: ToyArchive, archive: Archive) -> None:
    parcel = one_parcel()
    # It stores the object and then says that it is busy, as a proxy does whose archive is slow.
    toy.replies = [(200, JSON, b"[]"), (504, {}, b"")]
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        toy.objects[parcel.address.instance] = parcel.dataset

    [one] = send_all(archive, [parcel], wait=wait)
    assert one.outcome is Outcome.STORED
    assert [method for method, _ in toy.asked] == ["GET", "POST", "GET"]
    assert waits == [0.01]


def test_a_busy_archive_is_asked_again_when_it_says(
    toy: ToyArchive, archive: Archive, there: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("cxr_grounding.sources.patience.time.sleep", waits.append)
    toy.replies = [(503, {"Retry-After": "7"}, b""), (429, {"Retry-After": "86400"}, b""), (502, {}, b"")]
    assert archive.list_objects(there)[0].address == there
    assert waits == [7, 60, 0.01]


def test_one_that_stays_busy_is_left_alone(
    toy: ToyArchive, archive: Archive, there: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr_grounding.sources.patience.time.sleep", lambda _: None)
    toy.replies = [(503, {}, b"")] * 99
    with pytest.raises(ArchiveError, match=r"toy is busy, or what it stands on is \(answer 503\)"):
        archive.list_objects(there)
    assert len(toy.asked) == 5
    with pytest.raises(ArchiveError, match="toy is busy"):
        send_all(archive, [one_parcel(2)])
    assert len(toy.asked) == 10


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_follows_to_another_host(
    toy: ToyArchive,
    serve: Callable[..., ToyArchive],
    archives: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    archives(f'[toy]\nurl = "{toy.url}"\nlogin = "token"\n')
    monkeypatch.setenv("CXR_GROUNDING_TOY_TOKEN", "very-secret")
    other = serve()
    toy.replies = [(status, {"Location": f"{other.url}/studies"}, b"")]
    with pytest.raises(ArchiveError, match="sends on to another address than"):
        Archive(find_server()).find({"PatientID": "X"})
    toy.replies = [(200, JSON, b"[]"), (status, {"Location": f"{toy.url}/elsewhere"}, b"")]
    with pytest.raises(ArchiveError, match="sends on what it is sent"):
        send_all(Archive(find_server()), [one_parcel()])
    assert other.asked == []
    assert set(toy.logins) == {"Bearer very-secret"}


def test_a_question_may_be_sent_on_within_the_archive(toy: ToyArchive, archive: Archive, there: Address) -> None:
    toy.replies = [(301, {"Location": f"{toy.url}/studies"}, b"")]
    assert [one.address.study for one in archive.find({"PatientID": "phantom"})] == [there.study]


@pytest.mark.parametrize(
    "reply",
    [
        (200, {"Content-Type": "text/html"}, b"<html>Welcome</html>"),
        (200, JSON, b"{"),
        (200, JSON, b"[" * 100_000),
        (200, JSON, b"null"),
        (200, JSON, b"\xff\xfe\x00"),
        (200, JSON | {"Content-Encoding": "gzip"}, b"no gzip"),
    ],
    ids=["a page", "half of it", "nested", "null", "no text", "no gzip"],
)
def test_an_answer_that_is_not_dicomweb_is_a_sentence(
    toy: ToyArchive, archive: Archive, reply: tuple[int, dict[str, str], bytes]
) -> None:
    toy.replies = [reply]
    with pytest.raises(
        ArchiveError, match="answered to look for studies with something that is not DICOMweb"
    ) as caught:
        archive.find({"PatientID": "A-PATIENT"})
    assert "A-PATIENT" not in str(caught.value)


@pytest.mark.parametrize(
    "entry",
    [3, [], {}, {"0020000D": 1}, {"0020000D": {"Value": "1.2"}}, {"0020000D": {"Value": [{}]}}, {"0020000D": {}}],
)
def test_an_entry_that_is_none_is_left_out(toy: ToyArchive, archive: Archive, entry: object) -> None:
    good = {"0020000D": {"vr": "UI", "Value": ["1.2.3"]}, "00100010": {"vr": "PN", "Value": [None]}}
    toy.replies = [(200, JSON, json.dumps([entry, good]).encode())]
    assert [one.address for one in archive.find({"PatientID": "X"})] == [Address("1.2.3")]


def test_texts_of_an_archive_are_one_short_line(toy: ToyArchive, archive: Archive) -> None:
    long = {"0020000D": uid("1.2.3"), "00081030": {"vr": "LO", "Value": ["a\x1b[2J\n" + "b" * 10_000]}}
    toy.replies = [(200, JSON, json.dumps([long]).encode())]
    [one] = archive.find({"PatientID": "X"})
    assert one.description == "a [2J " + "b" * 58 + "…"


def test_too_much_of_an_answer_is_not_read(
    toy: ToyArchive, archive: Archive, there: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "LARGEST_ANSWER_BYTES", 2**20)
    monkeypatch.setattr(gate, "LARGEST_OBJECT_BYTES", 2**20)
    toy.replies = [(200, JSON, b"[" + b" " * 2**21 + b"]")]
    with pytest.raises(ArchiveError, match="answered with more than 1 MiB"):
        archive.find({"PatientID": "X"})
    toy.sent_as = lambda content: content + bytes(2**21)
    with pytest.raises(ArchiveError, match="answered with more than 1 MiB"):
        fetch_all(archive, [there], tmp_path)
    assert no_file(tmp_path)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((200, multipart(), parts()), "is not DICOMweb"),
        ((200, multipart(), parts(b"not DICOM at all")), "is no DICOM object, or another one"),
        ((200, multipart(), parts(encoded(one_parcel(7).dataset))), "is no DICOM object, or another one"),
        ((200, multipart(), parts(*[encoded(one_parcel().dataset)] * 2)), "is not DICOMweb"),
        ((200, multipart(), parts(b"\0" * 128 + b"DICM" + b"\x02\x00" * 99)), "is no DICOM object, or another one"),
        ((200, multipart(), parts(encoded(one_parcel().dataset)[:-5000])), "is damaged and was not kept"),
        ((200, {"Content-Type": "text/plain"}, b"no"), "is not DICOMweb"),
    ],
    ids=["none", "text", "another", "two", "garbage", "cut", "no parts"],
)
def test_what_is_not_the_object_is_not_kept(
    toy: ToyArchive, archive: Archive, tmp_path: Path, reply: tuple[int, dict[str, str], bytes], said: str
) -> None:
    toy.replies = [reply]
    with pytest.raises(ArchiveError, match=said):
        fetch_all(archive, [one_parcel().address], tmp_path)
    assert no_file(tmp_path)


def test_an_object_whose_connection_breaks_is_asked_for_again(
    toy: ToyArchive, archive: Archive, there: Address, tmp_path: Path
) -> None:
    content = parts(encoded(toy.objects[there.instance]))
    toy.replies = [(200, multipart() | {"Content-Length": str(len(content))}, content[:3000])]
    assert fetch_all(archive, [there], tmp_path).new == 1
    assert len(toy.asked) == 2


def test_an_object_that_comes_without_parts_is_taken(
    toy: ToyArchive, archive: Archive, there: Address, tmp_path: Path
) -> None:
    toy.replies = [(200, {"Content-Type": "application/dicom"}, encoded(toy.objects[there.instance]))]
    [file] = fetch_all(archive, [there], tmp_path).files
    assert pydicom.dcmread(file) == toy.objects[there.instance]


def test_the_archive_is_called_by_its_whole_name(toy: ToyArchive, archive: Archive, there: Address) -> None:
    archive.list_objects(there)
    send_all(archive, [one_parcel(2)])
    assert set(toy.hosts) == {toy.url.split("/")[2]}


def test_a_port_where_nobody_is_costs_little_and_is_said(archives: Callable[..., Path]) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    archives(f'[toy]\nurl = "http://127.0.0.1:{port}"\n')
    with pytest.raises(ArchiveError, match=r"cannot be reached, or the connection broke \(Connection refused\)"):
        Archive(find_server()).find({"PatientID": "X"})


def no_file(folder: Path) -> bool:
    return not [file for file in folder.rglob("*") if file.is_file() and "home" not in file.parts]


def uid(value: str) -> dict[str, object]:
    return {"vr": "UI", "Value": [value]}
