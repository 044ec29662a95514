"""What stands before an item of a list: bullets, numbers, letters, Roman numerals."""

from __future__ import annotations

import re
import unicodedata

_BULLET_KINDS = frozenset({"Po", "Pd", "So", "Sm", "Sk", "Co"})
"""Unicode's kinds of letters that bullets are of: signs, dashes, symbols, and what a font has of its own."""

_NO_BULLETS = frozenset("\"'&%/,.:;!?\u00bf\u00a1\u2191\u2193\u2194<\u2264\u2265\u00b1\u2026\u3001\u3002")
"""Of these kinds, those that a sentence may begin with: quotes, arrows that say "more" and "less", relations."""

_BEFORE_NUMBERS = frozenset("<>\u2264\u2265\u2248~=\u00b1\u00d7+-\u2013\u2212")
"""What belongs to a number behind it: "> 2 cm", "~3 mm", "-5"."""

_FONT_BULLET = re.compile(r"(?:[a-zA-Z\u00d8\u00fc]\t|o\s+|\[[ xX]?\])\s*")
"""Letters that a font shows as a bullet, as Word writes them; a box to tick."""

_NUMBER = re.compile(
    r"(?:\(?#?\d{1,2}(?:\.\d{1,2})*[.):\]]{1,2}|\d{1,2}\s?[-\u2013](?=\s+[A-Z]))(?:\s+|$|(?=[A-Z][a-z]))"
)
_LETTER = re.compile(r"\(?([A-Za-z]|[IVX]{2,5}|[ivx]{2,5})([.)])(?:\s+|$)")
_PLACES = re.compile(r"(?:^|(?<=[.:;\n]))[^\S\n]*\(?([A-Za-z]|[IVX]{2,5}|[ivx]{2,5})[.)](?=\s)")
"""Where the mark of an item may stand: at a line's beginning, or behind a sentence's or heading's end."""

_SIDES = frozenset("LRlr")
"""Letters that say left and right: "L. base" is no item of a list."""

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


def letters_at_items(text: str) -> frozenset[str]:
    """The letters and Roman numerals that may be marks of a list in this text."""
    return frozenset(found[1] for found in _PLACES.finditer(text))


def without_list_mark(line: str, letters: frozenset[str], *, numbers: bool = True) -> str:
    """A line or sentence without the marks of a list before it; as it is where it has none.

    Args:
        line: may begin with white space.
        letters: of `letters_at_items` of the whole text. "A." is a mark where "B." is one too, or a capital follows;
            any other letter only beside its neighbour, since "E. coli" and "L. base" are none.
        numbers: whether numbers are marks, too.
    """
    while True:
        bare = line.lstrip()
        end = _end_of_bullet(bare) or (numbers and _end_of_number(bare)) or _end_of_letter(bare, letters)
        if not end:
            return line
        line = bare[end:]


def number_at(line: str) -> int | None:
    """The number of the item that a line is in a list, 2 of "1.2."; None where it has none."""
    found = _NUMBER.match(line.lstrip())
    return int(re.findall(r"\d+", found[0])[-1]) if found else None


def _end_of_bullet(line: str) -> int:
    count = next((place for place, letter in enumerate(line) if not _is_bullet(letter)), len(line))
    if count == 0:
        found = _FONT_BULLET.match(line)
        return found.end() if found else 0
    behind = line[count:]
    blank, mark = behind[:1].isspace(), line[count - 1]
    if mark in _BEFORE_NUMBERS and behind.lstrip()[:1].isdigit() and not (blank and mark in "-\u2013"):
        return 0
    return count


def _is_bullet(letter: str) -> bool:
    return unicodedata.category(letter) in _BULLET_KINDS and letter not in _NO_BULLETS


def _end_of_number(line: str) -> int:
    found = _NUMBER.match(line)
    return found.end() if found else 0


def _end_of_letter(line: str, letters: frozenset[str]) -> int:
    found = _LETTER.match(line)
    if found is None:
        return 0
    mark, closing = found.groups()
    first = mark in ("A", "a", "I", "i") and line[found.end() : found.end() + 1].isupper()
    bracketed = closing == ")" and mark not in _SIDES
    return found.end() if first or bracketed or not letters.isdisjoint(_neighbours(mark)) else 0


def _neighbours(mark: str) -> set[str]:
    """The marks before and after one, as a letter and as a Roman numeral, in its own case."""
    small = mark.lower()
    near = {chr(ord(small) + step) for step in (-1, 1)} if len(small) == 1 else set()
    if small in _ROMAN:
        place = _ROMAN.index(small)
        near |= set(_ROMAN[max(0, place - 1) : place] + _ROMAN[place + 1 : place + 2])
    return {one.upper() for one in near} if mark.isupper() else near
