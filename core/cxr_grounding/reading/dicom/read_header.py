"""The data set of a DICOM file without its pixels: what DICOM objects about the image take over from it."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.dicom.open_dicom import FIRST_BYTES, looks_like_dicom, open_dicom
from cxr_grounding.reading.guard import untrusted_file


def read_header(path: Path | str) -> Dataset:
    """Read what a DICOM file says of its image.

    Raises:
        RadiographError: when it is missing, damaged, or no DICOM file.
    """
    with untrusted_file(path) as file:
        if not is_dicom(file):
            raise RadiographError(f"{file} is not a DICOM file. Choose the DICOM file of the radiograph.")
        dataset = open_dicom(file)
        if "PixelData" in dataset:
            del dataset.PixelData
        return dataset


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM does.

    Raises:
        OSError: when it cannot be read.
    """
    with path.open("rb") as opened:
        return looks_like_dicom(opened.read(FIRST_BYTES))
