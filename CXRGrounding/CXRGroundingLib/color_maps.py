"""The heat levels of a label map: their values, names and colors."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LEVELS = 10
"""Heat levels, at label values 1 to 10: level n holds heat above (n - 1) / 10, up to n / 10."""

NOT_SEEN = LEVELS + 1
"""Label value where the model did not look."""

LEVEL_NAMES = (
    "nothing",
    *(f"{10 * (level - 1)}-{10 * level} %" for level in range(1, LEVELS + 1)),
    "not seen",
)
"""By label value. All are short: Slicer's legend writes all of them as small as the longest one needs it."""

DEFAULT = "inferno"

NOT_SEEN_COLOR = (0.35, 0.4, 0.5, 0.45)
"""A blue grey, which is in none of the color maps, half clear so that the anatomy shows through."""

_BAND = 64
"""Rows."""

_FILE = Path(__file__).parent.parent / "Resources" / "color_maps.json"


def heatLevels(heatmap: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The label map [rows, columns], uint8, of a heatmap [rows, columns] in [0, 1], NaN where not looked at."""
    levels = np.empty(heatmap.shape, np.uint8)
    # Band by band: the interface waits for this, and most of the time for a large image would go into fresh memory.
    for first in range(0, len(heatmap), _BAND):
        heat = heatmap[first : first + _BAND]
        seen = ~np.isnan(heat)
        rising = np.ceil(np.where(seen, heat, 0) * np.float32(LEVELS))
        levels[first : first + _BAND] = np.where(seen, np.clip(rising, 0, LEVELS), NOT_SEEN)
    return levels


def lowestLevel(levels: NDArray[np.uint8]) -> int:
    """The lowest heat level that a label map has; 1 where it has none."""
    there = np.bincount(levels.ravel(), minlength=LEVELS + 1)[1 : LEVELS + 1].nonzero()[0]
    return int(there[0]) + 1 if there.size else 1


@cache
def _maps() -> dict[str, list[tuple[float, float, float]]]:
    return json.loads(_FILE.read_text(encoding="utf-8"))


def colorMapNames() -> list[str]:
    """The perceptually uniform maps there are, the default one first."""
    return list(_maps())


def levelColors(
    name: str, thresholdPercent: float = 0, strength: float = 1.0, lowest: int = 1
) -> list[tuple[float, float, float, float]]:
    """Red, green, blue and opacity, each in [0, 1], by label value.

    Opacity rises evenly with heat, so that cold anatomy is untouched. Levels that do not reach above the threshold
    are clear, as label value 0 is. The threshold runs over the levels that a map has: the method has cut it already
    (METHOD 5), and below that cut there is nothing to hide.

    Args:
        name: one of `colorMapNames`.
        thresholdPercent: of the way from the lowest level that the map has to the highest heat, 0 to 100.
        strength: by what the opacity of the heat is multiplied, [0, 1].
        lowest: level that the map has, 1 to `LEVELS`.

    Raises:
        ValueError: for a name that is not there; the message lists those that are.
    """
    if name not in _maps():
        raise ValueError(f"There is no color map {name!r}. Choose one of {', '.join(_maps())}.")
    left = LEVELS - lowest + 1
    heat = [
        (red, green, blue, strength * level / LEVELS if (level - lowest + 1) * 100 / left > thresholdPercent else 0.0)
        for level, (red, green, blue) in enumerate(_maps()[name], start=1)
    ]
    return [(0.0, 0.0, 0.0, 0.0), *heat, NOT_SEEN_COLOR]
