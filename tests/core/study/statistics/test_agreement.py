"""Agreement, held to libraries and to cases that were worked by hand."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from cxr_grounding.study.statistics.agreement import krippendorff_alpha, mean_weighted_kappa, weighted_kappa

N = np.nan
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)
"""Krippendorff's own example: 4 observers, 12 units."""


def random_ratings(seed: int) -> np.ndarray:
    """Four readers, 30 maps, a tenth not rated."""
    rng = np.random.default_rng(seed)
    values = np.clip(np.rint(3 + rng.normal(0, 1, 30) + rng.normal(0, 0.8, (4, 30))), 1, 5)
    values[rng.random(values.shape) < 0.1] = np.nan
    return values


def test_alpha_of_the_published_example() -> None:
    assert krippendorff_alpha(PUBLISHED, 5) == pytest.approx(0.8154, abs=5e-5)
    assert krippendorff_alpha(PUBLISHED, 5, ordinal=False) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_the_library(seed: int) -> None:
    values = random_ratings(seed)
    for ordinal, level in ((True, "ordinal"), (False, "nominal")):
        theirs = krippendorff.alpha(values, level_of_measurement=level, value_domain=[1, 2, 3, 4, 5])
        assert krippendorff_alpha(values, 5, ordinal=ordinal) == pytest.approx(theirs, abs=1e-12)


def test_alpha_worked_by_hand() -> None:
    # Two readers, units (1, 1) and (1, 2): coincidences 11: 2, 12 and 21: 1; n = 4, n1 = 3, n2 = 1. For two steps the
    # ordinal distance is ((3 + 1) / 2)^2 = 4: 1 - 3 * (2 * 4) / (2 * 3 * 1 * 4) = 0.
    assert krippendorff_alpha(np.array([[1.0, 1.0], [1.0, 2.0]]), 2) == pytest.approx(0)


@pytest.mark.parametrize("values", [[[3.0, 3.0], [3.0, 3.0]], [[1.0, N], [N, 2.0]]])
def test_there_is_no_alpha_where_nothing_could_disagree(values: list[list[float]]) -> None:
    assert krippendorff_alpha(np.array(values), 5) is None


@pytest.mark.parametrize("seed", range(5))
def test_weighted_kappa_is_that_of_the_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = rng.integers(1, 6, 40)
    second = np.clip(first + rng.integers(-1, 2, 40), 1, 5)
    theirs = cohen_kappa_score(first, second, labels=[1, 2, 3, 4, 5], weights="quadratic")
    assert weighted_kappa(first.tolist(), second.tolist(), 5) == pytest.approx(theirs, abs=1e-12)


def test_weighted_kappa_worked_by_hand() -> None:
    # (1, 1), (2, 2), (1, 2), (2, 2): off by one once of 4; by chance (1, 2): 2 * 3 / 4, (2, 1): 2 * 1 / 4, so 2 of 4.
    assert weighted_kappa([1, 2, 1, 2], [1, 2, 2, 2], 2) == pytest.approx(1 - 1 / 2)


def test_there_is_no_kappa_of_constants_and_its_mean_leaves_such_out() -> None:
    assert weighted_kappa([3, 3], [3, 3], 5) is None
    assert weighted_kappa([], [], 5) is None
    values = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [N, N, N]])
    assert mean_weighted_kappa(values, 5) == pytest.approx(1)
    assert mean_weighted_kappa(values[:1], 5) is None
