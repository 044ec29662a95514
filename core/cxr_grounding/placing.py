"""A phrase that names a finding and no place is asked at every place that it may mean. METHOD 12.

One caption stands for many looks: "pleural effusion" is small or large, left or right, and the model was taught each by
its own words. So the phrase is asked in those words, and the places compete.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple

from cxr_grounding.recipe import Recipe
from cxr_grounding.rivals import in_a_zone
from cxr_grounding.sides import mirrored
from cxr_grounding.signals.assertion import Finding, Sentence
from cxr_grounding.signals.known_findings import BY_NAME, SIZE_WORDS, KnownFinding, Zone
from cxr_grounding.signals.places import Laterality
from cxr_grounding.signals.scope import Assertion
from cxr_grounding.signals.spans import lowered

SIDES = (Laterality.RIGHT, Laterality.LEFT)
"""As a radiologist reads: from the left of the image on."""

MOST_FINDINGS = 3
"""A sentence that names more is no phrase as people type it, and is asked as it stands."""

CLOSE_BELOW = 0.1
"""By how much less P another place of the same finding is close to the best one (docs/places.md)."""

FAR_FROM = 0.25
"""By how much less P one is far behind."""

_SIZES = {size: re.compile(rf"\b(?:{words})\b") for size, words in SIZE_WORDS.items()}


class Spot(NamedTuple):
    """A place where a finding may lie, and the phrase that asks for it there.

    Args:
        pathology: one of the eight, by its name in MS-CXR.
        side: LEFT or RIGHT; None for a finding without one.
        zone: of a lung; None for a finding that has a place of its own.
        size: a word for how large it is; None where zones are asked.
        phrase: that is asked.
    """

    pathology: str
    side: Laterality | None
    zone: Zone | None
    size: str | None
    phrase: str

    @property
    def words(self) -> str:
        """The place for people: "left lower zone", "moderate, right"."""
        side = "" if self.side is None else self.side.value
        if self.zone is not None:
            return f"{side} {self.zone.value} zone".strip()
        return ", ".join(word for word in (self.size, side) if word)

    @property
    def across(self) -> Spot:
        """The same on the other side; itself where the finding has none."""
        phrase = mirrored(self.phrase)
        if self.side is None or phrase is None:
            return self
        return self._replace(side=SIDES[1 - SIDES.index(self.side)], phrase=phrase)


class Place(NamedTuple):
    """A place where a phrase was asked.

    Args:
        spot: where, and in which words.
        explained: P of those words there (METHOD 10), at the step and the drawn levels where places are told apart.
    """

    spot: Spot
    explained: float


class Standing(enum.Enum):
    """How well a place explains a phrase beside the others; the value is what a person reads."""

    BEST = "best"
    """Its map is shown."""
    CLOSE = "close"
    """The best place may not be the right one, but this."""
    BEHIND = "behind"
    FAR_BEHIND = "far behind"


@dataclass(frozen=True)
class Placing:
    """Where a phrase that names no place is best explained.

    Args:
        chosen: the places whose maps are shown, best first: one for each finding that the phrase names, two where it is
            on both sides.
        places: all that were asked, best first.
        explained: P of the phrase, log(mean(exp(f P))) / f over the places; of several findings or sides the lowest.
    """

    chosen: tuple[Place, ...]
    places: tuple[Place, ...]
    explained: float

    @property
    def phrase(self) -> str:
        """What was asked in the stead of the phrase; of several places, one after the other."""
        return "; ".join(place.spot.phrase for place in self.chosen)

    @property
    def side(self) -> Laterality | None:
        """Of the places shown; BILATERAL for two sides, None for a finding without one."""
        sides = {place.spot.side for place in self.chosen if place.spot.side is not None}
        return Laterality.BILATERAL if len(sides) > 1 else next(iter(sides), None)

    @property
    def best_side(self) -> Laterality | None:
        """Of the best place."""
        return self.chosen[0].spot.side

    @property
    def zone(self) -> Zone | None:
        """Of the best place."""
        return self.chosen[0].spot.zone

    @property
    def size(self) -> str | None:
        """Of the best place."""
        return self.chosen[0].spot.size

    @property
    def words(self) -> str:
        """For people: "left lower zone", or "small, left and moderate, right"."""
        return " and ".join(place.spot.words for place in self.chosen)

    @property
    def runner_up(self) -> Place | None:
        """The best of the places that are not shown; None where all are."""
        return next((place for place in self.places if place not in self.chosen), None)

    def standing(self, place: Place) -> Standing:
        """How one of the places stands to the best place of its finding, on its side where that has one."""
        if place in self.chosen:
            return Standing.BEST
        own = [one for one in self.chosen if one.spot.pathology == place.spot.pathology] or self.chosen
        best = next((one for one in own if one.spot.side is place.spot.side), own[0])
        behind = best.explained - place.explained
        if behind < CLOSE_BELOW:
            return Standing.CLOSE
        return Standing.FAR_BEHIND if behind >= FAR_FROM else Standing.BEHIND

    @property
    def sentence(self) -> str:
        """For people: where it is best explained, by how much (P), how far behind the next place is, what was asked."""
        best = " and ".join(f"{place.spot.words} ({place.explained:.2f})" for place in self.chosen)
        next_best, behind = "", self.runner_up
        if behind is not None:
            next_best = f"; next: {behind.spot.words} ({behind.explained:.2f}), {self.standing(behind).value}"
        asked = " and ".join(f'"{place.spot.phrase}"' for place in self.chosen)
        return f"Best explained at: {best}{next_best}. The map is of {asked}, asked in its stead."


class Group(NamedTuple):
    """Places of which one is chosen.

    Args:
        spots: where one finding may lie; on one side of the patient, if `is_side`.
        is_side: whether the phrase says that it lies on both sides, and this is one of them.
    """

    spots: tuple[Spot, ...]
    is_side: bool

    @property
    def across(self) -> Group:
        """The same places on the other side."""
        return self._replace(spots=tuple(spot.across for spot in self.spots))


def groups_of(sentence: Sentence) -> tuple[Group, ...]:
    """Where the findings of a phrase may lie; none for a phrase that is to be asked as it stands.

    That is one which says all places, denies something, names a finding that is none of the eight, or names none.
    """
    findings = _without_twins(sentence.findings)
    asked = (Assertion.AFFIRMED, Assertion.UNCERTAIN)
    if not 1 <= len(findings) <= MOST_FINDINGS or any(
        one.pathology not in BY_NAME or one.assertion not in asked for one in findings
    ):
        return ()
    text = lowered(sentence.text) if len(findings) == 1 else ""
    if all(_says_its_place(finding, text) for finding in findings):
        return ()
    return tuple(group for finding in findings for group in _groups(finding, text))


def choose(groups: Sequence[Group], explained: Mapping[str, float], recipe: Recipe) -> Placing:
    """The best places of a phrase.

    Args:
        groups: of it.
        explained: P of each spot's phrase.
        recipe: its `place_sharpness` is f; `second_place_from` says when a finding is on both sides.
    """
    chosen: list[Place] = []
    lowest = float("inf")
    for group in groups:
        places = _ranked(Place(spot, explained[spot.phrase]) for spot in group.spots)
        lowest = min(lowest, _together([place.explained for place in places], recipe.place_sharpness))
        chosen.append(places[0])
        if not group.is_side:
            across = [place for place in places if place.spot.side is not places[0].spot.side]
            chosen += [place for place in across[:1] if place.explained >= recipe.second_place_from]
    every = (Place(spot, explained[spot.phrase]) for group in groups for spot in group.spots)
    return Placing(_ranked(chosen), _ranked(every), lowest)


def _ranked(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda place: place.explained, reverse=True))


def _together(explained: Sequence[float], sharpness: float) -> float:
    """log(mean(exp(f P))) / f, of which the highest counts most."""
    highest = max(explained)
    return highest + log(sum(exp(sharpness * (one - highest)) for one in explained) / len(explained)) / sharpness


def _without_twins(findings: Sequence[Finding]) -> list[Finding]:
    """A finding that is named twice, once; the fuller place counts."""
    kept: dict[str, Finding] = {}
    for finding in findings:
        before = kept.get(finding.pathology)
        if before is None or (before.side is None and finding.side is not None):
            kept[finding.pathology] = finding
    return list(kept.values())


def _says_its_place(finding: Finding, text: str) -> bool:
    """Whether the words for a finding leave nothing open that its look depends on."""
    known = BY_NAME[finding.pathology]
    if known.has_sides and finding.side is None:
        return False
    return finding.zone is not None if known.zones else len(_sizes_in(text, known)) == 1


def _sizes_in(text: str, known: KnownFinding) -> list[str]:
    return [size for size in known.sizes if _SIZES[size].search(text)]


def _groups(finding: Finding, text: str) -> list[Group]:
    """Of one finding: all its places, or those of each side where it is said to lie on both."""
    known = BY_NAME[finding.pathology]
    if not known.has_sides:
        return [Group(tuple(_spots(finding, known, None, text)), is_side=False)]
    if finding.side is Laterality.BILATERAL:
        return [Group(tuple(_spots(finding, known, side, text)), is_side=True) for side in SIDES]
    sides = SIDES if finding.side is None else (finding.side,)
    return [Group(tuple(spot for side in sides for spot in _spots(finding, known, side, text)), is_side=False)]


def _spots(finding: Finding, known: KnownFinding, side: Laterality | None, text: str) -> list[Spot]:
    """On one side: its zones, or its sizes; the one that is named alone."""
    if known.zones and side is not None:
        zones = known.zones if finding.zone is None else (finding.zone,)
        return [Spot(finding.pathology, side, zone, None, in_a_zone(known.name, side, zone)) for zone in zones]
    named = _sizes_in(text, known)
    sizes = named if len(named) == 1 else known.sizes
    return [
        Spot(
            finding.pathology,
            side,
            None,
            size,
            " ".join([size.capitalize(), *(() if side is None else (side.value,)), known.name]),
        )
        for size in sizes
    ]
