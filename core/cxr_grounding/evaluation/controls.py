"""What a figure is compared with, to tell grounding from luck: docs/evaluation.md, "Controls".

A Gaussian in the middle of the image, a phrase that is not about this image, the phrases of the image's other findings,
and the side that the phrase names. A control is one record in `CONTROLS`.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.evaluation.datasets.dataset import Dataset, Sample
from cxr_grounding.evaluation.metrics import Maps, Metric, auc_roc, mean_iou, share_inside
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.frame import ModelFrame
from cxr_grounding.maps import keep_above_otsu
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.sides import Side

PRIOR_SIGMA = 0.25
"""Of the centre prior's Gaussian, as a share of the frame's side."""

AUC = "auc_roc_soft"
"""The metric whose fall with another finding's phrase is told."""


@dataclass(frozen=True, eq=False)
class Controlled:
    """One sample's boxes, and the maps that they are held against; all [rows, columns] on the grid of its image.

    Args:
        mask: bool, the union of the boxes.
        heatmap: of the sample's own phrase, after the threshold.
        prior: of `centre_prior`.
        stranger: of a phrase that is not about this image; None where there is none.
        others: of the other phrases of this image.
        named: bool, the side of the patient that the phrase names; None where it names none.
    """

    mask: NDArray[np.bool_]
    heatmap: NDArray[np.floating]
    prior: Maps
    stranger: Maps | None
    others: Sequence[Maps]
    named: NDArray[np.bool_] | None

    def auc(self, maps: Maps | None) -> float:
        """The AUC-ROC of another soft map against the sample's boxes; NaN where there is none, or nothing outside."""
        return nan if maps is None or maps.soft is None or self.mask.all() else auc_roc(maps.soft, self.mask)

    def iou(self, maps: Maps | None) -> float:
        """The mIoU of another map, likewise."""
        return nan if maps is None else mean_iou(maps.heatmap, self.mask)

    @property
    def other_auc(self) -> float:
        """The mean of `auc` over the other phrases of the image."""
        return float(np.mean([self.auc(other) for other in self.others])) if self.others else nan

    @property
    def on_named_side(self) -> float:
        """Share of the heatmap on the named side."""
        return nan if self.named is None else share_inside(self.heatmap, self.named)


CONTROLS: tuple[Metric[Controlled], ...] = (
    Metric(
        "prior_auc", "centre AUC", "AUC-ROC of a Gaussian in the middle of the image", lambda one: one.auc(one.prior)
    ),
    Metric("prior_miou", "centre mIoU", "mIoU of the same", lambda one: one.iou(one.prior)),
    Metric(
        "shuffled_auc",
        "shuffled AUC",
        "AUC-ROC of the heatmap for a phrase that is not about this image",
        lambda one: one.auc(one.stranger),
    ),
    Metric("shuffled_miou", "shuffled mIoU", "mIoU of the same", lambda one: one.iou(one.stranger)),
    Metric(
        "other_auc",
        "another's phrase AUC",
        "AUC-ROC of the heatmaps for the other phrases of this image, mean",
        lambda one: one.other_auc,
    ),
    Metric(
        "on_named_side",
        "on the named side",
        "share of the heatmap on the side that the phrase names",
        lambda one: one.on_named_side,
    ),
)
"""In the order in which they are shown."""

OVER_ALL = ("other_auc", "on_named_side")
"""Those that a sentence sums up over all samples, rather than by pathology (`ControlSummary`)."""


def control_figures(controlled: Controlled) -> dict[str, float]:
    """Each of `CONTROLS`, by its name."""
    return {control.name: control.function(controlled) for control in CONTROLS}


def centre_prior(frame: ModelFrame) -> Maps:
    """A map that knows nothing: a Gaussian in the middle of what the model sees, thresholded like all others.

    Returns:
        [rows, columns] of the radiograph, float32, [0, 1], NaN where the model does not look.
    """
    away = (np.arange(frame.size) + 0.5) / frame.size - 0.5
    bell = np.exp(-(away**2) / (2 * PRIOR_SIGMA**2))
    soft = np.outer(bell, bell)
    return Maps(frame.to_radiograph(keep_above_otsu(soft)), frame.to_radiograph(soft))


