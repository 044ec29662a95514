"""Findings leave the panel for an archive, by clicks alone: shown first, sent then, and what became of each is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import ComprehensiveSRStorage, SegmentationStorage
from pytestqt.qtbot import QtBot

from cxr_grounding import Archive, find_server
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.dicomweb import address_of, open_whole
from hands_on_dialog import Dialog, open_dialogs
from interface_work import InterfaceWork
from orthanc_server import USER, Orthanc
from toy_archive import ToyArchive

from .findings_on_phantom import host_with_findings
from .hands_on_panel import Panel

NAME = "sendDicomDialog"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def phantom_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small radiograph."""
    path = tmp_path_factory.mktemp("phantom") / "phantom.dcm"
    write_phantom_dicom(draw_phantom(2_000_035, short_side=160), path)
    return path


@pytest.fixture(scope="module")
def open_host(qapp: Any, phantom_file: Path) -> Iterator[Any]:
    """One host for all tests of this file."""
    with host_with_findings(phantom_file) as (host, _):
        yield host


@pytest.fixture
def panel(open_host: Any, qtbot: QtBot) -> Iterator[Panel]:
    """The panel; its user has written down the archive of the test."""
    panel = Panel(open_host, qtbot)
    qtbot.waitUntil(panel.widget("sendDicomButton").isEnabled)
    yield panel
    for dialog in open_dialogs(NAME):
        dialog.reject()
    qtbot.wait(20)


@pytest.fixture
def with_secrets(open_host: Any) -> Iterator[None]:
    """A fresh process asks the archive, and has the secrets that the test puts into the environment."""
    open_host.widget.logic.closeCourier()
    yield
    open_host.widget.logic.closeCourier()


def made(panel: Panel) -> Dialog:
    """The dialog with its objects made and shown, not sent."""
    panel.click("sendDicomButton")
    dialog = Dialog(NAME, panel.bot)
    dialog.click("goButton")
    dialog.wait_until_idle()
    return dialog


def toy_of(serve: Callable[..., ToyArchive], archives: Callable[..., Path]) -> ToyArchive:
    toy = serve()
    archives(f'[toy]\nurl = "{toy.url}"\n')
    return toy


@pytest.mark.usefixtures("with_secrets")
def test_what_goes_where_is_shown_before_it_is_sent_to_a_real_archive(
    known_orthanc: Orthanc, panel: Panel, phantom_file: Path
) -> None:
    before = known_orthanc.count()
    panel.click("sendDicomButton")
    dialog = Dialog(NAME, panel.bot)
    dialog.tick("scCheckBox")
    assert dialog.part("goButton").text() == "Next"
    dialog.click("goButton")
    dialog.wait_until_idle()
    study = address_of(open_whole(phantom_file)).study
    assert dialog.text("reviewLabel").startswith(f"To hospital ({known_orthanc.url}), into the study {study}.")
    assert dialog.column("objectsTable", 0) == ["SEG", "SR", "OT", "OT"]
    assert dialog.column("objectsTable", 2) == ["to be sent"] * 4
    assert known_orthanc.count() == before
    with InterfaceWork() as work:
        dialog.click("goButton")
        dialog.wait_until_idle()
    assert (work.read, work.slept, work.composited) == (0, 0, [])  # the interface looks on, and does nothing else
    assert dialog.column("objectsTable", 2) == ["stored"] * 4
    assert dialog.text("courierMessageLabel") == "hospital has all 4 objects now."
    assert not dialog.part("goButton").isEnabled()
    assert known_orthanc.count() == before + 4
    listed = Archive(find_server()).list_objects(Address(study))
    assert sorted(one.modality for one in listed) == ["OT", "OT", "SEG", "SR"]


@pytest.mark.usefixtures("with_secrets")
def test_a_wrong_password_sends_nothing(known_orthanc: Orthanc, panel: Panel, monkeypatch: Any) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOSPITAL_PASSWORD", "another one")
    before = known_orthanc.count()
    dialog = made(panel)
    dialog.click("goButton")
    dialog.wait_until_idle()
    assert "hospital does not know this login" in dialog.text("courierMessageLabel")
    assert "CXR_GROUNDING_HOSPITAL_PASSWORD" in dialog.text("courierMessageLabel")
    assert "another one" not in dialog.text("courierMessageLabel")
    assert dialog.column("objectsTable", 2) == ["not sent", "to be sent"]
    assert dialog.part("goButton").text() == "Send 2 objects"
    assert known_orthanc.count() == before


