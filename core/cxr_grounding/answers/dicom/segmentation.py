"""Answers as one DICOM Segmentation: a segment a phrase, its pixels on those of the radiograph's file."""

from __future__ import annotations

import colorsys
import json
from collections.abc import Sequence

import highdicom
import numpy as np
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from cxr_grounding.answers.dicom.codes import (
    ABNORMAL_STRUCTURE,
    RELATIONAL_CONCEPT,
    SELECTED_REGION,
    coded,
)
from cxr_grounding.answers.dicom.object_uids import ObjectUids
from cxr_grounding.answers.dicom.said_of_itself import (
    EQUIPMENT,
    RESEARCH_USE_ONLY,
    complete,
    content_label,
    long_string,
    model_label,
    series_description,
    short_text,
    told,
)
from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import OutputError
from cxr_grounding.reported import ReportedFinding

SERIES_NUMBER = 9001
"""High, so that it stands below the images in a viewer's list."""

HIGHEST_FRACTION = 255
GREY = (150, 150, 150)
"""Of segments that the verdict does not believe."""
GOLDEN_ANGLE = 0.381966
"""As a share of the circle: colours that follow each other by it differ, however many there are."""


def segmentation(header: Dataset, answers: Sequence[ReportedFinding], kind: str, uids: ObjectUids) -> Dataset:
    """The segmentation of all answers about one radiograph.

    Args:
        header: of the radiograph (`source_header`).
        answers: each becomes a segment, in their order.
        kind: BINARY, FRACTIONAL (the heat, 255 for 1) or LABELMAP.
        uids: of the object.

    Raises:
        OutputError: when it is LABELMAP and two phrases point at the same pixel, which that cannot hold.
    """
    made = Segmentation(
        source_images=[header],
        pixel_array=_pixels(answers, kind),
        segmentation_type=SegmentationTypeValues(kind),
        segment_descriptions=[_described(number, answer, uids) for number, answer in enumerate(answers, 1)],
        series_instance_uid=uids.of("SEG series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=uids.of("SEG instance"),
        instance_number=1,
        max_fractional_value=HIGHEST_FRACTION,
        content_label=content_label(answers),
        content_description=long_string(f"{RESEARCH_USE_ONLY} Where phrases point."),
        content_creator_name="CXRGrounding^",
        series_description=series_description(answers, "regions"),
        omit_empty_frames=False,  # some viewers show nothing of a segment that has no frame
        **EQUIPMENT,
    )
    made.PatientOrientation = header.PatientOrientation
    made.ImageComments = model_label(answers)
    complete(made, header)
    return made


def _pixels(answers: Sequence[ReportedFinding], kind: str) -> NDArray:
    """[1, rows, columns, segments]: bool, or the heat in [0, 1]; for LABELMAP [1, rows, columns], segments' numbers."""
    if kind == SegmentationTypeValues.FRACTIONAL.value:
        return np.stack([np.nan_to_num(answer.heatmap) for answer in answers], axis=-1)[np.newaxis]
    masks = np.stack([answer.region for answer in answers], axis=-1)[np.newaxis]
    if kind != SegmentationTypeValues.LABELMAP.value:
        return masks
    if (masks.sum(axis=-1) > 1).any():
        raise OutputError(
            "Two of the phrases point at the same place, and a label map holds one segment a pixel. Choose the "
            "segmentation BINARY, or export the phrases one by one."
        )
    return (masks * np.arange(1, len(answers) + 1)).sum(axis=-1).astype(np.uint16)


def _described(number: int, answer: ReportedFinding, uids: ObjectUids) -> SegmentDescription:
    """What a segment says of itself."""
    phrase, said = answer.phrase.text, coded(answer.asked or answer.phrase.text)
    described = SegmentDescription(
        segment_number=number,
        segment_label=long_string(phrase),
        segmented_property_category=(ABNORMAL_STRUCTURE if said.finding else RELATIONAL_CONCEPT).code,
        segmented_property_type=said.finding or SELECTED_REGION.code,
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm(answer),
        tracking_uid=uids.of(f"finding {number}"),
        tracking_id=long_string(phrase),
        anatomic_regions=[said.site],
        display_color=_colour(number, answer),
    )
    if said.side is not None:
        side = highdicom.sr.CodedConcept.from_code(said.side)
        described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [side]
    asked = (f"Asked in its stead: {answer.asked}",) if answer.asked else ()
    described.SegmentDescription = short_text("\r\n".join((printable(phrase), told(answer), *asked, RESEARCH_USE_ONLY)))
    return described


def algorithm(answer: ReportedFinding) -> highdicom.AlgorithmIdentificationSequence:
    """Which model answered, and by which recipe."""
    return highdicom.AlgorithmIdentificationSequence(
        name=long_string(answer.model.name),
        family=codes.DCM.ArtificialIntelligence,
        version=long_string(answer.model.version) or "not stated",
        source="CXRGrounding",
        parameters={"recipe": json.dumps(dict(answer.recipe), sort_keys=True)},
    )


def _colour(number: int, answer: ReportedFinding) -> highdicom.color.CIELabColor:
    if answer.verdict is not None and not answer.verdict.kind.is_confident:
        return highdicom.color.CIELabColor.from_rgb(*GREY)
    rgb = colorsys.hsv_to_rgb(number * GOLDEN_ANGLE % 1, 0.75, 1)
    return highdicom.color.CIELabColor.from_rgb(*(round(255 * part) for part in rgb))
