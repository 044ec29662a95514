"""The run: Ground turns into Cancel, a bar says how far it is, and a timer brings in what the worker has done.

Nothing here waits: grounding happens in another process (GroundingLogic), and the timer only looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import qt
from slicer.i18n import tr as _

from cxr_grounding import CXRGroundingError, Sentence
from CXRGroundingLib import texts

POLL_MILLISECONDS = 100


class RunControls:
    """The two Ground buttons and the progress bar; what else starts a run waits meanwhile.

    Args:
        ui: with `groundButton`, `groundReportButton` and `progressBar`, and `placesTable`, whose clicks start one too.
        logic: a GroundingLogic.
        onFinished: called with the list of label map nodes, and with whether no other run follows.
        onFailed: called with the error, also with the `Cancelled` of a run that was stopped.
        onStateChanged: called when a run has ended in any way, before those two, and when another one follows.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(
        self,
        ui: Any,
        logic: Any,
        *,
        onFinished: Callable[[list[Any], bool], None],
        onFailed: Callable[[CXRGroundingError], None],
        onStateChanged: Callable[[], None],
        guard: Callable[[], Any],
    ) -> None:
        self._ui, self._logic = ui, logic
        self._onFinished, self._onFailed = onFinished, onFailed
        self._onStateChanged, self._guard = onStateChanged, guard
        self._isCancelling = False
        self._volumeNode: Any = None
        self._timer = qt.QTimer(ui.progressBar)  # ends with the panel
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.connect("timeout()", self._poll)
        ui.progressBar.setVisible(False)

    @property
    def isRunning(self) -> bool:
        """Whether a run is under way, one that is being cancelled too."""
        return self._logic.isBusy

    @property
    def isCancelling(self) -> bool:
        """Whether the run under way was asked to stop."""
        return self._isCancelling

    @property
    def volumeNode(self) -> Any:
        """The radiograph of the run under way."""
        return self._volumeNode if self.isRunning else None

    def start(self, volumeNode: Any, phrases: Sequence[str | Sentence], runs: Sequence[Mapping[str, Any]]) -> None:
        """Begin a run.

        Args:
            runs: options of `GroundingLogic.groundAsync`. Where there are several, each run follows when the one before
                has come to a good end, and its answers take the place of those before.

        Raises:
            CXRGroundingError: when it cannot begin.
        """
        options, *following = runs
        self._logic.groundAsync(
            volumeNode,
            phrases,
            onProgress=self._showProgress,
            onFinished=self._finish,
            onFailed=self._fail,
            **options,
        )
        self._volumeNode, self._isCancelling, self._timeLeft = volumeNode, False, texts.TimeLeft()
        self._follow = partial(self.start, volumeNode, phrases, following) if following else None
        self._ui.progressBar.setRange(0, 0)
        self._ui.progressBar.setFormat(_("Starting"))
        self._ui.progressBar.setVisible(True)
        self._timer.start()

    def cancel(self) -> None:
        """Ask the run under way to stop."""
        if self.isRunning and not self._isCancelling:
            self._isCancelling = True
            self._logic.cancel()

    def close(self) -> None:
        """Look no more; for the end of the panel."""
        self._timer.stop()

    def showState(self, whyNotPhrase: str, whyNotReport: str, sentences: int) -> None:
        """Bring the buttons up to date.

        Args:
            whyNotPhrase, whyNotReport: why one cannot ground now, or "".
            sentences: of the report.
        """
        ground, report = self._ui.groundButton, self._ui.groundReportButton
        self._ui.placesTable.setEnabled(not self.isRunning)
        report.setText(texts.reportButtonText(sentences))
        if not self.isRunning:
            ground.setText(_("Ground"))
            _enable(ground, whyNotPhrase, _("Find where the phrase points on the radiograph."))
            _enable(report, whyNotReport, _("Find where each sentence points that affirms a finding."))
            return
        ground.setText(_("Cancelling...") if self._isCancelling else _("Cancel"))
        whyNotCancel = _("The run is being stopped.") if self._isCancelling else ""
        _enable(ground, whyNotCancel, _("Stop; nothing is added to the scene."))
        _enable(report, _("A grounding is under way. Wait until it is done, or cancel it."), "")

    def _poll(self) -> None:
        with self._guard():
            try:
                self._logic.poll()
            finally:
                if not self._logic.isBusy:
                    self._end()

    def _showProgress(self, stage: str, done: int, total: int) -> None:
        left = self._timeLeft.update(stage, done, total)
        bar = self._ui.progressBar
        bar.setRange(0, total)
        bar.setValue(done)
        # The bar takes "%" for a field of its own.
        bar.setFormat(texts.shown(texts.progressText(stage, done, total, left).replace("%", "")))

    def _end(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._ui.progressBar.setVisible(False)
            self._volumeNode, self._isCancelling = None, False
            self._onStateChanged()

    def _finish(self, labelNodes: list[Any]) -> None:
        follow = self._follow
        self._end()
        self._onFinished(labelNodes, follow is None)
        if follow is not None:
            follow()
            self._onStateChanged()  # which brings the buttons up to date

    def _fail(self, error: CXRGroundingError) -> None:
        self._end()
        self._onFailed(error)


def _enable(button: Any, whyNot: str, toolTip: str) -> None:
    """Enable a button, or say in its tooltip why it is not."""
    button.setEnabled(not whyNot)
    button.setToolTip(texts.shown(whyNot or toolTip))
