"""Which DICOM objects the answers about one radiograph become."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset

from cxr_grounding.answers.dicom.object_uids import ObjectUids, content_of
from cxr_grounding.answers.dicom.source_header import source_header
from cxr_grounding.answers.doubted import Doubted
from cxr_grounding.errors import OutputError
from cxr_grounding.quiet import without_warnings

if TYPE_CHECKING:
    from cxr_grounding.grounding import Grounding
    from cxr_grounding.radiograph import Radiograph

KINDS = ("seg", "sr", "sc")
"""Segmentation, structured report, secondary capture."""


def dicom_objects(
    source: Dataset,
    answers: Sequence[Grounding],
    *,
    kinds: Sequence[str] = KINDS,
    radiograph: Radiograph | None = None,
    segmentation: str = "BINARY",
    stable_uids: bool = False,
    doubted: Doubted = Doubted.PALE,
) -> list[Dataset]:
    """The DICOM objects of the answers about one radiograph, in its study, each in a series of its kind.

    Args:
        source: of the radiograph's DICOM file, with or without its pixels; from anywhere, nothing in it is trusted.
        answers: about it; at least one.
        kinds: of `KINDS`: one segmentation and one report of all answers, one picture an answer.
        radiograph: for the pictures; needed where `kinds` has "sc".
        segmentation: BINARY, FRACTIONAL or LABELMAP.
        stable_uids: whether UIDs are derived from the content, so that the objects of a second run replace the first
            ones; else they are new.
        doubted: how pictures show heat that is not to be believed.

    Returns:
        Data sets that `save_as` writes as files.

    Raises:
        OutputError: when the source is not the image that was grounded, or has no valid UIDs; or when highdicom, which
            makes the objects, is not installed.
        ValueError: for a kind that there is not, or for pictures without `radiograph`.
    """
    if not answers or not set(kinds) <= set(KINDS):
        raise ValueError(f"{list(kinds)} of {len(answers)} answers: expected kinds of {KINDS} and an answer or more")
    if "sc" in kinds and radiograph is None:
        raise ValueError("the pictures are drawn over the radiograph: give it, or leave sc out of kinds")
    check_can_be_made()
    header = source_header(source, answers)
    how = f"{sorted(kinds)} {segmentation}"
    uids = ObjectUids(content_of(header.SOPInstanceUID, answers, how) if stable_uids else None)
    with without_warnings():
        from cxr_grounding.answers.dicom.segmentation import segmentation as make_segmentation

        return [make_segmentation(header, answers, segmentation, uids)]


def check_can_be_made() -> None:
    """Refuse early where the library that makes DICOM objects is missing.

    Raises:
        OutputError: then.
    """
    if find_spec("highdicom") is None:
        raise OutputError(
            "DICOM objects are made by the Python package highdicom, which is not installed here. Install it (pip "
            "install highdicom), or choose other formats: png, nrrd, nifti, json."
        )
