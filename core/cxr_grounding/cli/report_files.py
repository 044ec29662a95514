"""Text files with reports, as commands are given them."""

from __future__ import annotations

import sys
from pathlib import Path

from cxr_grounding.disk.foreign_text import TextTooLargeError, decode_foreign, read_foreign_text
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import PhraseError
from cxr_grounding.reading import report_file

STANDARD_INPUT = Path("-")
"""What stands for it on a command line."""


def read_report_file(report: Path) -> str:
    """The text of a file with one report, a DICOM structured report too, or of standard input.

    Raises:
        PhraseError: when it cannot be read, is huge, or is no report.
    """
    if report != STANDARD_INPUT:
        return report_file.read_report_file(report)
    text = read_text_or_input(report, report_file.LARGEST_TEXT_BYTES, "report", "Give a text with one report.")
    if "\0" in text or text.startswith(("%PDF", "PK\x03\x04")):
        raise PhraseError(f"The report {named(report)} is no text. Give the words of one report.")
    return text


def no_sentence(report: Path) -> PhraseError:
    """The error for a report without a sentence."""
    return PhraseError(f"The report {named(report)} holds no sentence. Give a text file with the report's findings.")


def read_text_or_input(file: Path, largest: int, what: str, advice: str) -> str:
    """The text of a file or of standard input, in any encoding that `read_foreign_text` knows.

    Args:
        file: or `STANDARD_INPUT`.
        largest: most bytes.
        what: it is, for the error.
        advice: what to give in its place, a sentence.

    Raises:
        PhraseError: when it cannot be read, or is huge.
    """
    try:
        return _text(file, largest)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise PhraseError(f"The {what} {named(file)} cannot be read ({reason(error)}). {advice}") from error


def _text(file: Path, largest: int) -> str:
    if file != STANDARD_INPUT:
        return read_foreign_text(file, largest)
    content = sys.stdin.buffer.read(largest + 1)
    if len(content) > largest:
        raise TextTooLargeError(f"it has more than {largest / 2**20:g} MiB")
    return decode_foreign(content)


def named(file: Path) -> str:
    """A file's name for a sentence."""
    return "on standard input" if file == STANDARD_INPUT else str(file)
