"""Whether the evidence tells what is there from what is not: docs/evaluation.md, "Presence".

Beside each sample, whose phrase is true, phrases are asked that are not: one about a finding that is absent, the
sample's own with left and right swapped, and the sample's own denied. A figure of them is one record in `PRESENCE`.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np

from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, Sample
from cxr_grounding.evaluation.metrics import Metric
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.evidence import Evidence
from cxr_grounding.sides import mirrored, named_side


@dataclass(frozen=True)
class FalsePhrases:
    """What is asked beside a sample, and is not true of its image.

    Args:
        absent: about a finding that is not there, with its class; None where the dataset gives none.
        wrong_side: the sample's phrase with its side swapped; None where it names no side, or both are true.
        denied: the sample's phrase, denied.
    """

    absent: AskedPhrase | None
    wrong_side: str | None
    denied: str

    @property
    def all(self) -> list[str]:
        """All of them."""
        absent = [] if self.absent is None else [self.absent.phrase]
        return [*absent, *([] if self.wrong_side is None else [self.wrong_side]), self.denied]


class AbsentPhrases:
    """Finds false phrases for the samples of a dataset, the same ones whenever it is asked.

    Which findings are absent is what the annotations leave out. They need not be right: nobody looked for them.

    Args:
        dataset: of the samples.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._asked = dataset.asked
        pool: dict[str, set[str]] = {}
        for phrases in dataset.asked.values():
            for phrase, pathology in phrases:
                pool.setdefault(pathology, set()).add(phrase)
        self._pool = {pathology: sorted(phrases) for pathology, phrases in sorted(pool.items())}

    def of(self, sample: Sample) -> FalsePhrases:
        """The false phrases beside a sample; its own `absent` where it has one.

        Otherwise each class that no phrase of its image is counted under has the same chance, and then each phrase
        of that class; without classes there is none.
        """
        here = self._asked.get(sample.image_id, ())
        absent = sample.absent
        missing = [
            pathology for pathology in self._pool if pathology and pathology not in {one.pathology for one in here}
        ]
        if absent is None and missing and sample.pathology:
            drawn = np.random.default_rng(zlib.crc32("\n".join(sample.key).encode(errors="surrogatepass")))
            pathology = missing[drawn.integers(len(missing))]
            phrases = self._pool[pathology]
            absent = AskedPhrase(phrases[drawn.integers(len(phrases))], pathology)
        return FalsePhrases(absent, self._wrong_side(sample), denied(sample.phrase))

    def _wrong_side(self, sample: Sample) -> str | None:
        side = named_side(sample.phrase)
        alike = [one.phrase for one in self._asked.get(sample.image_id, ()) if one.pathology == sample.pathology]
        if any(named_side(phrase) is not side for phrase in alike):
            return None
        return mirrored(sample.phrase)


def denied(phrase: str) -> str:
    """The phrase with "No" before it."""
    return f"No {phrase[:1].lower()}{phrase[1:]}"


@dataclass(frozen=True)
class Told:
    """The evidence of a sample's phrase and of the false ones beside it; None where there is none.

    `agreement` is that of the sample's own two maps (`Grounding.agreement`).
    """

    agreement: float | None
    own: Evidence | None
    absent: Evidence | None
    wrong_side: Evidence | None
    denied: Evidence | None

    @property
    def side_margin(self) -> float:
        """P of the phrase less that of the same with the side swapped; NaN without a side."""
        if self.own is None or self.own.mirrored is None or self.wrong_side is None:
            return nan
        return self.own.explained - self.own.mirrored.explained


def _rank(evidence: Evidence | None) -> float:
    return nan if evidence is None else evidence.contested


PRESENCE: tuple[Metric[Told], ...] = (
    Metric("evidence", "evidence", "P* of the sample's phrase", lambda told: _rank(told.own)),
    Metric("absent_evidence", "evidence, absent", "P* of a phrase that is not there", lambda told: _rank(told.absent)),
    Metric(
        "wrong_side_evidence",
        "evidence, wrong side",
        "P* of the sample's phrase with its side swapped",
        lambda told: _rank(told.wrong_side),
    ),
    Metric(
        "denied_evidence", "evidence, denied", 'P* of the sample\'s phrase behind "No"', lambda told: _rank(told.denied)
    ),
    Metric(
        "side_margin",
        "side margin",
        "P of the sample's phrase less that of the same with its side swapped",
        lambda told: told.side_margin,
    ),
    Metric(
        "agreement",
        "agreement",
        "overlap of the regions of the sample's two maps",
        lambda told: nan if told.agreement is None else told.agreement,
    ),
)
"""In the order in which they stand in samples.csv."""


def presence_figures(told: Told) -> dict[str, float]:
    """Each of `PRESENCE`, by its name."""
    return {figure.name: figure.function(told) for figure in PRESENCE}


