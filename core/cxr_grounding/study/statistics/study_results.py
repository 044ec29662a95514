"""All figures of a study, from its ratings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cxr_grounding.evaluation import metrics
from cxr_grounding.radiograph import Box
from cxr_grounding.study.questions import Question, QuestionKind, primary_of
from cxr_grounding.study.statistics.agreement import krippendorff_alpha, mean_weighted_kappa, weighted_kappa
from cxr_grounding.study.statistics.comparison import Compared, Correlated, compare, spearman
from cxr_grounding.study.statistics.rated import Rated, Ratings, grid_of
from cxr_grounding.study.statistics.resampling import Interval, figure_interval, mean_interval

ALL = "all"
"""Pathologies together, in the tables."""


@dataclass(frozen=True)
class MeanRating:
    """Ratings of one arm."""

    question: str
    arm: str
    pathology: str
    maps: int
    ratings: int
    mean: Interval
    shares: tuple[float, ...]
    """Of each step, lowest first."""


@dataclass(frozen=True)
class Agreement:
    """Between readers, in one question; `alpha` is ordinal for a scale, and nominal for a choice."""

    question: str
    readers: int
    maps: int
    alpha: Interval
    kappa: float | None


@dataclass(frozen=True)
class WithOneself:
    """A reader's two answers to the same cases, in one question."""

    question: str
    reader: str
    cases: int
    same: float
    apart: float | None
    """Mean distance in steps; None for a choice."""
    kappa: float | None


@dataclass(frozen=True)
class ReaderTime:
    """How long a reader looked at a case, in s, without breaks."""

    reader: str
    cases: int
    median: float
    first_half: float
    second_half: float
    hours: float
    """In all."""


@dataclass(frozen=True)
class Chosen:
    """How often an option was chosen."""

    question: str
    arm: str
    option: str
    count: int
    share: float


@dataclass(frozen=True)
class OfVerdict:
    """Ratings of the maps that the program itself judged in one way."""

    verdict: str
    maps: int
    mean: Interval


@dataclass(frozen=True)
class DrawnBoxes:
    """Boxes that readers drew, against the annotators' boxes and against each other's; IoU, [0, 1]."""

    arm: str
    boxes: int
    with_truth: float | None
    with_readers: float | None


@dataclass(frozen=True)
class StudyResults:
    """Everything that is reported; each list is a table."""

    ratings: tuple[MeanRating, ...]
    compared: tuple[Compared, ...]
    agreement: tuple[Agreement, ...]
    with_oneself: tuple[WithOneself, ...]
    times: tuple[ReaderTime, ...]
    chosen: tuple[Chosen, ...]
    correlated: tuple[Correlated, ...]
    verdicts: tuple[OfVerdict, ...]
    boxes: tuple[DrawnBoxes, ...]
    texts: tuple[Rated, ...]
    """Rows with a free answer."""


def results_of(ratings: Ratings) -> StudyResults:
    """All figures; the question that the study is about is its first with a scale."""
    scales = [question for question in ratings.questions if question.kind is QuestionKind.SCALE]
    choices = [question for question in ratings.questions if question.kind is QuestionKind.CHOICE]
    texts = [question.name for question in ratings.questions if question.kind is QuestionKind.TEXT]
    primary = primary_of(ratings.questions)
    return StudyResults(
        ratings=tuple(one for question in scales for one in _mean_ratings(ratings, question)),
        compared=tuple(one for question in scales for one in _comparisons(ratings, question)),
        agreement=tuple(_agreement(ratings, question) for question in (*scales, *choices)),
        with_oneself=tuple(one for question in (*scales, *choices) for one in _with_oneself(ratings, question)),
        times=tuple(_times(ratings)),
        chosen=tuple(one for question in choices for one in _chosen(ratings, question)),
        correlated=tuple(_correlations(ratings.first, primary)),
        verdicts=tuple(_verdicts(ratings.first, primary)),
        boxes=tuple(_boxes(ratings)),
        texts=tuple(row for row in ratings.rows if any(row.answers.get(name) for name in texts)),
    )


def _groups(ratings: Ratings) -> list[tuple[str, list[Rated]]]:
    """All rows, and those of each pathology."""
    named = sorted({row.known.pathology for row in ratings.first if row.known.pathology})
    by_name = [(name, [row for row in ratings.first if row.known.pathology == name]) for name in named]
    return [(ALL, list(ratings.first)), *by_name]


def _mean_ratings(ratings: Ratings, question: Question) -> Iterator[MeanRating]:
    for pathology, rows in _groups(ratings):
        for arm in ratings.arms:
            grid = grid_of([row for row in rows if row.known.arm == arm], question.name)
            given = grid.values[~np.isnan(grid.values)]
            steps = range(1, len(question.options) + 1)
            shares = tuple(float((given == step).mean()) if given.size else 0.0 for step in steps)
            yield MeanRating(question.name, arm, pathology, len(grid.units), given.size, mean_interval(grid), shares)


def _comparisons(ratings: Ratings, question: Question) -> Iterator[Compared]:
    base, *others = ratings.arms
    for pathology, rows in _groups(ratings):
        for arm in others:
            yield compare(rows, question.name, arm, base, "" if pathology == ALL else pathology)


