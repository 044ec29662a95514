"""A radiograph out of an archive by clicks alone, and what can go wrong on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from PyQt5.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cxr_grounding.sources.address import Address
from cxr_grounding.sources.dicomweb import Archive, address_of
from cxr_grounding.sources.servers import find_server
from cxr_grounding.sources.transfers import parcel_of, send_all
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.window.archive_dialog import ArchiveDialog
from cxr_grounding_desktop.viewer.window.main_window import MainWindow
from cxr_grounding_desktop.viewer.window.session_folder import SessionFolder
from hands_on_dialog import Dialog as Hands
from orthanc_server import USER, Orthanc
from toy_archive import ToyArchive

from .driving import User, action, shown

pytestmark = pytest.mark.timeout(900)


class Dialog(Hands):
    """The user's hands on this one."""

    @property
    def message(self) -> str:
        """What went wrong, as it stands above."""
        return self.dialog._strip.message

    def search(self, patient: str = "", date: str = "") -> None:
        self.write("patientEdit", patient)
        self.write("dateEdit", date)
        self.click("searchButton")
        self.wait_until_idle()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder that the user names, where one is asked for."""
    return tmp_path / "kept"


@pytest.fixture
def opened(qtbot: QtBot, kept: Path) -> Iterator[Callable[[], Dialog]]:
    """Opens the dialog over an empty window; what it brought is in `brought` of it."""
    parent, session = QWidget(), SessionFolder()
    qtbot.addWidget(parent)

    def open_it() -> Dialog:
        made = ArchiveDialog(session, lambda parent: str(kept), parent)
        made.open()
        dialog = Dialog("archiveDialog", qtbot)
        dialog.brought = []
        made.brought.connect(dialog.brought.extend)
        return dialog

    yield open_it
    for one in parent.findChildren(ArchiveDialog):
        one.reject()
    session.close()


def toy_of(serve: Callable[..., ToyArchive], archives: Callable[..., Path], dataset: Dataset) -> ToyArchive:
    toy = serve()
    archives(f'[toy]\nurl = "{toy.url}"\n')
    toy.objects = {dataset.SOPInstanceUID: parcel_of(dataset, "one").dataset}
    return toy


def test_a_radiograph_is_found_fetched_and_opened_and_its_file_goes_with_the_window(
    phantom_in_archive: Address, phantom: Dataset, window: MainWindow, host: Host, user: User, qtbot: QtBot
) -> None:
    action(window, "Open from archive...").trigger()
    dialog = Dialog("archiveDialog", qtbot)
    dialog.search(f"{phantom.PatientID}x")
    assert dialog.text("othersLabel") == "There is no such study."
    dialog.search(phantom.PatientID)
    assert dialog.column("studiesTable", 0) == ["2026-01-01"]
    assert dialog.column("studiesTable", 2) == [phantom.PatientID]
    assert dialog.column("radiographsTable", 0) == ["DX"]
    assert dialog.text("othersLabel") == "1 radiograph in the study."
    dialog.click("openButton")
    qtbot.waitUntil(lambda: shown(host) is not None, timeout=60_000)
    assert not dialog.dialog.isVisible()
    assert window.strip.message == ""
    file = Path(shown(host).GetStorageNode().GetFullNameFromFileName())
    assert file.name == f"{phantom_in_archive.instance}.dcm"
    assert window.recent.paths == []  # it will be gone
    window.close()
    assert not file.exists()


def test_a_study_of_three_series_lists_its_radiographs_the_frontal_one_first(
    phantom: Dataset, known_orthanc: Orthanc, opened: Callable[[], Dialog], kept: Path
) -> None:
    archive = Archive(find_server())
    phantom.ViewPosition = "LL"
    lateral = address_of(phantom)
    send_all(archive, [parcel_of(phantom, "lateral")])
    phantom.SeriesInstanceUID, phantom.SOPInstanceUID = generate_uid(), generate_uid()
    phantom.ViewPosition = "PA"
    frontal = address_of(phantom)
    send_all(archive, [parcel_of(phantom, "frontal")])
    phantom.SeriesInstanceUID, phantom.SOPInstanceUID = generate_uid(), generate_uid()
    kinds = phantom.SOPClassUID, phantom.Modality
    phantom.SOPClassUID, phantom.Modality = "1.2.840.10008.5.1.4.1.1.2", "CT"
    send_all(archive, [parcel_of(phantom, "another kind")])
    phantom.SOPClassUID, phantom.Modality = kinds
    dialog = opened()
    dialog.search(phantom.PatientID)
    assert dialog.column("radiographsTable", 1) == ["PA", "LL"]
    assert dialog.text("othersLabel") == "2 radiographs in the study. Besides: CT."
    dialog.click("keepButton")
    assert dialog.text("keptLabel") == f"What is fetched is kept in {kept}."
    kept.write_text("a file stands here")
    dialog.click("openButton")
    dialog.wait_until_idle()
    assert "cannot be made" in dialog.message
    assert dialog.brought == []
    kept.unlink()
    dialog.part("radiographsTable").selectAll()
    dialog.click("openButton")
    dialog.wait_for(lambda: not dialog.dialog.isVisible())
    files = [Path(path) for path in dialog.brought]
    assert [file.relative_to(kept).parts for file in files] == [
        (frontal.series, f"{frontal.instance}.dcm"),
        (lateral.series, f"{lateral.instance}.dcm"),
    ]
    assert all(file.is_file() for file in files)


def test_a_wrong_password_is_said_without_it(
    phantom_in_archive: Address, opened: Callable[[], Dialog], monkeypatch: Any
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOSPITAL_PASSWORD", "another one")
    dialog = opened()
    dialog.search("anybody")
    assert dialog.message.startswith("hospital does not know this login (answer 401).")
    assert "another one" not in dialog.message
    assert dialog.column("studiesTable", 0) == []


def test_of_a_server_that_is_gone_in_the_middle_nothing_half_is_left(
    own_orthanc: Orthanc,
    archives: Callable[..., Path],
    phantom: Dataset,
    opened: Callable[[], Dialog],
    kept: Path,
    monkeypatch: Any,
) -> None:
    archives(f'[mine]\nurl = "{own_orthanc.url}"\nlogin = "basic"\nuser = "{USER}"\n')
    monkeypatch.setenv("CXR_GROUNDING_MINE_PASSWORD", own_orthanc.password)
    send_all(Archive(find_server()), [parcel_of(phantom, "phantom")])
    dialog = opened()
    dialog.click("keepButton")
    dialog.search(phantom.PatientID)
    own_orthanc.kill()
    dialog.click("openButton")
    dialog.wait_until_idle()
    assert "cannot be reached, or the connection broke" in dialog.message
    assert [path for path in kept.rglob("*") if path.is_file()] == []
    own_orthanc.start()
    dialog.click("openButton")
    dialog.wait_for(lambda: not dialog.dialog.isVisible())
    assert Path(dialog.brought[0]).is_file()


def test_a_transfer_is_cancelled_and_taken_up_again(
    serve: Callable[..., ToyArchive],
    archives: Callable[..., Path],
    phantom: Dataset,
    opened: Callable[[], Dialog],
    kept: Path,
) -> None:
    toy, met, released = toy_of(serve, archives, phantom), threading.Event(), threading.Event()

    def hold(content: bytes) -> bytes:
        met.set()
        released.wait(60)
        return content

    toy.sent_as = hold
    dialog = opened()
    dialog.click("keepButton")
    dialog.search(phantom.PatientID)
    dialog.click("openButton")
    dialog.wait_for(met.is_set)
    dialog.click("cancelButton")
    dialog.wait_until_idle()
    assert dialog.message == "Stopped. What is whole stays, and is not fetched again."
    assert [path for path in kept.rglob("*") if path.is_file()] == []
    released.set()
    dialog.click("openButton")
    dialog.wait_for(lambda: not dialog.dialog.isVisible())
    assert Path(dialog.brought[0]).is_file()


def test_what_cannot_be_asked_is_said_before_anybody_is(
    archives: Callable[..., Path], opened: Callable[[], Dialog]
) -> None:
    archives("")
    dialog = opened()
    assert dialog.message.startswith("No archive is set up.")
    assert not dialog.part("searchButton").isEnabled()
    dialog.close()
    archives('[hospital]\nurl = "http://127.0.0.1:9"\n')
    dialog = opened()
    dialog.search()
    assert dialog.message == "Say what to look for: a patient, a date, or an accession number."
    dialog.search(date="last week")
    assert "is no date" in dialog.message
