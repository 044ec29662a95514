"""Small DICOM files, made as a scanner would, and the real ones of pydicom-data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import uid
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SOP_CLASSES = {
    "CR": uid.ComputedRadiographyImageStorage,
    "DX": uid.DigitalXRayImageStorageForPresentation,
    "SC": uid.SecondaryCaptureImageStorage,
    "CT": uid.CTImageStorage,
    "MR": uid.MRImageStorage,
    "US": uid.UltrasoundImageStorage,
    "MG": uid.DigitalMammographyXRayImageStorageForPresentation,
}
MODALITIES = {"SC": "OT"}


def make_dataset(pixels: NDArray, kind: str = "CR", bits: int | None = None, **elements: Any) -> Dataset:
    """A data set around `pixels` [rows, columns] or [rows, columns, 3]; `elements` come last and None removes one."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = SOP_CLASSES[kind], generate_uid(entropy_srcs=["instance"])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series"])
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Modality, dataset.PatientID = MODALITIES.get(kind, kind), "phantom"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored = bits or dataset.BitsAllocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def ramp() -> NDArray[np.uint16]:
    """80 rows, 72 columns, 12 bits: rising along the rows, with every corner different."""
    y, x = np.indices((80, 72))
    return (x * 50 + y * 6).astype(np.uint16)


@pytest.fixture
def dataset() -> Callable[..., Dataset]:
    return make_dataset


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Dataset], Path]:
    """Writes a data set and gives its path."""

    def save(dataset: Dataset, name: str = "image.dcm") -> Path:
        path = tmp_path / name
        dataset.save_as(path, enforce_file_format=True)
        return path

    return save


@pytest.fixture
def dicom(saved: Callable[[Dataset], Path]) -> Callable[..., Path]:
    """Makes a data set out of pixels and elements, writes it and gives its path."""
    return lambda pixels, kind="CR", **elements: saved(make_dataset(pixels, kind, **elements))


@pytest.fixture
def real_file() -> Callable[[str], Path]:
    """The path of a file that comes with pydicom or pydicom-data, without network."""

    def find(name: str) -> Path:
        found = get_testdata_file(name, download=False)
        assert found is not None, f"{name} is not here: install the packages of the dev extra"
        return Path(found)

    return find


@pytest.fixture
def chest(real_file: Callable[[str], Path]) -> Path:
    """A real chest radiograph: MONOCHROME1, 15 bits, pixel spacing 0."""
    return real_file("RG1_UNCR.dcm")


@pytest.fixture
def lower_leg(real_file: Callable[[str], Path]) -> Path:
    """A real radiograph of an extremity: MONOCHROME1, 10 bits, orientation R\\F."""
    return real_file("RG3_UNCR.dcm")


@pytest.fixture
def make_dicom(phantom_file: Path) -> Callable[..., Path]:
    """Writes the file `phantom_file`, which each area of the tests has of its own, with other values in its header."""

    def make(path: Path, **values: object) -> Path:
        dataset = pydicom.dcmread(phantom_file)
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)
        return path

    return make
