"""The table of findings: what was grounded on the chosen radiograph, which one is shown, and what is to know of it.

Findings whose radiograph was removed stand below, so that they can be removed too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from CXRGroundingLib import texts
from CXRGroundingLib.widget_places import PlacesList

PHRASE, REGION, AREA, REMOVE = range(4)
"""Columns."""


class FindingsTable:
    """Fills the table, and does what is done in it.

    Args:
        ui: with `findingsTable` and `warningsLabel`, and what `PlacesList` fills.
        logic: a GroundingLogic.
        onShown: called after the user chose what to show; with False when no slice view shows the radiograph.
        onPlaceAsked: called with the phrase of a place whose map the user wants and that is not there yet.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(
        self,
        ui: Any,
        logic: Any,
        onShown: Callable[[bool], None],
        onPlaceAsked: Callable[[str], None],
        guard: Callable[[], Any],
    ) -> None:
        self._table, self._warnings = ui.findingsTable, ui.warningsLabel
        self._logic, self._onShown, self._guard = logic, onShown, guard
        self._volumeNode: Any = None
        self._labelNodes: list[Any] = []
        self._listedAsShown: Any = None
        self._places = PlacesList(ui, logic, self._show, onPlaceAsked, guard)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(PHRASE, qt.QHeaderView.Stretch)
        self._table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        self._table.connect("itemChanged(QTableWidgetItem*)", self._onItemChanged)
        self._table.connect("itemSelectionChanged()", self._onSelected)

    @property
    def shownResult(self) -> dict[str, Any] | None:
        """Of the finding that lies over the radiograph, if there is one."""
        shown = self._shown()
        return None if shown is None else self._logic.result(shown)

    @property
    def isUpToDate(self) -> bool:
        """Whether the finding that lies over the radiograph is the one that the table says."""
        return self._shown() is self._listedAsShown

    def setRadiograph(self, volumeNode: Any) -> None:
        """List the findings of this radiograph; for None only those without one."""
        if volumeNode is not self._volumeNode:
            self._volumeNode = volumeNode
            self.refresh()

    def refresh(self) -> None:
        """List anew what is in the scene."""
        mine = [] if self._volumeNode is None else self._logic.findings(self._volumeNode)
        orphans = self._logic.orphans()
        self._labelNodes = [*mine, *orphans]
        shown = self._listedAsShown = self._shown()
        wasBlocked = self._table.blockSignals(True)
        self._table.setRowCount(0)  # also deletes the buttons
        self._table.setRowCount(len(self._labelNodes))
        for row, labelNode in enumerate(self._labelNodes):
            self._fillRow(row, labelNode, labelNode is shown)
        for row in range(len(mine), len(self._labelNodes)):
            self._markOrphan(row, self._logic.result(self._labelNodes[row])["phrase"])
        if shown is not None:
            self._table.selectRow(self._labelNodes.index(shown))
        self._table.blockSignals(wasBlocked)
        self._places.refresh(shown)
        warnings = texts.warningsText(self.shownResult)
        self._warnings.setText(texts.shown(warnings))
        self._warnings.setVisible(bool(warnings))

    def _shown(self) -> Any:
        """The finding that is shown, if any; one of `_labelNodes`."""
        shown = None if self._volumeNode is None else self._logic.shownFinding(self._volumeNode)
        return shown if shown in self._labelNodes else None

    def _fillRow(self, row: int, labelNode: Any, isShown: bool) -> None:
        row_ = texts.findingTexts(self._logic.result(labelNode))
        phrase = qt.QTableWidgetItem(texts.shown(row_.phrase))
        phrase.setToolTip(texts.shown(row_.phraseHint))
        phrase.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable)
        isTicked = isShown or self._logic.isTicked(labelNode)
        phrase.setCheckState(qt.Qt.Checked if isTicked else qt.Qt.Unchecked)
        self._table.setItem(row, PHRASE, phrase)
        for column, text, hint in ((REGION, row_.region, row_.regionHint), (AREA, row_.area, row_.areaHint)):
            item = qt.QTableWidgetItem(texts.shown(text))
            item.setToolTip(texts.shown(hint))
            self._table.setItem(row, column, item)
        button = qt.QToolButton(self._table)
        button.setAutoRaise(True)
        button.setIcon(self._table.style().standardIcon(qt.QStyle.SP_TrashIcon))
        button.setToolTip(_("Remove this finding from the scene."))
        button.connect("clicked()", lambda: self._remove(labelNode))
        self._table.setCellWidget(row, REMOVE, button)

    def _markOrphan(self, row: int, phrase: str) -> None:
        """Say that the finding cannot be shown; its button removes it all the same."""
        item = self._table.item(row, PHRASE)
        item.setText(texts.shown(_("{phrase} (radiograph removed)").format(phrase=phrase)))
        item.setToolTip(_("The radiograph of this finding was removed from the scene, so it cannot be shown."))
        for column in (PHRASE, REGION, AREA):
            self._table.item(row, column).setFlags(qt.Qt.ItemIsEnabled)

    def _onItemChanged(self, item: Any) -> None:
        with self._guard():
            if item.column() == PHRASE:
                self._tick(self._labelNodes[item.row()], item.checkState() == qt.Qt.Checked)

    def _onSelected(self) -> None:
        with self._guard():
            row = self._table.currentRow()
            if 0 <= row < len(self._labelNodes):
                self._show(self._labelNodes[row])

    def _show(self, labelNode: Any) -> None:
        isShown = True
        if labelNode is None:
            self._logic.hideFindings(self._volumeNode)
        else:
            isShown = self._logic.showFinding(labelNode)
            self._logic.jumpTo(labelNode)
        self._onShown(isShown)

    def _tick(self, labelNode: Any, isTicked: bool) -> None:
        """Show a finding beside the others that are ticked, or take it away."""
        self._logic.tick(labelNode, isTicked)
        self._onShown(self._logic.isSeen(self._volumeNode))

    def _remove(self, labelNode: Any) -> None:
        # The table is filled anew later, by the scene's event: doing it here would delete the button in its own click.
        with self._guard():
            self._logic.removeFinding(labelNode)
