"""What is meant in an archive: a study, a series of it, or one object."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cxr_grounding.disk.sentences import shortened
from cxr_grounding.errors import ArchiveError

SCHEME = "dicomweb:"
"""What stands before an address where a file could be meant."""

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
"""DICOM PS3.5 9.1, but for zeros at the beginning of a component, which some devices write."""
_LONGEST_UID = 64


def is_uid(text: str) -> bool:
    """Whether a text can be a UID."""
    return len(text) <= _LONGEST_UID and _UID.fullmatch(text) is not None


@dataclass(frozen=True)
class Address:
    """A study, series or object, by their UIDs.

    Args:
        study: StudyInstanceUID.
        series: SeriesInstanceUID; "" for the whole study.
        instance: SOPInstanceUID; "" for the whole series.
    """

    study: str
    series: str = ""
    instance: str = ""

    def __str__(self) -> str:
        return SCHEME + "/".join(part for part in (self.study, self.series, self.instance) if part)


def read_address(text: str) -> Address:
    """An address as it is printed, with or without "dicomweb:" in front.

    Raises:
        ArchiveError: when it is none.
    """
    parts = text.removeprefix(SCHEME).split("/")
    if len(parts) > 3 or not all(map(is_uid, parts)):
        raise ArchiveError(
            f"{shortened(text)} is no address in an archive. One is {SCHEME}STUDY, {SCHEME}STUDY/SERIES or "
            f"{SCHEME}STUDY/SERIES/INSTANCE, by their UIDs; `cxr-ground pacs find` prints them."
        )
    return Address(*parts)


def is_address(text: str) -> bool:
    """Whether a text that names a file or an address names an address."""
    return text.startswith(SCHEME)
