"""What studies are looked for by, as people write it, and how an archive is asked for it."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_grounding.disk.sentences import shortened
from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources.listing import ListedStudy

if TYPE_CHECKING:
    from cxr_grounding.sources.dicomweb import Archive

_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_LONGEST = 64


@dataclass(frozen=True)
class StudyQuery:
    """What studies are looked for by; what is "" does not matter.

    Args:
        patient: an ID, or else a name, as FAMILY^GIVEN; `*` stands for any letters, `?` for one.
        date: a day, as 2026-11-27, or days, as 2026-11-01..2026-11-27, open at one end or not.
        accession: a number.

    Raises:
        ArchiveError: for what cannot be asked for.
    """

    patient: str = ""
    date: str = ""
    accession: str = ""

    def __post_init__(self) -> None:
        self.filters()
        _fit(self.patient)

    def __bool__(self) -> bool:
        return bool(self.patient or self.date or self.accession)

    def filters(self) -> dict[str, str]:
        """Values by DICOM keyword, but for the patient, who may be an ID or a name (PS3.4 C.2.2.2)."""
        values = {"StudyDate": _days(self.date) if self.date else "", "AccessionNumber": _fit(self.accession)}
        return {keyword: value for keyword, value in values.items() if value}


def find_studies(archive: Archive, query: StudyQuery) -> list[ListedStudy]:
    """The studies that fit, the patient by ID; where nobody has that, by name. See `Archive.find`.

    Raises:
        ArchiveError: when the archive cannot be asked.
    """
    filters = query.filters()
    if not query.patient:
        return archive.find(filters)
    by_id = archive.find(filters | {"PatientID": query.patient})
    return by_id or archive.find(filters | {"PatientName": query.patient})


def shown_day(date: str) -> str:
    """A day as people here write it, where it is one of DICOM's; else as it stands there."""
    match = _DAY.fullmatch(date)
    return "-".join(match.groups()) if match else date


def _fit(value: str) -> str:
    """A value that can be asked for."""
    if not value.isprintable() or "\\" in value or len(value) > _LONGEST:
        raise ArchiveError(f"{shortened(value)!r} cannot be looked for. Give {_LONGEST} letters at most, without \\.")
    return value


def _days(text: str) -> str:
    """A day, or the first and last of some, as DICOM asks for them (PS3.4 C.2.2.2.5)."""
    first, dots, last = text.partition("..")
    days = [_day(first, text), _day(last, text)] if dots else [_day(text, text)]
    if not any(days):
        raise ArchiveError(f"{shortened(text)!r} names no day. Give at least one.")
    return "-".join(days)


def _day(part: str, text: str) -> str:
    """A day as YYYYMMDD; "" for none, as at an open end."""
    if not part:
        return ""
    match = _DAY.fullmatch(part)
    try:
        return datetime.date(*map(int, match.groups() if match else ())).strftime("%Y%m%d")
    except (ValueError, TypeError) as error:
        raise ArchiveError(
            f"{shortened(text)!r} is no date. Write 2026-11-27, or 2026-11-01..2026-11-27 for all from one to another."
        ) from error
