"""Readers' names or codes, which become the names of files on any system."""

from __future__ import annotations

import re

from cxr_grounding.disk.portable_names import folded, is_portable
from cxr_grounding.disk.sentences import shortened
from cxr_grounding.errors import StudyError

LONGEST = 40

_NAME = re.compile(rf"[^\W_][\w .-]{{0,{LONGEST - 1}}}")


def checked_reader(name: str) -> str:
    """A reader's name as it may be kept.

    Raises:
        StudyError: when it is none: empty, a path, or nothing that a file can be called.
    """
    name = " ".join(name.split())
    if not name:
        raise StudyError("The reader has no name. Write a name or a code, such as R1.")
    if not _NAME.fullmatch(name) or not is_portable(name):
        raise StudyError(
            f"{shortened(name)!r} cannot be a reader's name. Use letters, digits, spaces, - and _, beginning with a "
            f"letter or digit, {LONGEST} at most: a code such as R1 is best."
        )
    return name


def stem_of_reader(name: str) -> str:
    """Of the reader's files: the same for names that some systems cannot tell apart."""
    return folded(name)
