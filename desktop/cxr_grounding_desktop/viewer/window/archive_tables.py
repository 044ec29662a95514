"""What an archive lists, as tables of rows that can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PyQt5.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from cxr_grounding import ListedObject, ListedStudy, shown_day
from cxr_grounding_desktop.pyqt_types import given

T = TypeVar("T", ListedObject, ListedStudy)


class ListingTable(QTableWidget, Generic[T]):
    """Rows that stand for studies or for objects; which are chosen, says the selection.

    Args:
        name: of the table, for Qt.
        columns: their titles; the last one takes the room that is left.
        several: whether more than one row can be chosen.
    """

    def __init__(self, name: str, columns: Sequence[str], several: bool, parent: QWidget) -> None:
        super().__init__(0, len(columns), parent)
        self.setObjectName(name)
        self.setHorizontalHeaderLabels(list(columns))
        given(self.verticalHeader()).setVisible(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
        self.setWordWrap(False)
        header = given(self.horizontalHeader())
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self._listed: list[T] = []

    @property
    def chosen(self) -> list[T]:
        """What the chosen rows stand for, from top to bottom."""
        rows = {index.row() for index in given(self.selectionModel()).selectedRows()}
        return [self._listed[row] for row in sorted(rows)]

    def fill(self, listed: Sequence[T], words: Sequence[Sequence[str]]) -> None:
        """List these, none of them chosen.

        Args:
            listed: what the rows stand for.
            words: of each row, a text a column.
        """
        was_blocked = self.blockSignals(True)
        self._listed = list(listed)
        self.clearSelection()
        self.setRowCount(len(listed))
        for row, texts in enumerate(words):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(row, column, item)
        self.blockSignals(was_blocked)


STUDY_COLUMNS = ("Date", "Patient", "Patient ID", "Accession", "Modality", "Description")
OBJECT_COLUMNS = ("Modality", "View", "Description")


def study_words(study: ListedStudy) -> tuple[str, ...]:
    """A row of the table of studies."""
    modalities = "+".join(study.modalities)
    day = shown_day(study.date)
    return day, study.patient_name, study.patient_id, study.accession, modalities, study.description


def object_words(one: ListedObject) -> tuple[str, ...]:
    """A row of the table of radiographs."""
    return one.modality, one.view, one.description
