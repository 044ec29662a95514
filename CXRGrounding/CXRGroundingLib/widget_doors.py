"""The two buttons below the findings by which these leave the program as DICOM objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from CXRGroundingLib import texts
from CXRGroundingLib.widget_dicom import DicomDialog
from CXRGroundingLib.widget_export import ExportDialog
from CXRGroundingLib.widget_send import SendDialog


class DoorButtons:
    """Opens one dialog at a time.

    Args:
        ui: with `exportDicomButton` and `sendDicomButton`.
        logic: a GroundingLogic.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(self, ui: Any, logic: Any, guard: Callable[[], Any]) -> None:
        self._logic, self._guard = logic, guard
        self._volumeNode: Any = None
        self._dialog: DicomDialog | None = None
        self._hints = [(button, button.toolTip) for button in (ui.exportDicomButton, ui.sendDicomButton)]
        ui.exportDicomButton.connect("clicked()", lambda: self._open(ExportDialog))
        ui.sendDicomButton.connect("clicked()", lambda: self._open(SendDialog))
        self.showState(None)

    def showState(self, volumeNode: Any) -> None:
        """Bring the buttons up to date with the radiograph and its findings."""
        self._volumeNode = volumeNode
        hasFindings = volumeNode is not None and bool(self._logic.findings(volumeNode))
        for button, hint in self._hints:
            button.setEnabled(hasFindings)
            button.setToolTip(texts.shown(hint) if hasFindings else _("Ground a phrase on the radiograph first."))

    def close(self) -> None:
        """For the end of the panel: the dialog goes too."""
        if self._dialog is not None:
            self._dialog.close()

    def _open(self, kind: type[DicomDialog]) -> None:
        with self._guard():
            if self._dialog is None:
                self._logic.checkCanExport(self._volumeNode)
                self._dialog = kind(self._logic, self._volumeNode, self._onClosed, self._guard)

    def _onClosed(self) -> None:
        self._dialog = None
