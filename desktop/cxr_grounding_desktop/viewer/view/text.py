"""Short texts beside the image: wrapped, never wider than they may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetricsF, QPainter

INK = QColor(232, 234, 238)
QUIET = QColor(176, 181, 190)
AMBER = QColor(232, 184, 88)
"""Of what must not be overlooked, without being an error."""

FAINT = QColor(96, 102, 112)
"""Of lines around what is not shown."""

_ONE_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft | _ONE_LINE, Qt.AlignmentFlag.AlignRight | _ONE_LINE
"""How a text of one line stands in its area."""


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


@dataclass(frozen=True)
class Block:
    """Something as high as a line of text that stands beside others.

    Args:
        width: in device-independent pixels.
        draw: called with a painter and the area, of that width.
    """

    width: float
    draw: Callable[[QPainter, QRectF], None]


def text_block(text: str, color: QColor, font: QFont) -> Block:
    """A text as a block."""

    def draw(painter: QPainter, area: QRectF) -> None:
        before = painter.font()
        painter.setFont(font)
        painter.setPen(color)
        painter.drawText(area.adjusted(0, 0, 1, 0), int(LEFT), text)
        painter.setFont(before)

    return Block(QFontMetricsF(font).horizontalAdvance(text), draw)


def flowed(blocks: Sequence[Block], gap: float, width: float) -> list[list[Block]]:
    """Blocks in rows of at most `width`, with a gap between two; one that is wider has a row of its own."""
    rows: list[list[Block]] = []
    room = 0.0
    for block in blocks:
        if not rows or block.width > room:
            rows.append([])
            room = width
        rows[-1].append(block)
        room -= block.width + gap
    return rows


def sized(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A font of `factor` times the size."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(round(font.pixelSize() * factor))
    result.setBold(bold)
    return result
