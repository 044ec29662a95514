"""What the sections of a report are called, and what each is."""

from __future__ import annotations

import re

_NAMES = {
    "findings": r"findings",
    "impression": r"impressions?|conclusions?|interpretation|opinion",
    "indication": (
        r"clinical (?:history|information|indication)|history|indications?|reason for (?:exam(?:ination)?|study)"
    ),
    "comparison": r"comparisons?",
    "technique": r"technique|procedure|views?|exam(?:ination)?|type of exam(?:ination)?|study",
    "recommendation": r"recommendations?",
    "addendum": r"addendum",
    "report": r"report|final report|chest(?: radiograph| x-?ray| film)?",
}
"""Regular expressions, by what each section is."""

KNOWN = tuple(_NAMES)
"""What the sections are that have a name here."""

SECTIONS = "|".join(_NAMES.values())
"""A regular expression for every name, without groups that capture."""


def section_of(heading: str) -> str:
    """What a section is, by its heading: one of `KNOWN`, or the heading itself, lower case.

    Args:
        heading: without its colon.
    """
    name = " ".join(heading.lower().split())
    return next((known for known, names in _NAMES.items() if re.fullmatch(names, name)), name)
