"""Findings that come back as DICOM: a Segmentation or a TID 1500 report about a radiograph, from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EnhancedSRStorage,
    SegmentationStorage,
)

from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.errors import RadiographError
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.dicom.objects.read_report import findings_of_report
from cxr_grounding.reading.dicom.objects.read_segmentation import findings_of_segmentation
from cxr_grounding.reading.dicom.open_dicom import open_dicom
from cxr_grounding.reading.dicom.read_header import is_dicom
from cxr_grounding.reading.guard import untrusted_file
from cxr_grounding.reported import ReportedFinding

LABELMAP_SEGMENTATION = UID("1.2.840.10008.5.1.4.1.1.66.7")
"""Label Map Segmentation Storage (PS3.6 table A-1), which pydicom has no name for yet."""

_READERS: dict[str, Callable[[Dataset, Radiograph], list[ReportedFinding]]] = {
    SegmentationStorage: findings_of_segmentation,
    LABELMAP_SEGMENTATION: findings_of_segmentation,
    EnhancedSRStorage: findings_of_report,
    ComprehensiveSRStorage: findings_of_report,
    Comprehensive3DSRStorage: findings_of_report,
}

WHICH = "Choose a Segmentation, or a report by TID 1500 with regions."


def read_findings(path: Path | str, radiograph: Radiograph) -> list[ReportedFinding]:
    """The findings of a DICOM object about a radiograph.

    Args:
        path: of the object, a Segmentation or a structured report; nothing in it is trusted.
        radiograph: read from the DICOM file that the object is about.

    Returns:
        Of a segmentation one a segment, of a report one a phrase; at least one. Places where nobody looked are not
        known any more: heat is 0 there.

    Raises:
        RadiographError: when the object is missing, damaged, of another kind, about another image, or holds no region.
    """
    if not radiograph.identifiers.SOPInstanceUID:
        raise RadiographError(
            "The radiograph is no DICOM file, and a DICOM object can be about such a file alone. Give the radiograph "
            "as DICOM."
        )
    with untrusted_file(path) as file:
        if not is_dicom(file):
            raise RadiographError(f"{file} is not a DICOM file. {WHICH}")
        dataset = open_dicom(file)
        kind = text(dataset, "SOPClassUID")
        if kind not in _READERS:
            raise RadiographError(f"{file} is no finding but {UID(kind).name or 'of an unknown kind'}. {WHICH}")
        found = _READERS[kind](dataset, radiograph)
        if not found:
            raise RadiographError(f"{file} holds no region on this radiograph. {WHICH}")
        return found
