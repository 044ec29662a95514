"""Watches the thread of the interface: how long it keeps its event loop waiting."""

from __future__ import annotations

import os
import time
from pathlib import Path

from PyQt5.QtCore import QObject, Qt, QTimer

TICK_MILLISECONDS = 10


class InterfaceWatch(QObject):
    """Measures the time between ticks of a timer from its start to `stop`.

    Where the system tells how long this thread was ready to run and not let run, that is taken off: on a busy machine
    others hold the processor, and the gap says nothing about the program. Time in which the thread works, waits for a
    lock, a file or another process is the program's, and counts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps_ms: list[float] = []
        self._last = self._now()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.PreciseTimer)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._tick()
        self._timer.stop()

    @property
    def longest_ms(self) -> float:
        """The longest gap."""
        return max(self.gaps_ms)

    def _tick(self) -> None:
        now = self._now()
        self.gaps_ms.append(1000 * (now - self._last))
        self._last = now

    def _now(self) -> float:
        """Seconds, without those in which another process had this thread's turn."""
        return time.monotonic() - _seconds_not_let_run()


def _seconds_not_let_run() -> float:
    """Of the main thread, since the process began; 0 where the system does not count it (proc(5), schedstat)."""
    try:
        return int(Path(f"/proc/self/task/{os.getpid()}/schedstat").read_text().split()[1]) * 1e-9
    except (OSError, IndexError):
        return 0.0
