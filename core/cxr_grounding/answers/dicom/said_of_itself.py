"""What every object says of itself where viewers show it: who made it, and that it is for research only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset

from cxr_grounding import __version__
from cxr_grounding.disk.sentences import printable
from cxr_grounding.reported import ReportedFinding

RESEARCH_USE_ONLY = "Research use only, not for diagnosis."
LONGEST_LO, LONGEST_ST = 64, 1024
"""Of a long string and a short text (PS3.5 6.2): letters by the standard, but validators and archives count bytes."""

EQUIPMENT: dict[str, Any] = {
    "manufacturer": "CXRGrounding",
    "manufacturer_model_name": "cxr-ground",
    "software_versions": __version__,
    "device_serial_number": __version__,
}
"""Arguments of highdicom's objects."""


def long_string(value: str) -> str:
    """A text as a value of VR LO: of a length that all programs take, and without what would part it into two."""
    return _cut(printable(value).replace("\\", "/"), LONGEST_LO)


def short_text(value: str) -> str:
    """A text of lines as a value of VR ST."""
    return _cut(value, LONGEST_ST)


def _cut(value: str, longest: int) -> str:
    whole = value.encode()
    return value if len(whole) <= longest else whole[: longest - 3].decode(errors="ignore").rstrip() + "..."


def is_demonstration(answers: Sequence[ReportedFinding]) -> bool:
    """Whether the model that answered is one that says nothing about patients."""
    return any(answer.model.demonstration for answer in answers)


def series_description(answers: Sequence[ReportedFinding], what: str) -> str:
    """Of a series with these answers: what viewers list first."""
    kind = "Demonstration, research use only" if is_demonstration(answers) else "Research use only"
    return long_string(f"{kind}: CXRGrounding {what}")


def content_label(answers: Sequence[ReportedFinding]) -> str:
    """Likewise as a code string: 16 of the letters A to Z, digits, blank and underscore."""
    return "DEMO RESEARCH" if is_demonstration(answers) else "RESEARCH USE"


def model_label(answers: Sequence[ReportedFinding]) -> str:
    """What must be said beside results: each model's label, and research use only."""
    labels = dict.fromkeys(f"{answer.model.name}: {answer.model.label}" for answer in answers)
    return printable(" ".join((RESEARCH_USE_ONLY, *labels)))


def told(answer: ReportedFinding) -> str:
    """An answer's verdict with its reasons; "" without one."""
    return "" if answer.verdict is None else str(answer.verdict)


def complete(made: Dataset, header: Dataset) -> None:
    """Take over what highdicom leaves out.

    Args:
        made: an object.
        header: of the radiograph (`source_header`).
    """
    for keyword in ("StudyDescription", "IssuerOfPatientID", "PatientIdentityRemoved", "DeidentificationMethod"):
        if keyword in header and keyword not in made:
            setattr(made, keyword, header[keyword].value)
    made.SpecificCharacterSet = header.SpecificCharacterSet
