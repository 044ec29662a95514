"""Which image a DICOM object of this program is about, by its header alone."""

from __future__ import annotations

import struct
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from cxr_grounding.answers.dicom.said_of_itself import EQUIPMENT
from cxr_grounding.disk.dicom_elements import item, text
from cxr_grounding.quiet import without_warnings

_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    struct.error,
)
"""What pydicom raises over a file that is no DICOM, or damaged; its own InvalidDicomError is no ValueError."""


def image_of(path: Path) -> str:
    """The SOPInstanceUID of the image that an object of this program is about; "" where the file is anything else."""
    try:
        with without_warnings():
            made = pydicom.dcmread(path, stop_before_pixels=True)
            return _image_of(made) if text(made, "Manufacturer") == EQUIPMENT["manufacturer"] else ""
    except (*_DAMAGED, pydicom.errors.InvalidDicomError):
        return ""


def _image_of(made: Dataset) -> str:
    """Of a segmentation, a report or a secondary capture."""
    evidence = item(made, "CurrentRequestedProcedureEvidenceSequence")
    for holder, keyword in (
        (made, "SourceImageSequence"),
        (item(made, "ReferencedSeriesSequence"), "ReferencedInstanceSequence"),
        (None if evidence is None else item(evidence, "ReferencedSeriesSequence"), "ReferencedSOPSequence"),
    ):
        reference = None if holder is None else item(holder, keyword)
        if reference is not None:
            return text(reference, "ReferencedSOPInstanceUID")
    return ""
