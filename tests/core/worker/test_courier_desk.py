"""What the courier's child does with each request; tests/desktop clicks through the whole of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cxr_grounding import ModelIdentity, Radiograph, ReportedFinding, read_image
from cxr_grounding.errors import ArchiveError, Cancelled, OutputError
from cxr_grounding.maps import find_regions
from cxr_grounding.reported import phrase_of
from cxr_grounding.sources.delivery import Delivery, Outcome
from cxr_grounding.sources.dicomweb import address_of
from cxr_grounding.sources.query import StudyQuery
from cxr_grounding.sources.servers import Server, find_server
from cxr_grounding.sources.transfers import file_of, parcel_of
from cxr_grounding.worker.courier_desk import CourierDesk
from cxr_grounding.worker.protocol import BRING, EXPORT, FIND, LIST, READ, SEND, GarbageError
from dicom_files import make_dataset
from toy_archive import ToyArchive

PIXELS = np.arange(80 * 72, dtype=np.uint16).reshape(80, 72)


def go_on(stage: str, done: int, total: int) -> bool:
    return True


@pytest.fixture
def dataset() -> Dataset:
    return parcel_of(make_dataset(PIXELS, PatientID="4711"), "one").dataset


@pytest.fixture
def toy(serve: Callable[..., ToyArchive], archives: Callable[..., Path], dataset: Dataset, monkeypatch: Any):
    toy = serve()
    archives(f'[toy]\nurl = "{toy.url}"\nlogin = "basic"\nuser = "reader"\n')
    monkeypatch.setenv("CXR_GROUNDING_TOY_PASSWORD", "first")
    toy.objects = {dataset.SOPInstanceUID: dataset}
    return toy


@pytest.fixture
def server(toy: ToyArchive) -> Server:
    return find_server()


@pytest.fixture
def desk() -> CourierDesk:
    return CourierDesk()


def test_a_study_is_found_listed_and_brought(
    desk: CourierDesk, server: Server, dataset: Dataset, tmp_path: Path
) -> None:
    (study,) = desk.do(FIND, (server, StudyQuery("4711")), go_on)
    contents = desk.do(LIST, (server, study.address), go_on)
    assert [one.address for one in contents.radiographs] == [address_of(dataset)]
    assert contents.others == ()
    told: list[tuple[str, int, int]] = []
    file = desk.do(BRING, (server, contents.radiographs[0].address, tmp_path), lambda *one: told.append(one))
    assert file == file_of(address_of(dataset), tmp_path)
    assert pydicom.dcmread(file).PixelData == dataset.PixelData
    assert {stage for stage, _, _ in told} == {"receiving"}
    assert told[-1][1] == told[-1][2] > len(dataset.PixelData)


def test_a_transfer_stops_where_it_is_asked_to_and_the_next_one_works(
    desk: CourierDesk, server: Server, dataset: Dataset, tmp_path: Path
) -> None:
    wanted = (server, address_of(dataset), tmp_path)
    with pytest.raises(Cancelled):
        desk.do(BRING, wanted, lambda *one: False)
    assert [path for path in tmp_path.rglob("*.dcm") if path.is_file()] == []
    assert desk.do(BRING, wanted, go_on).is_file()


def test_a_login_that_was_mended_is_used_the_next_time(
    desk: CourierDesk, server: Server, toy: ToyArchive, monkeypatch: Any
) -> None:
    toy.replies = [(401, {}, b"")]
    with pytest.raises(ArchiveError, match="does not know this login"):
        desk.do(FIND, (server, StudyQuery("4711")), go_on)
    monkeypatch.setenv("CXR_GROUNDING_TOY_PASSWORD", "second")
    assert len(desk.do(FIND, (server, StudyQuery("4711")), go_on)) == 1
    assert [base64.b64decode(str(one).partition(" ")[2]) for one in toy.logins] == [b"reader:first", b"reader:second"]


def test_an_object_is_sent_and_what_became_of_it_is_told(
    desk: CourierDesk, server: Server, toy: ToyArchive, dataset: Dataset, tmp_path: Path
) -> None:
    dataset.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    assert desk.do(SEND, (server, tmp_path / "one.dcm"), go_on) == Delivery(Outcome.THERE)
    toy.objects.clear()
    toy.refused = {str(dataset.SOPClassUID): 0xA700}
    delivery = desk.do(SEND, (server, tmp_path / "one.dcm"), go_on)
    assert delivery.problem == "refused, it has no room left (A700H)"


def test_findings_become_objects_beside_those_that_are_there(
    desk: CourierDesk, dataset: Dataset, tmp_path: Path
) -> None:
    image, out = tmp_path / "chest.dcm", tmp_path / "out"
    dataset.save_as(image, enforce_file_format=True)
    finding = on(read_image(image))
    first = desk.do(EXPORT, ([finding], image, out, "seg,sr"), go_on)
    second = desk.do(EXPORT, ([finding], image, out, "sr"), go_on)
    assert [one.kind for one in first + second] == ["SEG", "SR", "SR"]
    assert {one.address.study for one in first} == {dataset.StudyInstanceUID}
    uid = dataset.SOPInstanceUID
    assert [one.file.name for one in first + second] == [f"{uid}.seg.dcm", f"{uid}.sr.dcm", f"{uid}-2.sr.dcm"]
    with pytest.raises(OutputError, match="stl are no kinds of DICOM objects"):
        desk.do(EXPORT, ([finding], image, out, "seg,stl"), go_on)
    with pytest.raises(Cancelled):
        desk.do(EXPORT, ([finding], image, out, "seg"), lambda *one: False)
    assert len(list(out.iterdir())) == 3


def test_what_it_is_never_asked_is_garbage(desk: CourierDesk) -> None:
    with pytest.raises(GarbageError):
        desk.do(READ, (), go_on)


def on(radiograph: Radiograph) -> ReportedFinding:
    heat = np.zeros(radiograph.pixels.shape, np.float32)
    heat[10:30, 20:40] = 1
    model = ModelIdentity("toy", "1")
    return ReportedFinding(phrase_of("left effusion"), heat, tuple(find_regions(heat)), model, radiograph.identifiers)
