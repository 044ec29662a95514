"""All ratings of a study, with what the key knows of each: what every figure is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.radiograph import Box
from cxr_grounding.study.answers_file import Reading
from cxr_grounding.study.case_table import StudyCase
from cxr_grounding.study.questions import Question
from cxr_grounding.study.sealed_key import KeyEntry, StudyKey


@dataclass(frozen=True)
class Rated:
    """One reader's answers to one case.

    Args:
        reader: who.
        item, pair, image, phrase: of the case; see `StudyCase`.
        place: in the reader's order, from 0.
        again: whether the reader had seen it before.
        answers: by the questions' names; None for each that was not given, or fits no question any more.
        seconds: that it was looked at, without breaks.
        known: what the key says of it.
        at, paused, study: of the answer.
    """

    reader: str
    item: str
    pair: str
    image: str
    phrase: str
    place: int
    again: bool
    answers: Mapping[str, Any]
    seconds: float
    known: KeyEntry
    at: str = ""
    paused: float = 0.0
    study: str = ""

    @property
    def box(self) -> Box | None:
        """That the reader drew."""
        drawn = next((value for value in self.answers.values() if isinstance(value, list)), None)
        return None if drawn is None else Box(*map(float, drawn))


@dataclass(frozen=True)
class Ratings:
    """All of a study.

    Args:
        rows: of all readers that count.
        questions: of the study.
        arms: the names of what is compared, the first one first.
        left_out: readers who had not finished, and do not count: name, answered, to answer.
        incomplete: readers who had not finished, and count all the same; likewise.
        simulated: readers whose answers a program made up.
        unknown: answers that are about no case of the study any more.
    """

    rows: tuple[Rated, ...]
    questions: tuple[Question, ...]
    arms: tuple[str, ...]
    left_out: tuple[tuple[str, int, int], ...] = ()
    incomplete: tuple[tuple[str, int, int], ...] = ()
    simulated: tuple[str, ...] = ()
    unknown: int = 0

    @property
    def readers(self) -> tuple[str, ...]:
        """Who counts."""
        return tuple(dict.fromkeys(row.reader for row in self.rows))

    @property
    def first(self) -> tuple[Rated, ...]:
        """Without those that a reader saw for the second time, which speak of the reader and not of the map."""
        return tuple(row for row in self.rows if not row.again)


def gather(
    readings: Sequence[Reading],
    cases: Mapping[str, StudyCase],
    key: StudyKey,
    questions: Sequence[Question],
    with_incomplete: bool = False,
) -> Ratings:
    """The ratings of all readers.

    Args:
        readings: of all readers.
        cases: of the study, by their items.
        key: of the study.
        questions: of the study.
        with_incomplete: whether readers who have not finished count.
    """
    rows: list[Rated] = []
    unfinished = [
        (one.header.reader, len(one.latest), len(one.header.order)) for one in readings if not one.is_complete
    ]
    counted = [one for one in readings if one.is_complete or (with_incomplete and one.latest)]
    unknown = 0
    for reading in counted:
        seen: set[str] = set()
        for place, answer in sorted(reading.latest.items()):
            case = cases.get(answer.item)
            if case is None or answer.item not in key.entries:
                unknown += 1
                continue
            given = {question.name: _fitting(question, answer.answers) for question in questions}
            rows.append(
                Rated(
                    reader=reading.header.reader,
                    item=case.item,
                    pair=case.pair,
                    image=case.image,
                    phrase=case.phrase,
                    place=place,
                    again=case.item in seen,
                    answers=given,
                    seconds=answer.seconds,
                    known=key.entries[case.item],
                    at=answer.at,
                    paused=answer.paused,
                    study=answer.study,
                )
            )
            seen.add(case.item)
    names = {reading.header.reader for reading in counted}
    return Ratings(
        tuple(rows),
        tuple(questions),
        tuple(key.arms),
        left_out=tuple(one for one in unfinished if one[0] not in names),
        incomplete=tuple(one for one in unfinished if one[0] in names),
        simulated=tuple(one.header.reader for one in counted if one.header.simulated),
        unknown=unknown,
    )


def _fitting(question: Question, answers: Mapping[str, Any]) -> Any:
    value = answers.get(question.name)
    return value if value is not None and question.fits(value) else None


@dataclass(frozen=True, eq=False)
class Grid:
    """Numbers by reader and unit.

    Args:
        readers: of the rows.
        units: of the columns.
        clusters: of each column: the radiograph, whose columns are drawn together.
        values: [readers, units], NaN where there is none.
    """

    readers: tuple[str, ...]
    units: tuple[str, ...]
    clusters: tuple[str, ...]
    values: NDArray[np.float64] = field(repr=False)


def grid_of(rows: Iterable[Rated], question: str, by: str = "item") -> Grid:
    """The answers to a question with a scale, as a grid.

    Args:
        rows: each at most one for a reader and a unit.
        question: by name.
        by: what a column is: the map ("item"), or radiograph and phrase ("pair").
    """
    kept = [row for row in rows if row.answers.get(question) is not None]
    readers = tuple(sorted({row.reader for row in kept}))
    clusters = {getattr(row, by): row.image for row in kept}
    units = tuple(sorted(clusters))
    values = np.full((len(readers), len(units)), np.nan)
    rows_of = {reader: number for number, reader in enumerate(readers)}
    columns_of = {unit: number for number, unit in enumerate(units)}
    for row in kept:
        values[rows_of[row.reader], columns_of[getattr(row, by)]] = float(row.answers[question])
    return Grid(readers, units, tuple(clusters[unit] for unit in units), values)
