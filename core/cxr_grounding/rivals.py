"""The phrases that a phrase is held against: what else could explain what the model sees there. METHOD 10."""

from __future__ import annotations

from typing import NamedTuple

from cxr_grounding.recipe import Recipe
from cxr_grounding.sides import WORD, mirrored, named_side

AIRSPACE = {
    "atelectasis": frozenset({"atelectasis", "atelectases", "atelectatic"}),
    "consolidation": frozenset({"consolidation", "consolidations", "consolidative"}),
    "opacity": frozenset({"opacity", "opacities", "opacification"}),
    "pneumonia": frozenset({"pneumonia", "pneumonias"}),
}
"""Findings in the air spaces, which look alike, with the words that name them."""

ZONES = {
    "upper": frozenset({"upper", "apex", "apical"}),
    "mid": frozenset({"mid", "middle", "perihilar"}),
    "lower": frozenset({"lower", "base", "basal", "basilar"}),
}
"""Zones of a lung, with the words that name them."""


class Rivals(NamedTuple):
    """Of one phrase.

    Args:
        mirrored: the same about the other side; None where it names no side, or both.
        airspace: short sentences with the other findings of `AIRSPACE` in the same place; none where the phrase names
            none of them, or no place.
    """

    mirrored: str | None = None
    airspace: tuple[str, ...] = ()

    @classmethod
    def of(cls, phrase: str, recipe: Recipe) -> Rivals:
        """The rivals of a phrase, as far as a recipe wants them."""
        return cls(mirrored(phrase), _airspace(phrase) if recipe.airspace_rivals else ())

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return (*(() if self.mirrored is None else (self.mirrored,)), *self.airspace)


def _airspace(phrase: str) -> tuple[str, ...]:
    words = {part for match in WORD.finditer(phrase.lower()) for part in match[0].split("-")}
    named = [name for name, own in AIRSPACE.items() if words & own]
    zones = [zone for zone, own in ZONES.items() if words & own]
    side = named_side(phrase)
    if not named or side is None or len(zones) != 1:
        return ()
    return tuple(f"{name.capitalize()} in the {side.value} {zones[0]} lung." for name in AIRSPACE if name not in named)
