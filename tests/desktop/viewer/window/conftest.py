"""A folder as a disk from a hospital has it, and the window around the real host and the real view."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from PyQt5 import sip
from PyQt5.QtCore import QSettings
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cxr_grounding import Grounder, Grounding, find_model, read_image
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.view.slice_view import SliceView
from cxr_grounding_desktop.viewer.window.dialogs import Answer
from cxr_grounding_desktop.viewer.window.look import apply_look
from cxr_grounding_desktop.viewer.window.main_window import MainWindow

from .driving import User

SAMPLE_DATA = Path(__file__).parents[4] / "CXRGrounding" / "Resources" / "SampleData"


@pytest.fixture
def user() -> User:
    """Who sits at the window: opens and saves nothing, and gives unsaved findings away, unless told otherwise."""
    return User()


@pytest.fixture
def look(qapp: QApplication) -> Iterator[None]:
    """The program's own look, which decides how wide things are."""
    before = qapp.palette()
    apply_look(qapp)
    yield
    qapp.setStyleSheet("")
    qapp.setPalette(before)


@pytest.fixture
def window(qtbot: QtBot, look: None, host: Host, user: User, settings: QSettings) -> Iterator[MainWindow]:
    """The window, shown and in front."""
    view = SliceView(host.slice_logic, host.widget.logic.about)
    made = MainWindow(host, view, user.dialogs(), settings)
    made.resize(1280, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    yield made
    user.unsaved = Answer.DISCARD
    made.close()
    host.close()  # the panel first, which the window would take with it
    sip.delete(made)  # else slicer.util.mainWindow() finds it in later tests


@pytest.fixture(scope="session")
def groundings() -> list[Grounding]:
    """Two answers of the demonstration model about the phantom."""
    grounder = Grounder.open(find_model().folder, device="cpu")
    grounder.set_radiograph(read_image(SAMPLE_DATA / "phantom-2000012.dcm"))
    return [grounder.ground(phrase) for phrase in ("Large left pleural effusion", "Right apical pneumothorax")]


@pytest.fixture
def with_findings(window: MainWindow, host: Host, groundings: list[Grounding], qtbot: QtBot) -> MainWindow:
    """The window with the phantom and two findings on it, as a grounding leaves them; not saved."""
    from CXRGroundingLib.scene_writer import writeFinding  # the host has put it there

    window.open_paths([str(SAMPLE_DATA / "phantom-2000012.dcm")])
    volume = host.widget.ui.radiographSelector.currentNode()
    first, _ = (writeFinding(volume, grounding) for grounding in groundings)
    host.widget.logic.showFinding(first)
    qtbot.waitUntil(lambda: host.widget.ui.findingsTable.rowCount == 2)
    return window


def testdata(name: str) -> Path:
    """A file that comes with pydicom."""
    found = get_testdata_file(name, download=False)
    assert found is not None, f"{name} is not here: install the packages of the dev extra"
    return Path(found)


@pytest.fixture
def folder(tmp_path: Path, phantom_file: Path) -> Path:
    """A phantom; below it, a patient's study with a real CR; a CT slice, a text, a picture, a hidden file."""
    top = tmp_path / "patients"
    study = top / "A" / "study 1"
    study.mkdir(parents=True)
    shutil.copy(phantom_file, top / "phantom.dcm")
    shutil.copy(testdata("RG1_UNCR.dcm"), study / "IM0001")
    shutil.copy(testdata("CT_small.dcm"), study / "IM0002")
    (top / "notes.txt").write_text("not an image")
    (top / ".hidden.dcm").write_bytes((top / "phantom.dcm").read_bytes())
    Image.fromarray(np.arange(128 * 128, dtype=np.uint8).reshape(128, 128)).save(top / "film.png")
    return top
