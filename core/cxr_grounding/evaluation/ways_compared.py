"""How far ways to compute agree with the exact one, and what each costs: presets and precisions side by side."""

from __future__ import annotations

import csv
import dataclasses
import io
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.engine import Engine
from cxr_grounding.errors import EvaluationError, RadiographError
from cxr_grounding.evaluation.datasets.dataset import Problem
from cxr_grounding.evaluation.run.images import STAGE
from cxr_grounding.grounding import Grounding
from cxr_grounding.maps import overlap
from cxr_grounding.presets import PAPER
from cxr_grounding.progress import Progress, report
from cxr_grounding.worker.reader import shared_reader

LOWEST = 0.05
"""Of the correlations: so many of them are lower than the figure."""


@dataclass(frozen=True)
class Agreement:
    """One way beside the exact one, which is `paper` in the first of the precisions.

    Args:
        preset, precision: the way.
        maps: how many maps were compared.
        correlation, correlation_lowest_5_percent, correlation_lowest: Pearson's, of the thresholded heatmaps on the
            model's frame; None where no two could be compared.
        iou, iou_lowest: intersection over union of what the threshold leaves of them.
        empty: maps of which the threshold left nothing, here or there; they have no correlation.
        forwards: of the U-Net, an image with all its phrases, in whole ones' worth of operations.
        time: of the same over that of the exact way, the median over the images.
    """

    preset: str
    precision: str
    maps: int
    correlation: float | None
    correlation_lowest_5_percent: float | None
    correlation_lowest: float | None
    iou: float
    iou_lowest: float
    empty: int
    forwards: float
    time: float


@dataclass(frozen=True)
class Compared:
    """What was found.

    Args:
        rows: the exact way first.
        images: how many were looked at.
        problems: the images that could not be.
    """

    rows: tuple[Agreement, ...]
    images: int
    problems: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {
            "images": self.images,
            "ways": [dataclasses.asdict(row) for row in self.rows],
            "problems": [problem.sentence for problem in self.problems],
        }

    def as_csv(self) -> str:
        """A line a way under the names of `Agreement`; a figure that is not defined is empty."""
        text = io.StringIO()
        writer = csv.DictWriter(text, [one.name for one in dataclasses.fields(Agreement)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(dataclasses.asdict(row) for row in self.rows)
        return text.getvalue()


@dataclass
class _Way:
    """What is noted of one way: a map each, an image each."""

    correlations: list[float] = field(default_factory=list)
    ious: list[float] = field(default_factory=list)
    forwards: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def compare_ways(
    engines: Mapping[str, Engine],
    presets: Sequence[str],
    images: Sequence[Path],
    phrases: Sequence[str],
    spent: Callable[[str], float],
    progress: Progress | None = None,
) -> Compared:
    """Ask the same of every image in every way, one after the other, so that a slower hour slows all of them.

    Args:
        engines: by precision, opened with the preset `paper`; the exact way is that preset in the first of them.
        presets: beside `paper`.
        images: files.
        phrases: asked of each; they need not be true.
        spent: forwards' worth that the engine of a precision has computed so far.
        progress: told after every image, and by the engines within one.

    Raises:
        EvaluationError: when none of the images can be read.
        PhraseError: when a phrase cannot be grounded.
        Cancelled: when `progress` asks to stop.
    """
    first = next(iter(engines))
    names = [PAPER.name, *(name for name in presets if name != PAPER.name)]
    ways = {(preset, precision): _Way() for precision in engines for preset in names}
    problems: list[Problem] = []
    report(progress, STAGE, 0, len(images))
    for number, path in enumerate(images, 1):
        try:
            radiograph = shared_reader().read_image(path)
        except RadiographError as error:
            problems.append(Problem(None, str(error)))
            continue
        exact: list[Grounding] = []
        for (preset, precision), way in ways.items():
            engine, before, started = engines[precision], spent(precision), time.perf_counter()
            engine.set_radiograph(radiograph, preset=preset, progress=progress)
            answers = engine.ground(list(phrases), progress=progress)
            way.times.append(time.perf_counter() - started)
            way.forwards.append(spent(precision) - before)
            exact = exact or answers
            for one, other in zip(exact, answers, strict=True):
                way.correlations.append(correlation(one.heatmap_frame, other.heatmap_frame))
                way.ious.append(overlap_of_ways(one.heatmap_frame > 0, other.heatmap_frame > 0))
        report(progress, STAGE, number, len(images))
    looked = len(images) - len(problems)
    if not looked:
        told = problems[0].sentence if problems else "There is none."
        raise EvaluationError(f"None of the images could be read. {told}")
    exact_times = ways[PAPER.name, first].times
    rows = tuple(_row(*names_of, way, exact_times) for names_of, way in ways.items())
    return Compared(rows, looked, tuple(problems))


def correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Pearson's, over all pixels; NaN where one of the two is even."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def overlap_of_ways(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Of two ways to the same region: 1 where both find none."""
    return overlap(one, other) if one.any() or other.any() else 1.0


def _row(preset: str, precision: str, way: _Way, exact_times: Sequence[float]) -> Agreement:
    defined = [one for one in way.correlations if not np.isnan(one)]
    ratios = [own / exact for own, exact in zip(way.times, exact_times, strict=True)]
    return Agreement(
        preset=preset,
        precision=precision,
        maps=len(way.ious),
        correlation=float(np.mean(defined)) if defined else None,
        correlation_lowest_5_percent=float(np.quantile(defined, LOWEST)) if defined else None,
        correlation_lowest=min(defined, default=None),
        iou=float(np.mean(way.ious)),
        iou_lowest=min(way.ious),
        empty=len(way.correlations) - len(defined),
        forwards=statistics.fmean(way.forwards),
        time=statistics.median(ratios),
    )
