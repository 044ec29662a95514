"""From the attention in looks at a noised radiograph to a map and its mask: numpy in, numpy out. METHOD 13.6 to 13.8.

Lists of layers hold one array [steps, rows, columns] a layer, each at the layer's own size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cxr_grounding.maps import enlarge, min_max
from cxr_grounding.recipe import Recipe

Layers = Sequence[NDArray[np.floating]]

LEVELS = 255
"""The highest of a bias's levels (METHOD 13.6)."""

WINDOW, K1, K2 = 7, 0.01, 0.03
"""Of the structural similarity (METHOD 13.7)."""

ROUNDS, CLOSE_ENOUGH, ADDED_VARIANCE = 100, 1e-3, 1e-6
"""Of the Gaussian mixture: scikit-learn's defaults (METHOD 13.8)."""

MAJORITY = 5
"""Of the nine pixels of a block."""

FAINTEST = 1 / 255
"""Of the heat in a mask, so that all of it is seen: a pixel that its neighbours brought in may have none."""


class Biases(NamedTuple):
    """What phrase and image do to the attention by themselves, and both together; each [size, size] (METHOD 13.6).

    Args:
        image, text, merged: means, float64.
    """

    image: NDArray[np.float64]
    text: NDArray[np.float64]
    merged: NDArray[np.float64]


class MergedMap(NamedTuple):
    """What merging makes of the biases and the activation.

    Args:
        map: [size, size], from 0 to 1.25.
        alike: how alike the biases of image and text are, [0, 1]; 0 leaves the activation as it is.
        image, text, merged: the levels, uint8.
    """

    map: NDArray[np.floating]
    alike: float
    image: NDArray[np.uint8]
    text: NDArray[np.uint8]
    merged: NDArray[np.uint8]


class Parted(NamedTuple):
    """A map in two.

    Args:
        mask: [size, size], bool.
        threshold: above which it lies, but for what `mask` takes from its neighbours.
    """

    mask: NDArray[np.bool_]
    threshold: float


