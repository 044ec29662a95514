"""The list of places where a phrase without a place was asked: how well each explains it, and a click shows its map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from CXRGroundingLib import texts

PLACE, EXPLAINS = range(2)
"""Columns."""

ROWS_IN_SIGHT = 4
"""At most; the list of findings above needs the height, and the best places stand first."""

ROW_MARGIN = 6
"""Pixels that a row is higher than its text."""


class PlacesList:
    """Lists the places of the shown finding; it goes where its phrase was asked as it stands.

    While the map of another place is shown, the list stays, so that the way back is a click too.

    Args:
        ui: with `placesLabel` and `placesTable`.
        logic: a GroundingLogic.
        show: called with the finding to show, where a place's map is there already.
        ask: called with the phrase to ground, where it is not. It names its place, so that it is asked as it stands.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(
        self,
        ui: Any,
        logic: Any,
        show: Callable[[Any], None],
        ask: Callable[[str], None],
        guard: Callable[[], Any],
    ) -> None:
        self._label, self._table = ui.placesLabel, ui.placesTable
        self._logic, self._show, self._ask, self._guard = logic, show, ask, guard
        self._askedNode: Any = None
        self._phrases: list[str] = []
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(PLACE, qt.QHeaderView.Stretch)
        header.setVisible(False)  # the line above says what it is
        self._table.verticalHeader().setMinimumSectionSize(ROW_MARGIN)
        self._table.connect("cellClicked(int,int)", self._onChosen)
        self._table.connect("cellActivated(int,int)", self._onChosen)  # by Enter

    def refresh(self, shown: Any) -> None:
        """List anew.

        Args:
            shown: the finding over the radiograph, or None.
        """
        asked = [] if shown is None else self._logic.askedAtPlaces(shown)
        if self._askedNode not in asked:
            self._askedNode = asked[0] if asked else None
        rows = []
        if self._askedNode is not None:
            rows = texts.placeRows(self._logic.result(self._askedNode), self._logic.result(shown))
            self._label.setText(texts.shown(texts.placesText(self._logic.result(self._askedNode)["phrase"])))
        self._phrases = [row.phrase for row in rows]
        self._table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in ((PLACE, row.place), (EXPLAINS, row.explains)):
                item = qt.QTableWidgetItem(texts.shown(text))
                item.setToolTip(texts.shown(row.hint))
                self._table.setItem(number, column, item)
            self._table.setRowHeight(number, self._table.sizeHintForRow(number) + ROW_MARGIN)
        inSight = (self._table.rowHeight(number) for number in range(min(len(rows), ROWS_IN_SIGHT)))
        self._table.setFixedHeight(sum(inSight) + 2 * self._table.frameWidth)
        self._mark([number for number, row in enumerate(rows) if row.isShown])
        for part in (self._label, self._table):
            part.setVisible(bool(rows))

    def _mark(self, rows: list[int]) -> None:
        """Select the place whose map is shown; where those of several are, their rows alone say so."""
        if len(rows) == 1:
            self._table.selectRow(rows[0])
        else:
            self._table.clearSelection()

    def _onChosen(self, row: int, column: int) -> None:
        with self._guard():
            if self._logic.isBusy or not 0 <= row < len(self._phrases):
                return  # a double click: its first half has begun the run
            phrase = self._phrases[row]
            labelNode = self._logic.foundAt(self._askedNode, phrase)
            if labelNode is None:
                self._ask(phrase)
            else:
                self._show(labelNode)
