"""Paths under which ITK opens files, and a folder of our own for those under which it does not."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr_grounding.disk.sentences import is_whole
from cxr_grounding.errors import CXRGroundingError

PLATFORM = sys.platform
"""Whose C library opens the files."""


def itk_takes(path: Path | str) -> bool:
    """Whether ITK opens a file under this path.

    It hands the path on in UTF-8. On Windows the C library takes these bytes for letters of the code page that the
    program or the machine is set to, which only sometimes is UTF-8, and all code pages have the letters of ASCII alone
    in common; so the file is not found, or another one is written. Elsewhere a path that is no UTF-8 ends the whole
    process.
    Source: SimpleITK's documentation, frequently asked questions, on special characters in a file's name.
    """
    return str(path).isascii() if PLATFORM == "win32" else is_whole(str(path))


@contextmanager
def folder_for_itk() -> Iterator[Path]:
    """An empty folder whose path ITK takes, gone when the block ends.

    On Windows the usual one for temporary files lies in the user's own folder, whose name may be any; the others are
    there for all users, but what is made in them here is for this user alone.

    Raises:
        CXRGroundingError: where there is no place for one.
    """
    parents = (tempfile.gettempdir(), os.environ.get("PROGRAMDATA"), os.environ.get("PUBLIC"))
    for parent in parents:
        if parent is None or not itk_takes(parent):
            continue
        try:
            folder = tempfile.TemporaryDirectory(prefix="cxr-grounding-", dir=parent)
        except OSError:
            continue
        with folder as name:
            yield Path(name)
        return
    raise CXRGroundingError(
        "Volumes are read and written through a folder for temporary files here, but none was found whose path has "
        "plain English letters only. Set the environment variable TEMP to such a folder, or use names of such letters."
    )
