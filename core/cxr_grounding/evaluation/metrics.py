"""How well a heatmap agrees with boxes. METHOD 6; NaN means "not seen by the model"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

IOU_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Of the heatmap, over whose IoUs the mean is taken (METHOD 6)."""


def mean_iou(heatmap: NDArray[np.floating], mask: NDArray[np.bool_]) -> float:
    """Mean over `IOU_THRESHOLDS` of the intersection over union of (heatmap > t) and the mask.

    Args:
        heatmap: [rows, columns], [0, 1]; NaN is not above any threshold.
        mask: [rows, columns], union of the boxes, with a pixel or more.
    """
    ious = []
    for threshold in IOU_THRESHOLDS:
        above = heatmap > threshold
        ious.append(np.count_nonzero(above & mask) / np.count_nonzero(above | mask))
    return float(np.mean(ious))


def auc_roc(heatmap: NDArray[np.floating], mask: NDArray[np.bool_]) -> float:
    """Exact area under the ROC curve over all pixels: the chance that a pixel of the mask is hotter than another.

    Ties count one half. Pixels that the model did not see count as 0, the coldest.

    Args:
        heatmap: [rows, columns], [0, 1] or NaN.
        mask: [rows, columns], with pixels in it and outside it.

    Raises:
        ValueError: when the mask is empty or fills the image, so that there is nothing to compare.
    """
    inside = int(np.count_nonzero(mask))
    outside = mask.size - inside
    if inside == 0 or outside == 0:
        raise ValueError(f"the mask holds {inside} of {mask.size} pixels; AUC-ROC needs some inside and some outside")
    ranks = rankdata(np.nan_to_num(heatmap, nan=0.0).ravel())
    rank_sum = float(ranks[mask.ravel()].sum())
    return (rank_sum - inside * (inside + 1) / 2) / (inside * outside)


def share_inside(heatmap: NDArray[np.floating], region: NDArray[np.bool_]) -> float:
    """The part of the heatmap's sum that lies in a region; 0 for a heatmap that is 0 everywhere."""
    total = float(np.nansum(heatmap))
    return float(np.nansum(heatmap[region])) / total if total > 0 else 0.0
