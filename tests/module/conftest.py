"""A scene as Slicer has it, on Slicer's own MRML core, and radiographs to put into it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import slicer
from numpy.typing import NDArray
from pydicom.data import get_testdata_file

from cxr_grounding import Grounder, find_model
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from slicer_application import Application, viewsOf
from tiny_model import write_tiny_model


@pytest.fixture
def application(scene: Any) -> Application:
    """The application of the scene, with the Red (axial) and the Green (coronal) view."""
    return viewsOf(scene)


@pytest.fixture
def untranslated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds the place of Slicer's translation, which is not in the wheel: texts stay as they are written."""
    translation = ModuleType("slicer.i18n")
    translation.tr = lambda text: text
    monkeypatch.setitem(sys.modules, "slicer.i18n", translation)


@pytest.fixture(scope="session")
def phantomFile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic radiograph, 256 pixels at its shorter side, as DICOM."""
    path = tmp_path_factory.mktemp("phantom") / "phantom.dcm"
    write_phantom_dicom(draw_phantom(7, short_side=256), path)
    return path


@pytest.fixture(scope="session")
def realFile() -> Path:
    """A real computed radiograph that comes with pydicom's test data: MONOCHROME1, 1955 rows, 1841 columns."""
    found = get_testdata_file("RG1_UNCR.dcm", download=False)
    assert found is not None, "RG1_UNCR.dcm is not here: install the packages of the dev extra"
    return Path(found)


@pytest.fixture
def makeVolume(scene: Any) -> Callable[..., Any]:
    """Makes a scalar volume node of an array [rows, columns] or [slices, rows, columns], placed as a radiograph."""

    def make(pixels: NDArray, name: str = "volume", className: str = "vtkMRMLScalarVolumeNode") -> Any:
        voxels = pixels[np.newaxis] if pixels.ndim == 2 else pixels
        placed = np.diag([-1.0, -1.0, 1.0, 1.0])
        return slicer.util.addVolumeFromArray(voxels, ijkToRAS=placed, name=name, nodeClassName=className)

    return make


@pytest.fixture(scope="session")
def tinyModel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of random weights, whose answer takes a tenth of the time of the bundled one's."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    write_tiny_model(folder)
    return folder


@pytest.fixture(scope="session")
def demoGrounder() -> Grounder:
    """The bundled demonstration model, in this process."""
    return Grounder.open(find_model().folder, device="cpu")
