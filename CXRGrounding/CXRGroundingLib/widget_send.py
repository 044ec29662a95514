"""Findings as DICOM objects into a hospital's archive: made, shown, and sent after a click on what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from cxr_grounding import Cancelled, CXRGroundingError
from CXRGroundingLib import dicom_texts, texts
from CXRGroundingLib.widget_dicom import DicomDialog
from CXRGroundingLib.widget_message import say

KIND, WHAT, STATE = range(3)
"""Columns of the table of objects."""


class SendDialog(DicomDialog):
    """Asks which archive; nothing is sent before its second click. The arguments are those of `DicomDialog`."""

    NAME = "sendDicomDialog"

    def _title(self) -> str:
        return _("Send to archive")

    def _buildWhere(self, layout: Any) -> None:
        self._objects: list[Any] = []
        self._there: set[int] = set()
        self._isOver = False
        row = qt.QHBoxLayout()
        row.addWidget(qt.QLabel(_("Archive:"), self._dialog))
        self._archives = qt.QComboBox(self._dialog)
        self._archives.setObjectName("archiveComboBox")
        row.addWidget(self._archives, 1)
        layout.addLayout(row)
        self._review = self._label(layout, "reviewLabel")
        self._table = qt.QTableWidget(0, 3, self._dialog)
        self._table.setObjectName("objectsTable")
        self._table.setHorizontalHeaderLabels([_("Object"), _("What it is"), _("State")])
        self._table.verticalHeader().setVisible(False)
        self._table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        self._table.setSelectionMode(qt.QAbstractItemView.NoSelection)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(STATE, qt.QHeaderView.Stretch)
        self._table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        self._table.setVisible(False)
        layout.addWidget(self._table)
        self._problem = ""
        try:
            self._servers = self._logic.archives()
            self._problem = "" if self._servers else dicom_texts.noArchiveText()
        except CXRGroundingError as error:
            self._servers, self._problem = [], str(error)
        for server in self._servers:
            self._archives.addItem(texts.shown(dicom_texts.archiveText(server)))
        self._label(layout, "archiveProblemLabel", self._problem)

    @property
    def _server(self) -> Any:
        return self._servers[self._archives.currentIndex]

    def _goText(self) -> str:
        return dicom_texts.sendText(len(self._objects) - len(self._there)) if self._objects else _("Next")

    def _whyNotGo(self) -> str:
        if self._problem:
            return self._problem
        if self._isOver:
            return _("All objects were tried. Close this and open it anew to send others.")
        return "" if self._objects else self._whyNothing()

    def _showChoices(self, isEnabled: bool) -> None:
        isOpen = isEnabled and not self._objects  # what was made and shown is what is sent
        DicomDialog._showChoices(self, isOpen)
        self._archives.setEnabled(isOpen and bool(self._servers))

    def _go(self) -> None:
        if self._objects:
            self._sendNext(0)
        else:
            task = self._logic.startExport(self._ticked(), self._scratchFolder(), self._kinds())
            self._begin(task, self._onMade)

    def _onMade(self, objects: Sequence[Any]) -> None:
        """Show what would be sent."""
        self._objects = list(objects)
        say(self._review, dicom_texts.reviewText(objects, self._server))
        self._table.setRowCount(len(objects))
        for row, one in enumerate(objects):
            for column, text in ((KIND, one.kind), (WHAT, one.description), (STATE, _("to be sent"))):
                self._table.setItem(row, column, qt.QTableWidgetItem(texts.shown(text)))
        self._table.setVisible(True)

    def _sendNext(self, first: int) -> None:
        """Send the next object that is not there; after the last one, say how many are."""
        for row in range(first, len(self._objects)):
            if row not in self._there:
                self._row = row
                self._state(row, _("being sent"))
                say(self._progress, _("Sending {number} of {total}").format(number=row + 1, total=len(self._objects)))
                self._begin(self._logic.startSend(self._server, self._objects[row].file), self._onSent)
                return
        self._isOver = True
        self._say(dicom_texts.sentText(self._server.name, len(self._there), len(self._objects)))

    def _onSent(self, delivery: Any) -> None:
        if delivery.problem:
            self._state(self._row, delivery.problem)
        else:
            self._there.add(self._row)
            self._state(self._row, delivery.outcome.value)
        self._sendNext(self._row + 1)

    def _failed(self, error: CXRGroundingError) -> None:
        """None of the others would fare better; what is there stays, and a next click sends the rest."""
        DicomDialog._failed(self, error)
        if self._objects:
            self._state(self._row, _("stopped") if isinstance(error, Cancelled) else _("not sent"))

    def _stopped(self) -> str:
        if not self._objects:
            return _("Stopped. Nothing was sent.")
        return dicom_texts.stoppedText(len(self._there), len(self._objects))

    def _showProgress(self, stage: str, done: int, total: int) -> None:
        if not self._objects:
            DicomDialog._showProgress(self, stage, done, total)

    def _state(self, row: int, text: str) -> None:
        item = self._table.item(row, STATE)
        item.setText(texts.shown(text))
        item.setToolTip(texts.shown(text))
