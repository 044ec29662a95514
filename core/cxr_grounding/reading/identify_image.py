"""Say of pixels that another program read from a file what the file says about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.read_image import read_image

SAME_WITHIN = 0.015
"""Largest difference, as a part of the range, of two readings of one image; decoders of lossy JPEG differ by a few
levels of 255."""


def identify_image(
    path: Path | str, pixels: NDArray, *, read: Callable[..., Radiograph] = read_image
) -> Radiograph | None:
    """The radiograph that a file and its pixels make together, where a viewer has read the pixels already.

    Readers do not agree on everything: DCMTK leaves MONOCHROME1 dark on bright, GDCM ignores tables. So what this
    package reads is taken where it is the same image, whatever its slope and polarity; pixels that were changed since
    they were read are kept, with all else that the file says.

    Args:
        path: of the file that the pixels came from.
        pixels: [rows, columns], numbers, dense tissue bright.
        read: with the arguments of `read_image`; that of an `ImageReader` where the file must not do harm here.

    Returns:
        None where the file holds an image of another size: the pixels were cropped or resampled since, and what the
        file says about directions and lengths need not hold for them.

    Raises:
        RadiographError: when the file cannot be read or says that it is no radiograph.
    """
    radiograph = read(path, undecodable=pixels)
    if radiograph.shape != pixels.shape:
        return None
    if _same_image(radiograph.pixels, pixels):
        return radiograph
    return dataclasses.replace(radiograph, pixels=pixels, display=None)


def _same_image(ours: NDArray[np.float32], theirs: NDArray) -> bool:
    """Whether two readings [rows, columns] differ by slope, intercept and rounding only.

    Our darkest pixels are left out: padding is among them, which other readers leave as it is stored.
    """
    image = ours > ours.min()
    x, y = theirs[image].astype(np.float64), ours[image].astype(np.float64)
    if x.min() == x.max() or y.min() == y.max():
        return False
    extent = float(y.max() - y.min())
    x -= x.mean()
    y -= y.mean()
    y -= x * float((x @ y) / (x @ x))  # what is left of the best line through them
    return bool(np.abs(y).max() <= SAME_WITHIN * extent)
