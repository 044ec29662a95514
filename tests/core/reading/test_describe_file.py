"""What the header of a file says of the radiograph in it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian

from cxr_grounding import FileDescription, describe_file
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom


@pytest.fixture(scope="module")
def phantom_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic radiograph as DICOM."""
    path = tmp_path_factory.mktemp("phantom") / "phantom.dcm"
    write_phantom_dicom(draw_phantom(7, short_side=256), path)
    return path


def test_real_files_are_told_apart() -> None:
    radiograph, slice_ = (get_testdata_file(name, download=False) for name in ("RG1_UNCR.dcm", "CT_small.dcm"))
    assert describe_file(radiograph) == FileDescription(radiograph, "CompressedSamples, RG1 · 9RG1", "PA", "2004-08-26")
    assert describe_file(slice_) is None


def test_a_picture_may_hold_a_radiograph_and_a_text_does_not(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((128, 128), np.uint8)).save(tmp_path / "film.png")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "empty.png").touch()
    assert describe_file(tmp_path / "film.png") == FileDescription(str(tmp_path / "film.png"))
    assert describe_file(tmp_path / "notes.txt") is None
    assert describe_file(tmp_path / "empty.png") is None
    assert describe_file(tmp_path / "missing.dcm") is None


def test_a_description_says_who_when_and_which_view(make_dicom: Callable[..., Path], tmp_path: Path) -> None:
    path = make_dicom(
        tmp_path / "a", PatientName="Doe^Jane^M", PatientID="12", StudyDate="20190305", ViewPosition="PA", Modality="DX"
    )
    description = describe_file(path)
    assert description == FileDescription(str(path), "Doe, Jane M · 12", "PA", "2019-03-05")
    assert description.title == "PA · 2019-03-05"


def test_a_description_without_view_and_date_bears_the_name_of_its_file(
    make_dicom: Callable[..., Path], tmp_path: Path
) -> None:
    path = make_dicom(tmp_path / "film 7", PatientName="", PatientID="", StudyDate="", ViewPosition="")
    description = describe_file(path)
    assert description is not None
    assert (description.title, description.patient) == ("film 7", "")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"Modality": "CT"}, id="another modality"),
        pytest.param({"Modality": "MR"}, id="yet another"),
        pytest.param({"NumberOfFrames": 3}, id="several frames"),
        pytest.param({"SOPClassUID": CTImageStorage}, id="the class of CT slices"),
    ],
)
def test_what_is_no_radiograph_is_not_described(
    make_dicom: Callable[..., Path], tmp_path: Path, values: dict[str, object]
) -> None:
    assert describe_file(make_dicom(tmp_path / "a.dcm")) is not None
    assert describe_file(make_dicom(tmp_path / "b.dcm", **values)) is None


@pytest.mark.parametrize("modality", ["CR", "DX", "RG", "SC"])
def test_the_kinds_of_radiographs_are_described(make_dicom: Callable[..., Path], tmp_path: Path, modality: str) -> None:
    assert describe_file(make_dicom(tmp_path / "a", Modality=modality)) is not None


@pytest.mark.parametrize("length", [0, 10, 140, 400, 700])
def test_a_file_that_was_cut_off_is_not_described(phantom_file: Path, tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.dcm"
    path.write_bytes(phantom_file.read_bytes()[:length])
    assert describe_file(path) is None


def test_a_compressed_header_is_not_inflated_for_it(tmp_path: Path, phantom_file: Path) -> None:
    dataset = pydicom.dcmread(phantom_file)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = tmp_path / "deflated.dcm"
    dataset.save_as(path, enforce_file_format=True)
    whole = path.read_bytes()
    bomb = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    meta = 144 + int.from_bytes(whole[140:144], "little")
    path.write_bytes(whole[:meta] + bomb.compress(bytes(300 * 2**20)) + bomb.flush())
    assert describe_file(path) == FileDescription(str(path), "")
