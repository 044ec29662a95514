"""The rows of the list that are no findings yet: sentences of the report, and phrases that wait in line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from cxr_grounding import deciding_words
from CXRGroundingLib import report_texts, texts
from CXRGroundingLib.report_lines import Entry, ReportLine

INDENT = 22
"""Pixels that a row's check box takes, at its left."""


class SentenceRows:
    """Fills such rows, and does what is done in them: a tick, and another text.

    Such a row is one cell over the whole width. A label lies over its item, since an item cannot mark words; clicks
    go through it.

    Args:
        table: a QTableWidget.
        column: of the text and the check box.
        onChosen: called with a line and whether it is to be grounded.
        onWritten: called with a line and its new text.
    """

    def __init__(
        self,
        table: Any,
        column: int,
        onChosen: Callable[[ReportLine, bool], None],
        onWritten: Callable[[ReportLine, str], None],
    ) -> None:
        self._table, self._column = table, column
        self._onChosen, self._onWritten = onChosen, onWritten
        self._edited: ReportLine | None = None
        self._labels: dict[int, Any] = {}

    @property
    def isEditing(self) -> bool:
        """Whether the user is writing in one of the rows, so that it must be left as it is."""
        return self._edited is not None

    def fill(self, row: int, entry: Entry) -> None:
        """Show a sentence or a waiting phrase in a row."""
        line, state = entry.line, report_texts.stateText(entry)
        below = state or ("" if line is None else report_texts.lineText(line))
        item = qt.QTableWidgetItem("")
        # What a screen reader says; the item itself has no text, for it would be painted below the label.
        item.setData(qt.Qt.AccessibleTextRole, texts.shown(f"{entry.text}: {below}"))
        item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
        marks = []
        if line is not None:
            item.setToolTip(texts.shown(report_texts.lineHint(line)))
            if not state:
                item.setFlags(
                    qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable | qt.Qt.ItemIsEditable
                )
                item.setCheckState(qt.Qt.Checked if line.isChosen else qt.Qt.Unchecked)
            marks = deciding_words(line.sentence)
        self._table.setItem(row, self._column, item)
        self._table.setSpan(row, self._column, 1, self._table.columnCount)
        label = qt.QLabel()
        label.setTextFormat(qt.Qt.RichText)
        label.setWordWrap(True)
        label.setContentsMargins(INDENT, 2, 4, 2)
        label.setAttribute(qt.Qt.WA_TransparentForMouseEvents)
        label.setText(texts.shown(report_texts.markedHtml(entry.text, marks, below)))
        self._table.setCellWidget(row, self._column, label)
        self._labels[row] = label
        self._fit(row, label)

    def clear(self, row: int) -> None:
        """Make a row fit for a finding."""
        if self._labels.pop(row, None) is not None:
            self._table.removeCellWidget(row, self._column)
            self._table.setSpan(row, self._column, 1, 1)

    def fitAll(self) -> None:
        """Give all rows the height that their texts take in the width that there is now."""
        for row, label in self._labels.items():
            self._fit(row, label)

    def forgetFrom(self, row: int) -> None:
        """The rows from this one on are gone, with what lay over them."""
        self._labels = {number: label for number, label in self._labels.items() if number < row}

    def choose(self, line: ReportLine, isChosen: bool) -> None:
        """After a click on the check box of a line's row."""
        self._onChosen(line, isChosen)

    def beginEdit(self, row: int, line: ReportLine) -> None:
        """Have the user write in a row."""
        item = self._table.item(row, self._column)
        if self.isEditing or not item.flags() & qt.Qt.ItemIsEditable:
            return
        self._edited = line
        wasBlocked = self._table.blockSignals(True)
        item.setText(texts.shown(line.text))
        self._table.blockSignals(wasBlocked)
        self._table.removeCellWidget(row, self._column)
        self._labels.pop(row, None)
        self._table.editItem(item)

    def endEdit(self) -> None:
        """After the editor was closed, with or without a new text."""
        self._edited = None

    def write(self, text: str) -> None:
        """Take what was written."""
        if self._edited is not None:
            line, self._edited = self._edited, None
            self._onWritten(line, text)

    def _fit(self, row: int, label: Any) -> None:
        width = self._table.viewport().width
        item = self._table.item(row, self._column)
        if item is not None:
            height = label.heightForWidth(max(width, 100))
            label.setMaximumHeight(height)  # or the row would be as high as the label likes to be
            item.setSizeHint(qt.QSize(0, height))
