"""The report: its text, its file, and its sentences as they are read, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from slicer.i18n import tr as _

from cxr_grounding import CXRGroundingError, Proposal, Sentence, iter_report, propose
from CXRGroundingLib import texts
from CXRGroundingLib.report_lines import Changes, ReportLine, linesOf

READ_A_TURN = 20
"""Sentences that one turn of the event loop reads; a hundred would be felt."""


class ReportReader:
    """Reads the report's sentences, and has what the user changed of them.

    Args:
        label: a QLabel, which says why it cannot be read, or that it is not read yet.

    Attributes:
        problem: why the report cannot be read, a sentence; "" when it can.
        lines: its statements; those of a long report come when all are read.
    """

    def __init__(self, label: Any) -> None:
        self._label = label
        self._text = self._stored = self.problem = ""
        self._reading: Iterator[Sentence] | None = None
        self._sentences: list[Sentence] = []
        self._proposals: list[Proposal] = []
        self.changes = Changes()
        self.lines: list[ReportLine] = []
        self._say()

    @property
    def isReading(self) -> bool:
        """Whether `readOn` has more to do."""
        return self._reading is not None

    def read(self, report: str, changes: str) -> None:
        """Take a report and what was changed of it; what was taken already costs nothing."""
        if report != self._text:
            self._text, self.problem, self._sentences, self._proposals = report, "", [], []
            self._reading = iter_report(report)
            self.lines = []
            self.readOn()
        if changes != self._stored:
            self._stored, self.changes = changes, Changes.fromText(changes)
            self._settle()

    def readOn(self) -> None:
        """Read a few sentences more."""
        if self._reading is None:
            return
        try:
            some = list(islice(self._reading, READ_A_TURN))
        except CXRGroundingError as error:
            self.problem, some = str(error), []
        self._sentences += some
        if len(some) < READ_A_TURN:
            self._reading = None
            self._proposals = propose(self._sentences)
        self._settle()

    def _settle(self) -> None:
        self.lines = linesOf(self._proposals, self.changes)
        self._say()

    def _say(self) -> None:
        said = self.problem or (_("Reading the report...") if self.isReading else "")
        self._label.setText(texts.shown(said))
        self._label.setVisible(bool(said))
