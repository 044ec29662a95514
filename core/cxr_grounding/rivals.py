"""The phrases that a phrase is held against: what else could explain what the model sees there. METHOD 10."""

from __future__ import annotations

from typing import NamedTuple

from cxr_grounding.recipe import Recipe
from cxr_grounding.sides import mirrored
from cxr_grounding.signals.assertion import Sentence
from cxr_grounding.signals.known_findings import BY_NAME, FINDINGS, Zone
from cxr_grounding.signals.places import Laterality


class Rivals(NamedTuple):
    """Of one phrase.

    Args:
        mirrored: the same about the other side; None where it names no side, or both.
        airspace: short sentences with the other findings of the air spaces in the same place; none where the phrase
            names none of them, or no place.
    """

    mirrored: str | None = None
    airspace: tuple[str, ...] = ()

    @classmethod
    def of(cls, sentence: Sentence, recipe: Recipe) -> Rivals:
        """The rivals of a phrase, as far as a recipe wants them."""
        return cls(mirrored(sentence.text), _airspace(sentence) if recipe.airspace_rivals else ())

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return (*(() if self.mirrored is None else (self.mirrored,)), *self.airspace)


def in_a_zone(name: str, side: Laterality, zone: Zone) -> str:
    """A finding in a zone of a lung, as a short sentence."""
    return f"{name.capitalize()} in the {side.value} {zone.of_a_lung}."


def _airspace(sentence: Sentence) -> tuple[str, ...]:
    competing = [one for one in sentence.findings if one.pathology in BY_NAME]
    competing = [one for one in competing if BY_NAME[one.pathology].competes]
    named = {BY_NAME[one.pathology].name for one in competing}
    places = {(one.side, one.zone) for one in competing if one.side is not None and one.zone is not None}
    if len(places) != 1:
        return ()
    ((side, zone),) = places
    if side is None or zone is None or side is Laterality.BILATERAL:
        return ()
    others = (known.name for known in FINDINGS.values() if known.competes and known.name not in named)
    return tuple(in_a_zone(name, side, zone) for name in others)
