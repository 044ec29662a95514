"""The picture of an answer as a DICOM secondary capture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from highdicom import CoordinateSystemNames, PhotometricInterpretationValues
from highdicom.sc import SCImage
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from cxr_grounding.answers.dicom.object_uids import ObjectUids
from cxr_grounding.answers.dicom.said_of_itself import (
    EQUIPMENT,
    complete,
    model_label,
    series_description,
    short_text,
    told,
)
from cxr_grounding.reported import ReportedFinding

SERIES_NUMBER = 9003

STANDARD_VIEW = ("L", "F")
"""That highdicom is told where the radiograph does not say; the object says nothing then, as that does."""


def captures(
    header: Dataset, answers: Sequence[ReportedFinding], pictures: Sequence[NDArray[np.uint8]], uids: ObjectUids
) -> list[Dataset]:
    """The pictures of answers about one radiograph, one series.

    Args:
        header: of the radiograph (`source_header`).
        answers: in their order.
        pictures: [rows, columns, 3] each, uint8: of each answer (`answers.picture.draw_overlay`).
        uids: of the objects.
    """
    series = series_description(answers, "pictures")
    return [
        _capture(header, answer, picture, (number, series, uids))
        for number, (answer, picture) in enumerate(zip(answers, pictures, strict=True), 1)
    ]


def _capture(
    header: Dataset, answer: ReportedFinding, picture: NDArray[np.uint8], place: tuple[int, str, ObjectUids]
) -> Dataset:
    number, series, uids = place
    made = SCImage.from_ref_dataset(
        header,
        pixel_array=np.ascontiguousarray(picture),
        photometric_interpretation=PhotometricInterpretationValues.RGB,
        bits_allocated=8,
        coordinate_system=CoordinateSystemNames.PATIENT,
        series_instance_uid=uids.of("SC series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=uids.of(f"SC instance {number}"),
        instance_number=number,
        patient_orientation=header.PatientOrientation or STANDARD_VIEW,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        series_description=series,
        **EQUIPMENT,
    )
    made.PatientOrientation = header.PatientOrientation
    made.Laterality = ""  # both sides are seen; a value would say one (PS3.3 C.7.3.1.1.4)
    made.ConversionType = "WSD"  # made at a workstation; highdicom says digital interface
    made.BurnedInAnnotation = "YES"
    made.RecognizableVisualFeatures = "NO"
    made.DerivationDescription = short_text(
        "Drawn by a program over a copy of the radiograph: heat, boxes, a colour bar, and burned-in text, which names "
        "the phrase, the verdict and the model, and nobody."
    )
    made.SourceImageSequence = [_reference(header)]
    phrase = answer.phrase.text
    made.ImageComments = f"{phrase} - {told(answer)} {model_label([answer])}"[:10240]
    made.ContentQualification = "RESEARCH"
    complete(made, header)
    return made


def _reference(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = header.SOPClassUID
    item.ReferencedSOPInstanceUID = header.SOPInstanceUID
    return item
