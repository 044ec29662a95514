"""From attention maps to a heatmap and its regions: numpy in, numpy out. METHOD 4 and 5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cxr_grounding.radiograph import Box

OTSU_BINS = 256
"""Of the histogram, as in scikit-image's `threshold_otsu` (METHOD 5)."""


def min_max(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rescale each map of `values` [..., rows, columns] to [0, 1] on its own; a constant map becomes 0."""
    values = np.asarray(values, dtype=np.float64)
    low = values.min(axis=(-2, -1), keepdims=True)
    extent = values.max(axis=(-2, -1), keepdims=True) - low
    scaled: NDArray[np.float64] = np.divide(values - low, extent, out=np.zeros_like(values), where=extent > 0)
    return scaled


def enlarge(values: NDArray[np.floating], size: int, sigma: float) -> NDArray[np.float64]:
    """Enlarge a map [rows, columns] to [size, size] and blur it (METHOD 4).

    Bilinear, half-pixel centres, edges repeated; then a Gaussian of `sigma` pixels, borders reflected. Both work on
    rows and columns apart, so the weights of the one are blurred in place of the map: they are few.
    """
    rows, columns = (ndimage.gaussian_filter(_bilinear_weights(n, size), (sigma, 0)) for n in values.shape)
    return np.asarray(rows @ np.asarray(values, dtype=np.float64) @ columns.T)


def average(layers: Sequence[NDArray[np.floating]], size: int, sigma: float) -> NDArray[np.float32]:
    """One smooth map on the frame from those of all layers and steps (METHOD 4).

    Args:
        layers: per layer, [steps, rows, columns], mean over tokens and heads; as many steps in each.
        size: side of the frame in pixels.
        sigma: of the Gaussian that blurs the map, in pixels of the frame, borders reflected.

    Returns:
        [size, size], in [0, 1]: each step's map rescaled to [0, 1], enlarged, averaged, and blurred. All but the first
        is linear, so maps of one size are averaged before they are enlarged, which gives the same.
    """
    of_size: dict[tuple[int, ...], NDArray[np.float64]] = {}
    for steps in layers:
        mean = min_max(steps).mean(axis=0) / len(layers)
        of_size[mean.shape] = of_size[mean.shape] + mean if mean.shape in of_size else mean
    return np.asarray(sum(enlarge(mean, size, sigma) for mean in of_size.values()), dtype=np.float32)


def otsu_threshold(values: NDArray[np.floating]) -> float:
    """The value that best parts a map in two classes (Otsu 1979), equal to scikit-image's `threshold_otsu`.

    It is the centre of one of `OTSU_BINS` bins between the lowest and the highest value, or the value
    itself where all are the same.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    if values.min() == values.max():
        return float(values[0])
    counts, edges = np.histogram(values, OTSU_BINS)
    centers = (edges[:-1] + edges[1:]) / 2
    below, moment = np.cumsum(counts), np.cumsum(counts * centers)
    above = below[-1] - below[:-1]
    mean_below, mean_above = moment[:-1] / below[:-1], (moment[-1] - moment[:-1]) / above
    between = below[:-1] * above * (mean_below - mean_above) ** 2
    return float(centers[np.argmax(between)])


def keep_above_otsu(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rescale a map to [0, 1] and set what is not above its Otsu threshold to 0 (METHOD 5)."""
    scaled = min_max(values)
    return np.where(scaled > otsu_threshold(scaled), scaled, 0.0).astype(np.float32)


class Region(NamedTuple):
    """One connected part of a heatmap above 0."""

    box: Box
    strength: float
    """The heatmap's highest value in it."""


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """What two regions of one shape have in common, over all that either has (IoU); 0 where both are empty."""
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else 0.0


def find_regions(heatmap: NDArray[np.floating]) -> list[Region]:
    """The connected parts of a heatmap [rows, columns] that are above 0, strongest first, then largest.

    Pixels that touch at a side or a corner belong together; NaN is not above 0. Boxes enclose their
    part in whole pixels of the same grid.
    """
    positive = heatmap > 0
    if not positive.any():
        return []
    # Only where something is, since a radiograph has millions of pixels and a finding is small.
    top, bottom = _extent(positive, axis=1)
    left, right = _extent(positive, axis=0)
    labels, _ = ndimage.label(positive[top:bottom, left:right], structure=np.ones((3, 3)))
    regions = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        box = Box(left + columns.start, top + rows.start, columns.stop - columns.start, rows.stop - rows.start)
        values = heatmap[top:bottom, left:right][rows, columns][labels[rows, columns] == number]
        regions.append((Region(box, float(values.max())), values.size))
    regions.sort(key=lambda entry: (-entry[0].strength, -entry[1]))
    return [region for region, _ in regions]


def find_peak(values: NDArray[np.floating]) -> tuple[float, float]:
    """Where a map [rows, columns] is highest: (x, y), the centre of that pixel, from the top left corner.

    Pixel (row 0, column 0) has its centre at (0.5, 0.5), as in `Box`. Of equal values the first in
    reading order is taken.
    """
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return float(column) + 0.5, float(row) + 0.5


def _extent(flags: NDArray[np.bool_], axis: int) -> tuple[int, int]:
    """Along the other axis, the first place where any flag is set and the one after the last."""
    found = np.flatnonzero(flags.any(axis=axis))
    return int(found[0]), int(found[-1]) + 1


def _bilinear_weights(length: int, size: int) -> NDArray[np.float64]:
    """The matrix [size, length] that resamples `length` samples to `size`, half-pixel centres."""
    centers = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    left = np.minimum(centers.astype(int), max(length - 2, 0))
    weights = np.zeros((size, length))
    rows = np.arange(size)
    weights[rows, left] = 1 - (centers - left)
    weights[rows, np.minimum(left + 1, length - 1)] += centers - left
    return weights
