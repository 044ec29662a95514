"""What must be said on every picture: that it is for research only, and whose finding it shows."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFontMetricsF, QPainter

from cxr_grounding_desktop.viewer.view.layers import label_layer, volume_of
from cxr_grounding_desktop.viewer.view.text import AMBER, INK, QUIET, draw_block, wrapped

RESEARCH_USE_ONLY = "Research use only"

PREFIX = "CXRGrounding."
"""Of the attributes with which the module says on a label map what it shows."""

MOST_LINES = 3
"""Of each text; what is longer is cut."""


def finding_texts(slice_logic: Any) -> list[tuple[str, QColor]]:
    """What the overlay shows, with the texts' colors.

    Phrase, verdict, where a phrase without a place is best explained and what was asked in its stead, and for a
    demonstration model what must be said.
    """
    label = volume_of(label_layer(slice_logic))
    if label is None:
        return []
    phrase, verdict, place, asked = (
        label.GetAttribute(PREFIX + name) or "" for name in ("Phrase", "Verdict", "Place", "Asked")
    )
    best = f'best explained at: {place} (asked: "{asked}")' if place else ""
    texts = [(phrase, INK), (verdict, INK), (best, INK)]
    if label.GetAttribute(PREFIX + "Demonstration") == "true":
        # The caption says it already.
        said = (label.GetAttribute(PREFIX + "Label") or "").replace(RESEARCH_USE_ONLY + ".", "")
        texts.append((said.strip(), AMBER))
    return [(text, color) for text, color in texts if text]


def draw_caption(painter: QPainter, texts: list[tuple[str, QColor]], view: QRectF, width: float) -> QRectF:
    """Draw the caption, with the finding's texts above it, into the lower right corner.

    Args:
        painter: its font is used.
        texts: see `finding_texts`.
        view: within which it stays.
        width: of the longest line.
    """
    metrics = QFontMetricsF(painter.font())
    lines = [(line, color) for text, color in texts for line in wrapped(text.split(), " ", metrics, width, MOST_LINES)]
    lines += [(line, QUIET) for line in wrapped([RESEARCH_USE_ONLY], " ", metrics, width, 1)]
    fitting = max(1, int((view.height() - 12) / metrics.lineSpacing()))
    return draw_block(painter, lines[-fitting:], QPointF(view.right(), view.bottom()), Qt.AlignmentFlag.AlignRight)
