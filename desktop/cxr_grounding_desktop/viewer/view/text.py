"""Short texts on the image: wrapped, never wider than they may be, readable on black and on white."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetricsF, QPainter

INK = QColor(232, 234, 238)
QUIET = QColor(176, 181, 190)
AMBER = QColor(232, 184, 88)
"""Of what must not be overlooked, without being an error."""

VEIL = QColor(8, 9, 12, 196)
"""Behind text, so that it can be read on bright parts of an image."""

PADDING = 6.0


def wrapped(parts: Sequence[str], joint: str, metrics: QFontMetricsF, width: float, most: int) -> list[str]:
    """Lines of at most `width`: as many parts on each as fit, what is too long cut with an ellipsis.

    Args:
        parts: what may stand on one line or not, but is not broken itself.
        joint: between two parts on one line.
        metrics: of the font.
        width: of the longest line.
        most: number of lines; what would not fit is cut.
    """
    lines: list[str] = []
    for part in parts:
        longer = lines[-1] + joint + part if lines else part
        if lines and (len(lines) == most or metrics.horizontalAdvance(longer) <= width):
            lines[-1] = longer
        else:
            lines.append(part)
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]


def draw_block(
    painter: QPainter, lines: Sequence[tuple[str, QColor]], corner: QPointF, alignment: Qt.AlignmentFlag
) -> QRectF:
    """Lines of text over a veil.

    Args:
        painter: its font is used.
        lines: texts and their colors, from the top.
        corner: the lower left corner of the block, or its lower right one with Qt.AlignRight.
        alignment: Qt.AlignLeft or Qt.AlignRight.

    Returns:
        What the block covers.
    """
    metrics = QFontMetricsF(painter.font())
    width = max(metrics.horizontalAdvance(text) for text, _ in lines) + 2 * PADDING
    height = metrics.lineSpacing() * len(lines) + PADDING
    left = corner.x() if alignment == Qt.AlignmentFlag.AlignLeft else corner.x() - width
    block = QRectF(left, corner.y() - height, width, height)
    draw_veil(painter, block)
    for index, (text, color) in enumerate(lines):
        painter.setPen(color)
        top = block.top() + PADDING / 2 + index * metrics.lineSpacing()
        line = QRectF(block.left() + PADDING, top, width - 2 * PADDING + 1, metrics.lineSpacing())
        painter.drawText(
            line,
            int(alignment | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip),
            text,
        )
    return block


def draw_veil(painter: QPainter, area: QRectF) -> None:
    """What text stands on."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(VEIL)
    painter.drawRoundedRect(area, 3, 3)


def sized(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A font of `factor` times the size."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(round(font.pixelSize() * factor))
    result.setBold(bold)
    return result
