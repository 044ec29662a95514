"""Write a file whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import OutputError


@contextmanager
def written_whole(path: Path, suffix: str) -> Iterator[Path]:
    """A temporary name beside `path`; what was written there becomes `path` when the block ends well.

    When the block raises, nothing of it stays, and an earlier file at `path` is untouched.

    Args:
        path: where the file shall be; its folder must exist.
        suffix: that the temporary name ends in, for writers that choose the format by it.

    Raises:
        OutputError: when the folder is missing or cannot be written, the disk is full, or the writer fails.
    """
    # Made here rather than with tempfile, whose files are for the owner alone: results get the usual permissions.
    temporary = path.with_name(f".{path.name[:40]}-{secrets.token_hex(6)}{suffix}")
    try:
        temporary.open("xb").close()
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written ({reason(error)}). Choose another folder.") from error
    try:
        yield temporary
        temporary.replace(path)
    except (OSError, RuntimeError, MemoryError) as error:  # RuntimeError is what ITK raises
        raise OutputError(
            f"{path} could not be written ({reason(error)}). Check the free space and permissions of its folder."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
