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
            one. Both sides are not that side.
        zone: likewise of the zone.
    """

    side: Estimate
    zone: Estimate

    @classmethod
    def of(cls, scores: Sequence[SampleScore]) -> PlaceSummary:
        """Of samples whose places are known."""
        bootstrap = Bootstrap(one.image_id for one in scores)
        placed = [one for one in scores if one.placed.best_phrase]
        sides = _said(placed, lambda one: (one.true_side, one.best_side), lambda finding: finding.side is not None)
        zones = _said(placed, lambda one: (one.true_zone, one.best_zone), lambda finding: finding.zone is not None)
        return cls(bootstrap.share(sides), bootstrap.share(zones))

    @property
    def sentences(self) -> tuple[str, ...]:
        """For people; standard errors in brackets."""
        shares = {"side": self.side, "zone": self.zone}
        named = [
            f"the {what} of {one.percent} of {one.counts['of']}" for what, one in shares.items() if one.counts["of"]
        ]
        return (
            (f"Place: the best one names {' and '.join(named)} findings that were asked without it.",) if named else ()
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        shares = {"side": self.side, "zone": self.zone}
        return {"place": {name: one.as_dict() for name, one in shares.items()}}


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
