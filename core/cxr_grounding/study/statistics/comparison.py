"""Models held against each other on the same cases, by the same readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from cxr_grounding.study.statistics.rated import Grid, Rated, grid_of
from cxr_grounding.study.statistics.resampling import Interval, mean_interval


@dataclass(frozen=True)
class Compared:
    """One arm against another, in a question with a scale.

    Args:
        question: by name.
        arm, other: names; a difference above 0 speaks for `arm`.
        pathology: of the cases; "" for all.
        pairs: radiographs with phrases that both have ratings of.
        difference: mean of the differences in steps, with its interval over radiographs and readers.
        better, equal, worse: pairs with a mean difference above, at and below 0.
        wilcoxon: two-sided p of the signed-rank test over the pairs' means; None where all are equal.
    """

    question: str
    arm: str
    other: str
    pathology: str
    pairs: int
    difference: Interval
    better: int
    equal: int
    worse: int
    wilcoxon: float | None


def compare(rows: Sequence[Rated], question: str, arm: str, other: str, pathology: str = "") -> Compared:
    """Two arms, each reader's ratings of one pair held against each other.

    Args:
        rows: without repeats.
        question: by name.
        arm, other: what is compared.
        pathology: that the rows are of; "" for all.
    """
    grid = differences_of(rows, question, arm, other)
    means = case_means(grid)
    return Compared(
        question,
        arm,
        other,
        pathology,
        len(means),
        mean_interval(grid),
        int((means > 0).sum()),
        int((means == 0).sum()),
        int((means < 0).sum()),
        wilcoxon_p(means),
    )


def differences_of(rows: Sequence[Rated], question: str, arm: str, other: str) -> Grid:
    """`arm` less `other`, by reader and pair; NaN where a reader has not rated both."""
    ours, theirs = (grid_of([row for row in rows if row.known.arm == name], question, "pair") for name in (arm, other))
    readers = tuple(reader for reader in ours.readers if reader in theirs.readers)
    pairs = tuple(pair for pair in ours.units if pair in theirs.units)
    own, others = (
        grid.values[np.ix_([grid.readers.index(one) for one in readers], [grid.units.index(one) for one in pairs])]
        for grid in (ours, theirs)
    )
    clusters = dict(zip(ours.units, ours.clusters, strict=True))
    grid = Grid(readers, pairs, tuple(clusters[pair] for pair in pairs), own - others)
    kept = [column for column in range(len(pairs)) if not np.isnan(grid.values[:, column]).all()]
    return replace(
        grid,
        units=tuple(pairs[column] for column in kept),
        clusters=tuple(grid.clusters[column] for column in kept),
        values=grid.values[:, kept],
    )


def case_means(grid: Grid) -> NDArray[np.float64]:
    """The mean over the readers, of each column."""
    return np.nanmean(grid.values, axis=0) if grid.values.size else np.zeros(0)


def wilcoxon_p(means: NDArray[np.float64]) -> float | None:
    """Two-sided p of Wilcoxon's signed-rank test, zeros left out; None where nothing is left.

    Args:
        means: differences, one a pair.
    """
    left = means[np.abs(means) > 1e-12]
    return float(stats.wilcoxon(left).pvalue) if left.size else None


@dataclass(frozen=True)
class Correlated:
    """Ratings against a figure of the map.

    Args:
        metric: by name.
        maps: how many have both.
        rho: Spearman's, of the maps' mean ratings, with its interval over radiographs.
    """

    metric: str
    maps: int
    rho: Interval


def spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    """Spearman's rank correlation; None where either is constant, or there are fewer than three."""
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1])