def repeated(values: NDArray[np.floating], size: int) -> NDArray[np.floating]:
    """Maps [..., rows, columns] on a grid [..., size, size]: each place has the value of the pixel that it lies in."""
    for axis in (-2, -1):
        length = values.shape[axis]
        if length != size:
            values = np.take(values, (2 * np.arange(size) + 1) * length // (2 * size), axis=axis)
    return values


def mean_map(layers: Layers, size: int) -> NDArray[np.float64]:
    """The mean [size, size] over all steps and layers, as they are: nothing is rescaled or smoothed (METHOD 13.6)."""
    means = [repeated(np.asarray(layer, dtype=np.float64).mean(axis=0), size) for layer in layers]
    return np.asarray(np.mean(means, axis=0))


def biases(start: Layers, text: Layers, size: int) -> Biases:
    """The biases of the image (attention to the start token) and of the text run (to the phrase), and their product.

    Args:
        start, text: of the same steps.
        size: of the grid.
    """
    products = [_product(of_image, of_text, size) for of_image, of_text in zip(start, text, strict=True)]
    return Biases(mean_map(start, size), mean_map(text, size), mean_map(products, size))


def _product(one: NDArray[np.floating], other: NDArray[np.floating], size: int) -> NDArray[np.float64]:
    """The matrix product of two stacks of maps as repeated to the grid; where it is a multiple, at their own size."""
    length = one.shape[-1]
    if size % length:
        one, other, length = repeated(one, size), repeated(other, size), size
    return np.asarray(np.matmul(one, other, dtype=np.float64) * (size // length))


def unit(values: NDArray[np.floating], recipe: Recipe) -> NDArray[np.floating]:
    """A map stretched to [0, 1], in float16 where the recipe asks for its casts, else in float32; an even one is 0."""
    narrow = values.astype(np.float16 if recipe.float16_casts else np.float32)
    low, extent = narrow.min(), narrow.max() - narrow.min()
    return (narrow - low) / extent if extent > 0 else np.zeros_like(narrow)


def level(values: NDArray[np.floating], recipe: Recipe) -> NDArray[np.uint8]:
    """A map in levels from 0 to 255, cut and not rounded."""
    return np.asarray(unit(values, recipe) * LEVELS).astype(np.uint8)


def merge(activation: NDArray[np.floating], found: Biases, recipe: Recipe) -> MergedMap:
    """Bimodal bias merging (METHOD 13.7).

    Args:
        activation: of `unit`.
        found: the biases.
        recipe: whether there are casts.
    """
    image, text, merged = (level(bias, recipe) for bias in found)
    alike = max(0.0, similarity(image, text))
    both = unit(merged.astype(np.float32), recipe)
    mixed = _times(both + activation + both * activation, 0.5)
    share = 1 - alike
    terms = _times(mixed, 2 * alike * share), _times(activation, share**2), _times(both, alike**2)
    return MergedMap(terms[0] + terms[1] + terms[2], alike, image, text, merged)


def _times(values: NDArray[np.floating], number: float) -> NDArray[np.floating]:
    """A multiple of a map as torch makes it: of one in float16 the product, and not the number, is rounded to that."""
    return np.asarray(values.astype(np.float32) * np.float32(number)).astype(values.dtype)


def similarity(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The mean structural similarity of two maps of levels, without a rim (Wang et al. 2004; METHOD 13.7)."""
    x, y = one.astype(np.float64), other.astype(np.float64)
    places = WINDOW**2
    mean_x, mean_y, xx, yy, xy = (ndimage.uniform_filter(part, WINDOW) for part in (x, y, x * x, y * y, x * y))
    sample = places / (places - 1)
    var_x, var_y, shared = (sample * part for part in (xx - mean_x**2, yy - mean_y**2, xy - mean_x * mean_y))
    c1, c2 = ((k * LEVELS) ** 2 for k in (K1, K2))
    alike = (2 * mean_x * mean_y + c1) * (2 * shared + c2) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    rim = WINDOW // 2
    return float(alike[rim:-rim, rim:-rim].mean())


def part_in_two(values: NDArray[np.floating]) -> Parted:
    """Where a map [size, size] is high: above the mean of the means of two Gaussians, its edges then smoothed.

    METHOD 13.8. Of an even map nothing is.
    """
    threshold = mixture_threshold(values)
    # Rounded as the map is.
    above = values > values.dtype.type(threshold)
    votes = ndimage.convolve(above.astype(np.uint8), np.ones((3, 3), dtype=np.uint8), mode="constant")
    mask = votes >= MAJORITY
    for rim in (0, -1):
        mask[rim], mask[:, rim] = above[rim], above[:, rim]
    return Parted(mask, threshold)


def mixture_threshold(values: NDArray[np.floating]) -> float:
    """The mean of the means of a mixture of two Gaussians, fitted to a map's values as scikit-learn fits it.

    It starts from the best cut in two, which in one dimension is found outright; scikit-learn's k-means, unseeded in
    the published program, looks for it by chance (docs/decisions/0067-gaussian-mixture.md).
    """
    flat = np.sort(np.asarray(values, dtype=np.float64).ravel())
    if flat[0] == flat[-1]:
        return float(flat[0])
    shares = np.zeros((2, flat.size))
    cut = _best_cut(flat)
    shares[0, :cut] = shares[1, cut:] = 1
    before = -np.inf
    means = np.zeros(2)
    for _ in range(ROUNDS + 1):
        weights = shares.sum(axis=1) + 10 * np.finfo(np.float64).eps
        means = shares @ flat / weights
        variances = (shares * (flat - means[:, None]) ** 2).sum(axis=1) / weights + ADDED_VARIANCE
        log_of = -0.5 * (np.log(2 * np.pi * variances)[:, None] + (flat - means[:, None]) ** 2 / variances[:, None])
        log_of += np.log(weights / flat.size)[:, None]
        log_sum = np.logaddexp(*log_of)
        shares = np.exp(log_of - log_sum)
        likely = float(log_sum.mean())
        if abs(likely - before) < CLOSE_ENOUGH:
            # scikit-learn moves the Gaussians once more before it looks.
            means = shares @ flat / (shares.sum(axis=1) + 10 * np.finfo(np.float64).eps)
            break
        before = likely
    return float(means.mean())


def _best_cut(ordered: NDArray[np.float64]) -> int:
    """How many of ascending values belong to the lower of two clusters, so that both together vary least."""
    counts = np.arange(1, ordered.size)
    below = np.cumsum(ordered)[:-1]
    above = ordered.sum() - below
    return int(np.argmax(below**2 / counts + above**2 / (ordered.size - counts))) + 1


class OnFrame(NamedTuple):
    """A map on the model frame, each [size, size], float32, [0, 1]: soft, and with nothing outside its mask."""

    soft: NDArray[np.float32]
    heatmap: NDArray[np.float32]


def on_frame(values: NDArray[np.floating], mask: NDArray[np.bool_], size: int) -> OnFrame:
    """A map and its mask on the model frame, as metrics see them (METHOD 13.9)."""
    soft = enlarged(values, size)
    inside = enlarged_mask(mask, size)
    heat = np.where(inside, np.maximum(soft, FAINTEST), 0)
    return OnFrame(soft.astype(np.float32), heat.astype(np.float32))


def enlarged(values: NDArray[np.floating], size: int) -> NDArray[np.float64]:
    """A map stretched to [0, 1], and resized to [size, size]: bilinear, half-pixel centres (METHOD 13.9)."""
    return enlarge(min_max(values), size, 0)


def enlarged_mask(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """A mask likewise, where more than half of a pixel is of it."""
    return np.asarray(enlarge(mask.astype(np.float64), size, 0) > 0.5)
