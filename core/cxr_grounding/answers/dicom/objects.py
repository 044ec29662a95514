"""Which DICOM objects the answers about one radiograph become."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cxr_grounding.answers.dicom.object_uids import ObjectUids, content_of
from cxr_grounding.answers.dicom.source_header import source_header
from cxr_grounding.errors import OutputError
from cxr_grounding.grounding import Grounding
from cxr_grounding.quiet import without_warnings
from cxr_grounding.reported import ReportedFinding

KINDS = ("seg", "sr", "sc")
"""Segmentation, structured report, secondary capture."""


def dicom_objects(
    source: Dataset,
    answers: Sequence[Grounding | ReportedFinding],
    *,
    kinds: Sequence[str] = KINDS,
    pictures: Sequence[NDArray[np.uint8]] = (),
    segmentation: str = "BINARY",
    stable_uids: bool = False,
    run: str = "",
) -> list[Dataset]:
    """The DICOM objects of the answers about one radiograph, in its study, each in a series of its kind.

    Args:
        source: of the radiograph's DICOM file, with or without its pixels; from anywhere, nothing in it is trusted.
        answers: about it; at least one.
        kinds: of `KINDS`: one segmentation and one report of all answers, one picture an answer.
        pictures: [rows, columns, 3] each, uint8, RGB, one an answer (`answers.picture.draw_answer`); where `kinds` has
            "sc".
        segmentation: BINARY, FRACTIONAL or LABELMAP.
        stable_uids: whether UIDs are derived from the content, so that the objects of a second run replace the first
            ones; else they are new.
        run: what new UIDs are derived from, for calls that make parts of one export: a segment and its group in the
            report then have one tracking UID. By default it is new.

    Returns:
        Data sets that `save_as` writes as files, in the order of `KINDS`.

    Raises:
        OutputError: when the source is not the image that was grounded, or has no valid UIDs; when phrases overlap in a
            LABELMAP; or when highdicom, which makes the objects, is not installed.
        ValueError: for a kind that there is not, or not one picture an answer.
    """
    reported = [ReportedFinding.of(answer) for answer in answers]
    if not reported or not set(kinds) <= set(KINDS):
        raise ValueError(f"{list(kinds)} of {len(reported)} answers: expected kinds of {KINDS} and an answer or more")
    if "sc" in kinds and len(pictures) != len(reported):
        raise ValueError(f"there are {len(pictures)} pictures of {len(reported)} answers; expected one each, for sc")
    check_can_be_made()
    with without_warnings():  # pydicom's, about values that are left out here
        header = source_header(source, reported)
        origin = (
            content_of(header.SOPInstanceUID, reported, segmentation) if stable_uids else run or secrets.token_hex()
        )
        return _made(header, reported, kinds, pictures, (segmentation, ObjectUids(origin)))


def _made(
    header: Dataset,
    answers: Sequence[ReportedFinding],
    kinds: Sequence[str],
    pictures: Sequence[NDArray[np.uint8]],
    how: tuple[str, ObjectUids],
) -> list[Dataset]:
    # Only now: what they are made with takes a second to load, and may not be installed.
    from cxr_grounding.answers.dicom.capture import captures
    from cxr_grounding.answers.dicom.segmentation import segmentation
    from cxr_grounding.answers.dicom.structured_report import structured_report

    kind, uids = how
    made: list[Dataset] = []
    if "seg" in kinds:
        made.append(segmentation(header, answers, kind, uids))
    if "sr" in kinds:
        made.append(structured_report(header, answers, uids))
    if "sc" in kinds:
        made += captures(header, answers, pictures, uids)
    return made


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
