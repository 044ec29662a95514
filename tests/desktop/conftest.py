"""The module on the desktop host, in an application without a screen."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt5.QtCore import QSettings

from cxr_grounding import Grounder, Grounding, find_model, read_image
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.slicer_names.application import qSlicerApplication
from told_engine import ToldEngine

SAMPLE_DATA = Path(__file__).parents[2] / "CXRGrounding" / "Resources" / "SampleData"


@pytest.fixture(scope="session")
def qapp_cls() -> type[qSlicerApplication]:
    """The application that pytest-qt makes."""
    return qSlicerApplication


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> QSettings:
    """The application's settings, empty at first and this test's own."""
    QSettings.setPath(QSettings.NativeFormat, QSettings.UserScope, str(tmp_path / "settings"))
    return QSettings()


@pytest.fixture
def little_to_collect() -> Iterator[None]:
    """Garbage is looked for among what the test itself made: to look through the heap of a whole run takes a second.
    To be asked for before what may become garbage.
    """
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def host_names(qapp: qSlicerApplication) -> Iterator[Host]:
    """`qt`, `ctk` and what `slicer` has beyond the MRML core, without the module."""
    host = Host(testing=True)
    yield host
    host.close()


@pytest.fixture
def host(qapp: qSlicerApplication) -> Iterator[Host]:
    """The host with the module's panel open; its engine answers when it is told to."""
    host = Host(testing=True)
    host.open_module()
    host.widget.logic._engine = ToldEngine()
    yield host
    host.close()


@pytest.fixture
def phantom_file() -> Path:
    """A synthetic radiograph with an effusion at the left, that the module ships; its report lies beside it."""
    return SAMPLE_DATA / "phantom-2000012.dcm"


@pytest.fixture(scope="session")
def groundings() -> list[Grounding]:
    """Two quick answers of the demonstration model about that radiograph."""
    grounder = Grounder.open(find_model().folder, device="cpu")
    grounder.set_radiograph(read_image(SAMPLE_DATA / "phantom-2000012.dcm"), preset="fast")
    return [grounder.ground(phrase) for phrase in ("Large left pleural effusion", "Right apical pneumothorax")]
