"""Metrics against cases worked by hand, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cxr_grounding.evaluation.metrics import auc_roc, mean_iou, share_inside


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


def test_auc_roc_equals_scikit_learn_s_with_unseen_pixels_as_zero() -> None:
    rng = np.random.default_rng(1)
    mask = rng.random((40, 30)) < 0.2
    heatmap = np.clip(rng.normal(size=mask.shape) + mask, 0, None)
    heatmap[:, :5] = np.nan
    expected = roc_auc_score(mask.ravel(), np.nan_to_num(heatmap).ravel())
    assert auc_roc(heatmap, mask) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("value", [True, False])
def test_auc_roc_refuses_a_mask_with_nothing_to_compare(value: bool) -> None:
    with pytest.raises(ValueError, match="some inside and some outside"):
        auc_roc(np.ones((3, 3)), np.full((3, 3), value))


def test_the_share_inside_ignores_what_was_not_seen() -> None:
    heatmap = np.array([[0.25, np.nan], [0.75, 0.0]])
    assert share_inside(heatmap, np.array([[True, True], [False, False]])) == 0.25
    assert share_inside(np.zeros((2, 2)), np.ones((2, 2), dtype=bool)) == 0
