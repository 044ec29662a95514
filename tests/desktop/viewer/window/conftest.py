"""A folder as a disk from a hospital has it, and the window around the real host and the real view."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from PyQt5 import sip
from PyQt5.QtCore import QSettings
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cxr_grounding import Grounding
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.view.slice_view import SliceView
from cxr_grounding_desktop.viewer.window.dialogs import Answer
from cxr_grounding_desktop.viewer.window.look import apply_look
from cxr_grounding_desktop.viewer.window.main_window import MainWindow
from told_engine import ToldEngine

from .driving import User

SAMPLE_DATA = Path(__file__).parents[4] / "CXRGrounding" / "Resources" / "SampleData"


@pytest.fixture
def look(qapp: QApplication) -> Iterator[None]:
    """The program's own look, which decides how wide things are."""
    with dressed(qapp):
        yield


@contextmanager
def dressed(application: QApplication) -> Iterator[None]:
    before = application.palette()
    apply_look(application)
    yield
    application.setStyleSheet("")
    application.setPalette(before)


@dataclass(frozen=True)
class Sitting:
    """A user at a window."""

    window: MainWindow
    host: Host
    user: User
    settings: QSettings

    def settle(self, qtbot: QtBot) -> None:
        """Leave the window as it is when it is opened, whatever a test did with it."""
        self.host.widget.logic.cancel()
        qtbot.waitUntil(lambda: not self.host.widget.logic.isBusy)
        self.user.unsaved = Answer.DISCARD
        self.window.close_scene()
        vars(self.user).update(vars(User()))
        self.window.strip.clear()
        self.window.radiograph_list.look_through([])
        self.window.show_list(False)
        self.window.resize(1280, 800)
        self.window.show()
        self.window.activateWindow()
        self.host.widget.ui.displayCollapsibleButton.collapsed = True
        self.host.widget.ui.reportEdit.setPlainText("")
        self.settings.clear()
        qtbot.wait(20)


@contextmanager
def seated(settings: QSettings) -> Iterator[Sitting]:
    """A window, shown and in front, and who sits at it."""
    user, host = User(), Host(testing=True)
    host.open_module()
    host.widget.logic._engine = ToldEngine()
    window = MainWindow(host, SliceView(host.slice_logic, host.widget.logic.about), user.dialogs(), settings)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    yield Sitting(window, host, user, settings)
    user.unsaved = Answer.DISCARD
    window.close()
    host.close()  # the panel first, which the window would take with it
    sip.delete(window)  # else slicer.util.mainWindow() finds it in later tests


@pytest.fixture(scope="module")
def one_window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sitting]:
    """For all tests of a file that says `ONE_WINDOW = True`."""
    settings = QSettings(str(tmp_path_factory.mktemp("kept") / "settings.ini"), QSettings.IniFormat)
    with dressed(qapp), seated(settings) as sitting:
        yield sitting


@pytest.fixture
def sitting(request: pytest.FixtureRequest, qtbot: QtBot, settings: QSettings) -> Iterator[Sitting]:
    """At a window with an empty scene: a new one, or the one of the file."""
    if getattr(request.module, "ONE_WINDOW", False):
        sitting = request.getfixturevalue("one_window")
        yield sitting
        sitting.settle(qtbot)
        return
    request.getfixturevalue("look")
    with seated(settings) as sitting:
        yield sitting


@pytest.fixture
def user(sitting: Sitting) -> User:
    """Who sits at the window: opens and saves nothing, and gives unsaved findings away, unless told otherwise."""
    return sitting.user


@pytest.fixture
def host(sitting: Sitting) -> Host:
    """The host of the window, with the module's panel open; its engine answers when it is told to."""
    return sitting.host


@pytest.fixture
def window(sitting: Sitting) -> MainWindow:
    """The window, shown and in front."""
    return sitting.window


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
