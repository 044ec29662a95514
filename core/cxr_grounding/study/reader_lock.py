"""Who reads under a name now: one at a time, on this computer or on another one that shares the folder."""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError, read_json, write_json
from cxr_grounding.disk.owned import HeldError, held
from cxr_grounding.disk.sentences import reason, shortened
from cxr_grounding.errors import OutputError, StudyError

FRESH_SECONDS = 120.0
"""Age up to which another computer's word that it reads is believed. It is renewed by each answer, and by the window
every `RENEWED_SECONDS`; a computer that was switched off keeps nobody out for longer."""

RENEWED_SECONDS = 30.0


class ReaderAtWork:
    """Says in the folder that a reader is at work; see `reader_at_work`."""

    def __init__(self, reader: str, note: Path) -> None:
        self._note = note
        self._said = {
            "reader": reader,
            "computer": platform.node(),
            "user": _user(),
            "process": os.getpid(),
            "since": time.time(),
        }
        self._seen = 0.0

    def say(self) -> None:
        """Say so again, if it is some time ago. What cannot be said is left: the answers are what counts."""
        if time.time() - self._seen < RENEWED_SECONDS / 2:
            return
        self._seen = time.time()
        with contextlib.suppress(OutputError):
            write_json(self._note, self._said | {"seen": self._seen})

    def leave(self) -> None:
        """Say that the reader has left."""
        with contextlib.suppress(OSError):
            self._note.unlink(missing_ok=True)


@contextmanager
def reader_at_work(folder: Path, stem: str, reader: str) -> Iterator[ReaderAtWork]:
    """Keep others from reading under the same name while the block runs.

    Two ways at once: a lock of the system's, which goes with the process whatever its end, and a note that says who
    reads and since when, for disks of the network that know no locks.

    Args:
        folder: of the answers; it exists.
        stem: of the reader's files.
        reader: the name.

    Raises:
        StudyError: when another one is at work, which says where and since when; or the folder cannot be written.
    """
    note = folder / f"{stem}.reading.json"
    with ExitStack() as lock:
        try:
            lock.enter_context(held(folder / f".{stem}.lock"))
        except HeldError as error:
            raise StudyError(_busy(reader, _read(note))) from error
        except OSError as error:
            raise StudyError(f"Nothing can be written to {folder} ({reason(error)}). Check its permissions.") from error
        other = _read(note)
        is_elsewhere = other is not None and other.text("computer") != platform.node()
        if is_elsewhere and other is not None and time.time() - other.number("seen") < FRESH_SECONDS:
            raise StudyError(_busy(reader, other))
        at_work = ReaderAtWork(reader, note)
        at_work.say()
        try:
            yield at_work
        finally:
            at_work.leave()


def _read(note: Path) -> JsonFields | None:
    """What another one said; None for nothing, or nothing that can be understood."""
    try:
        entries = JsonFields(read_json(note))
        for name in ("reader", "computer", "user"):
            entries.text(name)
        for name in ("since", "seen"):
            entries.number(name)
    except (FileNotFoundError, JsonError):
        return None
    return entries


def _busy(reader: str, other: JsonFields | None) -> str:
    who = ""
    if other is not None:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(float(other.number("since"))))
        user, computer = (shortened(other.text(name), 60) for name in ("user", "computer"))
        who = f", on {computer} by {user} since {since}"
    return f"{reader} is reading already{who}. Close the study there first, or read under another name."


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # what Python raises differs with its version
        return "somebody"
