"""The list at the left: the radiographs of a folder, under the name of their patient."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt5.QtCore import QModelIndex, QRect, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QPainter, QPalette
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cxr_grounding import FileDescription
from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.viewer.window.folder_scan import FolderScan
from cxr_grounding_desktop.viewer.window.names import Common, shortened

PICTURES_GROUP = "Pictures and volumes"
UNKNOWN_PATIENT = "Unknown patient"

_PATH, _COMMON = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
"""Of a radiograph, and of the group of a patient: what all its names have in common."""

_PADDING = 5
_KEY_MILLISECONDS = 200
"""After an arrow key; while one is held down, the radiographs that are passed are not loaded."""


class RadiographList(QWidget):
    """Fills itself while the folder is looked through, and says which radiograph was chosen.

    Args:
        scan: what looks through folders; None for one of its own.
    """

    chosen = pyqtSignal(str)
    """The path of a radiograph, by a click or, a moment after it, by an arrow key. Also when chosen again."""

    filled = pyqtSignal()
    """Radiographs were added to the list."""

    def __init__(self, scan: FolderScan | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("radiographList")
        self._scan = scan or FolderScan(self)
        self._groups: dict[str | None, QTreeWidgetItem] = {}
        self._found: list[FileDescription] = []
        self._choose_first = self._is_marking = False
        self._items: dict[str, QTreeWidgetItem] = {}
        self._key_timer = QTimer(self)
        self._key_timer.setSingleShot(True)
        self._key_timer.setInterval(_KEY_MILLISECONDS)
        self._make_widgets()
        self._key_timer.timeout.connect(self._choose_current)
        self._tree.itemSelectionChanged.connect(self._on_selected)
        self._tree.itemClicked.connect(self._choose_current)
        self._scan.found.connect(self._found.append)
        self._scan.advanced.connect(self._show_found)
        self._scan.finished.connect(self._show_end)
        self._stop_button.clicked.connect(self._scan.stop)

    @property
    def counts_text(self) -> str:
        """What stands above the list: how many were found."""
        return self._counts.text()

    @property
    def entries(self) -> list[str]:
        """The listed paths, from top to bottom."""
        return [
            given(group.child(row)).data(0, _PATH)
            for group in map(given, map(self._tree.topLevelItem, range(self._tree.topLevelItemCount())))
            for row in range(group.childCount())
        ]

    def look_through(self, roots: Sequence[str], *, choose_first: bool = False) -> None:
        """List what is in these files and folders, in place of what was listed before.

        Args:
            choose_first: whether to choose the first radiograph that is found.
        """
        self._choose_first = choose_first
        self._tree.clear()
        self._groups.clear()
        self._items.clear()
        self._found.clear()
        name = (Path(roots[0]).name or roots[0]) if len(roots) == 1 else f"{len(roots)} files"
        self._title.setText(name)
        self._title.setToolTip("\n".join(roots[:20]))
        self._stop_button.show()
        self._scan.start(roots)
        self._show_found()

    def mark(self, path: str) -> None:
        """Select the radiograph that the view shows, "" for none; says nothing of it."""
        item = self._items.get(str(Path(path).absolute())) if path else None
        selected = self._tree.selectedItems()
        if self._key_timer.isActive() or selected == ([] if item is None else [item]):
            return  # the user is on the way to another one, or it is marked already
        self._is_marking = True
        try:
            self._tree.setCurrentItem(item)
            if item is None:
                self._tree.clearSelection()
        finally:
            self._is_marking = False

    def _on_selected(self) -> None:
        if not self._is_marking:
            self._key_timer.start()

    def stop(self) -> None:
        """Look no further; what was found stays listed."""
        self._scan.stop()

    def _make_widgets(self) -> None:
        self._title, self._counts, self._stop_button = QLabel(self), QLabel(self), QPushButton("Stop", self)
        for label in (self._title, self._counts):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._counts.setWordWrap(True)
        self._stop_button.hide()
        self._stop_button.setToolTip("Look no further; what was found stays in the list.")
        self._tree = QTreeWidget(self)
        self._tree.setColumnCount(1)
        self._tree.setHeaderHidden(True)
        self._tree.setIndentation(0)
        self._tree.setRootIsDecorated(False)
        self._tree.setItemsExpandable(False)
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.setItemDelegate(_EntryDelegate(self._tree))
        self._tree.setAccessibleName("Radiographs of the folder")
        row = QHBoxLayout()
        row.addWidget(self._counts, 1)
        row.addWidget(self._stop_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 4, 8)
        layout.addWidget(self._title)
        layout.addLayout(row)
        layout.addWidget(self._tree, 1)
        self.setMinimumWidth(180)

    def _show_found(self) -> None:
        for entry in self._found:
            self._add(entry)
        if self._found:
            self._found.clear()
            self.filled.emit()
        self._counts.setText(_counts_text(self._scan, " so far" if self._scan.is_running else ""))

    def _show_end(self, is_complete: bool) -> None:
        self._show_found()
        self._stop_button.hide()
        self._counts.setText(_counts_text(self._scan, "" if is_complete else " until it was stopped"))

    def _add(self, entry: FileDescription) -> None:
        name = Path(entry.path).name
        item = QTreeWidgetItem([entry.title if entry.title == name else f"{entry.title}\n{name}"])
        item.setData(0, _PATH, entry.path)
        item.setToolTip(0, entry.path)
        self._items[str(Path(entry.path).absolute())] = item
        group = self._group_of(entry.patient)
        group.addChild(item)
        group.setData(0, _COMMON, (group.data(0, _COMMON) or Common()).with_name(name))
        if self._choose_first:
            self._choose_first = False
            self._tree.setCurrentItem(item)
            self._choose_current()

    def _group_of(self, patient: str | None) -> QTreeWidgetItem:
        """The patient's header; pictures, of which no patient is known, come last."""
        group = self._groups.get(patient)
        if group is None:
            group = QTreeWidgetItem([PICTURES_GROUP if patient is None else patient or UNKNOWN_PATIENT])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setToolTip(0, group.text(0))
            end = self._tree.topLevelItemCount() - (None in self._groups)
            self._tree.insertTopLevelItem(end, group)
            group.setExpanded(True)
            self._groups[patient] = group
        return group

    def _choose_current(self) -> None:
        self._key_timer.stop()  # a click has said it already
        path = next((item.data(0, _PATH) for item in self._tree.selectedItems()), None)
        if path:
            self.chosen.emit(path)


