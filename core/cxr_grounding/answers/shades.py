"""The colours of an overlay: the radiograph in grey, heat laid over it, and what the model did not see."""

from __future__ import annotations

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.radiograph import Radiograph

HEAT_COLOURS = matplotlib.colormaps["inferno"]
HEAT_COLOUR_RANGE = (0.30, 0.97)
"""The part of the colours that is used; below, they are too dark to be told from the lungs."""
STRONGEST_OPACITY = 0.7
"""Of the hottest pixel; opacity rises evenly with heat, so that cold anatomy is untouched and hot anatomy visible."""
ANATOMY_BRIGHTNESS, UNSEEN_BRIGHTNESS = 0.9, 0.42
"""White of the radiograph where the model looked, dimmed a little so that heat stands out, and where it did not."""
HATCH_PERIOD, HATCH_WIDTH, HATCH_LIGHT = 14, 2, 0.16
"""Diagonal lines over what the model did not see: pixels from one to the next, pixels wide, brightness added."""

ROBUST_PERCENTILES = (0.5, 99.5)
"""Grey values shown as black and white where the file does not say, or says what leaves no contrast."""
LEAST_CONTRAST = 0.25
"""Least distance of the 5th and 95th percentile of brightness that a file's own display must keep to be used."""


def blend(
    radiograph: Radiograph, heatmap: NDArray[np.float32], size: tuple[int, int], strength: float = 1.0
) -> NDArray[np.float32]:
    """The radiograph with its heatmap laid over it, enlarged or shrunk.

    Args:
        radiograph: drawn on its stored grid.
        heatmap: [rows, columns] on the same grid, float32, 0 to 1, NaN where the model did not look.
        size: (height, width) of the result, in pixels.
        strength: of the heat: its opacity is multiplied by it, [0, 1].

    Returns:
        [height, width, 3], float32 in [0, 1], red, green and blue.
    """
    grey = np.clip(_resized(_shades(radiograph), size), 0, 1)[..., np.newaxis]
    unseen = _resized(np.isnan(heatmap).astype(np.float32), size) > 0.5
    heat = np.clip(_resized(np.nan_to_num(heatmap, nan=0.0).astype(np.float32), size), 0, 1)
    blended = heated(grey * ANATOMY_BRIGHTNESS, heat, strength).astype(np.float32)
    y, x = np.nonzero(unseen)
    hatch = HATCH_LIGHT * ((x + y) % HATCH_PERIOD < HATCH_WIDTH)[:, np.newaxis]
    blended[y, x] = grey[y, x] * UNSEEN_BRIGHTNESS + hatch
    return blended


def heated(grey: NDArray, heat: NDArray, strength: float = 1.0) -> NDArray:
    """Colours [..., 3] of heat [...] over grey [..., 1], all in [0, 1]; `strength` as in `blend`."""
    low, high = HEAT_COLOUR_RANGE
    shades = np.repeat(grey.astype(np.float64), 3, axis=-1)
    hot = heat > 0  # seldom more than a small part
    colours = HEAT_COLOURS(low + heat[hot] * (high - low))[..., :3]
    opacity = STRONGEST_OPACITY * strength * heat[hot][..., np.newaxis]
    shades[hot] = grey[hot] * (1 - opacity) + colours * opacity
    return shades


def _shades(radiograph: Radiograph) -> NDArray[np.float32]:
    """The radiograph [rows, columns] as brightness, float32 in [0, 1]: as its file asks, or by percentiles."""
    if radiograph.display is not None:
        shades = radiograph.display.shade(radiograph.pixels)
        dark, bright = np.percentile(shades, (5, 95))
        if bright - dark >= LEAST_CONTRAST:
            return shades
    low, high = np.percentile(radiograph.pixels, ROBUST_PERCENTILES)
    if high <= low:
        low, high = float(radiograph.pixels.min()), float(radiograph.pixels.max())
    return np.clip((radiograph.pixels - low) / (high - low), 0, 1).astype(np.float32)


def _resized(array: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    height, width = size
    image = Image.fromarray(np.ascontiguousarray(array, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)
