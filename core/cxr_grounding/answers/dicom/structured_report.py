"""Answers as one Comprehensive SR by TID 1500 (DICOM PS3.16): a measurement group a phrase and place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import highdicom.sr as hd
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from cxr_grounding import __version__
from cxr_grounding.answers.dicom.codes import (
    ABNORMAL_STRUCTURE,
    PLAIN_RADIOGRAPHY,
    RELATIONAL_CONCEPT,
    SELECTED_REGION,
    Coded,
    coded,
)
from cxr_grounding.answers.dicom.object_uids import DEVICE, ObjectUids
from cxr_grounding.answers.dicom.own_codes import (
    ASKED,
    CONTESTED,
    EXPLAINED,
    MODEL_LABEL,
    PHRASE,
    REASON,
    STRENGTH,
    VERDICT,
    VERDICTS,
    own_scheme_item,
)
from cxr_grounding.answers.dicom.said_of_itself import (
    EQUIPMENT,
    RESEARCH_USE_ONLY,
    complete,
    model_label,
    series_description,
)
from cxr_grounding.disk.sentences import printable
from cxr_grounding.maps import Region
from cxr_grounding.radiograph import Box
from cxr_grounding.reported import ReportedFinding

SERIES_NUMBER = 9002

Group = hd.MeasurementsAndQualitativeEvaluations | hd.PlanarROIMeasurementsAndQualitativeEvaluations


def structured_report(header: Dataset, answers: Sequence[ReportedFinding], uids: ObjectUids) -> Dataset:
    """The report of all answers about one radiograph, preliminary and not verified.

    Args:
        header: of the radiograph (`source_header`).
        answers: in their order.
        uids: of the object.
    """
    groups = [group for number, answer in enumerate(answers, 1) for group in _groups(header, answer, number, uids)]
    observer = hd.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=hd.DeviceObserverIdentifyingAttributes(
            uid=DEVICE, name="CXRGrounding", manufacturer_name="CXRGrounding", model_name=f"cxr-ground {__version__}"
        ),
    )
    report = hd.MeasurementReport(
        observation_context=hd.ObservationContext(observer_device_context=observer),
        procedure_reported=PLAIN_RADIOGRAPHY.code,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    report[0].ContentSequence.append(_text(codes.DCM.Comment, model_label(answers)))
    made = hd.ComprehensiveSR(
        evidence=[header],
        content=report[0],
        series_instance_uid=uids.of("SR series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=uids.of("SR instance"),
        instance_number=1,
        is_complete=True,
        series_description=series_description(answers, "report"),
        **EQUIPMENT,
    )
    made.CodingSchemeIdentificationSequence = [own_scheme_item()]
    complete(made, header)
    return made


def _groups(header: Dataset, answer: ReportedFinding, number: int, uids: ObjectUids) -> Iterator[Group]:
    """One group for each place that a phrase points at, the strongest first; one without place where it points at none.

    More places of one phrase share its text as tracking identifier: a group by TID 1410 has one region.
    """
    said = coded(answer.asked or answer.phrase.text)
    known: dict[str, Any] = {
        "finding_category": (ABNORMAL_STRUCTURE if said.finding else RELATIONAL_CONCEPT).code,
        "finding_type": said.finding or SELECTED_REGION.code,
        "algorithm_id": _algorithm(answer),
        "finding_sites": [_site(said)],
        "qualitative_evaluations": list(_evaluations(answer)),
    }
    for place, region in enumerate(answer.regions or [None], 1):
        tracking = hd.TrackingIdentifier(
            # The first place is what the segmentation tracks.
            uid=uids.of(f"finding {number}" if place == 1 else f"finding {number} place {place}"),
            identifier=printable(answer.phrase.text),
        )
        measurements = list(_measurements(answer, region))
        group: Group
        if region is None:
            group = hd.MeasurementsAndQualitativeEvaluations(
                tracking_identifier=tracking,
                source_images=[hd.SourceImageForMeasurementGroup(header.SOPClassUID, header.SOPInstanceUID)],
                measurements=measurements,
                **known,
            )
        else:
            group = hd.PlanarROIMeasurementsAndQualitativeEvaluations(
                tracking_identifier=tracking,
                referenced_region=_outline(header, region.box),
                measurements=measurements,
                **known,
            )
        group[0].ContentSequence.extend(_texts(answer))
        yield group


def _outline(header: Dataset, box: Box) -> hd.ImageRegion:
    """A box as a closed polyline, in columns and rows from the top left corner of the image (PS3.3 C.10.5.1.2)."""
    x, y = np.clip([box.x, box.x + box.width], 0, header.Columns), np.clip([box.y, box.y + box.height], 0, header.Rows)
    corners = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]), (x[0], y[0])]
    return hd.ImageRegion(
        graphic_type=hd.GraphicTypeValues.POLYLINE,
        graphic_data=np.array(corners, dtype=np.float32),
        source_image=hd.SourceImageForRegion(header.SOPClassUID, header.SOPInstanceUID),
    )


def _site(said: Coded) -> hd.FindingSite:
    return hd.FindingSite(anatomic_location=said.site, laterality=said.side)


def _algorithm(answer: ReportedFinding) -> hd.AlgorithmIdentification:
    return hd.AlgorithmIdentification(
        name=printable(answer.model.name),
        version=printable(answer.model.version) or "not stated",
        parameters=[f"recipe={json.dumps(dict(answer.recipe), sort_keys=True)}"],
    )


def _measurements(answer: ReportedFinding, region: Region | None) -> Iterator[hd.Measurement]:
    if region is not None:
        yield _number(STRENGTH, region.strength)
    if answer.evidence is not None:
        yield _number(CONTESTED, answer.evidence.contested)
        yield _number(EXPLAINED, answer.evidence.explained)


def _number(name: Code, value: float) -> hd.Measurement:
    return hd.Measurement(name=name, value=round(float(value), 6), unit=codes.UCUM.NoUnits)


def _evaluations(answer: ReportedFinding) -> Iterator[hd.QualitativeEvaluation]:
    if answer.verdict is not None:
        yield hd.QualitativeEvaluation(VERDICT, VERDICTS[answer.verdict.kind])


def _texts(answer: ReportedFinding) -> Iterator[hd.TextContentItem]:
    """The phrase to the letter, why the verdict is what it is, and what must be said beside the model's results."""
    yield _text(PHRASE, answer.phrase.text)
    if answer.asked:
        yield _text(ASKED, answer.asked)
    for reason in () if answer.verdict is None else answer.verdict.reasons:
        yield _text(REASON, reason)
    yield _text(MODEL_LABEL, answer.model.label or RESEARCH_USE_ONLY)


def _text(name: Code, value: str) -> hd.TextContentItem:
    return hd.TextContentItem(name=name, value=value, relationship_type=hd.RelationshipTypeValues.CONTAINS)
