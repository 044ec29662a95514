"""How far readers agree with each other, and with themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def krippendorff_alpha(values: NDArray[np.float64], steps: int, *, ordinal: bool = True) -> float | None:
    """Krippendorff's alpha: 1 for full agreement, 0 for what chance alone would give.

    Krippendorff, Computing Krippendorff's Alpha-Reliability (2011). Of ordinal steps, the difference between c and k is
    the number of values from the one to the other, both ends counted half, squared.

    Args:
        values: [readers, units], steps from 1 to `steps`; NaN where a reader gave none.
        steps: of the scale.
        ordinal: whether the steps have an order; else any two are as far apart as any other.

    Returns:
        None where no unit has two ratings, or all are equal: nothing could disagree.
    """
    counts = np.stack([(values == step).sum(axis=0) for step in range(1, steps + 1)], axis=1).astype(float)
    counts = counts[counts.sum(axis=1) >= 2]
    of_unit = counts.sum(axis=1, keepdims=True)
    weighted = counts / np.maximum(of_unit - 1, 1)
    coincidences = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    totals = coincidences.sum(axis=1)
    count = totals.sum()
    distance = _ordinal(totals) if ordinal else 1.0 - np.eye(steps)
    expected = totals @ distance @ totals
    if not expected:
        return None
    return float(1 - (count - 1) * (coincidences * distance).sum() / expected)


def _ordinal(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    ends = np.cumsum(totals) - totals / 2
    return np.asarray((ends[:, None] - ends[None, :]) ** 2)


def weighted_kappa(first: Sequence[int], second: Sequence[int], steps: int) -> float | None:
    """Cohen's kappa of two readers with quadratic weights. Cohen, Psychological Bulletin 70 (1968).

    Args:
        first, second: steps from 1 to `steps`, of the same units.
        steps: of the scale.

    Returns:
        None where there are none, or both gave one and the same to all: nothing could disagree.
    """
    table = np.zeros((steps, steps))
    np.add.at(table, (np.asarray(first, dtype=int) - 1, np.asarray(second, dtype=int) - 1), 1)
    weights = (np.arange(steps)[:, None] - np.arange(steps)[None, :]) ** 2
    by_chance = np.outer(table.sum(axis=1), table.sum(axis=0))
    expected = (weights * by_chance).sum()
    return None if not expected else float(1 - table.sum() * (weights * table).sum() / expected)


def mean_weighted_kappa(values: NDArray[np.float64], steps: int) -> float | None:
    """The mean of all pairs of readers; None where no pair has any.

    Args:
        values: [readers, units], as for `krippendorff_alpha`.
        steps: of the scale.
    """
    kappas = []
    for one in range(len(values)):
        for other in range(one + 1, len(values)):
            both = ~np.isnan(values[one]) & ~np.isnan(values[other])
            kappas.append(weighted_kappa(values[one, both].astype(int), values[other, both].astype(int), steps))
    known = [kappa for kappa in kappas if kappa is not None]
    return float(np.mean(known)) if known else None
