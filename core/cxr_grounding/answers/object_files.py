"""The DICOM objects of answers as files, as the table of formats has them."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset

from cxr_grounding.answers.dicom.deidentify import without_dates
from cxr_grounding.answers.dicom.export import DicomExport
from cxr_grounding.answers.dicom.objects import dicom_objects
from cxr_grounding.answers.dicom.write_object import NO_STUDY, write_object
from cxr_grounding.answers.picture import draw_answer
from cxr_grounding.answers.result import Files, Result
from cxr_grounding.errors import OutputError

TOGETHER = "00-findings"
"""How the files that hold all answers about a radiograph are named; those of single answers begin with 01."""


def write_segmentation(results: Sequence[Result]) -> list[Files]:
    """One segmentation of all answers."""
    return _write_together(results, "seg")


def write_report(results: Sequence[Result]) -> list[Files]:
    """One structured report of all answers."""
    return _write_together(results, "sr")


def write_captures(results: Sequence[Result]) -> list[Files]:
    """A secondary capture of each answer."""
    pictures = [draw_answer(one.radiograph, one.answer, one.doubted) for one in results]
    paths = [one.path(".sc.dcm") for one in results]
    for path, made in zip(paths, _objects(results, "sc", pictures), strict=True):
        write_object(path, made)
    return [{"sc": path.name} for path in paths]


def _write_together(results: Sequence[Result], kind: str) -> list[Files]:
    if not results:
        return []
    path = results[0].stem.with_name(f"{TOGETHER}.{kind}.dcm")
    (made,) = _objects(results, kind)
    write_object(path, made)
    return [{kind: path.name} for _ in results]


def _objects(results: Sequence[Result], kind: str, pictures: Sequence = ()) -> list[Dataset]:
    export = _export(results[0], kind)
    made = dicom_objects(
        export.source,
        [one.answer for one in results],
        kinds=[kind],
        pictures=pictures,
        segmentation=export.segmentation.name,
        stable_uids=export.stable_uids,
        run=export.run,
    )
    return [without_dates(one) for one in made] if export.deidentified else made


def _export(result: Result, kind: str) -> DicomExport:
    if result.dicom is None:
        raise OutputError(NO_STUDY.format(name=result.source, kinds=kind))
    return result.dicom
