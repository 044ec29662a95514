"""How well a map and its mask agree with boxes by the second method's program: METHOD 13.9.

They share words with `metrics`, not meaning: this mIoU is the mean over foreground and background at one threshold,
that one over five thresholds. So they have names of their own, and columns of their own wherever they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.evaluation.metrics import Metric, auc_roc
from cxr_grounding.frame import ModelFrame, resized_side
from cxr_grounding.grounding import Grounding
from cxr_grounding.noised_maps import enlarged, enlarged_mask
from cxr_grounding.radiograph import Box

SIDE = 512
"""Of the frame that these are measured in, whatever a model's own is."""


@dataclass(frozen=True, eq=False)
class FrameCase:
    """A map, its mask, and the boxes that both are judged by.

    Args:
        values: [rows, columns], of any size: before any threshold.
        mask: likewise, bool.
        frame: that they lie on.
        boxes: in pixels of the radiograph as stored.
    """

    values: NDArray[np.floating]
    mask: NDArray[np.bool_]
    frame: ModelFrame
    boxes: Sequence[Box]

    @classmethod
    def of(cls, answer: Grounding, boxes: Sequence[Box]) -> FrameCase | None:
        """Of an answer of either method; None for one that has no map before its threshold."""
        if answer.noised is not None:
            return cls(answer.noised.map, answer.noised.mask, answer.frame, boxes)
        if answer.soft_frame is None:
            return None
        return cls(answer.soft_frame, answer.heatmap_frame > 0, answer.frame, boxes)

    @cached_property
    def map(self) -> NDArray[np.float64]:
        """[512, 512], [0, 1]."""
        return enlarged(self.values, SIDE)

    @cached_property
    def found(self) -> NDArray[np.bool_]:
        """The mask, [512, 512]."""
        return enlarged_mask(self.mask, SIDE)

    @cached_property
    def truth(self) -> NDArray[np.bool_]:
        """The union of the boxes, [512, 512]: every pixel that has any part in one as the image is resized."""
        whole = np.zeros((SIDE, SIDE), dtype=bool)
        for box in self.boxes:
            placed = self.frame.box_to_standard(box)
            shape = self.frame.standard_shape
            rows = _touched(placed.y, placed.height, shape[0], shape)
            columns = _touched(placed.x, placed.width, shape[1], shape)
            whole |= rows[:, None] & columns
        return whole

    @cached_property
    def found_box(self) -> NDArray[np.bool_]:
        """The mask's bounding rectangle without its last row and column, as the program fills it."""
        filled = np.zeros_like(self.found)
        extent = _extent(self.found)
        if extent is not None:
            top, bottom, left, right = extent
            filled[top:bottom, left:right] = True
        return filled


def _touched(start: float, length: float, side: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which of the 512 places of an axis get any weight from the pixels of a box, as bilinear resizing averages."""
    first, last = np.ceil(start - 0.5), np.ceil(start + length - 0.5) - 1
    first, last = max(first, 0), min(last, side - 1)
    if first > last:
        return np.zeros(SIDE, dtype=bool)
    resized, cut = resized_side(side, shape, SIDE)
    scale = side / resized
    centers = (np.arange(cut, cut + SIDE) + 0.5) * scale - 0.5
    return np.asarray(np.abs(np.clip(centers, first, last) - centers) < max(scale, 1.0))


def _extent(mask: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """First and last row and column of a mask; None for an empty one."""
    if not mask.any():
        return None
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def _iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else 0.0


def _both_ious(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return (_iou(one, other) + _iou(~one, ~other)) / 2


def _contrast(case: FrameCase) -> float:
    inside, outside = case.map[case.truth], case.map[~case.truth]
    if min(inside.size, outside.size) < 2:
        return nan
    spread = inside.var(ddof=1) + outside.var(ddof=1)
    return float((inside.mean() - outside.mean()) / sqrt(spread)) if spread > 0 else nan


def _auc(case: FrameCase) -> float:
    return nan if case.truth.all() or not case.truth.any() else auc_roc(case.map, case.truth)


def _top(case: FrameCase) -> float:
    return float(case.truth.ravel()[int(case.map.argmax())])


def _distance(case: FrameCase) -> float:
    """NaN for several boxes, and where there is nothing to measure from."""
    found, truth = _extent(case.found), _extent(case.truth)
    if len(case.boxes) != 1 or found is None or truth is None:
        return nan
    (y, x), (true_y, true_x) = (((top + bottom) / 2, (left + right) / 2) for top, bottom, left, right in (found, truth))
    return hypot(x - true_x, y - true_y)


FRAME_METRICS: tuple[Metric[FrameCase], ...] = (
    Metric(
        "fb_miou",
        "mIoU (foreground and background)",
        "mean of the IoU of mask and boxes and that of what either leaves; not the mIoU over thresholds",
        lambda case: _both_ious(case.found, case.truth),
    ),
    Metric("mask_iou", "IoU (mask)", "of the mask and the boxes", lambda case: _iou(case.found, case.truth)),
    Metric("pointing_top1", "pointing (top-1)", "whether the hottest pixel lies in a box", _top),
    Metric(
        "cnr_sample",
        "CNR (sample variance)",
        "contrast-to-noise ratio of the map before the threshold, all boxes at once, with its sign",
        _contrast,
    ),
    Metric("auc_roc_frame", "AUC-ROC (512 frame)", "exact, of the map before the threshold, in the frame", _auc),
    Metric(
        "fb_miou_box",
        "mIoU (foreground and background, box)",
        "as the first, of the mask's bounding rectangle",
        lambda case: _both_ious(case.found_box, case.truth),
    ),
    Metric("box_iou", "IoU (box)", "of the mask's bounding rectangle", lambda case: _iou(case.found_box, case.truth)),
    Metric(
        "center_distance",
        "distance (px of 512)",
        "between the centres of the mask's and the box's rectangles, where there is one box",
        _distance,
    ),
)
"""In the order in which they are shown."""


def frame_figures(answer: Grounding, boxes: Sequence[Box]) -> dict[str, float]:
    """All of them for one answer, by name; NaN where one is not defined.

    As in the published program every one is 0 for an empty mask, but for the distance, where 0 would be the best.

    Args:
        answer: of either method.
        boxes: in pixels of the radiograph as stored.
    """
    case = FrameCase.of(answer, boxes)
    if case is None:
        return {metric.name: nan for metric in FRAME_METRICS}
    if not case.found.any():
        return {metric.name: nan if metric.function is _distance else 0.0 for metric in FRAME_METRICS}
    return {metric.name: metric.function(case) for metric in FRAME_METRICS}
