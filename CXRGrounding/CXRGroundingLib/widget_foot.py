"""What stands below the table of findings: a removal is taken back here, and a quiet line says who has answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from CXRGroundingLib import texts


class TableFoot:
    """The button that puts a removed finding back, there only while there is one, and the line about the engine.

    Args:
        ui: with `undoRemoveButton` and `engineLabel`.
        logic: a GroundingLogic.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(self, ui: Any, logic: Any, guard: Callable[[], Any]) -> None:
        self._button, self._label, self._logic, self._guard = ui.undoRemoveButton, ui.engineLabel, logic, guard
        self._button.connect("clicked()", self._onClicked)
        self.refresh(None)

    def refresh(self, result: Mapping[str, Any] | None) -> None:
        """Bring both up to date.

        Args:
            result: of the finding that is shown, if there is one.
        """
        self._button.setVisible(self._logic.canRestore)
        engine = texts.engineText(result)
        self._label.setText(texts.shown(engine))
        self._label.setVisible(bool(engine))

    def _onClicked(self) -> None:
        with self._guard():
            self._logic.restoreFinding()
