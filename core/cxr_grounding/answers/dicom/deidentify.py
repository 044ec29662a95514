"""Take the patient's identity out of what is written: by a list, after the basic profile of DICOM PS3.15 annex E.

Objects hold only what `source_header` takes over and what this program says, so that the list is short. It is followed
before anything is made: all objects, documents and pictures of one run then agree, and refer to the de-identified
image, not to the patient's. What a phrase says is left as it is.
"""

from __future__ import annotations

import dataclasses
import re
import secrets
import uuid
from typing import TypeVar

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import RE_VALID_UID, UID

from cxr_grounding.answers.dicom.object_uids import NAMESPACE
from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.errors import OutputError
from cxr_grounding.grounding import Grounding
from cxr_grounding.radiograph import Identifiers
from cxr_grounding.reported import ReportedFinding

REPLACED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
"""By UIDs that only this run knows the way to."""

EMPTIED = (
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
REMOVED = ("IssuerOfPatientID", "StudyDescription")

NO_DATE, NO_TIME = "19000101", "000000"
"""Of the making of objects, which must have one."""

METHOD = "CXRGrounding, by the list in its docs/dicom.md"

T = TypeVar("T", bound=Grounding | ReportedFinding)


class Deidentifier:
    """Replaces identities the same way wherever they stand; another one does it another way."""

    def __init__(self) -> None:
        self._key = secrets.token_hex()

    def source(self, source: Dataset) -> Dataset:
        """The data set of a radiograph without who it is of, and without pixels: what objects are made of.

        Raises:
            OutputError: when the file says that text is burned into its pixels, which pictures would show.
        """
        if text(source, "BurnedInAnnotation").upper() == "YES":
            raise OutputError(
                "The radiograph's file says that text is burned into its pixels, which may name the patient and cannot "
                "be taken out here. Give a radiograph without such text."
            )
        made = Dataset()
        kept = ("SOPClassUID", "Modality", "Rows", "Columns", "NumberOfFrames", "PatientOrientation")
        for keyword in (*kept, *REPLACED):
            if keyword in source:
                setattr(made, keyword, source[keyword].value)
        for keyword in REPLACED:
            setattr(made, keyword, self.uid(text(source, keyword)))
        for keyword in EMPTIED:
            setattr(made, keyword, "")
        made.PatientID = f"CXRG-{self._derived(text(source, 'PatientID')).hex[:12]}"
        made.PatientName = "Deidentified^"
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = METHOD
        return made

    def answer(self, answer: T) -> T:
        """An answer about the de-identified image."""
        return dataclasses.replace(answer, identifiers=self.identifiers(answer.identifiers))

    def identifiers(self, identifiers: Identifiers) -> Identifiers:
        """Those of the de-identified image."""
        replaced = {keyword: str(self.uid(getattr(identifiers, keyword))) for keyword in REPLACED}
        return dataclasses.replace(identifiers, PatientID="", **replaced)

    def uid(self, value: str) -> UID:
        """What takes the place of a UID; what is none, or missing, stays as it is, to be refused where it is needed."""
        if not value or not re.fullmatch(RE_VALID_UID, value):
            return UID(value)
        return UID(f"2.25.{self._derived(value).int}")

    def _derived(self, value: str) -> uuid.UUID:
        return uuid.uuid5(NAMESPACE, f"{self._key} {value}")


def without_dates(made: Dataset) -> Dataset:
    """An object without when it was made, and with the code of what was done to it (CID 7050)."""
    for keyword in ("InstanceCreationDate", "InstanceCreationTime"):
        if keyword in made:
            delattr(made, keyword)
    for keyword, value in (("ContentDate", NO_DATE), ("ContentTime", NO_TIME)):
        if keyword in made:
            setattr(made, keyword, value)
    code, item = codes.DCM.BasicApplicationConfidentialityProfile, Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    made.DeidentificationMethodCodeSequence = [item]
    made.LongitudinalTemporalInformationModified = "REMOVED"
    return made
