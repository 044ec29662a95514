"""Models held against each other: a case that was worked by hand, and what made-up readers had put in."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxr_grounding.errors import StudyError
from cxr_grounding.study.sealed_key import KeyEntry
from cxr_grounding.study.statistics.agreement import krippendorff_alpha
from cxr_grounding.study.statistics.comparison import compare, spearman
from cxr_grounding.study.statistics.power import power_of
from cxr_grounding.study.statistics.rated import Grid, Rated, grid_of
from cxr_grounding.study.statistics.resampling import figure_interval, mean_interval
from cxr_grounding.study.statistics.simulated import MadeUpReaders

BY_HAND = {
    # reader, pair: rating of a, rating of b
    ("R1", "p"): (2, 4),
    ("R1", "q"): (3, 3),
    ("R1", "r"): (4, 3),
    ("R2", "p"): (1, 4),
    ("R2", "q"): (3, 4),
    ("R2", "r"): (2, 2),
}


def rows(table: dict) -> list[Rated]:
    """Ratings of two arms."""
    return [
        Rated(reader, f"{pair}-{arm}", pair, pair, "phrase", 0, False, {"rating": rating}, 10.0, KeyEntry(arm))
        for (reader, pair), both in table.items()
        for arm, rating in zip("ab", both, strict=True)
    ]


def grid(values: np.ndarray) -> Grid:
    """Each column of another radiograph."""
    readers, units = (tuple(map(str, range(count))) for count in values.shape)
    return Grid(readers, units, units, values)


def test_a_comparison_worked_by_hand() -> None:
    # Differences: R1 2, 0, -1; R2 3, 1, 0. Means of the pairs: 2.5, 0.5, -0.5; of all: 5 / 6.
    found = compare(rows(BY_HAND), "rating", "b", "a")
    assert found.difference.value == pytest.approx(5 / 6)
    assert (found.pairs, found.better, found.equal, found.worse) == (3, 2, 0, 1)
    assert found.wilcoxon == pytest.approx(stats.wilcoxon([2.5, 0.5, -0.5]).pvalue)
    assert -1 <= found.difference.low < 0  # R1's r alone is -1
    assert 2 < found.difference.high <= 3  # R2's p alone is 3


def test_what_one_reader_has_not_rated_twice_is_left_out() -> None:
    found = compare([row for row in rows(BY_HAND) if (row.reader, row.item) != ("R2", "p-b")], "rating", "b", "a")
    assert found.difference.value == pytest.approx((2 + 0 - 1 + 1 + 0) / 5)


def test_equal_models_have_no_difference_and_no_p() -> None:
    found = compare(rows({key: (a, a) for key, (a, _) in BY_HAND.items()}), "rating", "b", "a")
    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert found.wilcoxon is None


def test_phrases_of_one_radiograph_are_drawn_together() -> None:
    values = np.tile(np.arange(4.0), (3, 1)).repeat(5, axis=1)
    together = Grid(("a", "b", "c"), tuple(map(str, range(20))), tuple("wxyz"[n // 5] for n in range(20)), values)
    apart = grid(values)
    widths = [one.high - one.low for one in map(mean_interval, (together, apart))]
    assert widths[0] > 1.6 * widths[1]


def test_one_radiograph_has_no_interval() -> None:
    alone = Grid(("a", "b"), ("1", "2"), ("x", "x"), np.ones((2, 2)))
    assert mean_interval(alone).low is None


def test_spearman_is_that_of_the_library() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, 30).astype(float), rng.normal(size=30)
    assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)
    assert spearman(np.ones(5), second[:5]) is None


@pytest.mark.parametrize("effect", [0.0, 0.6])
def test_intervals_hold_the_difference_that_was_put_in(effect: float) -> None:
    made_up = MadeUpReaders(effect, agreement=0.6)
    held, truth = 0, made_up.expected_difference()
    for seed in range(40):
        rated = made_up.draw(np.random.default_rng(seed), 4, 40, 2)
        found = mean_interval(grid(rated[:, :, 1] - rated[:, :, 0]))
        held += found.low <= truth <= found.high
    assert held >= 36  # 38 are expected of 40


def test_intervals_hold_the_agreement_that_was_put_in() -> None:
    made_up = MadeUpReaders(0.5, agreement=0.7)
    truth, held = made_up.expected_alpha(3), 0
    for seed in range(10):
        values = made_up.draw(np.random.default_rng(seed), 3, 30, 2).reshape(3, -1)
        found = figure_interval(grid(values), lambda v: krippendorff_alpha(v, 5), resamples=100)
        held += found.low <= truth <= found.high
    assert held >= 8


def test_the_effect_on_the_scale_is_what_many_ratings_come_to() -> None:
    made_up = MadeUpReaders(1.0, agreement=0.5)
    rated = np.concatenate([made_up.draw(np.random.default_rng(seed), 3, 2000, 2) for seed in range(20)])
    assert (rated[:, :, 1] - rated[:, :, 0]).mean() == pytest.approx(made_up.expected_difference(), abs=0.02)
    assert made_up.expected_difference() == pytest.approx(0.90, abs=0.005)


def test_a_larger_study_finds_more() -> None:
    small, large = power_of(MadeUpReaders(0.5, 0.6), [8, 60], [3], times=30, seed=1)
    assert small.by_interval < large.by_interval
    assert large.by_wilcoxon > 0.6
    (nothing,) = power_of(MadeUpReaders(0.0, 0.6), [30], [3], times=60, seed=1)
    assert nothing.by_wilcoxon < 0.15


def test_no_readers_can_be_made_up_who_agree_more_than_fully() -> None:
    with pytest.raises(StudyError, match="from 0 to 1"):
        MadeUpReaders(0.5, 1.2)


def test_a_grid_has_a_row_a_reader_and_a_column_a_map() -> None:
    found = grid_of(rows(BY_HAND), "rating")
    assert found.readers == ("R1", "R2")
    assert found.units == ("p-a", "p-b", "q-a", "q-b", "r-a", "r-b")
    assert found.values.tolist() == [[2, 4, 3, 3, 4, 3], [1, 4, 3, 4, 2, 2]]
