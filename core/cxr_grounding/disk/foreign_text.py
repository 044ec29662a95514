"""Text files from anywhere: bounded in size, in whatever encoding editors and spreadsheets save them."""

from __future__ import annotations

import codecs
from pathlib import Path

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LOOKED_AT = 4096
"""Bytes in which UTF-16 without a mark is looked for; even."""


class TextTooLargeError(OSError):
    """A text file is larger than what it is read for can be. Its message says how large, without the file's name."""


def read_foreign_text(path: Path, largest: int) -> str:
    """The text of a file: UTF-8, UTF-16 or UTF-32 with their marks, UTF-16 without, or else Windows-1252.

    Args:
        path: of the file.
        largest: most bytes that are read.

    Raises:
        TextTooLargeError: when there are more.
        OSError: when the file cannot be read.
        ValueError: when its name holds a null character.
    """
    with path.open("rb") as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise TextTooLargeError(f"it has more than {largest / 2**20:g} MiB")
    return decode_foreign(content)


def decode_foreign(content: bytes) -> str:
    """The text of bytes, as `read_foreign_text` reads them; never fails."""
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), _unmarked(content))
    for candidate in (encoding, "cp1252"):
        try:
            return content.decode(candidate)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")  # Windows-1252 leaves five bytes undefined


def _unmarked(content: bytes) -> str:
    """UTF-16 where every other byte of mostly Western text is null, or else UTF-8."""
    start = content[:_LOOKED_AT]
    pairs = len(start) // 2
    for name, first in (("utf-16-be", 0), ("utf-16-le", 1)):
        if pairs and start[first::2].count(0) > 0.7 * pairs and start[1 - first :: 2].count(0) == 0:
            return name
    return "utf-8"
