"""Whether a phrase that names no place is found where its finding lies: docs/evaluation.md, "Places"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cxr_grounding.evaluation.bootstrap import Bootstrap, Estimate, Named
from cxr_grounding.evaluation.score import Placed, SampleScore
from cxr_grounding.signals.assertion import Finding, read_sentence


@dataclass(frozen=True)
class PlaceSummary:
    """Of the phrases that were asked at every place.

    Args:
        side: share whose best place is on the side of the finding; of those that name no side, and whose finding has
            one.
        side_alone: share that names this side and not the other one beside it.
        zone: as `side`, of the zone.
    """

    side: Estimate
    side_alone: Estimate
    zone: Estimate

    @classmethod
    def of(cls, scores: Sequence[SampleScore]) -> PlaceSummary:
        """Of samples whose places are known."""
        bootstrap = Bootstrap(one.image_id for one in scores)
        placed = [one for one in scores if one.placed.best_phrase]
        sides = _said(placed, lambda one: (one.true_side, one.best_side), _names_side)
        alone = _said(placed, lambda one: (one.true_side, one.shown_side), _names_side)
        zones = _said(placed, lambda one: (one.true_zone, one.best_zone), _names_zone)
        return cls(bootstrap.share(sides), bootstrap.share(alone), bootstrap.share(zones))

    @property
    def sentences(self) -> tuple[str, ...]:
        """For people; standard errors in brackets."""
        shares = {"side": self.side, "zone": self.zone}
        named = [
            f"the {what} of {one.percent} of {one.counts['of']}" for what, one in shares.items() if one.counts["of"]
        ]
        if not named:
            return ()
        sentence = f"Place: the best one names {' and '.join(named)} findings that were asked without it"
        return (
            f"{sentence}; {self.side_alone.percent} name that side alone."
            if self.side.counts["of"]
            else f"{sentence}.",
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        shares = {"side": self.side, "side_alone": self.side_alone, "zone": self.zone}
        return {"place": {name: one.as_dict() for name, one in shares.items()}}


def _names_side(finding: Finding) -> bool:
    return finding.side is not None


def _names_zone(finding: Finding) -> bool:
    return finding.zone is not None


def _said(
    scores: Sequence[SampleScore], found: Callable[[Placed], tuple[str, str]], names_it: Callable[[Finding], bool]
) -> list[Named]:
    """Whether each was found where it is, of those that are somewhere and whose phrase does not say where."""
    told = []
    for one in scores:
        true, best = found(one.placed)
        if true and not any(map(names_it, read_sentence(one.phrase).findings)):
            told.append(Named(one.image_id, true == best))
    return told
