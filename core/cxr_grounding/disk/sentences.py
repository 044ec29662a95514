"""What other people's text becomes inside of a sentence for the user: one line, printable, short."""

from __future__ import annotations

import re

LONGEST_REASON = 200
"""Most characters of a library's own message, or of a text out of a file, that are passed on to the user."""

LONGEST_LIST = 600
"""Most characters of several such texts; the names of VinDr-CXR's classes take 500."""

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
"""Control characters but for those that count as white space."""

_HALVES = re.compile("[\ud800-\udfff]")
"""Of a surrogate pair: in the names of files, bytes that are no UTF-8."""


def printable(text: str) -> str:
    """Text from a file on one line, fit for a terminal and for UTF-8.

    Control characters, escapes among them, become spaces, and half characters "\ufffd".
    """
    whole = _HALVES.sub("\ufffd", text)
    return " ".join("".join(character if character.isprintable() else " " for character in whole).split())


def shortened(text: str, longest: int = LONGEST_REASON) -> str:
    """Text from a file as `printable` makes it, and no longer than that."""
    text = printable(text)
    return text if len(text) <= longest else text[:longest] + "…"


def holds_controls(text: str) -> bool:
    """Whether a text has control characters in it, which no text that people write has; line ends are none here."""
    return _CONTROLS.search(text) is not None


def is_whole(text: str) -> bool:
    """Whether UTF-8 can hold a text: not where half a character stands in it, as in a file name of other bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def can_be_shown(text: str) -> bool:
    """Whether a text can go to windows, terminals and files as it is: whole, and without control characters."""
    return is_whole(text) and not holds_controls(text)


def readable(size: int) -> str:
    """A number of bytes for people."""
    for unit, bytes_each in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_each:
            return f"{size / bytes_each:.1f} {unit}"
    return f"{size} bytes"


def reason(error: BaseException) -> str:
    """The last telling line of an exception's message, or its kind, at most `LONGEST_REASON` characters."""
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return shortened(lines[-1].rstrip(". ")) if lines else type(error).__name__
