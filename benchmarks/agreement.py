"""Ways to ground, each on the same fresh phantoms: what they score, and how alike their maps are to the exact ones."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.evaluation.phantom_benchmark import FindingScore, evaluate_phantoms, summarise
from cxr_grounding.grounder import Grounder
from cxr_grounding.grounding import FrameArrays, Grounding
from cxr_grounding.radiograph import Radiograph


@dataclass
class Remembering:
    """A grounder that keeps the maps on the model's frame, for comparison, besides answering."""

    grounder: Grounder
    maps: list[FrameArrays] = field(default_factory=list)

    def set_radiograph(self, radiograph: Radiograph) -> None:
        """As the grounder does."""
        self.grounder.set_radiograph(radiograph)

    def ground(self, phrases: list[str]) -> list[Grounding]:
        """As the grounder does."""
        answers = self.grounder.ground(phrases, keep_arrays=True)
        self.maps = [answer.arrays for answer in answers if answer.arrays is not None]
        return answers


@dataclass
class Found:
    """What was found one way, a finding each: its score, and its map's correlation with the exact one.

    Attributes:
        raw_correlations: of the maps before the threshold.
    """

    scores: list[FindingScore] = field(default_factory=list)
    correlations: list[float] = field(default_factory=list)
    raw_correlations: list[float] = field(default_factory=list)


def compare(grounders: Mapping[str, Grounder], count: int, seed: int) -> dict[str, Found]:
    """Ground the findings of `count` phantoms from `seed` on with every grounder; the first is the exact one."""
    found = {name: Found() for name in grounders}
    ways = {name: Remembering(grounder) for name, grounder in grounders.items()}
    exact = next(iter(ways.values()))
    for number in range(count):
        for name, way in ways.items():
            scores = list(evaluate_phantoms(way, 1, seed + number))
            found[name].scores += scores
            # The benchmark asks for the findings first, then for as many sentences of others.
            for one, other in zip(exact.maps[: len(scores)], way.maps[: len(scores)], strict=True):
                found[name].correlations.append(correlation(one.heatmap_frame, other.heatmap_frame))
                found[name].raw_correlations.append(correlation(one.heatmap_raw, other.heatmap_raw))
        print(f"\r{number + 1} of {count}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Pearson's, over all pixels of the frame."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def figures(found: Found, exact: Found) -> dict[str, Any]:
    """What the benchmark says of one way, and how far that is from the exact one."""
    differences = np.subtract([s.miou for s in found.scores], [s.miou for s in exact.scores])
    mean = summarise(found.scores).mean
    return {
        "findings": len(found.scores),
        "miou": mean["miou"],
        "auc": mean["auc"],
        "miou_difference": mean["miou"] - summarise(exact.scores).mean["miou"],
        "miou_difference_standard_error": float(differences.std(ddof=1) / np.sqrt(len(differences))),
        "correlation_mean": float(np.mean(found.correlations)),
        "correlation_lowest_5_percent": float(np.quantile(found.correlations, 0.05)),
        "correlation_lowest": float(np.min(found.correlations)),
        "raw_correlation_lowest": float(np.min(found.raw_correlations)),
    }
