"""Who is at work in a folder: a lock that the system lets go of when its holder ends, by whatever death."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import OutputError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".lock"
"""In a folder of results, empty: who holds the lock on it is at work there."""

_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK)
"""What systems say of a lock that another one holds (msvcrt: EDEADLK or EACCES)."""


class HeldError(Exception):
    """Another process, or another part of this one, holds the lock. It never reaches the user as such."""


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the lock on a file while the block runs; the file is made where it is missing, and gone in the end.

    The lock is the system's own rather than the file's being there, so that one that was left by a process that died
    holds nobody up. Where a disk knows no locks, as some network disks do, there is none, and the block runs all the
    same.

    Raises:
        HeldError: when another one holds it.
        OSError: when the file cannot be made.
    """
    descriptor = _locked(file)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows removes no open file; left there, it holds nobody up
            file.unlink(missing_ok=True)
        os.close(descriptor)  # which lets go of the lock


@contextmanager
def alone_in(folder: Path, what: str) -> Iterator[None]:
    """Keep others out of a folder of results, which is made where it is missing, while the block runs.

    Args:
        folder: that is written to.
        what: is said to be at work there where it is held, such as "Another run".

    Raises:
        OutputError: when another one is at work there, or the folder cannot be written.
    """
    with ExitStack() as lock:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.enter_context(held(folder / LOCK))
        except HeldError as error:
            raise OutputError(
                f"{what} is at work in {folder}. Wait until it has ended, or choose another --out."
            ) from error
        except OSError as error:
            raise OutputError(f"Nothing can be written to {folder} ({reason(error)}). Choose another --out.") from error
        yield


def _locked(file: Path) -> int:
    """The file, open and locked."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            # Its last holder may have removed the file between the two: that lock would keep nobody out.
            if _is_same(file, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_same(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def is_left(file: Path) -> bool:
    """Whether the holder of the lock on a file has ended; False also where the disk knows no locks.

    Raises:
        OSError: when the file is not there, or cannot be opened.
    """
    descriptor = os.open(file, os.O_RDWR)
    try:
        return _lock(descriptor)
    except HeldError:
        return False
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether there is a lock now."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise HeldError from error
        return False
    return True
