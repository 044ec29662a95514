"""What is drawn in the view while it has no image."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QPainter

from cxr_grounding_desktop.viewer.view.text import QUIET, sized

EMPTY = "Drop a radiograph here, or press Ctrl+O"


def draw_empty(painter: QPainter, view: QRectF) -> None:
    """What to do while there is no image."""
    font = painter.font()
    painter.setFont(sized(font, 1.25))
    painter.setPen(QUIET)
    painter.drawText(view.adjusted(10, 0, -10, 0), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), EMPTY)
    painter.setFont(font)
