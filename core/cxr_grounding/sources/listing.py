"""What an archive lists, as it answers in JSON (DICOM PS3.18 F): texts taken with care, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxr_grounding.disk.sentences import shortened
from cxr_grounding.sources.address import Address, is_uid

STUDY_FIELDS = ("StudyDescription", "ModalitiesInStudy")
OBJECT_FIELDS = ("SOPClassUID", "Modality", "SeriesDescription", "ViewPosition", "Rows", "NumberOfFrames")
"""What is asked for beyond what every archive says."""

MOST_STUDIES = 100
"""Studies that one question can bring."""

_LONGEST = 64


@dataclass(frozen=True)
class ListedStudy:
    """A study; texts are "" where the archive does not say.

    Args:
        address: of it.
        date: StudyDate (0008,0020) as it stands there.
        patient_name, patient_id: (0010,0010), (0010,0020).
        accession: AccessionNumber (0008,0050).
        modalities: ModalitiesInStudy (0008,0061).
        description: StudyDescription (0008,1030).
    """

    address: Address
    date: str
    patient_name: str
    patient_id: str
    accession: str
    modalities: tuple[str, ...]
    description: str

    def fits(self, filters: Mapping[str, str]) -> bool:
        """Whether texts are as they were asked for (DICOM PS3.4 C.2.2.2.4); capitals make no difference."""
        texts = {"PatientName": self.patient_name, "PatientID": self.patient_id, "AccessionNumber": self.accession}
        return all(_pattern(value).fullmatch(texts[keyword]) for keyword, value in filters.items() if keyword in texts)


@dataclass(frozen=True)
class ListedObject:
    """An object of a study, likewise.

    Args:
        address: of it.
        sop_class: SOPClassUID (0008,0016).
        modality: (0008,0060).
        view: ViewPosition (0018,5101).
        description: SeriesDescription (0008,103E).
    """

    address: Address
    sop_class: str
    modality: str
    view: str
    description: str


@dataclass(frozen=True)
class StudyContents:
    """What there is of a study.

    Args:
        radiographs: that may be grounded, the likeliest first.
        others: the modalities of all other objects, as often as they are there.
    """

    radiographs: tuple[ListedObject, ...]
    others: tuple[str, ...]


def study_of(entry: Any) -> ListedStudy | None:
    """A study out of an answer; None where it names none."""
    address = _address(entry, "StudyInstanceUID")
    if address is None:
        return None
    texts = {
        "date": "StudyDate",
        "patient_name": "PatientName",
        "patient_id": "PatientID",
        "accession": "AccessionNumber",
        "description": "StudyDescription",
    }
    named = {field: _text(entry, keyword) for field, keyword in texts.items()}
    modalities = tuple(filter(None, map(_shown, _values(entry, "ModalitiesInStudy")[:_LONGEST])))
    return ListedStudy(address, modalities=modalities, **named)


def object_of(entry: Any) -> ListedObject | None:
    """An object out of an answer; None where it names none."""
    address = _address(entry, "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    if address is None:
        return None
    keywords = ("SOPClassUID", "Modality", "ViewPosition", "SeriesDescription")
    return ListedObject(address, *(_text(entry, keyword) for keyword in keywords))


def _pattern(value: str) -> re.Pattern[str]:
    """What `*` for any letters and `?` for one mean in a value."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(letter, re.escape(letter)) for letter in value), re.IGNORECASE)


def _address(entry: Any, *keywords: str) -> Address | None:
    uids = [_text(entry, keyword) for keyword in keywords]
    return Address(*uids) if all(map(is_uid, uids)) else None


def _text(entry: Any, keyword: str) -> str:
    values = _values(entry, keyword)
    return _shown(values[0]) if values else ""


def _values(entry: Any, keyword: str) -> list[Any]:
    from pydicom.datadict import tag_for_keyword  # not before: who only shows lists has no need of it

    element = entry.get(f"{tag_for_keyword(keyword):08X}") if isinstance(entry, Mapping) else None
    values = element.get("Value") if isinstance(element, Mapping) else None
    return values if isinstance(values, list) else []


def _shown(value: Any) -> str:
    """A value as text; of a name the first of its scripts."""
    if isinstance(value, Mapping):
        value = value.get("Alphabetic") or value.get("Ideographic")
    return shortened(str(value), _LONGEST) if isinstance(value, str | int | float) else ""
