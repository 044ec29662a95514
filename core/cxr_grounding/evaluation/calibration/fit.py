"""From evidence for phrases that are true or absent to what evidence means: thresholds, a curve, how well both hold."""

from __future__ import annotations

import dataclasses
import datetime
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from cxr_grounding.calibration import ROUNDING, Calibration, FittedWith
from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.bootstrap import auroc

LEAST = 30
"""Phrases of each kind, true and absent; with fewer, a threshold that 5 % pass is one phrase's."""

TAIL = 0.05
"""Share of the true phrases that may be called absent, and of the absent ones that may be called true."""

FOLDS = 5
"""Parts of the images, each predicted by a fit to the others."""

BINS = 10
"""Of predicted shares, equally wide, in the reliability plot and in the calibration error."""

LIES_RIGHT = 0.3
"""Mean IoU from which a map of a true phrase counts as lying right, for the threshold of the agreement."""

TELLS_APART = 0.6
"""AUROC of the agreement below which it gets no threshold."""


class Case(NamedTuple):
    """One phrase on one image.

    Args:
        image_id: of the image; all phrases of one image are in one fold.
        evidence: P* (METHOD 10).
        is_present: whether the phrase is true of the image.
        agreement: of its two maps; None for an absent phrase, and where the map was not sharpened.
        iou: the map's mean IoU with the boxes; None for an absent phrase.
        is_placed: whether the phrase was asked at every place in its stead.
    """

    image_id: str
    evidence: float
    is_present: bool
    agreement: float | None = None
    iou: float | None = None
    is_placed: bool = False


class Bin(NamedTuple):
    """Phrases with about the same predicted share: its mean, the share that was true, and how many they are.

    Both shares are those of equally many true and absent phrases.
    """

    predicted: float
    seen: float
    phrases: int


class Fitted(NamedTuple):
    """A calibration, and its reliability on phrases of images that were left out of the fit.

    `bins_of_placed` is that of `Calibration.placed`.
    """

    calibration: Calibration
    bins: tuple[Bin, ...]
    bins_of_placed: tuple[Bin, ...] = ()

    @property
    def placed(self) -> Fitted | None:
        """That of the phrases that were asked at every place; None where they were not told from the others."""
        own = self.calibration.placed
        return None if own is None else Fitted(own, self.bins_of_placed)


def fit_by_form(cases: Sequence[Case], fitted_on: str, fitted_with: FittedWith | None = None) -> Fitted:
    """As `fit_calibration`, but those that were asked at every place apart from those that were asked as they stand.

    Their evidence lies elsewhere: it is the best of many places'. Where there are too few of either, all are one.
    """
    placed = [case for case in cases if case.is_placed]
    others = [case for case in cases if not case.is_placed]
    if not all(map(_suffice, (placed, others))):
        return fit_calibration(cases, fitted_on, fitted_with)
    own, of_placed = (fit_calibration(some, fitted_on, fitted_with) for some in (others, placed))
    return Fitted(dataclasses.replace(own.calibration, placed=of_placed.calibration), own.bins, of_placed.bins)


def _suffice(cases: Sequence[Case]) -> bool:
    present = sum(case.is_present for case in cases)
    return min(present, len(cases) - present) >= LEAST and len({case.image_id for case in cases}) >= FOLDS


def fit_calibration(cases: Sequence[Case], fitted_on: str, fitted_with: FittedWith | None = None) -> Fitted:
    """Fit a calibration to phrases that are known to be true or absent.

    Args:
        cases: in any order.
        fitted_on: the set, in a few words.
        fitted_with: how the evidence was measured, where that is known.

    Raises:
        EvaluationError: when there are too few of either kind, or of images, or the evidence of all is one number.
    """
    evidence = np.array([case.evidence for case in cases])
    is_present = np.array([case.is_present for case in cases], dtype=bool)
    count = int(is_present.sum())
    _check(count, len(cases) - count, len({case.image_id for case in cases}))
    if np.ptp(evidence) < ROUNDING:
        raise EvaluationError(
            f"The evidence of every phrase is {evidence[0]:.2f}: the model predicts the same whatever it is asked, so "
            "there is nothing to calibrate. Check its text encoder and its U-Net."
        )
    present, absent = evidence[is_present], evidence[~is_present]
    nowhere_below, here_from = float(np.quantile(present, TAIL)), float(np.quantile(absent, 1 - TAIL))
    if nowhere_below > here_from:  # the two hardly overlap: between them, either is right for nearly all
        nowhere_below = here_from = (nowhere_below + here_from) / 2
    predicted = _cross_fitted(cases, evidence, is_present)
    bins, error = _reliability(predicted, is_present)
    area = auroc(present.tolist(), absent.tolist())
    calibration = Calibration(
        fitted_on=fitted_on,
        fitted=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        present=count,
        absent=len(cases) - count,
        nowhere_below=round(nowhere_below, 4),
        here_from=round(here_from, 4),
        agreement_from=_agreement_from(cases),
        knots=_knots(evidence, is_present),
        auroc=round(area or 0.0, 4),
        calibration_error=round(error, 4),
        fitted_with=fitted_with,
    )
    return Fitted(calibration, bins)


