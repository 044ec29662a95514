"""What is asked of the model for an annotated sentence: itself, or something shorter, as people type it."""

from __future__ import annotations

import enum
from functools import lru_cache

from cxr_grounding.evaluation.datasets.location_prompt import location_of
from cxr_grounding.sides import named_side
from cxr_grounding.signals.assertion import read_sentence
from cxr_grounding.signals.known_findings import BY_NAME, KnownFinding
from cxr_grounding.signals.places import Laterality
from cxr_grounding.signals.scope import Assertion


class Prompt(enum.Enum):
    """What is asked for an annotated sentence."""

    SENTENCE = "sentence"
    """The sentence itself."""
    SIDE = "side"
    """The name of the finding behind its side: "Left pleural effusion"; without a side, as `NAME`."""
    NAME = "name"
    """The name of the finding alone: "Pleural effusion"."""
    PATHOLOGY = "pathology"
    """The class under which it is annotated, as it is written there."""
    LOCATION = "location"
    """Where the sentence says it is, and the class."""


def prompted(prompt: Prompt, sentence: str, label: str, location: str | None = None) -> str:
    """The phrase to ground.

    Args:
        prompt: which one.
        sentence: as annotated.
        label: its class, as annotated. `SIDE` and `NAME` call a known finding by the name that `FINDINGS` has, and any
            other by its class; without a class the sentence is asked.
        location: where, if the annotations say so themselves; None reads it off the sentence.
    """
    if prompt is Prompt.SENTENCE:
        return sentence
    if prompt is Prompt.PATHOLOGY:
        return label
    if prompt is Prompt.LOCATION:
        return _at_location(location_of(sentence) if location is None else location, label)
    if not label:
        return sentence
    known = known_of(label)
    side = _side_of(sentence if location is None else location, known) if prompt is Prompt.SIDE else None
    name = label if known is None else known.name
    phrase = name if side is None else f"{side.value} {name}"
    return f"{phrase[:1].upper()}{phrase[1:]}"


@lru_cache(maxsize=1024)
def known_of(label: str) -> KnownFinding | None:
    """The known finding that a class is; None where its name is none of theirs, or of several."""
    named = {finding.pathology for finding in read_sentence(label).findings}
    return BY_NAME.get(next(iter(named))) if len(named) == 1 else None


def _at_location(where: str, label: str) -> str:
    first_word = label.split(" ", 1)[0].lower()
    if where.lower().endswith(f" {first_word}"):  # "left lung" + "Lung Opacity"
        where = where[: -len(first_word)].rstrip()
    return f"{where} {label}".strip()


def _side_of(sentence: str, known: KnownFinding | None) -> Laterality | None:
    """Where a sentence says that a finding is; where it calls it otherwise, the one side that it names."""
    if known is not None and not known.has_sides:
        return None
    said = [
        one for one in read_sentence(sentence).findings if known is not None and BY_NAME.get(one.pathology) is known
    ]
    if not said:
        side = named_side(sentence)
        return None if side is None else Laterality(side.value)
    held = (Assertion.AFFIRMED, Assertion.UNCERTAIN)
    sides = {one.side for one in said if one.side is not None and one.assertion in held}
    return Laterality.BILATERAL if len(sides) > 1 else next(iter(sides), None)
