"""The Red view alone: a radiograph that the panel loads gets the whole window, and a click brings the rest back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

SETTING = "CXRGrounding/RedViewAlone"
"""In the application's settings: "true" (also where it is missing) or "false"."""

SHOWN_MILLISECONDS = 8000


class LayoutControls:
    """The setting, and the button that brings the former layout back.

    Args:
        ui: with `redViewAloneCheckBox` and `formerLayoutButton`.
        logic: a GroundingLogic.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(self, ui: Any, logic: Any, guard: Callable[[], Any]) -> None:
        self._box, self._button, self._logic, self._guard = ui.redViewAloneCheckBox, ui.formerLayoutButton, logic, guard
        self._former: int | None = None
        self._box.setVisible(logic.hasLayouts)
        self._box.setChecked(str(qt.QSettings().value(SETTING) or "true") == "true")
        self._box.connect("toggled(bool)", self._onToggled)
        self._button.connect("clicked()", self._onBack)
        self._button.setVisible(False)

    def showLoaded(self) -> None:
        """Give a radiograph that was just loaded the whole window, if that is wanted; said in the status line."""
        views = slicer.app.layoutManager()
        # A window with one view has nothing to give way, whatever layout a scene from elsewhere asks for.
        hasOthers = views is not None and len(views.sliceViewNames()) > 1
        former = self._logic.showRedAlone() if hasOthers and self._box.checked else None
        if former is not None:
            self._former = former
            self._button.setVisible(True)
            slicer.util.showStatusMessage(
                _("The Red view is shown alone. Former layout brings the other views back."), SHOWN_MILLISECONDS
            )

    def _onToggled(self, isWanted: bool) -> None:
        qt.QSettings().setValue(SETTING, "true" if isWanted else "false")

    def _onBack(self) -> None:
        with self._guard():
            if self._former is not None:
                self._logic.showLayout(self._former)
            self._former = None
            self._button.setVisible(False)
