"""Keep from the terminal what libraries print there; what matters reaches the user as an error's sentence."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Ignore warnings, and restore the state of `warnings` after.

    One thread at a time: that state belongs to the process, and two threads that restore it in turns would leave it
    changed.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def silent_libraries() -> Iterator[None]:
    """Keep what ITK, libtiff and their like print about damaged files from the terminal.

    They write to the process's standard error from C, past Python, so the descriptor itself is turned away while a
    file is read, and put back. Their complaint reaches the user as the exception's message. Only inside `untrusted`,
    which lets in one thread at a time.
    """
    try:
        kept = os.dup(2)
    except OSError:  # no standard error, as under pythonw
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
