"""What is asked: a phrase, a report's ticked sentences, a place; what waits in line, and what is said when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
from slicer.i18n import tr as _

from cxr_grounding import Ask, Cancelled, CXRGroundingError, Sentence, read_report_file
from CXRGroundingLib import report_texts, texts
from CXRGroundingLib.parameters import Quality, asked
from CXRGroundingLib.report_lines import Entry, ReportLine, entriesOf, inTheirOrder
from CXRGroundingLib.widget_inputs import askForFile

MANY_SENTENCES = 20
"""Of a report from which on the user is asked before they are grounded."""


class PanelAsks:
    """The part of the panel that asks; the rest of it, which `GroundingWidget` is, stands below as what is used."""

    ui: Any
    logic: Any
    _run: Any
    _models: Any
    _report: Any
    _phraseField: Any
    _parameterNode: Any
    _refreshTimer: Any
    _problemOf: Any
    _errorsTold: Any
    _showMessage: Any
    _updateState: Any
    _refresh: Any
    _install: Any
    _stopReason = ""
    _reportAsked: Ask | None = None

    def _connectButtons(self) -> None:
        self.ui.groundButton.connect("clicked()", self._onGround)
        self.ui.groundReportButton.connect("clicked()", self._onGroundReport)
        self.ui.openReportButton.connect("clicked()", self._onOpenReport)

    def openReport(self, path: str) -> None:
        """Read a report's file into the report field.

        Raises:
            CXRGroundingError: when it is no report; the field is then as it was.
        """
        self._showMessage("")
        self.ui.reportEdit.setPlainText(texts.shown(read_report_file(path)))

    def _onOpenReport(self) -> None:
        with self._errorsTold():
            path = askForFile(_("Open a report"), _("Text, RTF, HTML and DICOM structured reports (*)"))
            if path:
                self.openReport(path)

    def _onSentence(self, line: ReportLine, change: str | bool) -> None:
        """A sentence was ticked, unticked or written anew in the list."""
        with self._errorsTold():
            changes = self._report.changes
            if isinstance(change, bool):
                changes.choose(line, change)
            else:
                changes.write(line, change)
            self._parameterNode.sentences = changes.toText()

    def _entries(self, findings: list[tuple[str, Any]]) -> list[Entry]:
        """The rows of the list, for what was found on the chosen radiograph."""
        radiograph = None if self._parameterNode is None else self._parameterNode.radiograph
        running, waiting = self._run.running(radiograph), self._run.waiting(radiograph)
        return entriesOf(findings, self._report.lines, running, waiting)

    def _reportToGround(self) -> tuple[list[Sentence], bool]:
        """The ticked sentences that Ground report is about, and whether others are there already or under way.

        Once a report was begun, it goes on with the rest, as long as it would be asked in the same way.
        """
        parameters, chosen = self._parameterNode, inTheirOrder(self._report.lines)
        radiograph = parameters.radiograph
        if radiograph is None:
            return chosen, False
        done = {*self._run.running(radiograph), *self._run.waiting(radiograph)}
        if self._reportAsked == asked(parameters, self._models.name):
            done |= {self.logic.result(node)["phrase"] for node in self.logic.findings(radiograph)}
        rest = [sentence for sentence in chosen if sentence.text not in done]
        if rest or self._run.isRunning:
            return rest, len(rest) < len(chosen)
        return chosen, False

    def _onPhraseEntered(self) -> None:
        with self._errorsTold():
            if self._run.isRunning:
                self._waitInLine()
            elif self.ui.groundButton.isEnabled():
                self._onGround()

    def _waitInLine(self) -> None:
        """Have the phrase grounded when what is under way is done."""
        problem = self._problemOf(self._parameterNode.radiograph)
        phrase = self._phraseField.text
        if self._run.isCancelling or texts.whyNotGround(problem, self._models.problem, [phrase], report=False):
            return
        radiograph = self._parameterNode.radiograph
        if phrase not in (*self._run.running(radiograph), *self._run.waiting(radiograph)):
            self._ground([phrase])
            self._phraseField.remember(phrase)
        self._updateState()

    def _onGround(self) -> None:
        with self._errorsTold():
            if self._run.isRunning:
                self._stopReason = ""
                self._run.cancel()
            else:
                self._ground([self._phraseField.text])
                self._phraseField.remember(self._phraseField.text)
            self._updateState()

    def _onGroundReport(self) -> None:
        with self._errorsTold():
            sentences, _areLeft = self._reportToGround()
            if len(sentences) > MANY_SENTENCES and not slicer.util.confirmOkCancelDisplay(
                report_texts.manyQuestion(len(sentences)), _("CXR Grounding")
            ):
                return
            wasRunning = self._run.isRunning
            self._ground(sentences)
            self._reportAsked = asked(self._parameterNode, self._models.name)
            self._updateState()  # first: without a phrase, Ground takes no focus until it is Cancel
            if not wasRunning:
                self.ui.groundButton.setFocus()

    def _onPlaceAsked(self, phrase: str) -> None:
        """What is asked at a place of the shown finding; the user's own phrase stays in its field."""
        self._ground([phrase])
        self._updateState()

    def groundOn(self, volumeNode: Any, phrases: Sequence[str]) -> None:
        """Ground phrases on another radiograph than the chosen one, such as a prior; raises as `_ground` does."""
        self._ground(phrases, volumeNode)
        self._updateState()

    def _ground(self, phrases: Sequence[str | Sentence], volumeNode: Any = None) -> None:
        if not self._run.isRunning:
            self._showMessage("")
            self._stopReason = ""
            self._install()
        parameters = self._parameterNode
        extras = {"heatmapVolume": parameters.heatmapVolume, "box": parameters.box}
        exact = {"ask": asked(parameters, self._models.name), **extras}
        runs = [exact]
        if parameters.quickFirst and parameters.quality is not Quality.FAST:
            runs = [exact | {"preset": Quality.FAST.value}, exact | {"show": False}]
        try:
            self._run.ground(volumeNode or parameters.radiograph, phrases, runs)
        except CXRGroundingError:
            self._models.refresh(self._models.name)  # it may be the model that has gone
            self._updateState()
            raise
        self._refreshTimer.start()

    def _stop(self, reason: str) -> None:
        if self._run.isRunning and not self._run.isCancelling:
            self._stopReason = reason
            self._run.cancel()
            self._updateState()

    def _onFinished(self, labelNodes: list[Any], isLast: bool) -> None:
        self._refresh()
        slicer.util.showStatusMessage(_("Phrases grounded: {count}").format(count=self._run.answered), 5000)

    def _onFailed(self, error: CXRGroundingError) -> None:
        text = str(error)
        if isinstance(error, Cancelled):
            quick = _("Cancelled. What is shown are quick answers.")
            text = self._stopReason or (quick if self._run.isRefining else report_texts.cancelText(self._run.answered))
        self._showMessage(text)
        self._models.refresh(self._models.name)
        self._refreshTimer.start()
        self._updateState()
