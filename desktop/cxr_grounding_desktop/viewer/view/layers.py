"""What a slice logic shows, and where on it a place in the view is.

Places in the view are XY as MRML counts them: device pixels from the left and from the bottom edge, whole numbers at
the pixels' centres. Qt counts rows from the top.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Place(NamedTuple):
    """A point on an image, in pixels; centres have whole numbers, so the image begins at -0.5."""

    column: float
    row: float


def shown_layer(slice_logic: Any) -> Any | None:
    """The vtkMRMLSliceLayerLogic of the image that the view shows: the background, else the foreground."""
    for layer in (slice_logic.GetBackgroundLayer(), slice_logic.GetForegroundLayer()):
        if layer is not None and _image(layer) is not None:
            return layer
    return None


def label_layer(slice_logic: Any) -> Any | None:
    """The layer logic of the label map over it; None where there is none, or it is wholly clear."""
    layer, composite = slice_logic.GetLabelLayer(), slice_logic.GetSliceCompositeNode()
    if layer is None or composite is None or _image(layer) is None or composite.GetLabelOpacity() <= 0:
        return None
    return layer


def volume_of(layer: Any | None) -> Any | None:
    """The volume node of a layer logic, None for none."""
    return None if layer is None else layer.GetVolumeNode()


def in_plane_axes(volume: Any) -> tuple[int, int]:
    """Which of I, J, K the columns and the rows of a single-slice volume run along."""
    dimensions = volume.GetImageData().GetDimensions()
    ordered = sorted(range(3), key=lambda axis: (dimensions[axis] == 1, axis))
    columns, rows = sorted(ordered[:2])
    return columns, rows


def voxel_at(layer: Any, x: float, y: float) -> tuple[int, int, int] | None:
    """Indices (i, j, k) of the voxel under a point of the view (XY); None outside the volume."""
    i, j, k = (int(np.floor(value + 0.5)) for value in _to_ijk(layer, x, y))
    image = _image(layer)
    if image is not None and all(0 <= n < count for n, count in zip((i, j, k), image.GetDimensions(), strict=True)):
        return i, j, k
    return None


def place_at(layer: Any, x: float, y: float) -> Place:
    """Where on the image a point of the view (XY) is; the image may not reach there."""
    columns, rows = in_plane_axes(layer.GetVolumeNode())
    ijk = _to_ijk(layer, x, y)
    return Place(float(ijk[columns]), float(ijk[rows]))


def rightward(layer: Any) -> tuple[float, float]:
    """How the view's way to the right runs on the image.

    Returns:
        Its parts along the image's columns and rows, as parts of a direction of length 1 in mm; both are small where
        the view looks at the image from the side.
    """
    volume = layer.GetVolumeNode()
    step = (_to_ijk(layer, 1.0, 0.0) - _to_ijk(layer, 0.0, 0.0)) * volume.GetSpacing()
    length = float(np.linalg.norm(step))
    if not length > 0:
        return 0.0, 0.0
    columns, rows = in_plane_axes(volume)
    return float(step[columns]) / length, float(step[rows]) / length


def _to_ijk(layer: Any, x: float, y: float) -> NDArray[np.float64]:
    return np.array(layer.GetXYToIJKTransform().TransformPoint(x, y, 0.0))


def _image(layer: Any) -> Any | None:
    volume = layer.GetVolumeNode()
    return None if volume is None else volume.GetImageData()
