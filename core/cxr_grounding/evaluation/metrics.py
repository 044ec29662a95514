"""How well a heatmap agrees with boxes. METHOD 6; NaN in a heatmap means "not seen by the model".

A figure of the benchmark is one record in `METRICS`; a new one needs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.radiograph import Box

C = TypeVar("C")

IOU_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Of the heatmap, over whose IoUs the mean is taken (METHOD 6)."""

AUC_THRESHOLDS = 5
"""How many thresholds, evenly from 0 to 1, the published AUC-ROC is binned with (METHOD 6)."""


def union_mask(boxes: Sequence[Box], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels of a grid [rows, columns] whose centres lie in any of the boxes; none for no boxes."""
    mask = np.zeros(shape, dtype=bool)
    for box in boxes:
        mask |= box.mask(shape)
    return mask


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
        heatmap: [rows, columns], 0 or more, or NaN.
        mask: [rows, columns], with pixels in it and outside it.

    Raises:
        ValueError: when the mask is empty or fills the image, so that there is nothing to compare.
    """
    inside, outside = _sides_of(mask)
    hot = heatmap > 0  # never for NaN
    # All that is cold is one tie, and most of a map after its threshold: only what is hot is sorted.
    found, other = heatmap[mask & hot], np.sort(heatmap[~mask & hot])
    cold_inside, cold_outside = inside - found.size, outside - other.size
    below, not_above = (int(np.searchsorted(other, found, side).sum()) for side in ("left", "right"))
    halves = below + not_above + 2 * found.size * cold_outside + cold_inside * cold_outside
    return halves / 2 / (inside * outside)


def binned_auc_roc(heatmap: NDArray[np.floating], mask: NDArray[np.bool_], thresholds: int = AUC_THRESHOLDS) -> float:
    """Area under the ROC curve through a few thresholds only, joined by straight lines, as it was published.

    Equals torcheval's `binary_binned_auroc(..., threshold=thresholds)`: a pixel counts as found at a threshold when it
    is not below it. With so few, most differences in heat are ties, so that the figure is not the exact one's.

    The published program gives torcheval the whole image, with NaN where the model did not look. NaN is below every
    threshold, 0 included, and so falls out of torcheval's totals: the published figure is about the seen pixels alone,
    and so is this one. In the exact one, `auc_roc`, a box that the model could not see costs what it should.

    Args:
        heatmap: [rows, columns], [0, 1] or NaN.
        mask: [rows, columns].
        thresholds: how many, evenly spaced from 0 to 1, both included; 2 or more.

    Raises:
        ValueError: when of the seen pixels all or none lie in the mask (torcheval answers 0.5 there).
    """
    seen = ~np.isnan(heatmap)
    inside, outside = _sides_of(mask[seen])
    rates = [(0.0, 0.0)]
    for threshold in np.linspace(1, 0, thresholds):
        above = heatmap >= threshold  # never for NaN
        hits = int(np.count_nonzero(above & mask))
        rates.append((hits / inside, (int(np.count_nonzero(above)) - hits) / outside))
    true_rate, false_rate = np.array(rates).T
    return float(np.sum(np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2))


def contrast_to_noise(heatmap: NDArray[np.floating], boxes: Sequence[Box]) -> tuple[float, float]:
    """The contrast-to-noise ratio of boxes, with its sign and without: published tables differ in which they print.

    Of one box: (mean inside - mean outside) / sqrt(variance inside + variance outside), population variances, over the
    pixels that the model saw. The boxes are measured in their order, and each is blanked before the next, as the
    published program does it: "outside" never contains an earlier box, but does contain the later ones, and a pixel
    in two boxes counts for the first.

    A box has no such ratio, and is left out of the means, when nothing of it, or nothing around it, is left to measure
    (not seen by the model, outside the image, under earlier boxes), and when the heatmap is even both inside and
    outside, so that there is no noise to divide by. (The published program counts what is not a number
    as 0, but drops boxes that lie wholly outside the model's frame before it measures anything.)

    Args:
        heatmap: [rows, columns], [0, 1] or NaN.
        boxes: in pixels of that grid; a part outside it holds no pixel.

    Returns:
        (signed, absolute): the mean over the boxes of the ratio, negative where boxes are colder than the rest, and the
        mean of each box's ratio without its sign. Both NaN when no box has one.
    """
    left = np.array(heatmap, dtype=np.float64)
    ratios = []
    for box in boxes:
        mask = box.mask((left.shape[0], left.shape[1]))
        inside, outside = _seen(left[mask]), _seen(left[~mask])
        # Compared by their ends: rounding gives an even part a variance of 1e-34, not 0.
        if inside.size and outside.size and not (_even(inside) and _even(outside)):
            ratios.append((inside.mean() - outside.mean()) / np.sqrt(inside.var() + outside.var()))
        left[mask] = np.nan
    if not ratios:
        return float("nan"), float("nan")
    return float(np.mean(ratios)), float(np.mean(np.abs(ratios)))


def share_inside(heatmap: NDArray[np.floating], region: NDArray[np.bool_]) -> float:
    """The part of the heatmap's sum that lies in a region; 0 for a heatmap that is 0 everywhere."""
    total = float(np.nansum(heatmap))
    return float(np.nansum(heatmap[region])) / total if total > 0 else 0.0


def _sides_of(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """How many pixels lie in the mask, and how many outside it; neither is 0."""
    inside = int(np.count_nonzero(mask))
    outside = mask.size - inside
    if inside == 0 or outside == 0:
        raise ValueError(f"the mask holds {inside} of {mask.size} pixels; AUC-ROC needs some inside and some outside")
    return inside, outside


def _seen(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _even(values: NDArray[np.float64]) -> bool:
    return bool(values.min() == values.max())


class Maps(NamedTuple):
    """One answer's map, [rows, columns], [0, 1], NaN where the model did not look.

    Args:
        heatmap: after the threshold.
        soft: before it; None for an answer that has none.
    """

    heatmap: NDArray[np.floating]
    soft: NDArray[np.floating] | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """A map and the boxes that it is judged by.

    Args:
        maps: of the answer.
        boxes: in pixels of its grid.
    """

    maps: Maps
    boxes: Sequence[Box]

    @property
    def heatmap(self) -> NDArray[np.floating]:
        """After the threshold."""
        return self.maps.heatmap

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """[rows, columns]: the union of the boxes."""
        rows, columns = self.heatmap.shape
        return union_mask(self.boxes, (rows, columns))

    @cached_property
    def contrast(self) -> tuple[float, float]:
        """`contrast_to_noise`, worked out once for both of its variants."""
        return contrast_to_noise(self.heatmap, self.boxes)

    @property
    def seen_share(self) -> float:
        """Share of the boxes' pixels that the model saw; NaN where they hold none."""
        inside = np.count_nonzero(self.mask)
        return float(np.count_nonzero(self.mask & ~np.isnan(self.heatmap)) / inside) if inside else nan


@dataclass(frozen=True)
class Scale:
    """How a metric's panel of the report's chart is drawn.

    Args:
        low, high: of the axis, at least; wider where intervals need it.
        nothing: the value of a map that knows nothing, drawn as a line through the panel.
        meaning: of that line, in two or three words.
    """

    low: float
    high: float
    nothing: float
    meaning: str


@dataclass(frozen=True)
class Metric(Generic[C]):
    """One figure of a sample, and all that is shown of it.

    Args:
        name: in files, lower case with underscores.
        heading: what people read; published tables differ in which AUC-ROC and which CNR they print.
        meaning: in a few words.
        function: a number out of what the figure is about; NaN where it is not defined.
        scale: of its panel in the chart; None for none.
    """

    name: str
    heading: str
    meaning: str
    function: Callable[[C], float]
    scale: Scale | None = None


def _exact(values: NDArray[np.floating] | None, mask: NDArray[np.bool_]) -> float:
    return nan if values is None or mask.all() or not mask.any() else auc_roc(values, mask)


def _binned(case: Case) -> float:
    inside = case.mask[~np.isnan(case.heatmap)]
    return binned_auc_roc(case.heatmap, case.mask) if inside.any() and not inside.all() else nan


METRICS: tuple[Metric[Case], ...] = (
    Metric(
        "miou",
        "mIoU",
        "intersection over union of (heatmap > t) and the boxes, mean over t = 0.1, 0.2, 0.3, 0.4, 0.5",
        lambda case: mean_iou(case.heatmap, case.mask),
        Scale(0.0, 0.1, 0.0, "no overlap"),
    ),
    Metric(
        "auc_roc_soft",
        "AUC-ROC (soft map)",
        "before the threshold: chance that a pixel in the boxes is hotter than one outside; 0.5 knows nothing",
        lambda case: _exact(case.maps.soft, case.mask),
        Scale(0.4, 1.0, 0.5, "chance"),
    ),
    Metric(
        "auc_roc_exact",
        "AUC-ROC (thresholded)",
        "the same after the threshold, where all that is cold is one tie",
        lambda case: _exact(case.heatmap, case.mask),
    ),
    Metric(
        "auc_roc_binned",
        "AUC-ROC (5 thresholds)",
        "through five thresholds, over the seen pixels, as published; not comparable with the exact one",
        _binned,
    ),
    Metric(
        "cnr_signed",
        "CNR (signed)",
        "contrast-to-noise ratio, mean over boxes; below 0 where the boxes are colder than the rest",
        lambda case: case.contrast[0],
        Scale(0.0, 1.0, 0.0, "no contrast"),
    ),
    Metric(
        "cnr_absolute",
        "|CNR|",
        "the same without each box's sign; never lower, so not comparable with the signed one",
        lambda case: case.contrast[1],
    ),
)
"""The figures of a sample, in the order in which they are shown (METHOD 6, docs/evaluation.md)."""


def headings() -> dict[str, str]:
    """What people read for each of `METRICS`, by its name."""
    return {metric.name: metric.heading for metric in METRICS}
