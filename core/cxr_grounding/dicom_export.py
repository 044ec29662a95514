"""Findings as DICOM files, for programs that have no folder of results: a segmentation, a report, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from cxr_grounding.answers.dicom.export import SegmentationKind
from cxr_grounding.answers.dicom.objects import KINDS, check_can_be_made, dicom_objects
from cxr_grounding.answers.dicom.source_header import check_can_be_source
from cxr_grounding.answers.dicom.write_object import NO_STUDY, write_object
from cxr_grounding.disk.sentences import shortened
from cxr_grounding.disk.staging import staged
from cxr_grounding.errors import OutputError, RadiographError
from cxr_grounding.grounding import Grounding
from cxr_grounding.progress import Progress, report
from cxr_grounding.quiet import without_warnings
from cxr_grounding.reading.dicom.read_header import read_header
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.reported import ReportedFinding

USUAL_KINDS = "seg,sr"
EXPORTING = "exporting"
"""The stage of progress; one unit is one picture that is drawn, and one what else is made."""


def why_no_pictures() -> str:
    """Why secondary captures cannot be drawn here, a sentence with the next step; "" where they can."""
    if find_spec("matplotlib") is not None:
        return ""
    return (
        "Pictures (SC) are drawn by the Python package matplotlib, which is not installed here. Install it (in "
        'Slicer\'s Python console: slicer.util.pip_install("matplotlib")), or leave them out.'
    )


def check_dicom_source(image: Path | str) -> None:
    """Look, before any work, whether DICOM objects can be made of findings on an image.

    Raises:
        OutputError: when it is no DICOM file, has no valid UIDs, or holds several frames.
    """
    with without_warnings():
        check_can_be_source(_source(image))


def export_dicom(
    findings: Sequence[Grounding | ReportedFinding],
    image: Path | str,
    folder: Path | str,
    *,
    formats: str = USUAL_KINDS,
    segmentation: SegmentationKind | str = SegmentationKind.BINARY,
    stable_uids: bool = False,
) -> list[Path]:
    """Write findings about one radiograph as DICOM objects of its study.

    Args:
        findings: at least one.
        image: the radiograph's DICOM file.
        folder: for the files; made where it is missing. Files of the same name are replaced.
        formats: of "seg" (a Segmentation), "sr" (a structured report) and "sc" (a picture a finding), with commas.
        segmentation: "binary", "fractional" (the heat) or "labelmap".
        stable_uids: whether UIDs are derived from the content, so that a second export replaces the first.

    Returns:
        The files, named after the image's UID, in the order of the formats as they stand here.

    Raises:
        OutputError: when they cannot be made of this image, or not be written; nothing is left of them then.
        ValueError: for another kind of segmentation.
    """
    how = {"segmentation": SegmentationKind(segmentation).name, "stable_uids": stable_uids}
    stem, made = _objects(findings, image, formats, how)
    return _written(Path(folder), stem, made)


def export_beside(
    findings: Sequence[Grounding | ReportedFinding],
    image: Path,
    folder: Path,
    formats: str,
    progress: Progress | None = None,
) -> list[Path]:
    """As `export_dicom`, but beside what lies in the folder: where a name is taken, the new files get a number.

    Args:
        findings, image, folder, formats: see there.
        progress: told while objects are made.

    Raises:
        Cancelled: when `progress` said so; nothing is left then.
        OutputError: as there.
    """
    stem, made = _objects(findings, image, formats, {}, progress)
    for number in count(1):
        free = stem if number == 1 else f"{stem}-{number}"
        if not any((folder / f"{free}{ending}").exists() for ending in made):
            break
    return _written(folder, free, made)


def _objects(
    findings: Sequence[Grounding | ReportedFinding],
    image: Path | str,
    formats: str,
    how: Mapping[str, Any],
    progress: Progress | None = None,
) -> tuple[str, dict[str, Dataset]]:
    """How the files are called at first, and each object by the end of its file's name."""
    kinds = _chosen(formats)
    check_can_be_made()
    if "sc" in kinds and (problem := why_no_pictures()):
        raise OutputError(problem)
    source = _source(image, kinds)
    with without_warnings():
        check_can_be_source(source)
    pictures = list(_pictures(findings, image, progress)) if "sc" in kinds else []
    report(progress, EXPORTING, len(pictures), len(pictures) + 1)
    made = dicom_objects(source, findings, kinds=kinds, pictures=pictures, **how)
    endings = [f".{kind}.dcm" for kind in kinds if kind != "sc"]
    endings += [f".{number:02}.sc.dcm" for number in range(1, len(pictures) + 1)]
    report(progress, EXPORTING, len(pictures) + 1, len(pictures) + 1)
    return str(source.SOPInstanceUID), dict(zip(endings, made, strict=True))


def _written(folder: Path, stem: str, made: Mapping[str, Dataset]) -> list[Path]:
    """Write all of them, or none."""
    with staged(folder) as scratch:
        for ending, one in made.items():
            write_object(scratch / f"{stem}{ending}", one)
    return [folder / f"{stem}{ending}" for ending in made]


def _chosen(formats: str) -> list[str]:
    """The kinds of objects that are asked for, in their order."""
    asked = [name.strip() for name in formats.split(",")]
    if not set(asked) <= set(KINDS):
        raise OutputError(f"{shortened(formats)} are no kinds of DICOM objects. There are {', '.join(KINDS)}.")
    return [kind for kind in KINDS if kind in asked]


def _source(image: Path | str, kinds: Sequence[str] = KINDS) -> Dataset:
    try:
        return read_header(image)
    except RadiographError as error:
        raise OutputError(NO_STUDY.format(name=image, kinds=", ".join(kinds))) from error


def _pictures(
    findings: Sequence[Grounding | ReportedFinding], image: Path | str, progress: Progress | None
) -> Iterator:
    """The picture of each finding, as `answers.picture.draw_answer` draws it."""
    from cxr_grounding.answers.picture import draw_answer  # takes a second to load

    radiograph = read_image(image)
    for number, finding in enumerate(findings):
        report(progress, EXPORTING, number, len(findings) + 1)
        yield draw_answer(radiograph, finding)
