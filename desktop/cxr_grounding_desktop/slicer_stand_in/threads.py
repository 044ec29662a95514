"""Threads of the module are refused: in Slicer they would stand still.

There the interface's thread keeps Python's lock while it waits for the user (PythonQt releases it nowhere), so a
thread that runs Python gets on only while the interface runs Python too. On PyQt5, which releases the lock, it would
work, and nobody would see the mistake here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def refused_to(packages: Collection[str]) -> Iterator[None]:
    """While this holds, code of these packages cannot start a thread, itself or through others.

    Args:
        packages: by the first part of their names.
    """
    start = threading.Thread.start

    def start_unless_refused(thread: threading.Thread) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if str(frame.f_globals.get("__name__")).partition(".")[0] in packages:
                raise RuntimeError("A thread that runs Python stands still in Slicer: use a child process and a timer")
            frame = frame.f_back
        start(thread)

    threading.Thread.start = start_unless_refused  # type: ignore[assignment, method-assign]  # undone below
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]  # as it was
