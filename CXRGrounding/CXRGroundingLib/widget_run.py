"""The run: Ground turns into Cancel, a bar says how far it is, and a timer brings in what the worker has done.

Nothing here waits: grounding happens in another process (GroundingLogic), and the timer only looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from cxr_grounding import CXRGroundingError, Sentence
from CXRGroundingLib import texts
from CXRGroundingLib.grounding_run import cleanPhrases

POLL_MILLISECONDS = 100

WARM_UP_MILLISECONDS = 1000
"""After which the engine starts beside a radiograph that was chosen: it is to be shown first."""

PIECE = 10
"""Phrases of one run; those behind them wait in line, so that a report of hundreds goes to the worker in pieces."""


@dataclass(frozen=True)
class Order:
    """What is asked in one run.

    Args:
        volumeNode: the radiograph.
        phrases: to ground.
        options: of `GroundingLogic.groundAsync`.
        isRefinement: whether its answers take the place of quick ones.
    """

    volumeNode: Any
    phrases: tuple[str | Sentence, ...]
    options: Mapping[str, Any]
    isRefinement: bool = False


class RunControls:
    """The two Ground buttons, the progress bar, and the line of what waits; the list of places waits meanwhile.

    Attributes:
        answered: how many answers have come since nothing was asked.

    Args:
        ui: with `groundButton`, `groundReportButton` and `progressBar`, and `placesTable`, whose clicks start one too.
        logic: a GroundingLogic.
        onFinished: called with the list of label map nodes, and with whether nothing waits behind them.
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
        self._isCancelling = self._isRefining = False
        self.answered = 0
        self._order: Order | None = None
        self._line: list[Order] = []
        self._pending = 0
        self._timer = qt.QTimer(ui.progressBar)  # ends with the panel
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.connect("timeout()", self._poll)
        self._warmFor = ""
        self._warmUpTimer = qt.QTimer(ui.progressBar)
        self._warmUpTimer.setSingleShot(True)
        self._warmUpTimer.setInterval(WARM_UP_MILLISECONDS)
        self._warmUpTimer.connect("timeout()", self._warmUp)
        ui.progressBar.setVisible(False)

    def warmUpFor(self, volumeNode: Any) -> None:
        """Have the engine start in a moment, once for each radiograph that is chosen.

        Args:
            volumeNode: that can be asked about; else None.
        """
        chosen = "" if volumeNode is None else str(volumeNode.GetID())
        if chosen and chosen != self._warmFor:
            self._warmUpTimer.start()
        self._warmFor = chosen

    def _warmUp(self) -> None:
        with self._guard():
            # A run under way looks after the engine by itself.
            if not self.isRunning and not self._logic.warmUpEngine():
                self._warmUpTimer.start()

    @property
    def isRunning(self) -> bool:
        """Whether a run is under way, one that is being cancelled too."""
        return self._logic.isBusy

    @property
    def isCancelling(self) -> bool:
        """Whether the run under way was asked to stop."""
        return self._isCancelling

    @property
    def isRefining(self) -> bool:
        """Whether the run that ended last, or is under way, was to take the place of quick answers."""
        return self._isRefining

    @property
    def volumeNode(self) -> Any:
        """The radiograph of the run under way."""
        return self._order.volumeNode if self.isRunning and self._order is not None else None

    def running(self, volumeNode: Any) -> list[str]:
        """The phrases of the run under way that are not answered yet, where it is about this radiograph."""
        return self._logic.pendingPhrases if volumeNode is not None and self.volumeNode is volumeNode else []

    def waiting(self, volumeNode: Any) -> list[str]:
        """The phrases in line about a radiograph."""
        return [
            phrase if isinstance(phrase, str) else phrase.text
            for order in self._line
            if order.volumeNode is volumeNode
            for phrase in order.phrases
        ]

    def ground(self, volumeNode: Any, phrases: Sequence[str | Sentence], runs: Sequence[Mapping[str, Any]]) -> None:
        """Begin a run, or put it into the line when one is under way.

        Args:
            runs: options of `GroundingLogic.groundAsync`. Where there are several, each run follows when the one before
                has come to a good end, and its answers take the place of those before.

        Raises:
            CXRGroundingError: when it cannot begin, or a phrase is empty.
        """
        asked = cleanPhrases(phrases)
        for start in range(0, len(asked), PIECE):
            shown = {} if start == 0 else {"show": False}
            self._line += [
                Order(volumeNode, tuple(asked[start : start + PIECE]), {**options, **shown}, options is not runs[0])
                for options in runs
            ]
        if not self.isRunning:
            self.answered = 0
            self._beginNext()

    def cancel(self) -> None:
        """Ask the run under way to stop, and give up what waits."""
        self._line.clear()
        if self.isRunning and not self._isCancelling:
            self._isCancelling = True
            self._logic.cancel()

    def forget(self, isGone: Callable[[Any], bool]) -> None:
        """Take out of the line what is about radiographs that are gone."""
        self._line = [order for order in self._line if not isGone(order.volumeNode)]

    def close(self) -> None:
        """Look no more; for the end of the panel."""
        self._line.clear()
        self._timer.stop()
        self._warmUpTimer.stop()

    def showState(self, whyNotPhrase: str, whyNotReport: str, reportText: str) -> None:
        """Bring the buttons up to date.

        Args:
            whyNotPhrase, whyNotReport: why one cannot ground now, or "".
            reportText: what the report's button says.
        """
        ground, report = self._ui.groundButton, self._ui.groundReportButton
        self._ui.placesTable.setEnabled(not self.isRunning)
        report.setText(texts.shown(reportText))
        reportTip = _("Find where each ticked sentence points.")
        if self.isRunning and not whyNotReport:
            reportTip = _("The ticked sentences wait in line behind the grounding under way.")
        _enable(report, whyNotReport, reportTip)
        if not self.isRunning:
            ground.setText(_("Ground"))
            _enable(ground, whyNotPhrase, _("Find where the phrase points on the radiograph."))
            return
        ground.setText(_("Cancelling...") if self._isCancelling else _("Cancel"))
        whyNotCancel = _("The run is being stopped.") if self._isCancelling else ""
        _enable(
            ground,
            whyNotCancel,
            _("Stop; answers that are there stay. Enter in the phrase field lets another phrase wait in line."),
        )

    def _beginNext(self) -> None:
        """Begin the first order of the line.

        Raises:
            CXRGroundingError: when it cannot begin; the rest of the line is given up.
        """
        self._order = order = self._line.pop(0)
        try:
            self._logic.groundAsync(
                order.volumeNode,
                order.phrases,
                onProgress=self._showProgress,
                onFinished=self._finish,
                onFailed=self._fail,
                **order.options,
            )
        except CXRGroundingError:
            self._line.clear()
            raise
        self._isCancelling, self._isRefining, self._timeLeft = False, order.isRefinement, texts.TimeLeft()
        self._ui.progressBar.setRange(0, 0)
        self._ui.progressBar.setFormat(_("Starting"))
        self._ui.progressBar.setVisible(True)
        self._timer.start()

    def _poll(self) -> None:
        with self._guard():
            self._pending = len(self._logic.pendingPhrases)
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
            self._order, self._isCancelling = None, False
            self._onStateChanged()

    def _finish(self, labelNodes: list[Any]) -> None:
        self.answered += 0 if self._isRefining else len(labelNodes)
        self._end()
        self._onFinished(labelNodes, not self._line)
        if self._line and not self.isRunning:
            self._beginNext()
            self._onStateChanged()  # which brings the buttons up to date

    def _fail(self, error: CXRGroundingError) -> None:
        if self._order is not None and not self._isRefining:
            self.answered += len(self._order.phrases) - self._pending
        self._line.clear()
        self._end()
        self._onFailed(error)


def _enable(button: Any, whyNot: str, toolTip: str) -> None:
    """Enable a button, or say in its tooltip why it is not."""
    button.setEnabled(not whyNot)
    button.setToolTip(texts.shown(whyNot or toolTip))
