"""What it takes beside the answers to write them as DICOM objects."""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # only then: the options of a command name the kinds
    from pydicom.dataset import Dataset


class SegmentationKind(enum.Enum):
    """What the pixels of a DICOM Segmentation say (PS3.3 C.8.20.2); the value is SegmentationType, in lower case."""

    BINARY = "binary"
    """Where a phrase points: the kind that viewers read."""
    FRACTIONAL = "fractional"
    """Its heat, 255 for 1; few viewers read it."""
    LABELMAP = "labelmap"
    """The number of the phrase; where two point at one place it cannot be made."""


@dataclass(frozen=True)
class DicomExport:
    """How answers about one radiograph become DICOM objects.

    Args:
        source: the radiograph's data set; its pixels are not needed.
        segmentation: of which kind.
        stable_uids: see `dicom_objects`.
        run: likewise; the same for all objects of one export.
        deidentified: whether the dates of making are left out of the objects too.
    """

    source: Dataset
    segmentation: SegmentationKind = SegmentationKind.BINARY
    stable_uids: bool = False
    run: str = field(default_factory=secrets.token_hex)
    deidentified: bool = False
