"""A line that the user draws over the image to measure it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PyQt5.QtCore import QLineF, QPointF
from PyQt5.QtGui import QColor, QPainter, QPen

from cxr_grounding import SpacingSource
from cxr_grounding_desktop.viewer.view.layers import in_plane_axes

if TYPE_CHECKING:
    from cxr_grounding import Spacing

INK, HALO = QColor(120, 214, 255), QColor(8, 9, 12, 190)
TICK = 6.0
"""Half the length of the line across each end."""

UNCERTAIN = {
    SpacingSource.IMAGER_PIXEL_SPACING: "measured at the detector: in the patient it is shorter by the magnification, "
    "which the file does not say",
    SpacingSource.NOMINAL_SCANNED_PIXEL_SPACING: "measured on the scanned film: in the patient it is shorter by the "
    "magnification",
    SpacingSource.IMAGE_HEADER: "by the image's header, which does not say in which plane",
}
"""What has to be said beside a length, by where the size of a pixel was read; nothing where it was calibrated."""

Index = tuple[float, float, float]
"""i, j, k of a point in a volume; voxels' centres have whole numbers."""


@dataclass(frozen=True)
class Ruler:
    """A line between two points of a volume.

    Args:
        volume: the volume node.
        start, end: its points.
    """

    volume: Any
    start: Index
    end: Index

    def said(self, spacing: Spacing | None) -> list[str]:
        """Its length, and how uncertain that is."""
        columns, rows = in_plane_axes(self.volume)
        across, down = (abs(self.end[axis] - self.start[axis]) for axis in (columns, rows))
        if spacing is None:
            return [f"ruler {math.hypot(across, down):.0f} pixels", "pixel size unknown"]
        length = math.hypot(across * spacing.column_mm, down * spacing.row_mm)
        return [f"ruler {length:.1f} mm", *filter(None, [UNCERTAIN.get(spacing.source)])]


def index_at(layer: Any, x: float, y: float) -> Index:
    """The point of a layer's volume under a point of the view (XY)."""
    i, j, k = layer.GetXYToIJKTransform().TransformPoint(x, y, 0.0)
    return float(i), float(j), float(k)


class RulerDrag:
    """Draws a ruler from where a button was pressed.

    Args:
        layer: the vtkMRMLSliceLayerLogic of the image.
        show: called with the ruler, or with None when it is taken back.
        x, y: where the button was pressed (XY).
    """

    def __init__(self, layer: Any, show: Callable[[Ruler | None], object], x: float, y: float) -> None:
        self._layer, self._show, self._start = layer, show, index_at(layer, x, y)

    def move(self, x: float, y: float) -> None:
        """The mouse is there now."""
        volume = self._layer.GetVolumeNode()
        if volume is not None:
            self._show(Ruler(volume, self._start, index_at(self._layer, x, y)))

    def cancel(self) -> None:
        """Leave no ruler."""
        self._show(None)


def draw_ruler(painter: QPainter, layer: Any, ruler: Ruler, rows: int, ratio: float) -> None:
    """Draw a ruler over the image.

    Args:
        painter: on the view, in device-independent pixels.
        layer: the vtkMRMLSliceLayerLogic of its volume.
        ruler: what is drawn.
        rows: of the view, in device pixels.
        ratio: device pixels to one of the painter's.
    """
    to_xy = layer.GetXYToIJKTransform().GetInverse()
    ends = []
    for index in (ruler.start, ruler.end):
        x, y, _ = to_xy.TransformPoint(*index)
        ends.append(QPointF((x + 0.5) / ratio, (rows - y - 0.5) / ratio))
    line = QLineF(*ends)
    lines = [line]
    if line.length() > 0:
        across = line.normalVector()
        across.setLength(TICK)
        step = QPointF(across.dx(), across.dy())
        lines += [QLineF(end - step, end + step) for end in ends]
    for color, thick in ((HALO, 4.0), (INK, 1.6)):
        painter.setPen(QPen(color, thick))
        for one in lines:
            painter.drawLine(one)
