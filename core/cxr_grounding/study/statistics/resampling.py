"""How sure a figure is: by drawing radiographs and readers again, both at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.study.statistics.rated import Grid

RESAMPLES, SEED = 2000, 20261127
LEVEL = 0.95
"""Of the intervals, from percentiles of the draws."""

FEWEST_READERS = 2
"""Readers below which they are not drawn: one says nothing of others, and the interval is about the cases alone."""


@dataclass(frozen=True)
class Interval:
    """A figure with its interval.

    Args:
        value: None where nothing speaks about it.
        low, high: of the interval; None where it is not known.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        """For people."""
        if self.value is None:
            return "–"  # noqa: RUF001 - a dash is what is meant
        return f"{self.value:.2f}" + ("" if self.low is None else f" ({self.low:.2f} to {self.high:.2f})")

    @property
    def excludes_nothing(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def mean_interval(grid: Grid, resamples: int = RESAMPLES) -> Interval:
    """The mean of all numbers, with the interval over radiographs and readers.

    Args:
        grid: of the numbers.
        resamples: how many draws.
    """
    if not grid.values.size or np.isnan(grid.values).all():
        return Interval(None)
    value = float(np.nanmean(grid.values))
    there = ~np.isnan(grid.values)
    numbers = np.where(there, grid.values, 0.0)
    of_readers, of_units = _drawn(grid, resamples)
    sums = ((of_readers @ numbers) * of_units).sum(axis=1)
    counts = ((of_readers @ there.astype(float)) * of_units).sum(axis=1)
    return between(value, np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0), grid)


def figure_interval(
    grid: Grid, figure: Callable[[NDArray[np.float64]], float | None], resamples: int = 300
) -> Interval:
    """Any figure of a grid, with its interval over radiographs alone.

    Readers are not drawn: one who is drawn twice agrees with oneself.

    Args:
        grid: of the numbers.
        figure: of values [readers, units]; None where it is not defined.
        resamples: how many draws.
    """
    value = figure(grid.values)
    if value is None:
        return Interval(None)
    columns = _columns_of(grid)
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(resamples):
        chosen = np.concatenate([columns[n] for n in rng.integers(len(columns), size=len(columns))])
        again = figure(grid.values[:, chosen])
        drawn.append(np.nan if again is None else again)
    return between(value, np.array(drawn), grid)


def between(value: float, drawn: NDArray[np.float64], grid: Grid) -> Interval:
    """A value with the interval of its draws; without one where all is about one radiograph."""
    known = drawn[~np.isnan(drawn)]
    if len(set(grid.clusters)) < 2 or known.size < 2:
        return Interval(value)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))


def _columns_of(grid: Grid) -> list[NDArray[np.intp]]:
    """The columns of each radiograph."""
    _, places = np.unique(np.array(grid.clusters, dtype=str), return_inverse=True)
    return [np.flatnonzero(places == place) for place in range(int(places.max()) + 1)]


def _drawn(grid: Grid, resamples: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each reader, [draws, readers], and each column, [draws, units], is in each draw."""
    rng = np.random.default_rng(SEED)
    readers = len(grid.readers)
    clusters, places = np.unique(np.array(grid.clusters, dtype=str), return_inverse=True)
    of_clusters = rng.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), size=resamples)
    of_readers = np.ones((resamples, readers))
    if readers >= FEWEST_READERS:
        of_readers = rng.multinomial(readers, np.full(readers, 1 / readers), size=resamples).astype(float)
    return of_readers, of_clusters[:, places].astype(float)
