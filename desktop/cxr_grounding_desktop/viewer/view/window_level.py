"""Window and level of a volume: as they are, under a drag of the mouse, and as they were when it was loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import vtk

NARROWEST = 1e-3
"""Parts of the image's range of values below which a window is black and white only."""


@dataclass(frozen=True)
class WindowLevel:
    """What a volume's display node says.

    Args:
        window: width of the range of values that is shown, above 0.
        level: its middle.
        automatic: whether MRML takes both from the pixels.
    """

    window: float
    level: float
    automatic: bool

    def dragged(self, right: float, up: float, low: float, high: float) -> WindowLevel:
        """After a drag, as in Slicer: to the right widens the window, upwards raises the level.

        Args:
            right, up: way of the mouse in parts of the view's shorter side; one whole side is the range of values.
            low, high: the lowest and highest value of the image.
        """
        range_ = high - low
        if not range_ > 0:
            return self
        window = max(self.window + right * range_, NARROWEST * range_)
        level = min(max(self.level + up * range_, low - window / 2), high + window / 2)
        return replace(self, window=window, level=level, automatic=False)


def window_level(volume: Any) -> WindowLevel | None:
    """Of a volume node; None where it has none."""
    display = _display(volume)
    if display is None:
        return None
    return WindowLevel(display.GetWindow(), display.GetLevel(), bool(display.GetAutoWindowLevel()))


def show(volume: Any, wanted: WindowLevel) -> None:
    """Show a volume so, in one change of its display node."""
    display = _display(volume)
    if display is None:
        return
    was_modifying = display.StartModify()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(wanted.window, wanted.level)
    display.SetAutoWindowLevel(wanted.automatic)
    display.EndModify(was_modifying)


GREY, INVERTED = "vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeInvertedGrey"


def invert(volume: Any) -> None:
    """Show black as white and white as black, or as before when it is shown so already."""
    display = _display(volume)
    if display is not None:
        display.SetAndObserveColorNodeID(GREY if display.GetColorNodeID() == INVERTED else INVERTED)


class FirstSeen:
    """Remembers of each volume the window and level that it came with, as long as the volume lives."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Any, WindowLevel]] = {}

    def meet(self, volume: Any) -> None:
        """Remember a volume that is shown; one that was met before keeps what was remembered then."""
        found = window_level(volume)
        if found is None or self.of(volume) is not None:
            return
        weak = vtk.vtkWeakReference()  # a volume that leaves the scene must not be kept in memory
        weak.Set(volume)
        self._seen = {key: entry for key, entry in self._seen.items() if entry[0].Get() is not None}
        self._seen[volume.GetID()] = weak, found

    def of(self, volume: Any) -> WindowLevel | None:
        """What was remembered; None for a volume that was not met."""
        weak, found = self._seen.get(volume.GetID(), (None, None))
        return found if weak is not None and weak.Get() is volume else None


def _display(volume: Any) -> Any | None:
    display = None if volume is None else volume.GetDisplayNode()
    return display if display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode") else None