def _numbered(rows: Sequence[Rated], question: Question) -> list[Rated]:
    """Choices by their numbers, so that they can stand in a grid."""
    if question.kind is QuestionKind.SCALE:
        return list(rows)
    numbered = []
    for row in rows:
        option = question.option_of(row.answers.get(question.name))
        numbered.append(_replaced(row, question.name, None if option is None else option + 1))
    return numbered


def _replaced(row: Rated, name: str, value: Any) -> Rated:
    return Rated(**{**vars(row), "answers": {**row.answers, name: value}})


def _agreement(ratings: Ratings, question: Question) -> Agreement:
    grid = grid_of(_numbered(ratings.first, question), question.name)
    steps, ordinal = len(question.options), question.kind is QuestionKind.SCALE
    alpha = (
        figure_interval(grid, lambda values: krippendorff_alpha(values, steps, ordinal=ordinal))
        if len(grid.readers) > 1
        else Interval(None)
    )
    kappa = mean_weighted_kappa(grid.values, steps) if ordinal else None
    return Agreement(question.name, len(grid.readers), len(grid.units), alpha, kappa)


def _with_oneself(ratings: Ratings, question: Question) -> Iterator[WithOneself]:
    rows = [row for row in _numbered(ratings.rows, question) if row.answers.get(question.name) is not None]
    for reader in ratings.readers:
        first = {row.item: row.answers[question.name] for row in rows if row.reader == reader and not row.again}
        pairs = [
            (first[row.item], row.answers[question.name])
            for row in rows
            if row.reader == reader and row.again and row.item in first
        ]
        if not pairs:
            continue
        one, other = (np.array(side) for side in zip(*pairs, strict=True))
        is_scale = question.kind is QuestionKind.SCALE
        yield WithOneself(
            question.name,
            reader,
            len(pairs),
            float((one == other).mean()),
            float(np.abs(one - other).mean()) if is_scale else None,
            weighted_kappa(one.tolist(), other.tolist(), len(question.options)) if is_scale else None,
        )


def _times(ratings: Ratings) -> Iterator[ReaderTime]:
    for reader in ratings.readers:
        rows = sorted((row for row in ratings.rows if row.reader == reader), key=lambda row: row.place)
        seconds = np.array([row.seconds for row in rows])
        half = (len(seconds) + 1) // 2
        second = float(np.median(seconds[half:])) if len(seconds) > half else float("nan")
        yield ReaderTime(
            reader,
            len(seconds),
            float(np.median(seconds)),
            float(np.median(seconds[:half])),
            second,
            float(seconds.sum() / 3600),
        )


def _chosen(ratings: Ratings, question: Question) -> Iterator[Chosen]:
    for arm in ratings.arms:
        given = [row.answers.get(question.name) for row in ratings.first if row.known.arm == arm]
        given = [answer for answer in given if answer is not None]
        for option in question.options:
            count = given.count(option)
            yield Chosen(question.name, arm, option, count, count / len(given) if given else 0.0)


def _correlations(rows: Sequence[Rated], question: Question) -> Iterator[Correlated]:
    known = {row.item: row.known for row in rows}
    grid = grid_of(rows, question.name)
    means = np.nanmean(grid.values, axis=0) if grid.values.size else np.zeros(0)
    names = {name for entry in known.values() for name in entry.metrics}
    ordered = [metric.name for metric in metrics.METRICS if metric.name in names]
    for name in (*ordered, *sorted(names - set(ordered))):
        figures = np.array([known[unit].metrics.get(name, np.nan) for unit in grid.units])
        both = type(grid)(grid.readers, grid.units, grid.clusters, np.stack([means, figures]))
        yield Correlated(name, int((~np.isnan(figures)).sum()), figure_interval(both, _rho))


def _rho(values: Any) -> float | None:
    there = ~np.isnan(values).any(axis=0)
    return spearman(*values[:, there])


def _verdicts(rows: Sequence[Rated], question: Question) -> Iterator[OfVerdict]:
    for verdict in sorted({row.known.verdict for row in rows if row.known.verdict}):
        grid = grid_of([row for row in rows if row.known.verdict == verdict], question.name)
        yield OfVerdict(verdict, len(grid.units), mean_interval(grid))


def _boxes(ratings: Ratings) -> Iterator[DrawnBoxes]:
    for arm in ratings.arms:
        drawn = [(row, row.box) for row in ratings.first if row.known.arm == arm]
        boxes = [(row, box) for row, box in drawn if box is not None]
        if not boxes:
            continue
        truth = [max(overlap(box, true) for true in row.known.boxes) for row, box in boxes if row.known.boxes]
        others = [
            overlap(box, other)
            for number, (row, box) in enumerate(boxes)
            for another, other in boxes[number + 1 :]
            if another.item == row.item and another.reader != row.reader
        ]
        yield DrawnBoxes(
            arm,
            len(boxes),
            float(np.mean(truth)) if truth else None,
            float(np.mean(others)) if others else None,
        )


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, [0, 1]."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, across) * max(0.0, down)
    return shared / (one.width * one.height + other.width * other.height - shared)
