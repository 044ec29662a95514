"""The color legend of the label map in the view, as its vtkMRMLColorLegendDisplayNode asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import slicer
from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetricsF, QPainter

from cxr_grounding_desktop.viewer.view.layers import label_layer, volume_of
from cxr_grounding_desktop.viewer.view.text import FAINT, INK, LEFT, QUIET, RIGHT, Block, sized, text_block

ANATOMY = 90
"""Grey, 0 to 255, that stands for the radiograph below a half clear color."""


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


def legend_blocks(font: QFont, legend: Legend, width: float) -> list[Block]:
    """A legend as blocks that stand beside each other where there is room: title, scale from low to high, the rest.

    Args:
        font: of the texts.
        legend: what it says.
        width: that no block exceeds, unless the ends of the scale alone need more.
    """
    metrics = QFontMetricsF(font)
    blocks = [text_block(legend.title, INK, sized(font, 1.0, bold=True))] if legend.title else []
    scale = [entry for entry in reversed(legend.entries) if entry.name[0].isdigit()]
    if scale:
        ends = scale[0].name.partition("-")[0], scale[-1].name.rpartition("-")[2]
        blocks.append(_scale_block(metrics, scale, ends, width))
    blocks += [_named_block(metrics, entry) for entry in legend.entries if not entry.name[0].isdigit()]
    return blocks


def _scale_block(metrics: QFontMetricsF, scale: Sequence[Entry], ends: tuple[str, str], width: float) -> Block:
    """A row of swatches between the values that it begins and ends with."""
    gap = metrics.height() * 0.4
    before, after = (metrics.horizontalAdvance(end) for end in ends)
    swatch = max(min(metrics.height(), (width - before - after - 2 * gap) / len(scale)), 1.0)

    def draw(painter: QPainter, area: QRectF) -> None:
        painter.setPen(QUIET)
        painter.drawText(area, int(LEFT), ends[0])
        painter.drawText(area, int(RIGHT), ends[1])
        for index, entry in enumerate(scale):
            left = area.left() + before + gap + index * swatch
            _draw_swatch(painter, entry, QRectF(left, area.top() + 2, swatch, area.height() - 4))

    return Block(before + after + 2 * gap + swatch * len(scale), draw)


def _named_block(metrics: QFontMetricsF, entry: Entry) -> Block:
    swatch, gap = metrics.height(), metrics.height() * 0.4

    def draw(painter: QPainter, area: QRectF) -> None:
        _draw_swatch(painter, entry, QRectF(area.left(), area.top() + 2, swatch, area.height() - 4))
        painter.setPen(QUIET)
        painter.drawText(area.adjusted(swatch + gap, 0, 1, 0), int(LEFT), entry.name)

    return Block(swatch + gap + metrics.horizontalAdvance(entry.name), draw)


def _draw_swatch(painter: QPainter, entry: Entry, area: QRectF) -> None:
    if entry.color is None:
        painter.setPen(FAINT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
    else:
        painter.fillRect(area, QColor(*entry.color))
