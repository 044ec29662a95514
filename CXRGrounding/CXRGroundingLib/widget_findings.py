"""The list: the report's sentences and what was found, which finding is shown, and what is to know of it.

A sentence becomes a finding where it stands. Findings whose radiograph was removed stand below, so that they can be
removed too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from CXRGroundingLib import report_texts, texts
from CXRGroundingLib.report_lines import Entry, ReportLine
from CXRGroundingLib.widget_hover import Hover
from CXRGroundingLib.widget_places import PlacesList
from CXRGroundingLib.widget_sentences import SentenceRows

PHRASE, REGION, REMOVE = range(3)
"""Columns."""

FILLED_A_TURN = 20
"""Rows that one turn of the event loop fills, so that a list of hundreds does not hold the interface up."""


MEASURED = 20
"""Rows that the widths of the columns go by, beside those that are in sight."""

ROW_MARGIN = 4
"""Pixels that a row is higher than its texts."""


class FindingsTable:
    """Fills the table, and does what is done in it.

    Args:
        ui: with `findingsTable` and `warningsLabel`, and what `PlacesList` fills.
        logic: a GroundingLogic.
        entriesOf: gives the rows for the findings of the radiograph: (phrase, label map) of each.
        onShown: called after the user chose what to show.
        onPlaceAsked: called with the phrase of a place whose map the user wants and that is not there yet.
        onSentence: called with a line of the report, and with its new text or with whether to ground it.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(
        self,
        ui: Any,
        logic: Any,
        entriesOf: Callable[[list[tuple[str, Any]]], list[Entry]],
        onShown: Callable[[], None],
        onPlaceAsked: Callable[[str], None],
        onSentence: Callable[[ReportLine, str | bool], None],
        guard: Callable[[], Any],
    ) -> None:
        self._table, self._warnings = ui.findingsTable, ui.warningsLabel
        self._logic, self._entriesOf, self._onShown, self._guard = logic, entriesOf, onShown, guard
        self._volumeNode: Any = None
        self._entries: list[Entry] = []
        self._filled: list[tuple[Any, ...]] = []
        self._listedAsShown: Any = None
        self._hovered: Any = None
        self._beforeHover: Any = None
        self.isComplete = True
        self._places = PlacesList(ui, logic, self._show, onPlaceAsked, guard)
        self._sentences = SentenceRows(self._table, PHRASE, onSentence, onSentence)
        self._hover = Hover(self._table, self._preview, guard)
        self._reveal = qt.QTimer(self._table)  # once the list has the height that the places leave
        self._reveal.setSingleShot(True)
        self._reveal.setInterval(0)
        self._reveal.connect("timeout()", self._onReveal)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(PHRASE, qt.QHeaderView.Stretch)
        header.connect("sectionResized(int,int,int)", self._onResized)
        header.setResizeContentsPrecision(MEASURED)
        # Not by contents: Qt would measure all rows again after each change of one.
        self._table.verticalHeader().setSectionResizeMode(qt.QHeaderView.Fixed)
        self._table.connect("itemChanged(QTableWidgetItem*)", self._onItemChanged)
        self._table.connect("itemSelectionChanged()", self._onSelected)
        self._table.connect("cellDoubleClicked(int,int)", self._onEdit)
        self._table.itemDelegate().connect("closeEditor(QWidget*)", self._onEditorClosed)
        self._editKey, self._tickKey = (qt.QShortcut(qt.QKeySequence(key), self._table) for key in ("F2", "Space"))
        for key in (self._editKey, self._tickKey):
            key.setContext(qt.Qt.WidgetShortcut)
        self._editKey.connect("activated()", self._onEditKey)
        self._tickKey.connect("activated()", self._onTickKey)

    @property
    def shownResult(self) -> dict[str, Any] | None:
        """Of the finding that lies over the radiograph, if there is one."""
        shown = self._shown()
        return None if shown is None else self._logic.result(shown)

    @property
    def isUpToDate(self) -> bool:
        """Whether the finding that lies over the radiograph is the one that the table says."""
        return self._overlay() is (self._hovered if self._hover.isShowing else self._listedAsShown)

    @property
    def findings(self) -> list[Any]:
        """The label maps of the rows, in their order; sentences without one are left out."""
        return [entry.labelNode for entry in self._entries if entry.labelNode is not None]

    def setRadiograph(self, volumeNode: Any) -> None:
        """List the findings of this radiograph; for None only those without one."""
        if volumeNode is not self._volumeNode:
            self._volumeNode = volumeNode
            self._hover.forget()
            self.refresh()

    def choose(self, labelNode: Any) -> None:
        """Select the row of a finding, which shows it, as a click does."""
        row = next((row for row, entry in enumerate(self._entries) if entry.labelNode is labelNode), None)
        if row is not None:
            self._table.selectRow(row)

    def refresh(self) -> None:
        """Bring the rows up to date with scene, report and run; of many, some are left to the next call."""
        if self._sentences.isEditing:
            return
        if self._hover.isShowing and self._overlay() is not self._hovered:
            self._hover.forget()
        current = self._entryAt(self._table.currentRow())
        mine = [] if self._volumeNode is None else self._logic.findings(self._volumeNode)
        self._entries = self._entriesOf([(self._logic.result(node)["phrase"], node) for node in mine])
        isListed = len(self._entries)
        self._entries += [Entry(self._logic.result(node)["phrase"], node) for node in self._logic.orphans()]
        wasShown, shown = self._listedAsShown, self._shown()
        self._listedAsShown = shown
        wasBlocked = self._table.blockSignals(True)
        if self._table.rowCount != len(self._entries):
            self._table.setRowCount(len(self._entries))
            del self._filled[len(self._entries) :]
            self._sentences.forgetFrom(len(self._entries))
        self._fillRows(shown, isListed)
        self._select(current, shown, isNew=shown is not wasShown)
        self._table.blockSignals(wasBlocked)
        self._places.refresh(shown)
        if shown is not wasShown:
            self._reveal.start()
        warnings = texts.warningsText(self.shownResult)
        self._warnings.setText(texts.shown(warnings))
        self._warnings.setVisible(bool(warnings))

    def _onReveal(self) -> None:
        with self._guard():
            item = self._table.currentItem()
            if item is not None:
                self._table.scrollToItem(item)

    def _fillRows(self, shown: Any, isListed: int) -> None:
        """Fill the rows whose content is another one than what stands in them.

        Args:
            shown: the finding over the radiograph.
            isListed: rows that are not those of removed radiographs.
        """
        count = number = 0
        self.isComplete = True
        for row, entry in enumerate(self._entries):
            number += entry.labelNode is not None
            content = self._contentOf(entry, entry.labelNode is shown, number, row >= isListed)
            if row < len(self._filled) and self._filled[row] == content:
                continue
            if count == FILLED_A_TURN:
                self.isComplete = False
                return
            count += 1
            self._fillRow(row, entry, *content[-3:])
            self._filled[row : row + 1] = [content]

    def _contentOf(self, entry: Entry, isShown: bool, number: int, isOrphan: bool) -> tuple[Any, ...]:
        """All that a row's looks depend on."""
        node = entry.labelNode
        if node is None:
            return entry, False, 0, False
        result = self._logic.resultText(node)
        # What is shown only because the mouse rests on it, is not ticked by that.
        isTicked = isShown or (node is not self._overlay() and self._logic.isTicked(node))
        state = entry.isRunning, entry.isWaiting, entry.isOneOfSeveral
        return entry.text, node.GetID(), result, state, isTicked, number, isOrphan

    def _fillRow(self, row: int, entry: Entry, isTicked: bool, number: int, isOrphan: bool) -> None:
        self._table.setVerticalHeaderItem(row, qt.QTableWidgetItem(texts.shown(str(number or ""))))
        if entry.labelNode is None:
            self._table.removeCellWidget(row, REMOVE)
            self._sentences.fill(row, entry)
            return
        self._sentences.clear(row)
        self._fillFinding(row, entry, isTicked)
        if isOrphan:
            self._markOrphan(row, entry.text)
        self._fit(row)

    def _fit(self, row: int) -> None:
        self._table.resizeRowToContents(row)
        self._table.setRowHeight(row, self._table.rowHeight(row) + ROW_MARGIN)

    def _select(self, current: Entry | None, shown: Any, isNew: bool) -> None:
        """Keep the current row, or go to what is shown now; without anything shown no finding is selected."""
        row = None
        if current is not None and not (isNew and shown is not None):
            row = next((row for row, entry in enumerate(self._entries) if entry.text == current.text), None)
        if row is None or (self._entries[row].labelNode is not None and self._entries[row].labelNode is not shown):
            row = next((row for row, one in enumerate(self._entries) if shown and one.labelNode is shown), None)
        if row is None:
            self._table.clearSelection()
        elif row != self._table.currentRow() or not self._table.selectedItems():
            self._table.selectRow(row)

    def _entryAt(self, row: int) -> Entry | None:
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def _shown(self) -> Any:
        """The finding that is shown, if any; not one that is shown only because the mouse rests on it."""
        return self._beforeHover if self._hover.isShowing else self._overlay()

    def _overlay(self) -> Any:
        """The finding that lies over the radiograph in a view, if it is one of the rows'."""
        shown = None if self._volumeNode is None else self._logic.shownFinding(self._volumeNode)
        return shown if any(entry.labelNode is shown for entry in self._entries) else None

    def _fillFinding(self, row: int, entry: Entry, isTicked: bool) -> None:
        labelNode = entry.labelNode
        result = self._logic.result(labelNode)
        row_ = texts.findingTexts(result, self._orientation(labelNode))
        model = texts.byText(result) if entry.isOneOfSeveral else ""
        said = (row_.phrase, model, report_texts.stateText(entry))
        phrase = qt.QTableWidgetItem(texts.shown("\n".join(line for line in said if line)))
        phrase.setToolTip(texts.shown(row_.phraseHint))
        phrase.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable)
        phrase.setCheckState(qt.Qt.Checked if isTicked else qt.Qt.Unchecked)
        self._table.setItem(row, PHRASE, phrase)
        region = qt.QTableWidgetItem(texts.shown(row_.region))
        region.setToolTip(texts.shown(row_.regionHint))
        self._table.setItem(row, REGION, region)
        button = qt.QToolButton(self._table)
        button.setAutoRaise(True)
        button.setIcon(self._table.style().standardIcon(qt.QStyle.SP_TrashIcon))
        button.setToolTip(_("Remove this finding from the scene."))
        button.connect("clicked()", lambda: self._remove(labelNode))
        self._table.setCellWidget(row, REMOVE, button)

    def _orientation(self, labelNode: Any) -> Any:
        radiograph = self._logic.radiographOf(labelNode)
        return None if radiograph is None else self._logic.about(radiograph)[0]

    def _markOrphan(self, row: int, phrase: str) -> None:
        """Say that the finding cannot be shown; its button removes it all the same."""
        item = self._table.item(row, PHRASE)
        item.setText(texts.shown(_("{phrase} (radiograph removed)").format(phrase=phrase)))
        item.setToolTip(_("The radiograph of this finding was removed from the scene, so it cannot be shown."))
        for column in (PHRASE, REGION):
            self._table.item(row, column).setFlags(qt.Qt.ItemIsEnabled)

    def _onItemChanged(self, item: Any) -> None:
        with self._guard():
            entry = self._entryAt(item.row())
            if item.column() != PHRASE or entry is None:
                return
            if entry.labelNode is not None:
                self._tick(entry.labelNode, item.checkState() == qt.Qt.Checked)
            elif self._sentences.isEditing:
                self._sentences.write(item.data(qt.Qt.DisplayRole))

    def _onSelected(self) -> None:
        with self._guard():
            entry = self._entryAt(self._table.currentRow())
            if entry is not None and entry.labelNode is not None:
                self._show(entry.labelNode)

    def _onEdit(self, row: int, column: int) -> None:
        with self._guard():
            entry = self._entryAt(row)
            if entry is not None and entry.labelNode is None and entry.line is not None:
                self._sentences.beginEdit(row, entry.line)
                self._filled[row : row + 1] = [()]  # its label is gone

    def _onEditKey(self) -> None:
        with self._guard():
            self._onEdit(self._table.currentRow(), PHRASE)

    def _onTickKey(self) -> None:
        with self._guard():
            row = self._table.currentRow()
            entry = self._entryAt(row)
            if entry is not None and entry.labelNode is None:
                self._sentences.toggle(row)
            elif entry is not None and self._logic.radiographOf(entry.labelNode) is not None:
                item = self._table.item(row, PHRASE)
                isTicked = item.checkState() == qt.Qt.Checked
                item.setCheckState(qt.Qt.Unchecked if isTicked else qt.Qt.Checked)

    def _onEditorClosed(self, editor: Any) -> None:
        with self._guard():
            self._sentences.endEdit()
            self._onShown()

    def _onResized(self, column: int, before: int, after: int) -> None:
        with self._guard():
            if column == PHRASE and before != after:
                self._sentences.fitAll()
                for row, entry in enumerate(self._entries[: len(self._filled)]):
                    if entry.labelNode is not None:
                        self._fit(row)

    def _show(self, labelNode: Any) -> None:
        self._hover.forget()
        if labelNode is None:
            self._logic.hideFindings(self._volumeNode)
        else:
            self._logic.showFinding(labelNode)
            self._logic.jumpTo(labelNode)
        self._onShown()

    def _preview(self, row: int) -> Callable[[], None] | None:
        """Show the finding of a row while it is pointed at; gives what ends that, None where there is nothing to do."""
        entry, before = self._entryAt(row), self._overlay()
        if entry is None or entry.labelNode is None or entry.labelNode is before or self._volumeNode is None:
            return None
        if self._logic.radiographOf(entry.labelNode) is not self._volumeNode:
            return None
        volumeNode = self._volumeNode
        self._hovered, self._beforeHover = entry.labelNode, before
        self._logic.showFinding(entry.labelNode)

        def restore() -> None:
            if before is None:
                self._logic.hideFindings(volumeNode)
            elif self._logic.radiographOf(before) is not None:
                self._logic.showFinding(before)

        return restore

    def _tick(self, labelNode: Any, isTicked: bool) -> None:
        """Show a finding beside the others that are ticked, or take it away."""
        self._hover.forget()
        self._logic.tick(labelNode, isTicked)
        self._onShown()

    def _remove(self, labelNode: Any) -> None:
        # The table is filled anew later, by the scene's event: doing it here would delete the button in its own click.
        with self._guard():
            self._hover.forget()
            self._logic.removeFinding(labelNode)
