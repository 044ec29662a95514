"""Metrics against cases worked by hand, and against scikit-learn and torcheval."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score
from torcheval.metrics.functional import binary_binned_auroc

from cxr_grounding.evaluation.metrics import (
    auc_roc,
    binned_auc_roc,
    contrast_to_noise,
    mean_iou,
    share_inside,
    union_mask,
)
from cxr_grounding.maps import keep_above_otsu
from cxr_grounding.radiograph import Box

NAN = float("nan")


def torcheval_s(heatmap: NDArray, mask: NDArray, thresholds: int = 5) -> float:
    result, _ = binary_binned_auroc(
        torch.from_numpy(heatmap.ravel()), torch.from_numpy(mask.ravel()), threshold=thresholds
    )
    return float(result)


def test_mean_iou_is_the_mean_over_five_thresholds() -> None:
    heatmap = np.array([[0.05, 0.15, 0.25, 0.35], [0.45, 0.55, 0.0, 1.0]])
    mask = np.array([[False, False, False, False], [True, True, False, True]])
    # Above 0.1 .. 0.5 lie 6, 5, 4, 3, 2 pixels, of which 3, 3, 3, 3, 2 are in the mask of 3.
    assert mean_iou(heatmap, mask) == pytest.approx(np.mean([3 / 6, 3 / 5, 3 / 4, 3 / 3, 2 / 3]))


def test_a_value_equal_to_a_threshold_is_not_above_it_and_neither_is_nan() -> None:
    heatmap = np.array([[0.5, np.nan], [np.nan, 0.0]])
    mask = np.array([[True, True], [False, False]])
    assert mean_iou(heatmap, mask) == pytest.approx(np.mean([1 / 2, 1 / 2, 1 / 2, 1 / 2, 0]))


def test_auc_roc_counts_ties_as_one_half() -> None:
    mask = np.array([[True, True], [False, False]])
    assert auc_roc(np.array([[1.0, 0.5], [0.5, 0.0]]), mask) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert auc_roc(np.zeros((2, 2)), mask) == 0.5


def test_auc_roc_is_to_the_last_digit_what_the_ranks_of_all_pixels_give() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        mask = rng.random((30, 40)) < rng.uniform(0.02, 0.9)
        heatmap = rng.choice([0, 0, 0.2, 0.5, 1, np.nan], mask.shape) * rng.choice([1, rng.random()], mask.shape)
        ranks = rankdata(np.nan_to_num(heatmap).ravel())
        inside = int(mask.sum())
        pairs = float(ranks[mask.ravel()].sum()) - inside * (inside + 1) / 2
        assert auc_roc(heatmap, mask) == pairs / (inside * (mask.size - inside))


def test_auc_roc_equals_scikit_learn_s_with_unseen_pixels_as_zero() -> None:
    rng = np.random.default_rng(1)
    mask = rng.random((40, 30)) < 0.2
    heatmap = np.clip(rng.normal(size=mask.shape) + mask, 0, None)
    heatmap[:, :5] = np.nan
    expected = roc_auc_score(mask.ravel(), np.nan_to_num(heatmap).ravel())
    assert auc_roc(heatmap, mask) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_the_binned_auc_roc_equals_torcheval_s(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(2, 40)), int(rng.integers(2, 40)))
    mask = rng.random(shape) < rng.uniform(0.05, 0.95)
    mask.flat[:2] = (True, False)
    blurred = np.clip(rng.normal(0.4, 0.3, shape) + rng.uniform(-0.3, 0.5) * mask, 0, 1)
    maps = (
        rng.choice([0, 0.1, 0.25, 0.5, 0.6, 0.75, 1], shape),  # ties, the ends, and values equal to the thresholds
        blurred,
        keep_above_otsu(blurred),
        np.zeros(shape),
        np.ones(shape),
    )
    for heatmap in maps:
        heatmap = heatmap.astype(np.float32)
        assert binned_auc_roc(heatmap, mask) == pytest.approx(torcheval_s(heatmap, mask), abs=1e-6)
        assert binned_auc_roc(heatmap, mask, 9) == pytest.approx(torcheval_s(heatmap, mask, 9), abs=1e-6)
        heatmap[1:, shape[1] // 2 :] = NAN  # not seen; the first row stays, with a pixel inside and one outside
        assert binned_auc_roc(heatmap, mask) == pytest.approx(torcheval_s(heatmap, mask), abs=1e-6)


def test_the_binned_auc_roc_of_a_case_worked_by_hand() -> None:
    heatmap = np.array([[0.8, 0.5], [0.3, 0.1], [0.2, 0.0]])
    mask = np.array([[True, False], [True, False], [True, False]])
    # Not below 1, 0.75, 0.5, 0.25, 0 lie 0, 1, 1, 2, 3 of the mask's three pixels, and 0, 0, 1, 1, 3 of the others.
    assert binned_auc_roc(heatmap, mask) == pytest.approx(1 / 3 * 1 / 3 + 2 / 3 * (2 / 3 + 1) / 2)
    assert auc_roc(heatmap, mask) == pytest.approx((3 + 2 + 2) / 9), "the exact one is another figure"


def test_the_binned_auc_roc_is_about_the_seen_pixels_as_torcheval_makes_of_nan() -> None:
    heatmap = np.array([[1.0, NAN], [0.0, 0.0]])
    mask = np.array([[True, True], [False, False]])
    assert binned_auc_roc(heatmap, mask) == 1 == torcheval_s(heatmap, mask)
    assert auc_roc(heatmap, mask) == 0.75


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("metric", [auc_roc, binned_auc_roc])
def test_auc_roc_refuses_a_mask_with_nothing_to_compare(metric, value: bool) -> None:
    with pytest.raises(ValueError, match="some inside and some outside"):
        metric(np.ones((3, 3)), np.full((3, 3), value))


def test_the_binned_auc_roc_refuses_a_box_that_was_not_seen() -> None:
    with pytest.raises(ValueError, match="some inside and some outside"):
        binned_auc_roc(np.array([[NAN, 0.5, 0.1]]), np.array([[True, False, False]]))


def test_the_contrast_to_noise_of_a_case_worked_by_hand() -> None:
    heatmap = np.array([[0.9, 0.7, 0.1, 0.3, 0.2]])
    # Inside: mean 0.8, variance 0.01. Outside: mean 0.2, variance 0.02 / 3.
    expected = 0.6 / sqrt(0.01 + 0.02 / 3)
    assert contrast_to_noise(heatmap, [Box(0, 0, 2, 1)]) == pytest.approx((expected, expected))


def test_a_box_colder_than_the_rest_has_a_negative_signed_ratio_only() -> None:
    heatmap = np.array([[0.1, 0.3, 0.6, 1.0]])
    ratio = 0.6 / sqrt(0.01 + 0.04)
    assert contrast_to_noise(heatmap, [Box(0, 0, 2, 1)]) == pytest.approx((-ratio, ratio))


def test_each_box_is_blanked_before_the_next_is_measured() -> None:
    heatmap = np.array([[1.0, 0.8, 0.0, 0.4, 0.2, 0.0]])
    first, second = Box(0, 0, 2, 1), Box(2, 0, 2, 1)
    # The first is compared with 0, 0.4, 0.2, 0, the second with 0.2, 0 alone.
    ratios = np.array([0.75 / sqrt(0.01 + 0.0275), 0.1 / sqrt(0.04 + 0.01)])
    assert contrast_to_noise(heatmap, [first, second]) == pytest.approx((ratios.mean(), ratios.mean()))
    # In the other order the second is the first to be measured: with 1, 0.8, 0.2, 0 around it, it is cold.
    ratios = np.array([-0.3 / sqrt(0.04 + 0.17), 0.8 / sqrt(0.01 + 0.01)])
    assert contrast_to_noise(heatmap, [second, first]) == pytest.approx((ratios.mean(), np.abs(ratios).mean()))


def test_a_pixel_in_two_boxes_counts_for_the_first() -> None:
    heatmap = np.array([[1.0, 0.8, 0.4, 0.2, 0.2, 0.0]])
    # The second box is left with 0.4, 0.2, and with 0.2, 0 around it.
    ratios = [0.7 / sqrt(0.01 + 0.02), 0.2 / sqrt(0.01 + 0.01)]
    signed, _ = contrast_to_noise(heatmap, [Box(0, 0, 2, 1), Box(1, 0, 3, 1)])
    assert signed == pytest.approx(np.mean(ratios))


def test_contrast_to_noise_ignores_what_was_not_seen_and_what_lies_outside_the_image() -> None:
    seen = np.array([[0.9, 0.7, 0.1, 0.3, 0.2]])
    expected = contrast_to_noise(seen, [Box(0, 0, 2, 1)])
    with_margins = np.array([[NAN, 0.9, 0.7, 0.1, 0.3, 0.2, NAN]])
    assert contrast_to_noise(with_margins, [Box(0, 0, 3, 1)]) == pytest.approx(expected)
    assert contrast_to_noise(seen, [Box(-7, -3, 9, 50)]) == pytest.approx(expected)
    np.testing.assert_array_equal(with_margins, [[NAN, 0.9, 0.7, 0.1, 0.3, 0.2, NAN]], "the heatmap is not changed")


@pytest.mark.parametrize(
    "extra",
    [
        Box(3, 0, 1, 1),  # not seen
        Box(10, 0, 2, 1),  # outside the image
        Box(0, 0, 1, 1),  # under the first box
    ],
)
def test_a_box_without_a_ratio_is_left_out_of_the_mean(extra: Box) -> None:
    heatmap = np.array([[0.9, 0.7, 0.1, NAN, 0.3, 0.2]])
    box = Box(0, 0, 2, 1)
    assert contrast_to_noise(heatmap, [box, extra]) == contrast_to_noise(heatmap, [box])
    assert not np.isnan(contrast_to_noise(heatmap, [box])[0])


@pytest.mark.parametrize(
    ("heatmap", "box"),
    [
        ([[0.1, 0.1, 0.1, 0.1]], Box(0, 0, 2, 1)),  # no noise, no contrast
        ([[1.0, 1.0, 0.0, 0.0]], Box(0, 0, 2, 1)),  # no noise
        ([[0.4, 0.8, 0.1, 0.2]], Box(0, 0, 4, 1)),  # nothing outside
        ([[0.4, 0.8, NAN, NAN]], Box(2, 0, 2, 1)),  # nothing of the box seen
        ([[0.4, 0.8, NAN, NAN]], Box(0, 0, 2, 1)),  # nothing around it seen
    ],
)
def test_where_no_box_has_a_ratio_it_is_nan(heatmap: list, box: Box) -> None:
    assert np.isnan(contrast_to_noise(np.array(heatmap), [box])).all()


def test_the_noise_of_an_even_map_is_none_in_float32_too() -> None:
    heatmap = np.full((300, 300), 0.1, np.float32)
    assert np.isnan(contrast_to_noise(heatmap, [Box(10, 10, 71, 53)])).all()


def test_a_union_of_boxes_holds_each_pixel_once_and_none_outside_the_image() -> None:
    mask = union_mask([Box(0, 0, 2, 1), Box(1, 0, 2, 1), Box(3, 1, 50, 50), Box(-9, -9, 2, 2)], (2, 4))
    np.testing.assert_array_equal(mask, [[True, True, True, False], [False, False, False, True]])
    assert not union_mask([], (2, 2)).any()


def test_the_share_inside_ignores_what_was_not_seen() -> None:
    heatmap = np.array([[0.25, np.nan], [0.75, 0.0]])
    assert share_inside(heatmap, np.array([[True, True], [False, False]])) == 0.25
    assert share_inside(np.zeros((2, 2)), np.ones((2, 2), dtype=bool)) == 0
