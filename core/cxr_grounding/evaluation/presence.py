"""Whether the evidence tells what is there from what is not: docs/evaluation.md, "Presence".

Beside each sample, whose phrase is true, phrases are asked that are not: one about a finding that is absent, the
sample's own with left and right swapped, and the sample's own denied. A figure of them is one record in `PRESENCE`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, Sample
from cxr_grounding.evaluation.metrics import Metric
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
        missing = self._missing(here) if absent is None and sample.pathology else []
        if missing:
            drawn = np.random.default_rng(zlib.crc32("\n".join(sample.key).encode(errors="surrogatepass")))
            pathology, phrases = missing[drawn.integers(len(missing))]
            absent = AskedPhrase(phrases[drawn.integers(len(phrases))], pathology)
        return FalsePhrases(absent, self._wrong_side(sample), denied(sample.phrase))

    def _missing(self, here: Sequence[AskedPhrase]) -> list[tuple[str, list[str]]]:
        """The classes that no phrase of an image is counted under, each with the phrases that no class of it shares."""
        classes, phrases = {one.pathology for one in here}, {one.phrase for one in here}
        others = (
            (pathology, [phrase for phrase in pool if phrase not in phrases])
            for pathology, pool in self._pool.items()
            if pathology and pathology not in classes
        )
        return [(pathology, pool) for pathology, pool in others if pool]

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
        """P of the phrase less that of the same with the side swapped, which is asked in the same way, be it at many
        places; NaN without a side."""
        if self.own is None or self.wrong_side is None:
            return nan
        return self.own.explained - self.wrong_side.explained


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
