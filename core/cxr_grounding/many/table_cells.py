"""The table of answers as CSV: a cell for each value, and back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from cxr_grounding.disk.csv_cells import cell_of, text_of
from cxr_grounding.many.result_rows import COLUMNS, Holds, Row


def csv_lines(rows: Iterable[Row]) -> str:
    """Lines of the table, in the order of its columns; lists are JSON, numbers have all their digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(row[column], holds) for column, holds in COLUMNS.items()] for row in rows)
    return text.getvalue()


def csv_header() -> str:
    """The first line."""
    return ",".join(COLUMNS) + "\n"


def rows_in(text: str) -> list[Row]:
    """The rows of a table that `csv_header` and `csv_lines` wrote; what a killed program left half-written is not among
    them.

    Raises:
        ValueError: when it is another table.
    """
    whole, _, _ = text.rpartition("\n")
    cells = list(csv.reader(io.StringIO(whole, newline="")))
    if not cells:
        return []
    if cells[0] != list(COLUMNS):
        raise ValueError("it has other columns than this program writes")
    return [_row(one) for one in cells[1:] if len(one) == len(COLUMNS)]


def _row(cells: list[str]) -> Row:
    return {column: _value(cell, COLUMNS[column]) for column, cell in zip(COLUMNS, cells, strict=True)}


def _cell(value: Any, holds: Holds) -> str:
    if value is None:
        return ""
    if holds in (Holds.TEXTS, Holds.BOXES):
        return json.dumps(value, ensure_ascii=False)
    if holds is Holds.TEXT:
        return cell_of(str(value))
    return str(int(value)) if holds is Holds.WHOLE else repr(float(value))


def _value(cell: str, holds: Holds) -> Any:
    if holds is Holds.TEXT:
        return text_of(cell)
    if holds in (Holds.TEXTS, Holds.BOXES):
        return json.loads(cell)
    if not cell:
        return None
    return int(cell) if holds is Holds.WHOLE else float(cell)
