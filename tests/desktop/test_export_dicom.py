"""Findings leave the panel as DICOM objects, by clicks alone: into a folder, and into Slicer's DICOM database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pydicom
import pytest
import slicer
from PIL import Image
from PyQt5.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cxr_grounding import ReportedFinding
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from full_disk import disk_that_takes
from hands_on_dialog import Dialog, open_dialogs

from .findings_on_phantom import PHRASES, host_with_findings
from .hands_on_panel import Panel

NAME = "exportDicomDialog"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small radiograph, a DICOM file."""
    path = tmp_path_factory.mktemp("phantom") / "phantom.dcm"
    write_phantom_dicom(draw_phantom(2_000_012, short_side=160), path)
    return path


@pytest.fixture(scope="module")
def with_findings(qapp: Any, phantom: Path) -> Iterator[tuple[Any, list[Any]]]:
    """One host for all tests of this file."""
    with host_with_findings(phantom) as opened:
        yield opened


@pytest.fixture
def panel(with_findings: tuple[Any, list[Any]], qtbot: QtBot, tmp_path: Path, monkeypatch: Any) -> Iterator[Panel]:
    """The panel, whose user chooses the folder `out` where a folder is asked for."""
    panel = Panel(with_findings[0], qtbot)
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *arguments: str(tmp_path / "out"))
    qtbot.waitUntil(panel.widget("exportDicomButton").isEnabled)
    yield panel
    for dialog in open_dialogs(NAME):
        dialog.reject()
    qtbot.wait(20)


def opened(panel: Panel) -> Dialog:
    panel.click("exportDicomButton")
    return Dialog(NAME, panel.bot)


def test_ticked_findings_become_the_ticked_objects_in_a_folder(panel: Panel, phantom: Path, tmp_path: Path) -> None:
    dialog = opened(panel)
    assert dialog.text("whatLabel") == "Findings on phantom"
    assert not dialog.part("goButton").isEnabled()
    assert "Choose a folder" in dialog.part("goButton").toolTip()
    assert not dialog.part("databaseRadioButton").isVisible()  # there is no such database here
    dialog.untick_item("findingsList", 1)
    dialog.tick("scCheckBox")
    dialog.click("chooseFolderButton")
    assert dialog.text("folderLabel") == str(tmp_path / "out")
    dialog.click("goButton")
    dialog.wait_until_idle()
    made = {path.name.split(".", path.name.count("."))[-2]: path for path in (tmp_path / "out").iterdir()}
    assert sorted(made) == ["sc", "seg", "sr"]
    assert dialog.text("courierMessageLabel").startswith(f"Written to {tmp_path / 'out'}:\nSEG  ")
    segmentation = pydicom.dcmread(made["seg"])
    assert [one.SegmentLabel for one in segmentation.SegmentSequence] == PHRASES[:1]
    assert segmentation.StudyInstanceUID == pydicom.dcmread(phantom).StudyInstanceUID
    assert "Demonstration, research use only" in segmentation.SeriesDescription
    assert pydicom.dcmread(made["sc"]).BurnedInAnnotation == "YES"


def test_a_second_export_lies_beside_the_first(panel: Panel, tmp_path: Path) -> None:
    dialog = opened(panel)
    dialog.tick("srCheckBox")
    dialog.click("chooseFolderButton")
    for _ in range(2):
        dialog.click("goButton")
        dialog.wait_until_idle()
    first, second = sorted((tmp_path / "out").iterdir(), key=lambda path: len(path.name))
    assert second.name == first.name.replace(".seg.dcm", "-2.seg.dcm")


def test_nothing_ticked_is_nothing_to_export(panel: Panel) -> None:
    dialog = opened(panel)
    dialog.click("chooseFolderButton")
    dialog.tick("segCheckBox")
    dialog.tick("srCheckBox")
    assert "one kind of object" in dialog.part("goButton").toolTip()
    dialog.tick("segCheckBox")
    dialog.untick_item("findingsList", 0)
    dialog.untick_item("findingsList", 1)
    assert "one finding" in dialog.part("goButton").toolTip()
    assert not dialog.part("goButton").isEnabled()


def test_where_pictures_cannot_be_drawn_a_sentence_says_what_is_missing(panel: Panel, monkeypatch: Any) -> None:
    monkeypatch.setattr("cxr_grounding.dicom_export.find_spec", lambda name: None)
    dialog = opened(panel)
    assert not dialog.part("scCheckBox").isEnabled()
    assert 'slicer.util.pip_install("matplotlib")' in dialog.text("noPicturesLabel")


