"""A DICOM object as a file, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset

from cxr_grounding.disk.whole import written_whole
from cxr_grounding.quiet import without_warnings

NO_STUDY = (
    "{name} is no DICOM file, so there is no study that DICOM objects ({kinds}) could join. Give the radiograph as "
    "DICOM, or choose other formats: png, nrrd, nifti, json."
)


def write_object(path: Path, made: Dataset) -> None:
    """Write one object.

    Args:
        path: of the file; an earlier one is replaced.
        made: by `dicom_objects`.

    Raises:
        OutputError: when it cannot be written; nothing half-written is left.
    """
    with written_whole(path, ".dcm") as temporary, without_warnings():
        made.save_as(temporary, enforce_file_format=True)
