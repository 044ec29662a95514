"""What is shown while the mouse rests on a row of the list, and given back when it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

REST_MILLISECONDS = 250
"""That the mouse rests on a row before its finding is shown: passing over the list shows nothing."""

LOOK_MILLISECONDS = 100


class Hover:
    """Watches the mouse over a table.

    Args:
        table: a QTableWidget.
        show: called with a row on which the mouse rests; gives what ends the show, or None when there is none.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(self, table: Any, show: Callable[[int], Callable[[], None] | None], guard: Callable[[], Any]) -> None:
        self._table, self._show, self._guard = table, show, guard
        self._row = -1
        self._end: Callable[[], None] | None = None
        table.setMouseTracking(True)
        table.connect("cellEntered(int,int)", self._onEntered)
        self._rest, self._look = qt.QTimer(table), qt.QTimer(table)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MILLISECONDS)
        self._rest.connect("timeout()", self._onRested)
        self._look.setInterval(LOOK_MILLISECONDS)
        self._look.connect("timeout()", self._onLook)

    @property
    def isShowing(self) -> bool:
        """Whether something is shown only because the mouse is there."""
        return self._end is not None

    def forget(self) -> None:
        """Leave what is shown as it is: the user has chosen it, or something else."""
        self._end, self._row = None, -1
        self._rest.stop()
        self._look.stop()

    def _onEntered(self, row: int, column: int) -> None:
        with self._guard():
            if row != self._row:
                self._giveBack()
                self._row = row
                self._rest.start()
                self._look.start()

    def _onRested(self) -> None:
        with self._guard():
            if self._table.underMouse() and not self.isShowing:
                # While it begins, the view says that its layers change: that is this show already.
                self._end = _nothing
                self._end = self._show(self._row)

    def _onLook(self) -> None:
        with self._guard():
            if not self._table.underMouse():
                self._giveBack()
                self.forget()

    def _giveBack(self) -> None:
        end, self._end = self._end, None
        if end is not None:
            end()


def _nothing() -> None:
    """Ends a show that is only beginning."""
