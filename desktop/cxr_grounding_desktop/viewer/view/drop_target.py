"""A widget onto which files are dropped."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPen
from PyQt5.QtWidgets import QWidget

from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.viewer.view.files import local_paths


class DropTarget(QWidget):
    """Takes files of this computer, and can show that some are over it."""

    files_dropped = pyqtSignal(list)
    """Paths of files of this computer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files_over = False
        self.setAcceptDrops(True)

    def draw_files_over(self, painter: QPainter) -> None:
        """A frame along the edges, while files are over the widget."""
        if self._files_over:
            painter.setPen(QPen(self.palette().highlight().color(), 4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(2, 2, -2, -2))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if local_paths(given(event.mimeData())):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._show_files_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They are gone."""
        self._show_files_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Say which."""
        self._show_files_over(False)
        paths = local_paths(given(event.mimeData()))
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.files_dropped.emit(paths)

    def _show_files_over(self, over: bool) -> None:
        self._files_over = over
        self.update()