def _counts_text(scan: FolderScan, addition: str) -> str:
    """For example "12 radiographs · 3 other files so far"."""
    parts = [_count(scan.radiographs, "radiograph")]
    if scan.others:
        parts.append(_count(scan.others, "other file"))
    if scan.unreadable:
        parts.append(f"{_count(scan.unreadable, 'folder')} that cannot be read")
    return " · ".join(parts) + addition


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class _EntryDelegate(QStyledItemDelegate):
    """Draws an entry in one or two lines, the second one quiet, and a patient's name above a thin line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        lines = 2 if "\n" in index.data(Qt.ItemDataRole.DisplayRole) else 1
        return QSize(120, lines * option.fontMetrics.lineSpacing() + 2 * _PADDING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        drawn = QStyleOptionViewItem(option)
        self.initStyleOption(drawn, index)
        text, drawn.text = index.data(Qt.ItemDataRole.DisplayRole), ""
        given(drawn.widget.style()).drawControl(QStyle.ControlElement.CE_ItemViewItem, drawn, painter, drawn.widget)
        is_group = index.data(_PATH) is None
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        colors = option.palette
        strong = colors.color(QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text)
        quiet = strong if is_selected else colors.color(QPalette.ColorRole.PlaceholderText)
        line = option.fontMetrics.lineSpacing()
        painter.save()
        for number, part in enumerate(text.split("\n")):
            painter.setPen(quiet if number or is_group else strong)
            left = _PADDING if is_group else 3 * _PADDING
            place = QRect(
                option.rect.left() + left,
                option.rect.top() + _PADDING + number * line,
                option.rect.width() - left - _PADDING,
                line,
            )
            if is_group:  # of a patient the name tells most
                shown = option.fontMetrics.elidedText(part, Qt.TextElideMode.ElideRight, place.width())
            else:
                common = index.parent().data(_COMMON) or Common()
                shown = shortened(part, common, option.fontMetrics, place.width())
            painter.drawText(
                place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, shown
            )
        if is_group:
            painter.setPen(colors.color(QPalette.ColorRole.Mid))
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()
