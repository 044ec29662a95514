"""The model frame: the square that a model sees of a radiograph, and the way there and back.

METHOD sections 2, 5 and 13.2. A radiograph is first turned into the standard view, its shorter side is
resized to the frame's size, and the centre is kept; grey values pass through the model's intensity
chain. A map on the frame returns to the radiograph's own grid, with NaN where the model did not look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from cxr_grounding.radiograph import Box, Orientation, Radiograph
from cxr_grounding.recipe import IntensityChain, Method, Recipe

GREY_LEVELS = 256
"""Of the 8-bit images that MIMIC-CXR-JPG holds (METHOD 2.2)."""


@dataclass(frozen=True)
class ModelFrame:
    """The mapping between one radiograph's grid and the model's square.

    Args:
        shape: (rows, columns) of the radiograph as stored.
        orientation: how the stored image lies.
        size: side of the frame in pixels.
        antialias: whether shrinking averages over the dropped pixels.
        whole: whether the whole image is resized, the longer side cut to whole pixels, before the centre is cut, always
            averaging (METHOD 13.2). The centre is then at most one pixel of the frame from `seen`, which places go by.
    """

    shape: tuple[int, int]
    orientation: Orientation
    size: int
    antialias: bool
    whole: bool = False

    @classmethod
    def of(cls, radiograph: Radiograph, recipe: Recipe) -> ModelFrame:
        """The frame that a recipe's model sees of a radiograph."""
        whole = recipe.method is Method.NOISING
        return cls(radiograph.shape, radiograph.orientation, recipe.frame_size, recipe.antialias or whole, whole)

    @property
    def standard_shape(self) -> tuple[int, int]:
        """(rows, columns) of the radiograph in the standard view."""
        rows, columns = self.shape
        return (columns, rows) if self.orientation.is_transposed else (rows, columns)

    @property
    def seen(self) -> Box:
        """What the model sees, on the radiograph in the standard view: the largest centred square."""
        rows, columns = self.standard_shape
        side = min(rows, columns)
        return Box(x=(columns - side) // 2, y=(rows - side) // 2, width=side, height=side)

    @property
    def seen_stored(self) -> Box:
        """What the model sees, on the radiograph as stored."""
        return self._flipped(self.seen, to_standard=False)

    def to_model(self, pixels: NDArray[np.floating]) -> NDArray[np.float32]:
        """Resample an image [rows, columns] onto the frame [size, size], grey values kept, float32.

        The square is cut first and resized then: with half-pixel centres both orders sample the same
        places, and this one has no rounding of the longer side to disagree about on the way back.
        """
        if self.whole:
            return self._centre_of_whole(np.asarray(self.orientation.to_standard(pixels), dtype=np.float32))
        seen = self.seen
        x, y, side = int(seen.x), int(seen.y), int(seen.width)
        square = np.ascontiguousarray(
            self.orientation.to_standard(pixels)[y : y + side, x : x + side], dtype=np.float32
        )
        if side == self.size:
            return square
        if self.antialias:
            image = Image.fromarray(square).resize((self.size, self.size), Image.Resampling.BILINEAR)
            return np.asarray(image, dtype=np.float32)
        centers = (np.arange(self.size) + 0.5) * side / self.size - 0.5
        grid = np.meshgrid(centers, centers, indexing="ij")
        resized: NDArray[np.float32] = ndimage.map_coordinates(square, grid, order=1, mode="nearest", output=np.float32)
        return resized

    def to_radiograph(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Bring a map [size, size] back to the stored grid [rows, columns]: nearest, NaN where not seen."""
        if values.shape != (self.size, self.size):
            raise ValueError(f"the map is {values.shape}, but the frame is {(self.size, self.size)}")
        seen = self.seen
        x, y, side = int(seen.x), int(seen.y), int(seen.width)
        nearest = ((np.arange(side) + 0.5) * self.size / side).astype(int)
        result = np.full(self.standard_shape, np.nan, dtype=np.float32)
        # Columns while there are few rows; the rows are then copied whole. "clip" only spares a second copy.
        part = result[y : y + side, x : x + side]
        np.take(values.astype(np.float32)[:, nearest], nearest, axis=0, out=part, mode="clip")
        return np.ascontiguousarray(self.orientation.from_standard(result))

    def box_to_standard(self, box: Box) -> Box:
        """A box on the stored radiograph, on the radiograph in the standard view."""
        return self._flipped(box, to_standard=True)

    def box_to_model(self, box: Box) -> Box:
        """A box on the stored radiograph, in frame pixels; it may reach beyond the frame."""
        standard = self.box_to_standard(box)
        seen, zoom = self.seen, self.size / self.seen.width
        return Box(
            (standard.x - seen.x) * zoom, (standard.y - seen.y) * zoom, standard.width * zoom, standard.height * zoom
        )

    def box_to_radiograph(self, box: Box) -> Box:
        """A box on the frame, in pixels of the stored radiograph: the inverse of `box_to_model`."""
        seen, zoom = self.seen, self.seen.width / self.size
        standard = Box(box.x * zoom + seen.x, box.y * zoom + seen.y, box.width * zoom, box.height * zoom)
        return self._flipped(standard, to_standard=False)

    def point_to_model(self, x: float, y: float) -> tuple[float, float]:
        """A point (columns from the left edge, rows from the top edge) of the stored radiograph, on the frame."""
        box = self.box_to_model(Box(x, y, 0, 0))
        return box.x, box.y

    def point_to_radiograph(self, x: float, y: float) -> tuple[float, float]:
        """A point on the frame, on the stored radiograph: the inverse of `point_to_model`."""
        box = self.box_to_radiograph(Box(x, y, 0, 0))
        return box.x, box.y

    def _centre_of_whole(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """The centre [size, size] of an image in the standard view, resized as a whole."""
        (height, top), (width, left) = (resized_side(length, image.shape, self.size) for length in image.shape)
        if (height, width) != image.shape:
            resized = Image.fromarray(np.ascontiguousarray(image)).resize((width, height), Image.Resampling.BILINEAR)
            image = np.asarray(resized, dtype=np.float32)
        return np.ascontiguousarray(image[top : top + self.size, left : left + self.size])

    def _flipped(self, box: Box, to_standard: bool) -> Box:
        x, y, width, height = box.x, box.y, box.width, box.height
        rows, columns = self.standard_shape
        if to_standard and self.orientation.is_transposed:
            x, y, width, height = y, x, height, width
        if self.orientation.is_mirrored:
            x = columns - x - width
        if self.orientation.is_upside_down:
            y = rows - y - height
        if not to_standard and self.orientation.is_transposed:
            x, y, width, height = y, x, height, width
        return Box(x, y, width, height)


def resized_side(length: int, shape: tuple[int, ...], size: int) -> tuple[int, int]:
    """A side of an image whose shorter one becomes `size`, and where the centre begins that is cut of it (METHOD 13.2).

    Args:
        length: of the side, in pixels.
        shape: of the image.
        size: of the centre.
    """
    resized = length * size // min(shape)
    return resized, round((resized - size) / 2)  # halves to even


def apply_intensity(pixels: NDArray[np.floating], chain: IntensityChain) -> NDArray[np.float32]:
    """Turn grey values [rows, columns] of any range into [0, 1] float32 as `chain` says (METHOD 2.2).

    It is applied to the whole radiograph, before the frame is cut, as MIMIC-CXR-JPG did.
    """
    # In double precision, where the extent of the whole float32 range neither overflows nor vanishes, and in place, for
    # a radiograph has millions of pixels.
    values = np.array(pixels, dtype=np.float64)
    if chain is IntensityChain.IDENTITY:
        return np.clip(values, 0.0, 1.0, out=values).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    values -= low
    if high > low:
        values /= high - low
    if chain is IntensityChain.MIN_MAX:
        return values.astype(np.float32)
    values *= GREY_LEVELS - 1
    levels = np.rint(values, out=values).astype(np.uint8)
    of_level = (np.arange(GREY_LEVELS) / (GREY_LEVELS - 1)).astype(np.float32)
    return np.asarray(of_level[equalize_histogram(levels)])


def equalize_histogram(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Spread 8-bit grey levels [rows, columns] evenly, in the way of OpenCV's `equalizeHist`.

    The lowest level that occurs becomes 0 and is left out of the distribution; an image of one
    level is returned as it is.
    """
    counts = np.bincount(levels.ravel(), minlength=GREY_LEVELS)
    lowest = int(np.flatnonzero(counts)[0])
    others = levels.size - counts[lowest]
    if others == 0:
        return levels.copy()
    cumulated = np.cumsum(counts) - counts[lowest]
    table = np.rint(np.clip(cumulated, 0, None) * (GREY_LEVELS - 1) / others).astype(np.uint8)
    return np.asarray(table[levels])
