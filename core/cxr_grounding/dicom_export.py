"""Findings as DICOM files, for programs that have no need of pictures: a segmentation and a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cxr_grounding.answers.dicom.export import SegmentationKind
from cxr_grounding.answers.dicom.objects import check_can_be_made, dicom_objects
from cxr_grounding.answers.dicom.write_object import NO_STUDY, write_object
from cxr_grounding.disk.staging import staged
from cxr_grounding.errors import OutputError, RadiographError
from cxr_grounding.grounding import Grounding
from cxr_grounding.reading.dicom.read_header import read_header
from cxr_grounding.reported import ReportedFinding

KINDS = ("seg", "sr")


def export_dicom(
    findings: Sequence[Grounding | ReportedFinding],
    image: Path | str,
    folder: Path | str,
    *,
    segmentation: SegmentationKind | str = SegmentationKind.BINARY,
    stable_uids: bool = False,
) -> list[Path]:
    """Write findings about one radiograph as a DICOM Segmentation and a structured report, in its study.

    Args:
        findings: at least one.
        image: the radiograph's DICOM file.
        folder: for the files; made where it is missing. Files of the same name are replaced.
        segmentation: "binary", "fractional" (the heat) or "labelmap".
        stable_uids: whether UIDs are derived from the content, so that a second export replaces the first.

    Returns:
        The files, named after the image's UID.

    Raises:
        OutputError: when they cannot be made of this image, or not be written; nothing is left of them then.
        ValueError: for another kind of segmentation.
    """
    kind = SegmentationKind(segmentation)
    check_can_be_made()
    try:
        source = read_header(image)
    except RadiographError as error:
        raise OutputError(NO_STUDY.format(name=image, kinds=", ".join(KINDS))) from error
    made = dicom_objects(source, findings, kinds=KINDS, segmentation=kind.name, stable_uids=stable_uids)
    names = [f"{source.SOPInstanceUID}.{kind}.dcm" for kind in KINDS]
    folder = Path(folder)
    with staged(folder) as scratch:
        for name, one in zip(names, made, strict=True):
            write_object(scratch / name, one)
    return [folder / name for name in names]
