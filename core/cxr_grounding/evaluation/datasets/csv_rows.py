"""Rows of annotation files, with the line each begins on: tolerant of how spreadsheets save, strict about columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.dataset import Problem

DELIMITERS = ",;\t"
"""What may stand between columns; the one under which the header holds most of the needed columns is taken."""

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class CsvRow:
    """One row of a table.

    Args:
        line: of the file, from 1, on which the row begins; quoted cells may hold line ends.
        cells: by column name in lower case, without blanks around them.
        decimal_comma: whether numbers are written "12,5", as files with semicolons between columns do.
    """

    line: int
    cells: Mapping[str, str]
    decimal_comma: bool = False

    def text(self, *columns: str) -> str:
        """The cell of the first of these columns that is there; "" where none is."""
        return next((self.cells[column] for column in columns if column in self.cells), "")

    def number(self, column: str) -> str:
        """The cell as Python writes a number."""
        cell = self.text(column)
        return cell.replace(",", ".") if self.decimal_comma else cell


def read_text(path: Path) -> str:
    """The text of an annotation file: UTF-8, UTF-16 with its mark, or else Latin-1.

    Raises:
        EvaluationError: when the file cannot be read, or is empty.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise EvaluationError(
            f"The annotations {path} cannot be read ({reason(error)}). Check the file's name and permissions."
        ) from error
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if not text.strip():
        raise EvaluationError(f"The annotations {path} are empty. Copy the file again from where it came.")
    return text


def read_rows(path: Path, required: Sequence[str]) -> tuple[list[CsvRow], list[Problem]]:
    """The rows of a CSV file whose header names at least the required columns, in any order and case.

    Args:
        path: of the file, with commas, semicolons or tabs between columns.
        required: names of columns, lower case.

    Returns:
        The rows, without empty lines; and a problem for each row with more or fewer cells than the header.

    Raises:
        EvaluationError: when the file cannot be read, or lacks a column; the message names those there are.
    """
    text = read_text(path)
    delimiter = max(DELIMITERS, key=lambda candidate: len(set(_header(text, candidate)) & set(required)))
    columns = _header(text, delimiter)
    missing = [column for column in required if column not in columns]
    if missing:
        raise EvaluationError(
            f"{path} has no column {' and no column '.join(map(repr, missing))}. Its columns are: "
            f"{', '.join(columns)}. Check that this is the right file."
        )
    rows: list[CsvRow] = []
    problems: list[Problem] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    last_line = 0
    try:
        for cells in reader:
            line, last_line = last_line + 1, reader.line_num
            if line == 1 or not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                problems.append(Problem(line, f"The row has {len(cells)} cells, but the header has {len(columns)}."))
                continue
            values = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
            rows.append(CsvRow(line, values, decimal_comma=delimiter == ";"))
    except csv.Error as error:
        problems.append(Problem(last_line + 1, f"From here on the file is no table ({error}), and was not read."))
    return rows, problems


def _header(text: str, delimiter: str) -> list[str]:
    """The names of the columns, lower case."""
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration):
        return []
    return [cell.strip().lower() for cell in cells]