def _check(present: int, absent: int, images: int) -> None:
    if present < LEAST or absent < LEAST:
        raise EvaluationError(
            f"There are {present} phrases that are true of their images and {absent} that are absent, but a "
            f"calibration needs {LEAST} of each. Absent phrases are drawn from the other classes of the set: give "
            "annotations with more findings, of two classes or more."
        )
    if images < FOLDS:
        raise EvaluationError(f"The phrases are about {images} images, but a calibration needs {FOLDS} or more.")


def _knots(evidence: NDArray[np.float64], is_present: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """The isotonic curve from evidence to the share of true phrases, by the ends of its steps."""
    values, place = np.unique(evidence, return_inverse=True)
    weights = _balanced(is_present)
    total = np.bincount(place, weights)
    share = np.bincount(place, weights * is_present) / total
    steps = isotonic_regression(share, weights=total).x
    ends = np.flatnonzero(np.diff(steps, prepend=np.nan, append=np.nan) != 0)
    kept = np.unique(np.concatenate([ends[:-1], ends[1:] - 1]))  # the first and the last of each step
    return tuple((round(float(values[i]), 4), round(float(steps[i]), 4)) for i in kept)


def _balanced(is_present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights under which true and absent phrases are equally many."""
    count = int(is_present.sum())
    return np.where(is_present, 0.5 / max(count, 1), 0.5 / max(len(is_present) - count, 1))


def _cross_fitted(
    cases: Sequence[Case], evidence: NDArray[np.float64], is_present: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The share that is predicted for each phrase by a fit to the images of the other folds."""
    ids = sorted({case.image_id for case in cases}, key=lambda one: zlib.crc32(one.encode(errors="surrogatepass")))
    fold_of = {image_id: number % FOLDS for number, image_id in enumerate(ids)}
    fold = np.array([fold_of[case.image_id] for case in cases])
    predicted = np.empty(len(cases))
    for number in range(FOLDS):
        own = fold == number
        known, shares = np.array(_knots(evidence[~own], is_present[~own])).T
        predicted[own] = np.interp(evidence[own], known, shares)
    return predicted


def _reliability(predicted: NDArray[np.float64], is_present: NDArray[np.bool_]) -> tuple[tuple[Bin, ...], float]:
    """Predicted against seen shares, and their mean difference."""
    weights = _balanced(is_present)
    place = np.minimum((predicted * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for number in range(BINS):
        inside = place == number
        weight = float(weights[inside].sum())
        if weight == 0:
            continue
        mean = float((weights * predicted)[inside].sum() / weight)
        seen = float((weights * is_present)[inside].sum() / weight)
        bins.append(Bin(mean, seen, int(inside.sum())))
        error += weight * abs(mean - seen)
    return tuple(bins), error


def _agreement_from(cases: Sequence[Case]) -> float | None:
    """The agreement that parts maps that lie right from others best; None where it does not tell them apart."""
    known = [(case.agreement, case.iou) for case in cases if case.agreement is not None and case.iou is not None]
    right = sorted(agreement for agreement, iou in known if iou >= LIES_RIGHT)
    wrong = sorted(agreement for agreement, iou in known if iou < LIES_RIGHT)
    area = auroc(right, wrong)
    if area is None or area < TELLS_APART or min(len(right), len(wrong)) < LEAST:
        return None
    candidates = np.array(sorted({*right, *wrong}))
    kept = 1 - np.searchsorted(right, candidates) / len(right)  # of those that lie right, at or above
    refused = np.searchsorted(wrong, candidates) / len(wrong)
    return round(float(candidates[np.argmax(kept + refused)]), 4)