def test_a_folder_that_is_gone_and_a_disk_that_fills_are_said(panel: Panel, tmp_path: Path) -> None:
    panel.logic.closeCourier()
    with disk_that_takes(5000):  # the process that is started now has the same limit
        dialog = opened(panel)
        dialog.click("chooseFolderButton")
        dialog.click("goButton")
        dialog.wait_until_idle()
    panel.logic.closeCourier()
    assert "disk" in dialog.text("courierMessageLabel") or "space" in dialog.text("courierMessageLabel")
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "out").rmdir()
    (tmp_path / "out").write_text("a file stands here")
    dialog.click("goButton")
    dialog.wait_until_idle()
    assert "Choose another folder" in dialog.text("courierMessageLabel")
    assert (tmp_path / "out").read_text() == "a file stands here"


def test_a_radiograph_that_is_no_dicom_file_is_refused_in_plain_sight(
    panel: Panel, with_findings: tuple[Any, list[Any]], tmp_path: Path
) -> None:
    from CXRGroundingLib.scene_writer import writeFinding

    host, (labelNode, _) = with_findings
    selector, dicom = host.widget.ui.radiographSelector, host.widget.ui.radiographSelector.currentNode()
    array = slicer.util.arrayFromVolume(dicom)[0]
    Image.fromarray((array >> 4).astype("uint8")).save(tmp_path / "film.png")
    host.widget.loadRadiograph(str(tmp_path / "film.png"))
    film = selector.currentNode()
    heat = slicer.util.arrayFromVolume(labelNode)[0].astype("float32") / 10
    finding = ReportedFinding.from_summary(panel.logic.result(labelNode), heat)
    node = writeFinding(film, finding)
    panel.bot.waitUntil(panel.widget("sendDicomButton").isEnabled)
    for button in ("exportDicomButton", "sendDicomButton"):
        panel.click(button)
        assert open_dialogs(NAME) == open_dialogs("sendDicomDialog") == []
        assert "film.png is no DICOM file" in panel.message
        assert "Give the radiograph as DICOM" in panel.message
    panel.logic.removeFinding(node)
    selector.setCurrentNode(dicom)
    panel.bot.waitUntil(lambda: panel.widget("findingsTable").rowCount() == 2)


class Database:
    """What the module asks of a ctkDICOMDatabase (CTK: Libs/DICOM/Core/ctkDICOMDatabase.h)."""

    isOpen = True

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def fileForInstance(self, uid: str) -> str:
        return f"/database/{uid}" if uid in self.files else ""


@pytest.mark.parametrize("takes", [True, False])
def test_into_slicers_database_by_its_own_import(panel: Panel, monkeypatch: Any, takes: bool) -> None:
    """The call is that of Slicer's DICOMUtils.importDicom(dicomDataDir, dicomDatabase=None, copyFiles=False)."""
    database, folders = Database(), []

    def importDicom(dicomDataDir: str, dicomDatabase: Any = None, copyFiles: bool = False) -> bool:
        folders.append(Path(dicomDataDir))
        assert copyFiles  # what was made on the way is removed
        for path in Path(dicomDataDir).iterdir() if takes else []:
            dicomDatabase.files[pydicom.dcmread(path).SOPInstanceUID] = path.read_bytes()
        return True

    library = ModuleType("DICOMLib")
    library.DICOMUtils = SimpleNamespace(importDicom=importDicom)
    monkeypatch.setitem(sys.modules, "DICOMLib", library)
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    dialog = opened(panel)
    dialog.tick("databaseRadioButton")
    dialog.click("goButton")
    dialog.wait_until_idle()
    if takes:
        assert dialog.text("courierMessageLabel").startswith("In Slicer's DICOM database now: SEG, SR.")
    else:
        assert "has not taken SEG, SR" in dialog.text("courierMessageLabel")
    dialog.close()
    assert not folders[0].exists()
    assert len(database.files) == 2 * takes


def test_closing_the_dialog_in_the_middle_leaves_nothing(panel: Panel, tmp_path: Path) -> None:
    dialog = opened(panel)
    dialog.click("chooseFolderButton")
    dialog.click("goButton")
    dialog.close()
    panel.bot.wait(50)
    assert list((tmp_path / "out").iterdir()) == []
    assert panel.widget("exportDicomButton").isEnabled()
