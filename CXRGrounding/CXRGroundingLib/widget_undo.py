"""The button that takes back the removal of a finding; there only while there is one to take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class UndoButton:
    """Puts the finding back that was removed last.

    Args:
        button: a QPushButton.
        logic: a GroundingLogic.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(self, button: Any, logic: Any, guard: Callable[[], Any]) -> None:
        self._button, self._logic, self._guard = button, logic, guard
        button.connect("clicked()", self._onClicked)
        self.refresh()

    def refresh(self) -> None:
        """Be seen only while there is something to take back."""
        self._button.setVisible(self._logic.canRestore)

    def _onClicked(self) -> None:
        with self._guard():
            self._logic.restoreFinding()
