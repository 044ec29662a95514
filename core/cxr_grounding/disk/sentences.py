"""What other people's text becomes inside of a sentence for the user: one line, printable, short."""

from __future__ import annotations

LONGEST_REASON = 200
"""Most characters of a library's own message that are passed on to the user."""


def printable(text: str) -> str:
    """Text from a file on one line, fit for a terminal: control characters, escapes among them, become spaces."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def is_whole(text: str) -> bool:
    """Whether UTF-8 can hold a text: not where half a character stands in it, as in a file name of other bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def reason(error: BaseException) -> str:
    """The last telling line of an exception's message, or its kind, at most `LONGEST_REASON` characters."""
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = printable(lines[-1]).rstrip(".") if lines else type(error).__name__
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON] + "…"
