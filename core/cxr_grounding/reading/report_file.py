"""A report out of a file from anywhere: text, RTF, HTML, HL7, or a DICOM structured report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import item, text
from cxr_grounding.disk.foreign_text import read_foreign_text
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import PhraseError, RadiographError
from cxr_grounding.reading.dicom.open_dicom import open_dicom
from cxr_grounding.reading.dicom.read_header import is_dicom
from cxr_grounding.reading.guard import untrusted_file
from cxr_grounding.report.plain_text import plain_text
from cxr_grounding.report.split import LONGEST_REPORT

LARGEST_TEXT_BYTES = 4 * LONGEST_REPORT
"""Largest text file that is read as a report: no encoding takes more for a letter."""

LARGEST_OBJECT_BYTES = 2**21
"""Largest DICOM file that is read as a report; those of radiographs have some thousand bytes."""

MOST_ITEMS = 20_000
"""Of a structured report's tree that are looked at."""

WHICH = "Choose a text, RTF or HTML file, or a DICOM structured report."

_NOT_TEXT = ("%PDF", "PK\x03\x04", "\x89PNG", "\xd0\xcf\x11\xe0")
"""How PDF, Word's and pictures' files begin, in letters of Windows-1252 or Latin-1."""

_NOT_IN_HEADINGS = re.compile(r"[^A-Z /&(),-]+")


def read_report_file(path: Path | str) -> str:
    """The words of a file that holds one report, without what its program put around them.

    Args:
        path: of the file; nothing in it is trusted.

    Returns:
        Its lines, a section's heading in capitals before a colon where the file is a structured report.

    Raises:
        PhraseError: when the file cannot be read, is huge, is of another kind, or holds no words.
    """
    file = Path(path)
    try:
        words = _object_text(file) if is_dicom(file) else _file_text(file)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise PhraseError(f"The report {file} cannot be read ({reason(error)}). {WHICH}") from error
    if not any(letter.isalpha() for letter in words):
        raise PhraseError(f"The report {file} holds no sentence. {WHICH}")
    return words


def _file_text(file: Path) -> str:
    content = read_foreign_text(file, LARGEST_TEXT_BYTES)
    if "\0" in content or content.startswith(_NOT_TEXT):
        raise PhraseError(f"The report {file} is no text file. Copy its words into one, or paste them.")
    return plain_text(content)


def _object_text(file: Path) -> str:
    if file.stat().st_size > LARGEST_OBJECT_BYTES:
        raise PhraseError(f"The file {file} is larger than a structured report can be. {WHICH}")
    try:
        with untrusted_file(file) as checked:
            dataset = open_dicom(checked)
            lines = list(_lines(dataset)) if text(dataset, "Modality") == "SR" else []
    except RadiographError as error:
        raise PhraseError(f"The file {file} is DICOM, but damaged: no report can be read from it. {WHICH}") from error
    if not lines:
        raise PhraseError(f"The file {file} is DICOM, but no structured report with words in it. {WHICH}")
    return "\n".join(lines)


def _lines(dataset: Dataset) -> Iterator[str]:
    """The headings and texts of a report's content tree (PS3.3 C.17.3), in its order.

    Without a function that calls itself, since trees may be nested deeply.
    """
    waiting = [(one, True) for one in reversed(dataset.get("ContentSequence") or [])]
    seen = letters = 0
    while waiting and seen < MOST_ITEMS and letters <= LONGEST_REPORT:
        one, is_top = waiting.pop()
        seen += 1
        if text(one, "RelationshipType") not in ("CONTAINS", ""):
            continue  # a modifier, a person, what it was inferred from
        kind, said = text(one, "ValueType"), _said(one)
        heading = _heading(one)
        if heading and (kind == "CONTAINER" or (is_top and said)):
            yield f"\n{heading}:"
        if said:
            letters += len(said)
            yield f"{said}\n"
        waiting += [(child, False) for child in reversed(one.get("ContentSequence") or [])]


def _said(one: Dataset) -> str:
    """What a text or a code says; "" for all other items."""
    kind = text(one, "ValueType")
    if kind == "TEXT":
        return plain_text(str(one.get("TextValue") or "")[: LONGEST_REPORT + 1])
    code = item(one, "ConceptCodeSequence") if kind == "CODE" else None
    return "" if code is None else text(code, "CodeMeaning")


def _heading(one: Dataset) -> str:
    """What an item is called, in the letters of a report's heading."""
    name = text(item(one, "ConceptNameCodeSequence") or Dataset(), "CodeMeaning")
    return " ".join(_NOT_IN_HEADINGS.sub(" ", name.upper()).split())
