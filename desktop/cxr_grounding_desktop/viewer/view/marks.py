"""Boxes and outlines of findings over the image: markups of the scene, which Slicer draws in its views too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from cxr_grounding_desktop.viewer.view.caption import PREFIX
from cxr_grounding_desktop.viewer.view.layers import shown_layer, volume_of
from cxr_grounding_desktop.viewer.view.text import INK, LEFT, Block

CLASSES = "vtkMRMLMarkupsROINode", "vtkMRMLMarkupsClosedCurveNode"

DASHES: dict[str, tuple[float, ...]] = {
    "solid": (),
    "dashed": (5, 3),
    "dotted": (1.2, 2.2),
    "dash-dotted": (6, 2.5, 1.2, 2.5),
    "long dashes": (9, 3),
    "two dots": (6, 2.5, 1.2, 2.5, 1.2, 2.5),
}
"""On and off of each pattern, in widths of the line, so that outlines differ by more than their color."""

THICK = 2.0
HALO = QColor(8, 9, 12, 170)
"""Below a line, so that it is seen on bright bone too."""


@dataclass(frozen=True)
class Mark:
    """A closed line of the scene.

    Args:
        name: of whose it is: the phrase; "" for a box.
        color: of the line.
        pattern: one of `DASHES`.
        points: [n, 3], RAS in mm.
    """

    name: str
    color: QColor
    pattern: str
    points: NDArray[np.float64]


def mark_nodes(slice_logic: Any) -> list[Any]:
    """The markups about the radiograph that the view shows, hidden ones too."""
    volume, scene = volume_of(shown_layer(slice_logic)), slice_logic.GetMRMLScene()
    if volume is None or scene is None:
        return []
    return [
        node
        for kind in CLASSES
        for node in slicer.util.getNodesByClass(kind, scene=scene)
        if node.GetNodeReference(PREFIX + "radiograph") is volume
    ]


def marks_of(slice_logic: Any) -> list[Mark]:
    """What is drawn: those that are visible, without the boxes of findings that are not shown."""
    nodes = mark_nodes(slice_logic)
    marks, hidden = [], _boxes_of_others(slice_logic) if nodes else []
    for node in nodes:
        display = node.GetDisplayNode()
        if display is None or not display.GetVisibility() or node in hidden:
            continue
        red, green, blue = display.GetSelectedColor()
        color = QColor.fromRgbF(red, green, blue, max(min(display.GetOpacity(), 1.0), 0.0))
        is_box = node.IsA("vtkMRMLMarkupsROINode")
        points = _corners(node) if is_box else slicer.util.arrayFromMarkupsControlPoints(node, world=True)
        name = "" if is_box else node.GetAttribute(PREFIX + "Phrase") or ""
        if len(points) > 2:
            marks.append(Mark(name, color, node.GetAttribute(PREFIX + "Pattern") or "solid", points))
    return marks


def _boxes_of_others(slice_logic: Any) -> list[Any]:
    shown = volume_of(slice_logic.GetLabelLayer())
    labels = slicer.util.getNodesByClass("vtkMRMLLabelMapVolumeNode", scene=slice_logic.GetMRMLScene())
    boxes = (label.GetNodeReference(PREFIX + "box") for label in labels if label is not shown)
    return [box for box in boxes if box is not None]


def draw_marks(painter: QPainter, slice_node: Any, marks: Sequence[Mark], ratio: float, thick: float = THICK) -> None:
    """Draw them where they lie.

    Args:
        painter: on the view, in device-independent pixels.
        slice_node: a vtkMRMLSliceNode.
        marks: what is drawn.
        ratio: device pixels to one of the painter's.
        thick: width of the lines.
    """
    to_xy = np.linalg.inv(slicer.util.arrayFromVTKMatrix(slice_node.GetXYToRAS()))
    rows = slice_node.GetDimensions()[1]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for mark in marks:
        x, y = (np.c_[mark.points, np.ones(len(mark.points))] @ to_xy.T)[:, :2].T
        places = zip((x + 0.5) / ratio, (rows - y - 0.5) / ratio, strict=True)
        polygon = QPolygonF([QPointF(float(across), float(down)) for across, down in places])
        for pen in (QPen(HALO, 2 * thick), pen_of(mark, thick)):
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolygon(polygon)


def pen_of(mark: Mark, thick: float) -> QPen:
    """The line of a mark."""
    pen = QPen(mark.color, thick)
    pattern = DASHES.get(mark.pattern, ())
    if pattern:
        pen.setDashPattern(list(pattern))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def mark_blocks(font: QFont, marks: Sequence[Mark]) -> tuple[Block, ...]:
    """A legend of outlines: of each finding a piece of its line, and its phrase."""
    named: dict[str, Mark] = {}
    for mark in marks:
        if mark.name:
            named.setdefault(mark.name, mark)
    return tuple(_block(QFontMetricsF(font), mark) for mark in named.values())


def _block(metrics: QFontMetricsF, mark: Mark) -> Block:
    sample, gap, thick = metrics.height() * 2.2, metrics.height() * 0.4, THICK * metrics.height() / 16
    name = metrics.elidedText(mark.name, Qt.TextElideMode.ElideMiddle, metrics.averageCharWidth() * 44)

    def draw(painter: QPainter, area: QRectF) -> None:
        middle = area.center().y()
        painter.setPen(pen_of(mark, thick))
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.left() + sample, middle))
        painter.setPen(INK)
        painter.drawText(area.adjusted(sample + gap, 0, 1, 0), int(LEFT), name)

    return Block(sample + gap + metrics.horizontalAdvance(name), draw)


def _corners(roi: Any) -> NDArray[np.float64]:
    """Of the largest face of a box, in their order."""
    place, size = slicer.util.arrayFromVTKMatrix(roi.GetObjectToWorldMatrix()), np.array(roi.GetSize())
    first, second = sorted(np.argsort(size)[1:])
    corners = np.zeros((4, 4))
    corners[:, 3] = 1
    for index, (a, b) in enumerate(product((-0.5, 0.5), repeat=2)):
        corners[index, [first, second]] = a * size[first], b * size[second]
    return np.asarray((corners[[0, 1, 3, 2]] @ place.T)[:, :3], dtype=np.float64)
