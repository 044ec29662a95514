"""Write a file whole or not at all."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import OutputError

LONGEST_NAME = 40
"""Letters of the file's own name in the temporary one."""

TRIES = 20 if sys.platform == "win32" else 1
"""To put a file in its place. Windows refuses while another program has the earlier one open, as those do for a moment
that look for viruses or index what is new."""

BETWEEN_TRIES_SECONDS = 0.05


@contextmanager
def written_whole(path: Path, suffix: str, check: Callable[[Path], None] | None = None) -> Iterator[Path]:
    """A temporary name beside `path`; what was written there becomes `path` when the block ends well.

    Before that it is on the disk, not only on its way there. When the block or the check raises, nothing of it stays,
    and an earlier file at `path` is untouched.

    Args:
        path: where the file shall be; its folder must exist.
        suffix: that the temporary name ends in, for writers that choose the format by it.
        check: reads what was written and raises `OSError` or `RuntimeError` where it is not what was meant: for writers
            that do not say when the disk is full.

    Raises:
        OutputError: when the folder is missing or cannot be written, the disk is full, or the writer fails.
    """
    # Made here rather than with tempfile, whose files are for the owner alone: results get the usual permissions.
    temporary = path.with_name(f"{_beginning(path.name)}{secrets.token_hex(6)}{suffix}")
    try:
        temporary.open("xb").close()
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written ({reason(error)}). Choose another folder.") from error
    try:
        yield temporary
        flush_to_disk(temporary)
        if check is not None:
            check(temporary)
        put_in_place(temporary, path)
    # RuntimeError is what ITK raises; text may hold half a character, which no encoding knows.
    except (OSError, RuntimeError, MemoryError, UnicodeEncodeError) as error:
        raise OutputError(
            f"{path} could not be written ({reason(error)}). Check the free space and permissions of its folder, and "
            "whether another program has the file open."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def put_in_place(made: Path, path: Path) -> None:
    """Rename what was made to what it is to be called, in one step; an earlier file of that name is replaced.

    Raises:
        OSError: when it cannot be.
    """
    for left in reversed(range(TRIES)):
        try:
            made.replace(path)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(BETWEEN_TRIES_SECONDS)


def leftovers(path: Path) -> list[Path]:
    """What a program that was killed while it wrote `path` may have left beside it."""
    beginning = _beginning(path.name)
    try:
        return [file for file in path.parent.iterdir() if file.name.startswith(beginning)]
    except OSError:
        return []


def flush_to_disk(file: Path) -> None:
    """Wait until the disk holds a file that was written and closed.

    Raises:
        OSError: when it cannot; a disk that is full, or a server that is gone, may say so only here.
    """
    # Windows flushes only what may be written to; elsewhere a file without that permission must do as well.
    descriptor = os.open(file, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _beginning(name: str) -> str:
    """How the temporary names of a file begin."""
    return f".{name[:LONGEST_NAME]}-"
