"""Ways to ground, each on the same fresh phantoms: what they score, and how alike their maps are to the exact ones."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cxr_grounding.engine import Engine
from cxr_grounding.evaluation.datasets.phantoms import fresh_phantoms
from cxr_grounding.evaluation.run.images import ScoredAnswer, score_images
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.evaluation.table import make_table
from cxr_grounding.evaluation.ways_compared import correlation
from cxr_grounding.grounding import FrameArrays


@dataclass
class Found:
    """What was found one way, a finding each: its score, and its map's correlation with the exact one.

    Attributes:
        raw_correlations: of the maps before the threshold.
    """

    scores: list[SampleScore] = field(default_factory=list)
    correlations: list[float] = field(default_factory=list)
    raw_correlations: list[float] = field(default_factory=list)


def compare(engines: Mapping[str, Engine], count: int, seed: int) -> dict[str, Found]:
    """Ground the findings of `count` phantoms from `seed` on with every engine; the first is the exact one.

    All must have been opened with `keep_arrays`.
    """
    dataset = fresh_phantoms(count, seed)
    found = {name: Found() for name in engines}
    in_step = zip(*(score_images(engine, dataset, controls=False) for engine in engines.values()), strict=True)
    for number, images in enumerate(in_step, 1):
        for of_way, image in zip(found.values(), images, strict=True):
            for exact, own in zip(images[0].scored, image.scored, strict=True):
                of_way.scores.append(own.score)
                one, other = _arrays(exact), _arrays(own)
                of_way.correlations.append(correlation(one.heatmap_frame, other.heatmap_frame))
                of_way.raw_correlations.append(correlation(one.heatmap_raw, other.heatmap_raw))
        print(f"\r{number} of {len(dataset.asked)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def _arrays(scored: ScoredAnswer) -> FrameArrays:
    if scored.answer.arrays is None:
        raise ValueError("an engine was opened without keep_arrays")
    return scored.answer.arrays


def figures(found: Found, exact: Found) -> dict[str, Any]:
    """What the benchmark says of one way, and how far that is from the exact one."""
    own, exact_ones = (np.array([score.figures["miou"] for score in way.scores]) for way in (found, exact))
    differences = own - exact_ones
    mean, mean_of_exact = (make_table(way.scores).mean.figures for way in (found, exact))
    return {
        "findings": len(found.scores),
        "miou": mean["miou"].mean,
        "auc": mean["auc_roc_exact"].mean,
        "miou_difference": mean["miou"].mean - mean_of_exact["miou"].mean,
        "miou_difference_standard_error": float(differences.std(ddof=1) / np.sqrt(len(differences))),
        "correlation_mean": float(np.mean(found.correlations)),
        "correlation_lowest_5_percent": float(np.quantile(found.correlations, 0.05)),
        "correlation_lowest": float(np.min(found.correlations)),
        "raw_correlation_lowest": float(np.min(found.raw_correlations)),
    }