@pytest.mark.usefixtures("with_secrets")
def test_after_a_server_that_was_gone_the_rest_is_sent(
    own_orthanc: Orthanc, archives: Callable[..., Path], panel: Panel, monkeypatch: Any
) -> None:
    archives(f'[mine]\nurl = "{own_orthanc.url}"\nlogin = "basic"\nuser = "{USER}"\n')
    monkeypatch.setenv("CXR_GROUNDING_MINE_PASSWORD", own_orthanc.password)
    dialog = made(panel)
    own_orthanc.kill()
    dialog.click("goButton")
    dialog.wait_until_idle()
    assert "mine (" in dialog.text("courierMessageLabel")
    assert "cannot be reached, or the connection broke" in dialog.text("courierMessageLabel")
    assert dialog.column("objectsTable", 2) == ["not sent", "to be sent"]
    own_orthanc.start()
    dialog.click("goButton")
    dialog.wait_until_idle()
    assert dialog.column("objectsTable", 2) == ["stored", "stored"]
    assert own_orthanc.count() == 2


def test_of_an_archive_that_refuses_segmentations_the_report_is_kept(
    serve: Callable[..., ToyArchive], archives: Callable[..., Path], panel: Panel
) -> None:
    toy = toy_of(serve, archives)
    toy.refused = {str(SegmentationStorage): 0x0122}
    dialog = made(panel)
    dialog.click("goButton")
    dialog.wait_until_idle()
    refused, stored = dialog.column("objectsTable", 2)
    assert refused == "refused, it keeps no objects of that kind (SOP class) (0122H)"
    assert stored == "stored"
    assert dialog.text("courierMessageLabel").startswith("toy has 1 of 2 objects.")
    assert [one.SOPClassUID for one in toy.objects.values()] == [ComprehensiveSRStorage]


def test_stopping_in_the_middle_keeps_what_is_there_and_sends_the_rest_later(
    serve: Callable[..., ToyArchive], archives: Callable[..., Path], panel: Panel
) -> None:
    toy, met, released = toy_of(serve, archives), threading.Event(), threading.Event()

    class Holding(dict):
        """Of reports, it takes its time to say whether it keeps them."""

        def get(self, kind: str) -> None:
            if kind == ComprehensiveSRStorage:
                met.set()
                released.wait(60)

    toy.refused = Holding()
    dialog = made(panel)
    dialog.click("goButton")
    dialog.wait_for(met.is_set)
    assert dialog.column("objectsTable", 2) == ["stored", "being sent"]
    dialog.click("cancelButton")
    dialog.wait_until_idle()
    assert dialog.text("courierMessageLabel").startswith("Stopped: 1 of 2 objects were sent, and stay there.")
    assert dialog.column("objectsTable", 2) == ["stored", "stopped"]
    released.set()
    dialog.wait_for(lambda: len(toy.objects) == 2)  # it came after all
    dialog.click("goButton")
    dialog.wait_until_idle()
    assert dialog.column("objectsTable", 2) == ["stored", "there already"]
    assert sum(method == "POST" for method, _ in toy.asked) == 2


def test_where_no_archive_is_set_up_a_sentence_says_how(archives: Callable[..., Path], panel: Panel) -> None:
    archives("")
    panel.click("sendDicomButton")
    dialog = Dialog(NAME, panel.bot)
    assert dialog.text("archiveProblemLabel").startswith("No archive is set up.")
    assert not dialog.part("goButton").isEnabled()
    dialog.close()
    archives('[hospital]\nurl = "https://pacs.example.org"\npassword = "hidden"\n')
    panel.click("sendDicomButton")
    dialog = Dialog(NAME, panel.bot)
    assert "secrets do not belong in this file" in dialog.text("archiveProblemLabel")


def test_the_same_from_the_console(serve: Callable[..., ToyArchive], archives: Callable[..., Path], panel: Panel):
    toy = toy_of(serve, archives)
    assert panel.logic.sendDicom(panel.logic.findings(), "toy") == ["SEG: stored", "SR: stored"]
    assert len(toy.objects) == 2
