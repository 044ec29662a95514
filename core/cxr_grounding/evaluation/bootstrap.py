"""How sure a figure over all images is: its standard error, by drawing the images again.

An image is drawn with all its phrases: two phrases about one radiograph share most of what decides about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
"""Another seed then moves a standard error by about a fiftieth."""
AT_ONCE = 100
"""Bounds the memory: this many times the phrases, 4 bytes each."""
SEED = 20251127
"""Fixed, so that the same evidence gives the same error."""


class Ranked(NamedTuple):
    """A phrase on an image, and the evidence that it is there."""

    image_id: str
    evidence: float


class Named(NamedTuple):
    """Something that was said of an image, and whether it is right."""

    image_id: str
    is_right: bool


@dataclass(frozen=True, eq=False)
class Estimate:
    """A figure and how sure it is.

    Args:
        value: None where nothing speaks about it.
        counts: of what it is about, by what they are called in the JSON.
        drawn: [RESAMPLES], the same on images drawn with replacement; NaN where nothing in a draw speaks about it.
            None where all is about one image, which says nothing about others.
    """

    value: float | None
    counts: dict[str, int] = field(default_factory=dict)
    drawn: NDArray[np.float64] | None = None

    @property
    def error(self) -> float | None:
        """The standard error; None where it is not known."""
        if self.value is None or self.drawn is None:
            return None
        known = self.drawn[~np.isnan(self.drawn)]
        return float(known.std(ddof=1)) if known.size > 1 else None

    @property
    def text(self) -> str:
        """For people: "0.957 (0.006)"."""
        return self._text(1, 3)

    @property
    def percent(self) -> str:
        """For people: "97.5 % (0.8)"."""
        return self._text(100, 1)

    def _text(self, factor: int, digits: int) -> str:
        if self.value is None:
            return "–"  # noqa: RUF001 - a dash is what is meant
        unit = " %" if factor == 100 else ""
        error = "" if self.error is None else f" ({factor * self.error:.{digits}f})"
        return f"{factor * self.value:.{digits}f}{unit}{error}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"value": self.value, "standard_error": self.error} | self.counts


class Bootstrap:
    """Draws the images of an evaluation again; all its figures are of the same draws.

    Args:
        image_ids: of all images, each once or more.
    """

    def __init__(self, image_ids: Iterable[str]) -> None:
        self._place = {image_id: place for place, image_id in enumerate(sorted(set(image_ids)))}

    def auroc(self, true: Sequence[Ranked], false: Sequence[Ranked]) -> Estimate:
        """The chance that a phrase that is there has more evidence than one that is not, ties one half."""
        counts = {"true": len(true), "false": len(false)}
        if not true or not false:
            return Estimate(None, counts)
        own, (others, of_others) = self._columns(true), self._columns(sorted(false, key=lambda one: one.evidence))
        ends = [np.searchsorted(others, own[0], side) for side in ("left", "right")]

        def area(times: NDArray[np.float32]) -> NDArray[np.float64]:
            weights = times[:, own[1]].astype(np.float64)
            passed = np.cumsum(times[:, of_others], axis=1, dtype=np.float64)
            passed = np.concatenate([np.zeros((len(times), 1)), passed], axis=1)
            pairs = 2 * weights.sum(axis=1) * passed[:, -1]
            won = (weights * (passed[:, ends[0]] + passed[:, ends[1]])).sum(axis=1)
            return np.divide(won, pairs, out=np.full(len(times), np.nan), where=pairs > 0)

        value = auroc([one.evidence for one in true], [one.evidence for one in false])
        return Estimate(value, counts, self._drawn(area, {*own[1].tolist(), *of_others.tolist()}))

    def share(self, said: Sequence[Named]) -> Estimate:
        """The share of what is right."""
        counts = {"right": sum(one.is_right for one in said), "of": len(said)}
        if not said:
            return Estimate(None, counts)
        right, images = self._columns([Ranked(one.image_id, float(one.is_right)) for one in said])

        def share(times: NDArray[np.float32]) -> NDArray[np.float64]:
            weights = times[:, images].astype(np.float64)
            total = weights.sum(axis=1)
            return np.divide(weights @ right, total, out=np.full(len(times), np.nan), where=total > 0)

        return Estimate(counts["right"] / len(said), counts, self._drawn(share, set(images.tolist())))

    def mean(self, estimates: Iterable[Estimate]) -> Estimate:
        """The mean of those that have a value, each counting the same; the counts are the sums of theirs.

        What a draw leaves without a value is left out of that draw's mean.
        """
        known = [one for one in estimates if one.value is not None]
        if not known:
            return Estimate(None)
        counts = {name: sum(one.counts[name] for one in known) for name in known[0].counts}
        drawn = [one.drawn for one in known if one.drawn is not None]
        values = [one.value for one in known if one.value is not None]
        return Estimate(float(np.mean(values)), counts, _mean_of_known(drawn) if len(drawn) == len(known) else None)

    def _columns(self, ranked: Sequence[Ranked]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The evidence, and the places of the images."""
        evidence = np.array([one.evidence for one in ranked], dtype=np.float64)
        return evidence, np.array([self._place[one.image_id] for one in ranked], dtype=np.intp)

    def _drawn(self, figure: Any, images: set[int]) -> NDArray[np.float64] | None:
        """A figure on each draw, given how often each image was drawn, [draws, images]."""
        if len(images) < 2:
            return None
        chunks = range(0, RESAMPLES, AT_ONCE)
        return np.concatenate([figure(self._times[at : at + AT_ONCE].astype(np.float32)) for at in chunks])

    @cached_property
    def _times(self) -> NDArray[np.uint16]:
        """[RESAMPLES, images]: how often each image is in each draw."""
        count = len(self._place)
        rng = np.random.default_rng(SEED)
        draws = (np.bincount(rng.integers(count, size=count), minlength=count) for _ in range(RESAMPLES))
        return np.stack([draw.astype(np.uint16) for draw in draws])


def auroc(present: Sequence[float], absent: Sequence[float]) -> float | None:
    """The chance that one of the first is higher than one of the second, ties one half; None where either is empty."""
    if not present or not absent:
        return None
    ordered = np.sort(absent)
    below, not_above = (np.searchsorted(ordered, present, side) for side in ("left", "right"))
    return float((below + not_above).sum() / (2 * len(present) * len(absent)))


def _mean_of_known(drawn: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The mean over the figures of each draw that has any, else NaN."""
    table = np.stack(drawn)
    known = ~np.isnan(table)
    count = known.sum(axis=0)
    return np.divide(np.where(known, table, 0).sum(axis=0), count, out=np.full(table.shape[1], np.nan), where=count > 0)
