"""Find the radiographs below a folder without holding up the window.

No thread: a timer looks at files for a few milliseconds at a time, between the window's own events.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from cxr_grounding import FileDescription, describe_file

TICK_SECONDS = 0.015
"""How long files are looked at before the window's events have their turn; a single file may take longer."""

_LISTED_AT_A_TIME = 500


def files_below(roots: Sequence[str], on_unreadable: Callable[[], None]) -> Iterator[str | None]:
    """The files among `roots` and in the folders below them, sorted by name in each folder.

    Links to folders are not followed, since they may lead back; hidden names are passed over.

    Args:
        roots: files and folders.
        on_unreadable: called for each folder that cannot be read.

    Yields:
        Paths; None now and then while a large folder is listed, so that the caller can pause.
    """
    waiting = list(reversed(roots))
    while waiting:
        path = waiting.pop()
        if not Path(path).is_dir():
            if Path(path).is_file():  # a pipe would be waited for
                yield path
            continue
        folders, files = [], []
        try:
            with os.scandir(path) as listed:
                for count, each in enumerate(listed, 1):
                    if count % _LISTED_AT_A_TIME == 0:
                        yield None
                    if each.name.startswith("."):
                        continue
                    if each.is_dir(follow_symlinks=False):
                        folders.append(each.path)
                    elif each.is_file():
                        files.append(each.path)
        except OSError:
            on_unreadable()
        yield from sorted(files)
        waiting.extend(sorted(folders, reverse=True))


class FolderScan(QObject):
    """Looks through folders, a few files between two events of the window.

    Args:
        tick_seconds: how long files are looked at in one turn; at least one is.
    """

    found = pyqtSignal(object)
    """A FileDescription."""
    advanced = pyqtSignal()
    """After each turn; the counts below are new."""
    finished = pyqtSignal(bool)
    """True when it came to the end, False when it was stopped."""

    def __init__(self, parent: QObject | None = None, tick_seconds: float = TICK_SECONDS) -> None:
        super().__init__(parent)
        self._tick_seconds = tick_seconds
        self.radiographs = self.others = self.unreadable = 0
        self._files: Iterator[str | None] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._look)

    @property
    def is_running(self) -> bool:
        """Whether there is more to look at."""
        return self._timer.isActive()

    def start(self, roots: Sequence[str]) -> None:
        """Begin; what was looked through before is given up.

        Args:
            roots: files and folders.
        """
        self.radiographs = self.others = self.unreadable = 0
        self._files = files_below(roots, self._count_unreadable)
        self._timer.start()

    def stop(self) -> None:
        """Look no further."""
        if self.is_running:
            self._end(complete=False)

    def _count_unreadable(self) -> None:
        self.unreadable += 1

    def _look(self) -> None:
        until = time.monotonic() + self._tick_seconds
        for path in self._files:
            if path is not None:
                self._take(describe_file(path))
            if time.monotonic() >= until:
                self.advanced.emit()
                return
        self.advanced.emit()
        self._end(complete=True)

    def _take(self, description: FileDescription | None) -> None:
        if description is None:
            self.others += 1
        else:
            self.radiographs += 1
            self.found.emit(description)

    def _end(self, *, complete: bool) -> None:
        self._timer.stop()
        self._files = iter(())
        self.finished.emit(complete)
