"""What the evidence says over all samples of an evaluation: docs/evaluation.md, "Presence"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from cxr_grounding.evaluation.bootstrap import RESAMPLES, Bootstrap, Estimate, Named, Ranked
from cxr_grounding.evaluation.datasets.prompt import known_of
from cxr_grounding.evaluation.presence import VERDICTS
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.pathologies import Pathology
from cxr_grounding.signals.known_findings import FINDINGS

PNEUMONIA = FINDINGS[Pathology.PNEUMONIA]
"""What other findings of the air spaces are most often taken for."""


@dataclass(frozen=True)
class Presence:
    """What the evidence says over all samples. All but `mirror` are AUROCs: the chance that a phrase that is true of
    its image has more evidence than one that is not.

    Args:
        pathologies: phrases of each against absent phrases of the same.
        auroc: the mean of these, each pathology counting the same.
        pooled: all phrases against all absent ones.
        airspace: pneumonias against absent pneumonias, of which each is asked of an image with another finding of the
            air spaces.
        wrong_side: phrases that name a side against the same with the side swapped.
        mirror: share of these that explain more of the noise than the same with the side swapped.
        denied: phrases against the same denied.
        verdicts: of each of `VERDICTS`, how many phrases got which (`VerdictKind.value`), the most frequent first.
    """

    pathologies: Mapping[str, Estimate]
    auroc: Estimate
    pooled: Estimate
    airspace: Estimate
    wrong_side: Estimate
    mirror: Estimate
    denied: Estimate
    verdicts: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, scores: Sequence[SampleScore]) -> Presence:
        """Of samples whose evidence was measured."""
        bootstrap = Bootstrap(one.image_id for one in scores)
        names = sorted({name for one in scores for name in (one.pathology, one.absent_pathology) if name})
        pathologies = {
            name: bootstrap.auroc(
                _ranked([one for one in scores if one.pathology == name], "evidence"),
                _ranked([one for one in scores if one.absent_pathology == name], "absent_evidence"),
            )
            for name in names
        }
        own, sided = _ranked(scores, "evidence"), [s for s in scores if not isnan(s.figures["wrong_side_evidence"])]
        return cls(
            pathologies=pathologies,
            auroc=bootstrap.mean(pathologies.values()),
            pooled=bootstrap.auroc(
                _ranked([one for one in scores if one.pathology], "evidence"), _ranked(scores, "absent_evidence")
            ),
            airspace=_airspace(bootstrap, scores),
            wrong_side=bootstrap.auroc(_ranked(sided, "evidence"), _ranked(sided, "wrong_side_evidence")),
            mirror=bootstrap.share([Named(one.image_id, one.evidence > 0) for one in _ranked(sided, "side_margin")]),
            denied=bootstrap.auroc(own, _ranked(scores, "denied_evidence")),
            verdicts={
                name: dict(Counter(one.verdicts[name] for one in scores if one.verdicts.get(name)).most_common())
                for name in VERDICTS
            },
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """For people; standard errors in brackets."""
        told = []
        if self.auroc.value is not None:
            told.append(
                f"Presence: evidence tells a finding that is there from one that is not with an AUROC of "
                f"{self.auroc.text}, mean of the pathologies, {self.pooled.text} pooled "
                f"({self.pooled.counts['false']} absent findings; standard errors in brackets)."
            )
        if self.airspace.value is not None:
            told.append(
                f"Pneumonia beside another finding of the air spaces: AUROC {self.airspace.text} "
                f"({self.airspace.counts['false']} absent, {self.airspace.counts['true']} there)."
            )
        if self.wrong_side.value is not None and self.mirror.value is not None:
            told.append(
                f"Wrong side: AUROC {self.wrong_side.text}. Mirror test: the phrase explains more than with its "
                f"side swapped for {self.mirror.percent} of {self.mirror.counts['of']} findings."
            )
        if self.denied.value is not None:
            told.append(
                f'Denied ("No ..."): AUROC {self.denied.text} of {self.denied.counts["false"]}: whether a sentence '
                "denies is read off its words, not off the image."
            )
        for name, verdicts in self.verdicts.items():
            count = sum(verdicts.values())
            shares = ", ".join(f"{kind} {100 * number / count:.1f} %" for kind, number in verdicts.items())
            if shares:
                told.append(f"Verdicts on {count} {VERDICTS[name]} phrases: {shares}.")
        return tuple(told)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        figures = ("auroc", "pooled", "airspace", "wrong_side", "mirror", "denied")
        return {
            "presence": {name: getattr(self, name).as_dict() for name in figures}
            | {
                "pathologies": {name: value.as_dict() for name, value in self.pathologies.items()},
                "bootstrap": {"of": "images", "resamples": RESAMPLES},
                "verdicts": {name: dict(verdicts) for name, verdicts in self.verdicts.items()},
            }
        }


def _airspace(bootstrap: Bootstrap, scores: Sequence[SampleScore]) -> Estimate:
    """Pneumonia against absent pneumonia beside another finding that lies in the air spaces."""
    own = {one.image_id for one in scores if (known := known_of(one.pathology)) is not None and known.competes}
    beside = [one for one in scores if known_of(one.absent_pathology) is PNEUMONIA and one.image_id in own]
    there = [one for one in scores if known_of(one.pathology) is PNEUMONIA]
    return bootstrap.auroc(_ranked(there, "evidence"), _ranked(beside, "absent_evidence"))


def _ranked(scores: Sequence[SampleScore], figure: str) -> list[Ranked]:
    values = [Ranked(one.image_id, one.figures[figure]) for one in scores]
    return [value for value in values if not isnan(value.evidence)]
