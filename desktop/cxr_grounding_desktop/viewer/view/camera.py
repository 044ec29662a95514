"""Where a slice view looks: fit, zoom and pan, on its vtkMRMLSliceNode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import slicer

from cxr_grounding_desktop.viewer.view.layers import shown_layer, volume_of

FARTHEST = 8.0
"""Times the field of view that shows the whole image; beyond that the image is a dot that gets lost."""

NEAREST = 64.0
"""Most device pixels to one pixel of the image."""

LONGEST = 8192
"""Most pixels of a side of a picture of the whole image; radiographs have fewer."""

CLOSE = 1e-3
"""Parts of the field of view by which a view may miss the fit and still count as fitted."""


class Sight(NamedTuple):
    """Field of view and what lies in its middle, as the slice node has them."""

    field_of_view: tuple[float, float, float]
    origin: tuple[float, float, float]


class RelativeSight(NamedTuple):
    """The same in parts of the image that is shown, for an image of another size.

    Args:
        zoom: times the scale at which the whole image fits the view.
        across, up: what lies in the middle, from the left and lower edge, in parts of the image.
    """

    zoom: float
    across: float
    up: float


class Camera:
    """Moves the view of a slice logic.

    Whether the view is fitted is not remembered but looked up, since others (the module, a scene that is loaded) move
    it too.

    Args:
        slice_logic: a vtkMRMLSliceLogic, with its slice node.
    """

    def __init__(self, slice_logic: Any) -> None:
        self._logic = slice_logic
        self.is_away = False
        """Whether the view looks elsewhere for a moment, for a picture of the whole image."""

    def match(self, width: int, height: int) -> None:
        """Give the slice node the size of its widget, in device pixels.

        A view that shows the whole image still does so afterwards; any other keeps its middle and its scale.
        """
        node = self._logic.GetSliceNode()
        if node is None or width < 1 or height < 1:
            return
        columns, rows, slices = node.GetDimensions()
        if (columns, rows) == (width, height):
            return
        fitted = self.is_fitted()
        across, down, through = node.GetFieldOfView()
        was_modifying = node.StartModify()
        node.SetDimensions(width, height, max(slices, 1))
        node.SetFieldOfView(across * width / max(columns, 1), down * height / max(rows, 1), through)
        node.EndModify(was_modifying)
        if fitted:
            self.fit()

    def fit(self) -> None:
        """Show the whole image, in the middle."""
        node = self._logic.GetSliceNode()
        if node is None or shown_layer(self._logic) is None:
            return
        was_modifying = node.StartModify()
        self._logic.FitSliceToAll()
        node.EndModify(was_modifying)

    def is_fitted(self) -> bool:
        """Whether the view shows the whole image, as large as it fits."""
        node, bounds = self._logic.GetSliceNode(), self._bounds()
        if node is None or bounds is None:
            return False
        left, right, bottom, top = bounds
        across, down, _ = node.GetFieldOfView()
        x, y, _ = node.GetXYZOrigin()
        off_middle = max(abs((left + right) / 2 - x) / across, abs((bottom + top) / 2 - y) / down)
        fills = max((right - left) / across, (top - bottom) / down)
        return off_middle < CLOSE and abs(fills - 1) < CLOSE

    def zoom(self, factor: float, x: float, y: float) -> None:
        """Enlarge by `factor`, within `NEAREST` and `FARTHEST`; what lies at (x, y), XY, stays there."""
        node, bounds, volume = self._logic.GetSliceNode(), self._bounds(), volume_of(shown_layer(self._logic))
        if node is None or bounds is None or volume is None or not factor > 0:
            return
        columns, rows, _ = node.GetDimensions()
        across, down, through = node.GetFieldOfView()
        left, right, bottom, top = bounds
        whole = max((right - left) / columns, (top - bottom) / rows)
        scale = across / columns
        new = min(max(scale / factor, _pixel(volume) / NEAREST), whole * FARTHEST)
        ratio = new / scale
        origin = node.GetXYZOrigin()
        fraction_x, fraction_y = x / columns - 0.5, y / rows - 0.5
        moved = (
            origin[0] + fraction_x * across * (1 - ratio),
            origin[1] + fraction_y * down * (1 - ratio),
            origin[2],
        )
        self.look(Sight((across * ratio, down * ratio, through), moved))

    def actual(self) -> None:
        """Show a pixel of the image as a device pixel, about the middle of the view."""
        node, volume = self._logic.GetSliceNode(), volume_of(shown_layer(self._logic))
        if node is None or volume is None:
            return
        columns, rows, _ = node.GetDimensions()
        scale = node.GetFieldOfView()[0] / columns
        self.zoom(scale / _pixel(volume), (columns - 1) / 2, (rows - 1) / 2)

    @contextmanager
    def whole_image(self) -> Iterator[bool]:
        """For the time of the block the whole image, and nothing around it, a device pixel for each of its own.

        Gives False, and changes nothing, where there is no image.
        """
        node, bounds, volume = self._logic.GetSliceNode(), self._bounds(), volume_of(shown_layer(self._logic))
        if node is None or bounds is None or volume is None:
            yield False
            return
        before, size = self.sight(), node.GetDimensions()
        left, right, bottom, top = bounds
        pixel = max(_pixel(volume), max(right - left, top - bottom) / LONGEST)
        columns, rows = max(round((right - left) / pixel), 1), max(round((top - bottom) / pixel), 1)
        # A device pixel is sampled at its lower left corner, which then lies in the middle of a pixel of the image.
        middle = (left + right + pixel) / 2, (bottom + top + pixel) / 2, before.origin[2]
        self.is_away = True
        try:
            node.SetDimensions(columns, rows, size[2])
            self.look(Sight((right - left, top - bottom, before.field_of_view[2]), middle))
            yield True
        finally:
            node.SetDimensions(*size)
            self.look(before)
            self.is_away = False

    def pan(self, x: float, y: float) -> None:
        """Move the image by x to the right and y up, in device pixels."""
        node = self._logic.GetSliceNode()
        if node is None:
            return
        sight = self.sight()
        columns, rows, _ = node.GetDimensions()
        across, down, _ = sight.field_of_view
        moved = sight.origin[0] - x * across / columns, sight.origin[1] - y * down / rows, sight.origin[2]
        self.look(sight._replace(origin=moved))

    def relative_sight(self) -> RelativeSight | None:
        """Where the view looks, in parts of the image; None where nothing is shown."""
        node, bounds = self._logic.GetSliceNode(), self._bounds()
        if node is None or bounds is None:
            return None
        left, right, bottom, top = bounds
        columns, rows, _ = node.GetDimensions()
        whole = max((right - left) / columns, (top - bottom) / rows)
        x, y, _ = node.GetXYZOrigin()
        scale = node.GetFieldOfView()[0] / columns
        return RelativeSight(whole / scale, (x - left) / (right - left), (y - bottom) / (top - bottom))

    def look_relative(self, sight: RelativeSight) -> None:
        """Look at the same part of this image."""
        node, bounds = self._logic.GetSliceNode(), self._bounds()
        if node is None or bounds is None or not sight.zoom > 0:
            return
        left, right, bottom, top = bounds
        columns, rows, _ = node.GetDimensions()
        scale = max((right - left) / columns, (top - bottom) / rows) / sight.zoom
        through, origin = node.GetFieldOfView()[2], node.GetXYZOrigin()[2]
        middle = left + sight.across * (right - left), bottom + sight.up * (top - bottom), origin
        self.look(Sight((columns * scale, rows * scale, through), middle))

    def sight(self) -> Sight:
        """Where the view looks now, to `look` there again."""
        node = self._logic.GetSliceNode()
        return Sight(tuple(node.GetFieldOfView()), tuple(node.GetXYZOrigin()))

    def look(self, sight: Sight) -> None:
        """Look there, in one change of the slice node."""
        node = self._logic.GetSliceNode()
        was_modifying = node.StartModify()
        node.SetFieldOfView(*sight.field_of_view)
        node.SetSliceOrigin(*sight.origin)
        node.EndModify(was_modifying)

    def _bounds(self) -> tuple[float, float, float, float] | None:
        """left, right, bottom, top of all layers in the slice's own plane, in mm; None where nothing is shown."""
        node = self._logic.GetSliceNode()
        if node is None or shown_layer(self._logic) is None:
            return None
        bounds = [0.0] * 6
        self._logic.GetSliceBounds(bounds)  # along the slice's axes, but from the scene's origin
        to_ras = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())
        x, y, _ = to_ras[:3, :3].T @ to_ras[:3, 3]
        left, right, bottom, top = bounds[0] - x, bounds[1] - x, bounds[2] - y, bounds[3] - y
        return (left, right, bottom, top) if right > left and top > bottom else None


def _pixel(volume: Any) -> float:
    """Length of the shorter side of a volume's pixels, in mm of the scene."""
    return float(min(length for length in volume.GetSpacing() if length > 0))
