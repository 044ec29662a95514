"""cases.csv: the cases of a study as readers may know them. Nothing in it tells whose a map is."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cxr_grounding.disk.csv_cells import cell_of, text_of
from cxr_grounding.disk.foreign_text import read_foreign_text
from cxr_grounding.disk.sentences import reason, shortened
from cxr_grounding.errors import StudyError

CASES_FILE = "cases.csv"
LARGEST_BYTES = 2**25
MOST_CASES = 20_000

_NAME, _DIGEST = re.compile(r"[A-Za-z0-9-]{1,40}"), re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StudyCase:
    """One map that readers rate; a row of cases.csv.

    Args:
        item: its name in the study, in an order that says nothing.
        pair: names radiograph and phrase together; those of several models share it.
        image, image_sha256: the radiograph's file, from the study's folder, and its digest.
        map, map_sha256: likewise of the map (`StudyMap`).
        phrase: that the map is of.
        turn: in which round of reading it comes; of one pair each has another turn, and each turn has as many cases of
            every model as of any other.
        again: its place among those that may be shown twice; one model's take turns with the others'.
    """

    item: str
    pair: str
    image: str
    image_sha256: str
    map: str
    map_sha256: str
    phrase: str
    turn: int
    again: int


COLUMNS = tuple(field.name for field in fields(StudyCase))


class Pair(NamedTuple):
    """What a case is about, without whose its map is."""

    image: str
    phrase: str


def cases_text(cases: Sequence[StudyCase]) -> str:
    """The text of cases.csv."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell_of(str(value)) for value in astuple(case)] for case in cases)
    return buffer.getvalue()


def read_cases(path: Path) -> tuple[StudyCase, ...]:
    """The rows of a cases.csv.

    Raises:
        StudyError: when it cannot be read, or is none.
    """
    try:
        rows = list(csv.reader(io.StringIO(read_foreign_text(path, LARGEST_BYTES), newline=""), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise StudyError(f"{path} cannot be read ({reason(error)}). Make the study again.") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise StudyError(f"{path} is no case table: its columns are not {', '.join(COLUMNS)}. Make the study again.")
    if not 1 < len(rows) <= MOST_CASES + 1:
        raise StudyError(f"{path} holds {len(rows) - 1} cases. A study has 1 to {MOST_CASES}.")
    cases = tuple(_case_of(path, line, row) for line, row in enumerate(rows[1:], 2))
    item, times = Counter(case.item for case in cases).most_common(1)[0]
    if times > 1:
        raise StudyError(f"{path} holds the case {item} {times} times. Make the study again.")
    return cases


def _case_of(path: Path, line: int, row: Sequence[str]) -> StudyCase:
    try:
        cells = dict(zip(COLUMNS, map(text_of, row), strict=True))
        case = StudyCase(**{name: int(cell) if name in ("turn", "again") else cell for name, cell in cells.items()})  # type: ignore[arg-type]
    except ValueError as error:
        raise StudyError(f"Line {line} of {path} is damaged. Make the study again.") from error
    names = all(_NAME.fullmatch(name) for name in (case.item, case.pair))
    digests = all(_DIGEST.fullmatch(digest) for digest in (case.image_sha256, case.map_sha256))
    if not (names and digests and case.phrase.strip() and min(case.turn, case.again) >= 0):
        raise StudyError(f"Line {line} of {path} is damaged. Make the study again.")
    for file in (case.image, case.map):
        # What lies outside of the folder would not be there on another computer, and is nobody's to name.
        if not file or "\\" in file or PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise StudyError(
                f"Line {line} of {path} names the file {shortened(file)!r}, which is not in the study's folder. "
                "Make the study again."
            )
    return case
