"""Write several files together: all of them appear, or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr_grounding.disk.owned import held, is_left
from cxr_grounding.disk.whole import flush_to_disk, put_in_place
from cxr_grounding.errors import OutputError

PREFIX = ".unfinished-"
"""How the names of folders with unfinished work begin."""

OWNER, NEW, FORMER = "owner", "new", "former"
"""In such a folder: the file whose lock its owner holds, what is being made, and what that takes the place of."""

YOUNGEST_SECONDS, OWNERLESS_SECONDS = 10.0, 3600.0
"""Of age, before which unfinished work is left alone: its owner may not hold its file yet. Where there is no such file
it is left alone for longer: a program that is older than such files may be at work there."""


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A scratch folder inside `out` whose files and folders move to `out` when the block ends without an error.

    After an error `out` is as it was, and gone again if it was made here. Files of the same name are replaced. What
    programs that were killed have left in `out` is removed.

    Raises:
        OutputError: when `out` cannot be made or written to, before any work is done; or when a folder stands where a
            file is to be, or the other way round.
    """
    made = _first_missing(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        sweep(out)
        scratch = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
    except OSError as error:
        _remove_made(made)
        raise _output_error(out, error) from error
    finished = False
    try:
        with held(scratch / OWNER):
            # Made inside: tempfile's own folder is for the owner alone, results get the usual permissions.
            for name in (NEW, FORMER):
                (scratch / name).mkdir()
            yield scratch / NEW
            _move_all(scratch, out)
        finished = True
    except OSError as error:
        raise _output_error(out, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if not finished:
            _remove_made(made)


def sweep(out: Path, youngest: float = YOUNGEST_SECONDS) -> None:
    """Remove unfinished work in a folder that no living process owns.

    Args:
        out: the folder.
        youngest: seconds of age from which on it is removed.

    Raises:
        OSError: when the folder cannot be listed.
    """
    for scratch in out.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # it has just gone, or it is another user's
            age = time.time() - scratch.stat().st_mtime
            owner = scratch / OWNER
            if age > youngest and (is_left(owner) if owner.exists() else age > OWNERLESS_SECONDS):
                shutil.rmtree(scratch, ignore_errors=True)


def _move_all(scratch: Path, out: Path) -> None:
    """Move what was made to `out`, or, when one of it cannot be moved, leave `out` as it was."""
    made = sorted((scratch / NEW).iterdir())
    for entry in made:
        _refuse_another_kind(entry, out / entry.name)
        for file in entry.rglob("*") if entry.is_dir() else [entry]:
            if file.is_file():
                flush_to_disk(file)
    for entry in made:
        if (out / entry.name).is_file():
            _keep(out / entry.name, scratch / FORMER / entry.name)
    moved: list[Path] = []
    try:
        for entry in made:
            moved.append(entry)
            put_in_place(entry, out / entry.name)
    except BaseException:  # an interrupt too: none of it stays
        for entry in moved:
            _undo(scratch, out / entry.name)
        raise


def _refuse_another_kind(entry: Path, target: Path) -> None:
    if not target.exists() or (entry.is_file() and target.is_file()):
        return
    what = "a folder" if target.is_dir() else "a file"
    raise OutputError(f"{target} is {what} already. Rename or remove it, or choose another folder.")


def _keep(file: Path, kept: Path) -> None:
    """A second name for a file that is about to be replaced; a copy where the disk knows no second names."""
    try:
        os.link(file, kept)
    except OSError:
        shutil.copy2(file, kept)


def _undo(scratch: Path, target: Path) -> None:
    """Put back what stood at `target`, if the move to it was done."""
    if (scratch / NEW / target.name).exists():
        return  # it was not moved
    former = scratch / FORMER / target.name
    if former.exists():
        former.replace(target)
    else:
        target.replace(scratch / NEW / target.name)


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
        folder = scratch / out.name
        folder.mkdir()
        yield folder
