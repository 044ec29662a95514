"""Texts as cells of CSV files that people open in a spreadsheet, and back."""

from __future__ import annotations

import re

_FORMULA = r"\s*[=+\-@＝＋－＠]|[\t\r\n]"  # noqa: RUF001 - the full-width signs are meant: Excel takes them for the plain ones
"""How texts begin that spreadsheets take for formulas, and compute (OWASP, CSV injection)."""

_TO_DEFUSE, _DEFUSED = re.compile(f"'*(?:{_FORMULA})"), re.compile(f"'+(?:{_FORMULA})")


def cell_of(text: str) -> str:
    """A text as a cell: before one that a spreadsheet would take for a formula stands an apostrophe more.

    Numbers are written without it: they are none.
    """
    return f"'{text}" if _TO_DEFUSE.match(text) else text


def text_of(cell: str) -> str:
    """The text that `cell_of` made a cell of; one that was written without it, as it is."""
    return cell[1:] if _DEFUSED.match(cell) else cell
