"""What is drawn over the image: letters, legend, caption, and what is under the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QFontMetricsF, QPainter

from cxr_grounding_desktop.viewer.view.caption import draw_caption, finding_texts
from cxr_grounding_desktop.viewer.view.legend import draw_legend, legend_of
from cxr_grounding_desktop.viewer.view.text import INK, PADDING, QUIET, draw_block, draw_veil, sized, wrapped

MARGIN = 10.0
EMPTY = "Drop a radiograph here, or press Ctrl+O"


def draw_overlays(
    painter: QPainter, view: QRectF, slice_logic: Any, *, letters: tuple[str, str] | None, overlay_hidden: bool
) -> None:
    """Everything that belongs to the picture, also when it is saved.

    Args:
        painter: with the widget's font.
        view: the widget's area.
        slice_logic: a vtkMRMLSliceLogic.
        letters: see `markers.edge_letters`.
        overlay_hidden: whether the label map is not seen now, and so is not explained.
    """
    inside = view.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    texts = [] if overlay_hidden else finding_texts(slice_logic)
    caption = draw_caption(painter, texts, inside, _half(inside))
    above = QRectF(inside.topLeft(), QPointF(inside.right(), caption.top() - MARGIN))
    legend = None if overlay_hidden else legend_of(slice_logic)
    covered = QRectF() if legend is None else draw_legend(painter, legend, above)
    if letters is not None:
        _draw_letters(painter, letters, inside, covered)


def draw_pointed(painter: QPainter, view: QRectF, parts: Sequence[str]) -> None:
    """What is under the mouse, in the lower left corner."""
    inside = view.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    lines = wrapped(parts, " · ", QFontMetricsF(painter.font()), _half(inside), len(parts))
    draw_block(painter, [(line, INK) for line in lines], inside.bottomLeft(), Qt.AlignmentFlag.AlignLeft)


def draw_empty(painter: QPainter, view: QRectF) -> None:
    """What to do while there is no image."""
    font = painter.font()
    painter.setFont(sized(font, 1.25))
    painter.setPen(QUIET)
    painter.drawText(
        view.adjusted(MARGIN, 0, -MARGIN, 0), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), EMPTY
    )
    painter.setFont(font)


def _half(inside: QRectF) -> float:
    """Width of text in one of the lower corners, so that those in both do not meet."""
    return inside.width() / 2 - MARGIN - 2 * PADDING


def _draw_letters(painter: QPainter, letters: tuple[str, str], inside: QRectF, legend: QRectF) -> None:
    """At half height of both edges; where the legend reaches down to there, the right one stands beside it."""
    font = painter.font()
    painter.setFont(sized(font, 1.7, bold=True))
    metrics = QFontMetricsF(painter.font())
    side = metrics.height() + 2
    top = inside.center().y() - side / 2
    right = QRectF(inside.right() - side, top, side, side)
    if right.intersects(legend):
        right.moveRight(legend.left() - MARGIN)
    for letter, area in zip(letters, (QRectF(inside.left(), top, side, side), right), strict=True):
        draw_veil(painter, area)
        painter.setPen(INK)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), letter)
    painter.setFont(font)
