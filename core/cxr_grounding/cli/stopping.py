"""How the program is stopped from outside: it ends in order, so that nothing half-written stays."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

if sys.platform == "win32":
    STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
else:
    STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl+C, `kill`, and the end of the terminal (on Windows also Ctrl+Break)."""

PATIENCE_SECONDS = 5.0
"""For which the program may clean up after it was asked to stop; asked again after that, it ends at once."""


class OrderlyEnd:
    """What stops the program: the first time by an exception, so that everything on the way out cleans up."""

    def __init__(self) -> None:
        self._asked: float | None = None

    def listen(self) -> None:
        """Answer the signals from now on; those that are ignored, as by `nohup`, stay so."""
        for number in STOPS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self._asked is None:
            self._asked = time.monotonic()
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            raise SystemExit(128 + number)  # as shells count
        if time.monotonic() - self._asked > PATIENCE_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