VERDICTS = {
    "verdict": "true",
    "absent_verdict": "absent",
    "wrong_side_verdict": "wrong-sided",
    "denied_verdict": "denied",
}
"""What is said of a sample's phrase and of the false ones beside it: the columns of samples.csv, and what such phrases
are called."""


@dataclass(frozen=True)
class Presence:
    """What the evidence says over all samples.

    Args:
        auroc: by pathology, the chance that a phrase that is there has more evidence than one that is not; None where
            there is nothing of one kind.
        absent: how many absent phrases there are, by pathology.
        wrong_side_auroc: likewise of phrases that name a side, and the same with the side swapped.
        denied_auroc: likewise of phrases, and the same denied.
        side_accuracy: share of the phrases that name a side which explain more than the same with the side swapped.
        sided: how many name a side.
        denied: how many were denied.
        verdicts: of each of `VERDICTS`, how many phrases got which (`VerdictKind.value`), the most frequent first.
    """

    auroc: Mapping[str, float | None]
    absent: Mapping[str, int]
    wrong_side_auroc: float | None
    denied_auroc: float | None
    side_accuracy: float | None
    sided: int
    denied: int
    verdicts: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, scores: Sequence[SampleScore]) -> Presence:
        """Of samples whose evidence was measured."""
        pathologies = sorted({name for one in scores for name in (one.pathology, one.absent_pathology) if name})
        own = {name: _defined([s for s in scores if s.pathology == name], "evidence") for name in pathologies}
        absent = {
            name: _defined([s for s in scores if s.absent_pathology == name], "absent_evidence") for name in pathologies
        }
        sided = [one for one in scores if not isnan(one.figures["wrong_side_evidence"])]
        margins = _defined(sided, "side_margin")
        return cls(
            auroc={name: auroc(own[name], absent[name]) for name in pathologies},
            absent={name: len(absent[name]) for name in pathologies},
            wrong_side_auroc=auroc(_defined(sided, "evidence"), _defined(sided, "wrong_side_evidence")),
            denied_auroc=auroc(_defined(scores, "evidence"), _defined(scores, "denied_evidence")),
            side_accuracy=float(np.mean([margin > 0 for margin in margins])) if margins else None,
            sided=len(margins),
            denied=len(_defined(scores, "denied_evidence")),
            verdicts={
                name: dict(Counter(one.verdicts[name] for one in scores if one.verdicts.get(name)).most_common())
                for name in VERDICTS
            },
        )

    @property
    def mean_auroc(self) -> float | None:
        """The mean over the pathologies that have one."""
        known = [value for value in self.auroc.values() if value is not None]
        return float(np.mean(known)) if known else None

    @property
    def sentences(self) -> tuple[str, ...]:
        """For people."""
        told = []
        if self.mean_auroc is not None:
            told.append(
                f"Presence: evidence tells a finding that is there from one that is not with an AUROC of "
                f"{self.mean_auroc:.3f}, mean of the pathologies ({sum(self.absent.values())} absent findings)."
            )
        if self.wrong_side_auroc is not None and self.side_accuracy is not None:
            told.append(
                f"Wrong side: AUROC {self.wrong_side_auroc:.3f}. Mirror test: the phrase explains more than with its "
                f"side swapped for {100 * self.side_accuracy:.1f} % of {self.sided} findings."
            )
        if self.denied_auroc is not None:
            told.append(
                f'Denied ("No ..."): AUROC {self.denied_auroc:.3f} of {self.denied}: whether a sentence denies is read '
                "off its words, not off the image."
            )
        for name, verdicts in self.verdicts.items():
            count = sum(verdicts.values())
            shares = ", ".join(f"{kind} {100 * number / count:.1f} %" for kind, number in verdicts.items())
            if shares:
                told.append(f"Verdicts on {count} {VERDICTS[name]} phrases: {shares}.")
        return tuple(told)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "presence": {
                "mean_auroc": self.mean_auroc,
                "pathologies": {
                    name: {"auroc": value, "absent": self.absent[name]} for name, value in self.auroc.items()
                },
                "wrong_side": {"samples": self.sided, "auroc": self.wrong_side_auroc},
                "mirror_test": {"samples": self.sided, "accuracy": self.side_accuracy},
                "denied": {"samples": self.denied, "auroc": self.denied_auroc},
                "verdicts": {name: dict(verdicts) for name, verdicts in self.verdicts.items()},
            }
        }


def auroc(present: Sequence[float], absent: Sequence[float]) -> float | None:
    """The chance that one of the first is higher than one of the second, ties one half; None where either is empty."""
    if not present or not absent:
        return None
    ordered = np.sort(absent)
    below, not_above = (np.searchsorted(ordered, present, side) for side in ("left", "right"))
    return float((below + not_above).sum() / (2 * len(present) * len(absent)))


def _defined(scores: Sequence[SampleScore], figure: str) -> list[float]:
    values = [one.figures[figure] for one in scores]
    return [value for value in values if not isnan(value)]
