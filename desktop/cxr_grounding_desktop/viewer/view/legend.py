"""The color legend of the label map in the view, as its vtkMRMLColorLegendDisplayNode asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer
from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QColor, QFontMetricsF, QPainter

from cxr_grounding_desktop.viewer.view.layers import label_layer, volume_of
from cxr_grounding_desktop.viewer.view.text import INK, PADDING, QUIET, draw_veil, sized

ANATOMY = 90
"""Grey, 0 to 255, that stands for the radiograph below a half clear color."""

WIDEST = 0.34
"""Parts of the view's width that the legend may take."""


@dataclass(frozen=True)
class Entry:
    """One line of a legend.

    Args:
        name: of the color.
        color: (red, green, blue), 0 to 255, as it looks over grey anatomy; None for a level that is not shown.
    """

    name: str
    color: tuple[int, int, int] | None


@dataclass(frozen=True)
class Legend:
    """What a legend says: its title, and its lines from the top."""

    title: str
    entries: tuple[Entry, ...]


def legend_of(slice_logic: Any) -> Legend | None:
    """The legend of the label map in the view; None where none is wanted or nothing of it would be seen."""
    label = volume_of(label_layer(slice_logic))
    if label is None:
        return None
    node = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label)
    if node is None or not node.GetVisibility():
        return None
    colors = node.GetColorNode() or label.GetDisplayNode().GetColorNode()
    if colors is None:
        return None
    entries = _entries(colors, slice_logic.GetSliceCompositeNode().GetLabelOpacity())
    return Legend(node.GetTitleText() or "", entries) if entries else None


def _entries(colors: Any, opacity: float) -> tuple[Entry, ...]:
    """Names that begin with a number are a scale and stand together, the highest on top; other names stand below."""
    scale: list[Entry] = []
    others: list[Entry] = []
    for index in reversed(range(colors.GetNumberOfColors())):
        name, color = colors.GetColorName(index), [0.0] * 4
        if not name or not colors.GetColor(index, color) or (index == 0 and color[3] == 0):
            continue  # label value 0 that is clear is the background
        opaque = color[3] * opacity
        red, green, blue = (round(opaque * 255 * part + (1 - opaque) * ANATOMY) for part in color[:3])
        (scale if name[0].isdigit() else others).append(Entry(name, (red, green, blue) if color[3] > 0 else None))
    return (*scale, *others)


def draw_legend(painter: QPainter, legend: Legend, view: QRectF) -> QRectF:
    """Draw a legend into the upper right corner.

    Args:
        painter: its font is used.
        legend: what it says.
        view: within which it stays.

    Returns:
        What it covers; empty where the view is too small for it.
    """
    font = painter.font()
    metrics = QFontMetricsF(font)
    row, gap = metrics.height() + 5, metrics.height() * 0.6
    swatch = metrics.height() * 1.4
    title_height = row + 2 if legend.title else 0.0
    longest = max(metrics.horizontalAdvance(entry.name) for entry in legend.entries)
    title = sized(font, 1.0, bold=True)
    inner = max(swatch + gap + longest, QFontMetricsF(title).horizontalAdvance(legend.title))
    width, height = inner + 4 * PADDING, title_height + row * len(legend.entries) + 2 * PADDING
    if height > view.height() or view.width() * WIDEST < swatch + gap + 4 * PADDING:
        return QRectF()
    width = min(width, view.width() * WIDEST)
    area = QRectF(view.right() - width, view.top(), width, height)
    draw_veil(painter, area)
    left, room = area.left() + 2 * PADDING, width - 4 * PADDING
    if legend.title:
        painter.setFont(title)
        painter.setPen(INK)
        shown = QFontMetricsF(title).elidedText(legend.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, area.top() + PADDING, room + 1, row), int(Qt.AlignmentFlag.AlignVCenter), shown)
        painter.setFont(font)
    for index, entry in enumerate(legend.entries):
        top = area.top() + PADDING + title_height + index * row
        _draw_swatch(painter, entry, QRectF(left, top, swatch, row - 1))
        painter.setPen(QUIET if entry.color is None else INK)
        shown = metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, room - swatch - gap)
        painter.drawText(
            QRectF(left + swatch + gap, top, room - swatch - gap + 1, row), int(Qt.AlignmentFlag.AlignVCenter), shown
        )
    return area


def _draw_swatch(painter: QPainter, entry: Entry, area: QRectF) -> None:
    if entry.color is None:
        painter.setPen(QUIET)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(0.5, 1.5, -0.5, -1.5))
    else:
        painter.fillRect(area, QColor(*entry.color))
