"""Numbers as spreadsheets write them: 12.5 or 12,5, and 1010, 1.010 or 1,010."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPACES = " '\u00a0\u2009\u202f\u2019"
"""Between thousands, besides the point and the comma; none of them is ever a decimal mark."""

_SPACED = re.compile(rf"[+-]?\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?", re.ASCII)
_MARKED = re.compile(r"[+-]?\d*(?:[.,]\d*)+", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*", re.ASCII)
_OTHER = {".": ",", ",": "."}


def decimal_mark(cells: Iterable[str], default: str) -> str:
    """The one mark, "." or ",", that can only be the decimal one in some of these cells.

    Args:
        cells: of the columns that hold numbers.
        default: where no cell says; "" for none.

    Returns:
        The mark; `default` where no cell tells, or "" where one such as "1,010" may contradict it. "" where some tell
        the one and some the other.
    """
    cells = list(cells)
    found = {mark for mark in map(_own_mark, cells) if mark}
    if found:
        return found.pop() if len(found) == 1 else ""
    contradicted = default and any(_OTHER[default] in cell for cell in cells if _GROUPED.fullmatch(cell))
    return "" if contradicted else default


def can_be_two_numbers(cell: str, mark: str) -> bool:
    """Whether a cell is one number with thousands and another with decimals, and the table does not tell which."""
    return not mark and not _own_mark(cell) and _GROUPED.fullmatch(cell) is not None


def as_python(cell: str, mark: str) -> str:
    """A number as Python writes it; the cell as it is where it is no number.

    Args:
        cell: text such as "1.010,5" or "1 010,5".
        mark: the table's `decimal_mark`.
    """
    if _SPACED.fullmatch(cell):
        return re.sub(f"[{_SPACES}]", "", cell).replace(",", ".")
    if not _MARKED.fullmatch(cell):
        return cell
    mark = _own_mark(cell) or mark
    if not mark:
        return cell
    whole, _, decimals = cell.partition(mark)
    if _OTHER[mark] in whole:
        if not _GROUPED.fullmatch(whole):
            return cell
        whole = whole.replace(_OTHER[mark], "")
    return f"{whole}.{decimals}" if decimals else whole


def _own_mark(cell: str) -> str:
    """The decimal mark, as this cell alone tells it; "" where it does not."""
    if _SPACED.fullmatch(cell):
        return next((mark for mark in ".," if mark in cell), "")
    if not _MARKED.fullmatch(cell):
        return ""
    present = sorted((mark for mark in ".," if mark in cell), key=cell.index)
    if len(present) == 2:
        return present[1] if cell.count(present[1]) == 1 else ""
    (mark,) = present
    if cell.count(mark) > 1:
        return _OTHER[mark] if _GROUPED.fullmatch(cell) else ""
    return "" if _GROUPED.fullmatch(cell) else mark
