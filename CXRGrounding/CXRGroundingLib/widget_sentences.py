"""The rows of the list that are no findings yet: sentences of the report, and phrases that wait in line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from cxr_grounding import deciding_words
from CXRGroundingLib import report_texts, texts
from CXRGroundingLib.report_lines import Entry, ReportLine

BOX_WIDTH = 22
"""Pixels that a row's check box takes, at its left."""

ROW_MARGIN = 3
"""Pixels that a row is higher than its label says: what hangs below the last line would be cut."""


class SentenceRows:
    """Fills such rows, and does what is done in them: a tick, and another text.

    Such a row is one cell over the whole width. A check box and a label lie over its item, since an item cannot mark
    words, and Qt asks no item for its check box where a widget lies over it. Clicks beside the box go through.

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
        self._boxes: dict[int, Any] = {}

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
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsEditable)
            marks = deciding_words(line.sentence)
        self._table.setItem(row, self._column, item)
        self._table.setSpan(row, self._column, 1, self._table.columnCount)
        label = qt.QLabel()
        label.setTextFormat(qt.Qt.RichText)
        label.setWordWrap(True)
        label.setContentsMargins(0, 2, 4, 2)
        label.setAttribute(qt.Qt.WA_TransparentForMouseEvents)
        label.setText(texts.shown(report_texts.markedHtml(entry.text, marks, below)))
        self._labels[row] = label
        self._table.setCellWidget(row, self._column, self._withBox(row, label, None if state else line))
        self._fit(row, label)

    def _withBox(self, row: int, label: Any, line: ReportLine | None) -> Any:
        """A widget with the label, and before it a check box for a line that can be chosen."""
        both = qt.QWidget()
        both.setMouseTracking(True)  # so that the table hears where the mouse is
        layout = qt.QHBoxLayout(both)
        layout.setContentsMargins(3, 0, 0, 0)
        layout.setSpacing(0)
        box = qt.QCheckBox()
        box.setFixedWidth(BOX_WIDTH - 3)
        box.setFocusPolicy(qt.Qt.NoFocus)  # the keyboard goes by rows, and Space is the table's
        layout.addWidget(box)
        layout.addWidget(label, 1)
        box.setVisible(line is not None)  # only now: a widget without a parent would be a window
        self._boxes.pop(row, None)
        if line is None:
            layout.setContentsMargins(BOX_WIDTH, 0, 0, 0)
            return both
        box.setChecked(line.isChosen)
        box.setAccessibleName(texts.shown(line.text))
        box.connect("toggled(bool)", lambda isChosen: self._onChosen(line, isChosen))
        self._boxes[row] = box
        return both

    def toggle(self, row: int) -> None:
        """As a click on the check box of a row does, if it has one."""
        if row in self._boxes:
            self._boxes[row].toggle()

    def clear(self, row: int) -> None:
        """Make a row fit for a finding."""
        self._boxes.pop(row, None)
        if self._labels.pop(row, None) is not None:
            self._table.removeCellWidget(row, self._column)
            self._table.setSpan(row, self._column, 1, 1)

    def fitAll(self) -> None:
        """Give all rows the height that their texts take in the width that there is now."""
        for row, label in self._labels.items():
            self._fit(row, label)

    def forgetFrom(self, row: int) -> None:
        """The rows from this one on are gone, with what lay over them."""
        for parts in (self._labels, self._boxes):
            for number in [number for number in parts if number >= row]:
                del parts[number]

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
        self._boxes.pop(row, None)
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
        width = max(self._table.viewport().width - BOX_WIDTH, 100)
        self._table.setRowHeight(row, label.heightForWidth(width) + ROW_MARGIN)
