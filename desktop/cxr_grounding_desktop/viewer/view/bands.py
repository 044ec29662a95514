"""What stands in the bands above and below the image, and how it is laid out: nothing of it covers the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetricsF, QPainter

from cxr_grounding_desktop.viewer.view.caption import RESEARCH_USE_ONLY
from cxr_grounding_desktop.viewer.view.legend import Legend, legend_blocks
from cxr_grounding_desktop.viewer.view.text import (
    AMBER,
    INK,
    QUIET,
    Block,
    flowed,
    sized,
    text_block,
    wrapped,
)

MARGIN = 10.0
MOST_LINES = 3
"""Of each text; what is longer is cut."""

MOST_WARNING_LINES = 6
"""Of a text that must not be overlooked, which is whole in any view that is not a strip."""

SIDE_BY_SIDE = 620.0
"""Least width at which the legend stands beside the caption and not below it."""

HELP = "Stretched to this map's own maximum: it is no probability."
"""What has to be known of the scale of the legend."""


class Identity(Protocol):
    """Whose image it is, as far as its file says; "" for what it does not."""

    patient: str
    date: str
    view: str
    file: str
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """All that is said of one view.

    Args:
        identity: parts of one line: patient, date, view, file.
        doubts: sentences on why the image may be no frontal chest radiograph.
        letters: toward which side of the patient the view's left and right edge lie.
        texts: of the finding, see `caption.finding_texts`.
        legend: of its heat.
        outlines: of other findings: their names as blocks, with how they are drawn.
        pointed: what is under the mouse.
    """

    identity: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    letters: tuple[str, str] | None = None
    texts: tuple[tuple[str, QColor], ...] = ()
    legend: Legend | None = None
    outlines: tuple[Block, ...] = ()
    pointed: tuple[str, ...] = ()


@dataclass
class Band:
    """Lines of blocks and texts in a given width; `height` is what they take.

    Args:
        font: of the texts.
        width: of the whole band.
    """

    font: QFont
    width: float
    height: float = 0.0
    _drawn: list[tuple[Block, QRectF]] = field(default_factory=list)

    @property
    def line(self) -> float:
        """Height of one line."""
        return QFontMetricsF(self.font).lineSpacing() + 2

    def put(self, rows: Sequence[Sequence[Block]], left: float, top: float) -> float:
        """Put rows of blocks below each other; where they end."""
        for row in rows:
            x = left
            for block in row:
                self._drawn.append((block, QRectF(x, top, block.width, self.line)))
                x += block.width + self.line
            top += self.line
        self.height = max(self.height, top)
        return top

    def draw(self, painter: QPainter, left: float, top: float) -> None:
        """Draw all, with the band's upper left corner at that place."""
        painter.setFont(self.font)
        for block, area in self._drawn:
            block.draw(painter, area.translated(left, top))


def top_band(font: QFont, width: float, said: Said) -> Band:
    """Letters at both ends, between them whose image it is, below it what makes it doubtful."""
    band, metrics = Band(font, width), QFontMetricsF(font)
    large = sized(font, 1.25, bold=True)
    aside = QFontMetricsF(large).horizontalAdvance("M") + MARGIN if said.letters else 0.0
    room = width - 2 * (MARGIN + aside)
    parts = [metrics.elidedText(part, Qt.TextElideMode.ElideMiddle, room) for part in said.identity]
    lines = [(line, INK) for line in wrapped(parts, "  \N{MIDDLE DOT}  ", metrics, room, 2)]
    lines += [(line, AMBER) for doubt in said.doubts for line in wrapped(doubt.split(), " ", metrics, room, MOST_LINES)]
    if not lines and not said.letters:
        return band
    rows = [[text_block(text, color, font)] for text, color in lines] or [[]]
    bottom = band.put(rows, MARGIN + aside, 2.0)
    if said.letters:
        first, last = (text_block(letter, INK, large) for letter in said.letters)
        band.put([[first]], MARGIN, 2.0)
        band.put([[last]], width - MARGIN - last.width, 2.0)
    band.height = bottom + 2
    return band


def bottom_band(font: QFont, width: float, said: Said, *, saved: bool = False) -> Band:
    """What the finding is, beside or above its legend; below it what is under the mouse.

    Args:
        font: of the texts.
        width: of the band.
        said: what is said.
        saved: whether it is for a picture, which says that it is for research use only.
    """
    band, room = Band(font, width), width - 2 * MARGIN
    has_legend = said.legend is not None or bool(said.outlines)
    beside = has_legend and room >= SIDE_BY_SIDE * QFontMetricsF(font).height() / 16
    column = (room - band.line) / 2 if beside else room
    legend = [] if said.legend is None else legend_blocks(font, said.legend, column)
    quiet = wrapped(said.pointed, " \N{MIDDLE DOT} ", QFontMetricsF(font), column, 2) if said.pointed else []
    if saved:
        quiet = [RESEARCH_USE_ONLY]
    bottom = band.put(_texts(font, said.texts, column), MARGIN, 4.0)
    right, top = (MARGIN + column + band.line, 4.0) if beside else (MARGIN, bottom)
    if legend:
        top = band.put(flowed(legend, band.line, column), right, top)
        help_lines = wrapped(HELP.split(), " ", QFontMetricsF(font), column, 2)
        top = band.put([[text_block(line, QUIET, font)] for line in help_lines], right, top)
    top = band.put(flowed(said.outlines, band.line, column), right, top)
    under = bottom if beside else top
    band.put([[text_block(line, QUIET, font)] for line in quiet] or [[]], MARGIN, under)
    band.height += 4
    return band


def _texts(font: QFont, texts: Sequence[tuple[str, QColor]], width: float) -> list[list[Block]]:
    """Those of one color run on in one paragraph."""
    rows: list[list[Block]] = []
    for color in dict.fromkeys(color.rgb() for _, color in texts):
        said = " \N{MIDDLE DOT} ".join(text for text, other in texts if other.rgb() == color)
        most = MOST_WARNING_LINES if color == AMBER.rgb() else MOST_LINES
        lines = wrapped(said.split(), " ", QFontMetricsF(font), width, most)
        rows += [[text_block(line, QColor(color), font)] for line in lines]
    return rows
