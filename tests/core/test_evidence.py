"""P, P* and the sharper map, worked by hand on a latent of two by two, and on drawn maps (METHOD 10, 11).

That the engine's are those of the method done plainly is in tests/core/diffusion/test_against_plain_method.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cxr_grounding.evidence import Evidence, Shared, Weighed, evidence_of, sharpened
from cxr_grounding.recipe import Recipe
from cxr_grounding.rivals import Rivals

EMPTY = np.full((3, 2, 2), 2.0, dtype=np.float32)
SHARED = Shared(EMPTY, steps=(459, 559), noise=(399,))
"""Two steps and one drawn level: the mean is 2 + 2 = 4 everywhere."""


def weighed(weight: list[list[float]], errors: list[list[float]]) -> Weighed:
    return Weighed(np.array(weight), np.array(errors))


def told(phrase: Weighed, **rivals: Weighed) -> Evidence:
    names = tuple(rivals)
    known = {"phrase": phrase} | rivals
    return evidence_of("phrase", Rivals(names[0] if names else None, names[1:]), known, SHARED, factor=2.0)


def test_drawn_noise_weighs_as_much_as_all_steps_together() -> None:
    errors = np.array([[[1.0]], [[3.0]], [[5.0]]])
    assert Shared(errors.astype(np.float32), (1, 2), (3,)).mean(errors) == [[2 + 5]]
    assert Shared(errors.astype(np.float32), (1, 2, 3), ()).mean(errors) == [[3]]


def test_what_is_explained_is_a_share_of_the_noise_where_the_phrase_points() -> None:
    evidence = told(weighed([[1, 0], [0, 0.5]], [[1, 9], [9, 4]]))
    assert evidence.explained == pytest.approx(1 - (1 * 1 + 0.5 * 4) / (1 * 4 + 0.5 * 4))
    assert evidence.contested == evidence.explained, "nothing is held against it"
    assert (evidence.mirrored, evidence.rivals, evidence.steps, evidence.noise) == (None, (), (459, 559), (399,))


def test_a_phrase_that_does_harm_is_below_nothing_and_one_that_points_nowhere_is_nothing() -> None:
    assert told(weighed([[1, 0], [0, 0]], [[6, 0], [0, 0]])).explained == -0.5
    assert told(weighed([[0, 0], [0, 0]], [[1, 1], [1, 1]])).contested == 0


def test_a_rival_that_explains_more_takes_away_twice_by_how_much_and_one_that_explains_less_nothing() -> None:
    own = weighed([[1, 0], [0, 0]], [[2, 4], [4, 4]])
    better = weighed([[0, 1], [0, 0]], [[2, 1], [4, 4]])
    worse = weighed([[1, 0], [0, 0]], [[3, 4], [4, 4]])
    evidence = told(own, other_side=worse, look_alike=better)
    assert evidence.explained == 0.5
    assert evidence.mirrored == ("other_side", 0.25, pytest.approx((3 - 2) / 8)), "where either of the three points"
    assert evidence.rivals == (("look_alike", 0.75, pytest.approx((1 - 4) / 8)),)
    assert evidence.contested == pytest.approx(0.5 + 2 * -3 / 8)
    assert told(own, other_side=worse).contested == 0.5


def test_a_phrase_points_where_both_its_attention_and_its_changes_are() -> None:
    attention, changes = np.zeros((2, 8, 8), np.float32), np.zeros((3, 16, 16), np.float32)
    attention[:, :4, :4] = 1
    changes[:2, :, :8] = 4
    changes[2, :, 8:] = 100  # of drawn noise, which does not count here
    shared = Shared(np.ones((3, 16, 16), np.float32), (459, 559), (399,))
    weight = Weighed.of([attention], np.ones((3, 16, 16), np.float32), changes, shared, Recipe()).weight
    assert weight[0, 0] == 1
    assert weight[:8, :8].sum() > 0.9 * weight.sum()


def hill(x: float, y: float, sigma: float, size: int = 32) -> NDArray[np.float64]:
    at = (np.arange(size) + 0.5) / size
    return np.exp(-((at[None] - x) ** 2 + (at[:, None] - y) ** 2) / (2 * sigma**2))


def test_the_sharper_map_is_hot_only_where_the_phrase_both_points_and_explains() -> None:
    recipe = Recipe(frame_size=128)
    attention = hill(0.3, 0.3, 0.2, 128)
    found = sharpened(attention, hill(0.35, 0.3, 0.05) + hill(0.9, 0.9, 0.05), recipe)
    assert (found.min(), found.max()) == (0, 1)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert (row / 128, column / 128) == pytest.approx((0.3, 0.35), abs=0.03)
    assert found[115, 115] < 0.1
    assert np.count_nonzero(found > 0.5) < 0.5 * np.count_nonzero(attention > 0.5)


def test_what_is_spread_wider_is_smoothed_more() -> None:
    recipe, even = Recipe(frame_size=128, refine_closing=0.0), hill(0.5, 0.5, 2.0, 128)
    narrowest = recipe.replace(refine_widest=recipe.refine_narrowest)

    def wider(sigma: float) -> float:
        """By how many pixels the smoothing that follows the spread widens a hill more than the least smoothing."""
        areas = [np.count_nonzero(sharpened(even, hill(0.5, 0.5, sigma), one) > 0.5) for one in (recipe, narrowest)]
        return float(np.sqrt(areas[0]) - np.sqrt(areas[1]))

    assert wider(0.2) > wider(0.1) > 1 > wider(0.04)


def test_a_narrow_gap_between_two_parts_side_by_side_is_filled_and_none_between_parts_above_each_other() -> None:
    recipe, even = Recipe(frame_size=128, refine_narrowest=0.01, refine_widest=0.01), hill(0.5, 0.5, 9.0, 128)
    beside = sharpened(even, hill(0.44, 0.5, 0.02) + hill(0.56, 0.5, 0.02), recipe)
    apart = sharpened(even, hill(0.3, 0.5, 0.02) + hill(0.7, 0.5, 0.02), recipe)
    above = sharpened(even, hill(0.5, 0.44, 0.02) + hill(0.5, 0.56, 0.02), recipe)
    assert beside[64, 64] > 0.9
    assert apart[64, 64] < 0.2
    assert above[64, 64] < 0.6


def test_heat_near_the_edge_does_not_reach_it() -> None:
    recipe, even = Recipe(frame_size=128, refine_narrowest=0.01, refine_widest=0.01), hill(0.5, 0.5, 9.0, 128)
    for x, edge in ((0.07, 0), (0.93, 127)):
        found = sharpened(even, hill(x, 0.5, 0.01), recipe)
        assert found[64, round(x * 128)] > 0.9
        assert found[64, edge] < 0.1


def test_nothing_explained_or_no_attention_points_nowhere() -> None:
    recipe = Recipe(frame_size=64)
    assert not sharpened(hill(0.5, 0.5, 0.1, 64), np.zeros((16, 16)), recipe).any()
    assert not sharpened(np.ones((64, 64)), hill(0.5, 0.5, 0.1, 16), recipe).any()
