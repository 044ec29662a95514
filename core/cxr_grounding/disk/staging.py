"""Write several files together: all of them appear, or none."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr_grounding.errors import OutputError


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A scratch folder inside `out` whose files move to `out` when the block ends without an error.

    After an error nothing new is left in `out`, and `out` itself is gone again if it was made here.
    Files of the same name are replaced.

    Raises:
        OutputError: when `out` cannot be made or written to; before any work is done.
    """
    made = _first_missing(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=out))
    except OSError as error:
        _remove_made(made)
        raise _output_error(out, error) from error
    finished = False
    try:
        yield scratch
        for file in sorted(scratch.iterdir()):
            file.replace(out / file.name)
        finished = True
    except OSError as error:
        raise _output_error(out, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if not finished:
            _remove_made(made)


def _output_error(out: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(f"Nothing can be written to {out} ({reason}). Choose another folder, or free some space.")


def _first_missing(folder: Path) -> Path | None:
    """The topmost folder that does not exist yet on the way to `folder`."""
    missing = None
    for candidate in (folder, *folder.parents):
        if candidate.exists():
            break
        missing = candidate
    return missing


def _remove_made(made: Path | None) -> None:
    """Remove the folders that were made on the way, as far as they are empty."""
    if made is None or not made.is_dir():
        return
    for folder in sorted((f for f in [made, *made.rglob("*")] if f.is_dir()), key=lambda f: -len(f.parts)):
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill that becomes `out` in one step when the block ends without an error.

    After an error nothing is left. The folders on the way to `out` are made as needed.

    Raises:
        OutputError: when `out` is there already, cannot be made, or the disk is full.
    """
    if out.exists():
        raise OutputError(f"{out} is there already. Name a new folder, or remove that one first.")
    with staged(out.parent) as scratch:
        # Made inside: tempfile's own folder is for the owner alone, results get the usual permissions.
        folder = scratch / out.name
        folder.mkdir()
        yield folder
