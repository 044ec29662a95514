"""What is under the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_grounding_desktop.viewer.view.layers import label_layer, place_at, shown_layer, volume_of, voxel_at

if TYPE_CHECKING:
    from cxr_grounding import Spacing


@dataclass(frozen=True)
class Pointed:
    """A pixel of the radiograph.

    Args:
        column, row: of the pixel as stored, from 0.
        values: of it; more than one for a color image.
        mm: (x, y) of the point from the image's upper left corner; None where the file does not say how large its
            pixels are.
        heat: name of the overlay's level there, "" without an overlay.
    """

    column: int
    row: int
    values: tuple[float, ...]
    mm: tuple[float, float] | None
    heat: str

    @property
    def parts(self) -> list[str]:
        """What is said of it, each in a few words."""
        value = "value " + ", ".join(f"{value:.6g}" for value in self.values)
        if self.mm is None:
            place = [f"column {self.column}, row {self.row}", "pixel size unknown"]
        else:
            place = [f"x {self.mm[0]:.1f} mm, y {self.mm[1]:.1f} mm"]
        return [value, *place, *([f"heat: {self.heat}"] if self.heat else [])]

    @property
    def text(self) -> str:
        """The same in one line."""
        return " · ".join(self.parts)


def pointed_at(slice_logic: Any, x: float, y: float, spacing: Spacing | None) -> Pointed | None:
    """What lies at a point of the view (XY); None outside the image.

    Args:
        slice_logic: a vtkMRMLSliceLogic.
        x, y: device pixels from the left and from the bottom edge.
        spacing: what the file says.
    """
    layer = shown_layer(slice_logic)
    voxel = None if layer is None else voxel_at(layer, x, y)
    if voxel is None:
        return None
    place = place_at(layer, x, y)
    mm = None
    if spacing is not None:
        mm = (place.column + 0.5) * spacing.column_mm, (place.row + 0.5) * spacing.row_mm
    column, row = int(place.column + 0.5), int(place.row + 0.5)
    return Pointed(column, row, _values(volume_of(layer), voxel), mm, _heat(label_layer(slice_logic), x, y))


def _values(volume: Any, voxel: tuple[int, int, int]) -> tuple[float, ...]:
    image = volume.GetImageData()
    count = image.GetNumberOfScalarComponents()
    return tuple(image.GetScalarComponentAsDouble(*voxel, component) for component in range(count))


def _heat(layer: Any | None, x: float, y: float) -> str:
    voxel, label = None if layer is None else voxel_at(layer, x, y), volume_of(layer)
    if voxel is None or label is None:
        return ""
    display = label.GetDisplayNode()
    colors = None if display is None else display.GetColorNode()
    (value,) = _values(label, voxel)[:1]
    if colors is None or not 0 <= value < colors.GetNumberOfColors():
        return ""
    return colors.GetColorName(int(value)) or ""