def left_half(radiograph: Radiograph) -> NDArray[np.bool_] | None:
    """The half of an image that holds the patient's left, [rows, columns]; None for a view from the side.

    In the standard view it is the image's right half. Where the file does not say how the image lies, as no JPG does,
    that view is assumed.
    """
    if radiograph.is_lateral:
        return None
    rows, columns = radiograph.orientation.to_standard(radiograph.pixels).shape
    is_left = np.arange(columns) + 0.5 > columns / 2
    return radiograph.orientation.from_standard(np.broadcast_to(is_left, (rows, columns)))


def named_half(side: Side | None, left: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """The pixels on a side of the patient, out of those on the left; None where either is not known."""
    if side is None or left is None:
        return None
    return left if side is Side.LEFT else ~left


class Strangers:
    """Draws a phrase that is not about a sample's image, the same one whenever it is asked for.

    Each of the phrases that are asked of other images and not of this one has the same chance; those that are counted
    under the sample's own class are taken only where there is no other.

    Args:
        dataset: of the samples; what it asks beyond a limit is drawn from too.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._asked = dataset.asked
        classes: dict[str, str] = {}
        for phrases in dataset.asked.values():
            for phrase, pathology in phrases:
                classes.setdefault(phrase, pathology)
        self._pool = sorted((pathology, phrase) for phrase, pathology in classes.items())

    def of(self, sample: Sample) -> str | None:
        """The phrase; the sample's own `stranger` where it has one, None where there is none."""
        if sample.stranger is not None:
            return sample.stranger
        own_class = (
            bisect_left(self._pool, sample.pathology, key=lambda one: one[0]),
            bisect_right(self._pool, sample.pathology, key=lambda one: one[0]),
        )
        here = {one.phrase for one in self._asked.get(sample.image_id, ())}
        start = zlib.crc32("\n".join(sample.key).encode(errors="surrogatepass"))
        for pool in (self._pool[own_class[1] :] + self._pool[: own_class[0]], self._pool[slice(*own_class)]):
            turned = (pool[(start + step) % len(pool)][1] for step in range(len(pool)))
            stranger = next((phrase for phrase in turned if phrase not in here), None)
            if stranger is not None:
                return stranger
        return None


@dataclass(frozen=True)
class ControlSummary:
    """What two of the controls say over all samples.

    Args:
        own_auc, other_auc: over the samples with another phrase on their image, AUC-ROC with the own phrase and with
            the others', against the same boxes.
        pairs: how many samples these two are about.
        side_accuracy: share of the samples that name a side whose heatmap lies mostly on it.
        sided: how many samples that is about.

    What no sample speaks about is None.
    """

    own_auc: float | None
    other_auc: float | None
    pairs: int
    side_accuracy: float | None
    sided: int

    @classmethod
    def of(cls, scores: Sequence[SampleScore]) -> ControlSummary:
        """Of samples whose controls were measured."""
        pairs = [
            (own, other)
            for own, other in ((one.figures[AUC], one.figures["other_auc"]) for one in scores)
            if not isnan(own) and not isnan(other)
        ]
        shares = [one.figures["on_named_side"] for one in scores]
        sides = [share > 0.5 for share in shares if not isnan(share)]
        return cls(
            own_auc=_mean([own for own, _ in pairs]),
            other_auc=_mean([other for _, other in pairs]),
            pairs=len(pairs),
            side_accuracy=_mean(sides),
            sided=len(sides),
        )

    @property
    def fall(self) -> float | None:
        """By how much AUC-ROC falls when the phrase is another finding's; None where no image has two phrases."""
        return None if self.own_auc is None or self.other_auc is None else self.own_auc - self.other_auc

    @property
    def sentences(self) -> tuple[str, ...]:
        """For people."""
        told = []
        if self.fall is not None:
            told.append(
                f"Another finding's phrase: AUC-ROC (soft map) {self.own_auc:.3f} falls to {self.other_auc:.3f}, "
                f"by {self.fall:.3f} ({self.pairs} findings beside another)."
            )
        if self.side_accuracy is not None:
            told.append(
                f"Named side: most of the heatmap lies on it for {100 * self.side_accuracy:.1f} % "
                f"of {self.sided} findings."
            )
        return tuple(told)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "other_phrase": {
                "samples": self.pairs,
                "own_auc": self.own_auc,
                "other_auc": self.other_auc,
                "fall": self.fall,
            },
            "sides": {"samples": self.sided, "accuracy": self.side_accuracy},
        }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
