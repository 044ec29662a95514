"""The side of the patient that a text names, by the words for it, and the same text about the other side."""

from __future__ import annotations

import enum
import re


class Side(enum.Enum):
    """One of the patient's two."""

    LEFT = "left"
    RIGHT = "right"


WORDS_OF = {Side.LEFT: frozenset({"left", "lul", "lll"}), Side.RIGHT: frozenset({"right", "rul", "rml", "rll"})}
"""Words that name one side, lobes by their initials among them."""

BOTH = frozenset({"bilateral", "bilaterally", "both", "bibasilar", "bibasal", "biapical"})
"""Words that name both."""

ACROSS = {"left": "right", "lul": "rul", "lll": "rll"} | {"right": "left", "rul": "lul", "rll": "lll"}
"""The word for the same place on the other side; the middle lobe has none."""

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
"""A word, with what a hyphen joins to it."""


def named_side(text: str) -> Side | None:
    """The one side that a text names by a word for it; None where it names none, or both."""
    words = {match[0].split("-")[0] for match in WORD.finditer(text.lower())}  # left-sided
    named = [side for side, own in WORDS_OF.items() if words & own]
    return named[0] if len(named) == 1 and not words & BOTH else None


def mirrored(text: str) -> str | None:
    """The text about the other side; None where it does not name one side, or names what only one side has."""
    if named_side(text) is None:
        return None
    lone = set().union(*WORDS_OF.values()) - set(ACROSS)
    if any(match[0].lower().split("-")[0] in lone for match in WORD.finditer(text)):
        return None
    return WORD.sub(_across, text)


def _across(match: re.Match[str]) -> str:
    first, *rest = match[0].split("-")
    other = ACROSS.get(first.lower())
    if other is None:
        return match[0]
    cased = other.upper() if first.isupper() else other.capitalize() if first[0].isupper() else other
    return "-".join([cased, *rest])
