"""The plane in which a phantom is drawn: positions in cm, at any pixel size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

FloatMap = NDArray[np.floating]
"""[rows, columns]; float32, but for what numpy widens on the way."""

OVERSAMPLING = 2
"""Lines are drawn this many times finer and averaged, so that their edges are smooth."""

TEXTURE_SPAN = 64.0
"""Side of the square, in cm, over which textures are defined: larger than any detector."""


@dataclass(frozen=True)
class Grid:
    """A detector: `rows` x `columns` pixels of `pixel_cm`, the patient's midline at `center_x`.

    Args:
        rows, columns: size in pixels.
        pixel_cm: side of a pixel, in cm.
        center_x: distance of the patient's midline from the image's left edge, in cm.
        tilt: rotation of the patient in the image plane, in radians.

    Anatomical positions are x (cm from the midline, positive toward the patient's left, which is
    the image's right) and y (cm from the top of the image).
    """

    rows: int
    columns: int
    pixel_cm: float
    center_x: float
    tilt: float

    @cached_property
    def _positions(self) -> tuple[FloatMap, FloatMap]:
        x = (np.arange(self.columns, dtype=np.float32) + 0.5) * self.pixel_cm - self.center_x
        y = (np.arange(self.rows, dtype=np.float32) + 0.5) * self.pixel_cm
        middle = self.rows * self.pixel_cm / 2
        cos, sin = np.float32(np.cos(self.tilt)), np.float32(np.sin(self.tilt))
        turned_x = cos * x[None, :] + sin * (y[:, None] - middle)
        turned_y = -sin * x[None, :] + cos * (y[:, None] - middle) + middle
        return turned_x.astype(np.float32), turned_y.astype(np.float32)

    @property
    def x(self) -> FloatMap:
        """Anatomical x of every pixel, [rows, columns], cm."""
        return self._positions[0]

    @property
    def y(self) -> FloatMap:
        """Anatomical y of every pixel, [rows, columns], cm."""
        return self._positions[1]

    def to_pixels(self, x: NDArray | float, y: NDArray | float) -> tuple[NDArray, NDArray]:
        """Where anatomical positions lie in the image: (columns, rows) from the top left corner, in pixels."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        middle = self.rows * self.pixel_cm / 2
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        image_x = cos * x - sin * (y - middle) + self.center_x
        image_y = sin * x + cos * (y - middle) + middle
        return image_x / self.pixel_cm, image_y / self.pixel_cm

    def blur(self, values: FloatMap, sigma_cm: float) -> FloatMap:
        """`values` smoothed by a Gaussian of `sigma_cm`."""
        return ndimage.gaussian_filter(values, sigma_cm / self.pixel_cm, mode="nearest", truncate=3.0)

    def texture(self, rng: np.random.Generator, cell_cm: float) -> FloatMap:
        """Smooth noise of mean 0 and deviation about 1, with features of `cell_cm`; the same at every pixel size."""
        cells = int(TEXTURE_SPAN / cell_cm) + 2
        noise = ndimage.gaussian_filter(rng.standard_normal((cells, cells)), 1.0, mode="wrap")
        noise = (noise / noise.std()).astype(np.float32)
        places = [(self.y + 8.0) / cell_cm, (self.x + TEXTURE_SPAN / 2) / cell_cm]
        return ndimage.map_coordinates(noise, places, order=1, mode="wrap", output=np.float32)

    def lines(self, paths: list[tuple[NDArray, NDArray, float]]) -> FloatMap:
        """Thickness in cm of round tubes: each path is (x, y, diameter) with x and y [points] in cm."""
        size = (self.columns * OVERSAMPLING, self.rows * OVERSAMPLING)
        image = Image.new("F", size, 0.0)
        draw = ImageDraw.Draw(image)
        for x, y, diameter in sorted(paths, key=lambda path: path[2]):
            columns, rows = self.to_pixels(x, y)
            points = list(zip((columns * OVERSAMPLING).tolist(), (rows * OVERSAMPLING).tolist(), strict=True))
            width = diameter / self.pixel_cm * OVERSAMPLING
            # A tube thinner than a pixel darkens it only in part.
            draw.line(points, fill=float(diameter * min(1.0, width)), width=max(1, round(width)), joint="curve")
        return np.asarray(image.reduce(OVERSAMPLING), dtype=np.float32)


def ramp(distance: FloatMap, width: float) -> FloatMap:
    """0 where `distance` <= 0, 1 from `width` on, smooth between (both in cm)."""
    t = np.clip(distance / np.float32(width), 0, 1)
    return t * t * (3 - 2 * t)


def tube(distance: FloatMap, radius: float) -> FloatMap:
    """Thickness across a tube of `radius` seen from the side, at `distance` from its axis (cm)."""
    return 2 * np.sqrt(np.clip(np.float32(radius * radius) - distance * distance, 0, None))
