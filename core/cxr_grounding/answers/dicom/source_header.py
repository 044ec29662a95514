"""What DICOM objects take over from the radiograph that they are about: patient, study, and which image it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pydicom.valuerep import DA, TM

from cxr_grounding.disk.dicom_elements import number, text, texts
from cxr_grounding.disk.sentences import can_be_shown, printable
from cxr_grounding.errors import OutputError
from cxr_grounding.reported import ReportedFinding

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
NAMES = ("PatientName", "ReferringPhysicianName")
TEXTS = ("PatientID", "StudyID", "AccessionNumber")
"""Written also where the radiograph has none: empty (type 2 in the modules Patient and General Study)."""
OPTIONAL = ("IssuerOfPatientID", "StudyDescription", "PatientIdentityRemoved", "DeidentificationMethod")
"""Written only where the radiograph has them."""
SEXES = ("M", "F", "O")

LONGEST = 324
"""Letters of a value that is taken over: a name in three groups of 64 letters five times has most (PS3.5 6.2)."""

WORLD_ALPHABET = "ISO_IR 192"
"""UTF-8, in which any phrase can be written beside any name."""


def source_header(source: Dataset, answers: Sequence[ReportedFinding]) -> Dataset:
    """The part of a radiograph's data set that its objects take over, safe to be written again.

    Values that are malformed are left empty, as the standard allows it where they are unknown. What says where pixels
    lie in space is left out on purpose: readers that are built on ITK refuse objects that say a part of it.

    Args:
        source: of the radiograph; its pixels are not looked at.
        answers: about it.

    Raises:
        OutputError: when it is not the image that was grounded, or cannot be referred to.
    """
    check_can_be_source(source)
    header = Dataset()
    header.SpecificCharacterSet = WORLD_ALPHABET
    for keyword in UIDS:
        setattr(header, keyword, _uid(source, keyword))
    _check_is_the_one(header.SOPInstanceUID, source, answers)
    header.Rows, header.Columns = answers[0].shape
    header.Modality = text(source, "Modality") or "OT"
    for keyword in (*NAMES, *TEXTS):
        setattr(header, keyword, _value(source, keyword))
    for keyword in OPTIONAL:
        if value := _value(source, keyword):
            setattr(header, keyword, value)
    header.PatientBirthDate, header.StudyDate = _date(source, "PatientBirthDate"), _date(source, "StudyDate")
    header.StudyTime = _time(source, "StudyTime")
    sex = text(source, "PatientSex").upper()
    header.PatientSex = sex if sex in SEXES else ""
    directions = [value.upper() for value in texts(source, "PatientOrientation")]
    header.PatientOrientation = directions if _are_directions(directions) else ""
    return header


def check_can_be_source(source: Dataset) -> None:
    """Refuse, before any work, a radiograph that no object can refer to.

    Raises:
        OutputError: when a UID is missing or is none, or there are several frames.
    """
    for keyword in UIDS:
        _uid(source, keyword)
    frames = number(source, "NumberOfFrames")
    if frames is not None and frames > 1:
        raise OutputError(
            f"The radiograph's file holds {frames:.0f} frames, and DICOM objects are made for one image at a time. "
            "Export the frame as an image of its own, and ground that one."
        )


def _check_is_the_one(uid: str, source: Dataset, answers: Sequence[ReportedFinding]) -> None:
    for answer in answers:
        about = answer.identifiers.SOPInstanceUID
        if about != uid:
            which = f"the image {printable(about)}" if about else "an image that is no DICOM object"
            raise OutputError(
                f'"{answer.phrase.text}" was grounded on {which}, and not on {uid}. Give the file that was grounded, '
                "or ground this one."
            )
        size = (number(source, "Rows"), number(source, "Columns"))
        if size != answer.shape:
            rows, columns = answer.shape
            raise OutputError(
                f'"{answer.phrase.text}" was grounded on an image of {columns} x {rows} pixels, and this file has '
                "another size. Give the file that was grounded, or ground this one."
            )


def _uid(source: Dataset, keyword: str) -> UID:
    uid = UID(text(source, keyword))
    if not uid or not uid.is_valid:
        said = f"is {printable(uid)!r}, which is no UID" if uid else "is missing"
        raise OutputError(
            f"The radiograph's {keyword} {said}, so no DICOM object can refer to it. Export the radiograph again from "
            "the archive, or choose other formats: png, nrrd, nifti, json."
        )
    return uid


def _value(source: Dataset, keyword: str) -> str:
    """A text as it is, since an identifier that is tidied is another one; "" where no file should hold it."""
    value = text(source, keyword) and str(source.get(keyword))
    return value if len(value) <= LONGEST and can_be_shown(value) and "\n" not in value and "\r" not in value else ""


def _date(source: Dataset, keyword: str) -> str:
    value = text(source, keyword)
    try:
        return value if re.fullmatch(r"\d{8}", value) and DA(value) else ""
    except ValueError:
        return ""


def _time(source: Dataset, keyword: str) -> str:
    value = text(source, keyword)
    try:
        return value if re.fullmatch(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?", value) and TM(value) else ""
    except ValueError:
        return ""


def _are_directions(values: Sequence[str]) -> bool:
    return len(values) == 2 and all(value and set(value) <= set("LRAPHF") for value in values)
