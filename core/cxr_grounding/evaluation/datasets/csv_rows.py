"""Rows of annotation files, with the line each begins on: tolerant of how spreadsheets save, strict about columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cxr_grounding.disk.foreign_text import TextTooLargeError, read_foreign_text
from cxr_grounding.disk.sentences import LONGEST_LIST, holds_controls, reason, shortened
from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.annotations import UnusableRow
from cxr_grounding.evaluation.datasets.dataset import Problem
from cxr_grounding.evaluation.datasets.written_numbers import as_python, can_be_two_numbers, decimal_mark

DELIMITERS = ",;\t"
"""What may stand between columns; the one under which the header holds most of the needed columns is taken."""

LARGEST_TABLE_BYTES = 2**28
"""Largest annotation file that is read; VinDr-CXR's training set has 6 MB."""

NOTHING = frozenset({"nan", "nat", "none", "null", "na", "<na>", "n/a", "#n/a"})
"""What pandas, R, databases and spreadsheets write into a cell that holds nothing, lower case."""

_SEPARATOR_LINE = re.compile(r'\s*"?sep=([^\w\s"]|\t)"?[ \t;,]*(?:\r\n?|\n)', re.IGNORECASE)
"""Excel's first line, which says what stands between columns and is none of the table."""


@dataclass(frozen=True)
class CsvRow:
    """One row of a table.

    Args:
        line: of the file, from 1, on which the row begins; quoted cells may hold line ends.
        cells: by column name in lower case, without blanks around them, and "" for what says that there is `NOTHING`.
        decimal_mark: "." or ",", which of them the table writes before decimals; "" where it does not tell.
    """

    line: int
    cells: Mapping[str, str]
    decimal_mark: str = "."

    def text(self, *columns: str) -> str:
        """The cell of the first of these columns that is there; "" where none is."""
        return next((self.cells[column] for column in columns if column in self.cells), "")

    def number(self, column: str) -> str:
        """The cell as Python writes a number; as it is where it is none.

        Raises:
            UnusableRow: when it is one number with thousands and another with decimals, and nothing tells which.
        """
        cell = self.text(column)
        if can_be_two_numbers(cell, self.decimal_mark):
            raise UnusableRow(
                f"{column} is {cell!r}, which can be {as_python(cell, ',')} or {as_python(cell, '.')}. "
                "Save the table without marks between thousands."
            )
        return as_python(cell, self.decimal_mark)


def read_text(path: Path) -> str:
    """The text of an annotation file, in any encoding that `read_foreign_text` knows.

    Raises:
        EvaluationError: when the file cannot be read, is empty or is huge.
    """
    try:
        text = read_foreign_text(path, LARGEST_TABLE_BYTES)
    except TextTooLargeError as error:
        raise EvaluationError(f"The annotations {path} are no table of boxes: {error}. Choose another file.") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise EvaluationError(
            f"The annotations {path} cannot be read ({reason(error)}). Check the file's name and permissions."
        ) from error
    if not text.strip("\ufeff \t\r\n"):
        raise EvaluationError(f"The annotations {path} are empty. Copy the file again from where it came.")
    return text


@dataclass
class _Table:
    """A table, cut into cells.

    Args:
        text: of the file, without the line that names the delimiter.
        delimiter: between columns.
        skipped: lines of the file before the text.
        broken: the problem that ended it early, once it is read.
    """

    text: str
    delimiter: str
    skipped: int
    broken: list[Problem] = field(default_factory=list)

    def lines(self, keep_empty: bool = False) -> Iterator[tuple[int, list[str]]]:
        """(line of the file, cells without blanks around them) of each row; of empty ones only where asked."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        last_line, is_begun = 0, False  # the header is the first that is not empty
        try:
            for raw in reader:
                line, last_line = last_line + 1, reader.line_num
                cells = [cell.strip() for cell in raw]
                if any(cells) or (keep_empty and cells and is_begun):
                    is_begun = True
                    yield self.skipped + line, cells
        except csv.Error as error:
            self.broken.append(
                Problem(
                    self.skipped + last_line + 1,
                    f"From here on the file is no table ({error}), and was not read.",
                )
            )

    def header(self) -> list[str]:
        """The names of the columns, lower case."""
        return [cell.lower() for cell in next(self.lines(), (0, []))[1]]


def read_rows(path: Path, required: Sequence[str], numbers: Sequence[str]) -> tuple[list[CsvRow], list[Problem]]:
    """The rows of a CSV file whose header names at least the required columns, in any order and case.

    The header is the first line that is not empty, behind Excel's "sep=;" where the file begins with that.

    Args:
        path: of the file, with commas, semicolons or tabs between columns, or what its first line says.
        required: names of columns, lower case.
        numbers: names of the columns whose cells are numbers, lower case; together they tell the decimal mark.

    Returns:
        The rows, without empty lines; and a problem for each row with more or fewer cells than the header, or with
        control characters.

    Raises:
        EvaluationError: when the file cannot be read, or lacks a column or has it twice; the message names those there
            are.
    """
    return rows_of(read_text(path), str(path), required, numbers)


def rows_of(
    text: str,
    name: str,
    required: Sequence[str],
    numbers: Sequence[str] = (),
    *,
    known: Sequence[str] = (),
    keep_empty: bool = False,
) -> tuple[list[CsvRow], list[Problem]]:
    """The same of a text that was read already.

    Args:
        name: what the table is called in messages.
        known: further columns that tell what stands between columns.
        keep_empty: whether rows whose cells are all empty are among the rows; lines without cells never are.
    """
    table = _cut(text, (*required, *known))
    columns = table.header()
    _check_columns(name, columns, required, numbers)
    problems: list[Problem] = []
    read: list[tuple[int, dict[str, str]]] = []
    for line, cells in list(table.lines(keep_empty))[1:]:
        if len(cells) != len(columns):
            problems.append(Problem(line, f"The row has {len(cells)} cells, but the header has {len(columns)}."))
            continue
        if any(map(holds_controls, cells)):
            problems.append(Problem(line, "The row holds control characters, as no text does."))
            continue
        told = ("" if cell.lower() in NOTHING else cell for cell in cells)
        read.append((line, dict(zip(columns, told, strict=True))))
    default = "." if table.delimiter == "," else ""
    mark = decimal_mark((cells[name] for _, cells in read for name in numbers if name in cells), default)
    return [CsvRow(line, cells, mark) for line, cells in read], problems + table.broken[:1]


def _cut(text: str, required: Sequence[str]) -> _Table:
    text = text.lstrip("\ufeff")
    said = _SEPARATOR_LINE.match(text)
    if said is not None:
        skipped = len(said[0].splitlines())
        return _Table(text[said.end() :], said[1], skipped)
    tables = [_Table(text, delimiter, 0) for delimiter in DELIMITERS]
    return max(tables, key=lambda table: len(set(table.header()) & set(required)))


def _check_columns(name: str, columns: list[str], required: Sequence[str], numbers: Sequence[str]) -> None:
    missing = [column for column in required if column not in columns]
    if missing:
        raise EvaluationError(
            f"{name} has no column {' and no column '.join(map(repr, missing))}. Its columns are: "
            f"{shortened(', '.join(columns), LONGEST_LIST)}. Check that this is the right file."
        )
    twice = [column for column in dict.fromkeys((*required, *numbers)) if columns.count(column) > 1]
    if twice:
        raise EvaluationError(
            f"{name} has the column {' and the column '.join(map(repr, twice))} more than once. Its columns are: "
            f"{shortened(', '.join(columns), LONGEST_LIST)}. Leave out the one that is not meant."
        )
