"""Say of pixels that another program read from a file what the file says about them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.read_image import read_image

SAME_WITHIN = 0.015
"""Largest difference, as a part of the range, of two readings of one image; decoders of lossy JPEG differ by a few
levels of 255."""

MISREAD = (
    "The viewer's reader made another image of the file than this package does, which was taken for a misreading; the "
    "pixels of this package were used. Check that the picture looks right."
)


def identify_image(
    path: Path | str, pixels: NDArray, *, known: Radiograph | None = None, fresh: bool = False
) -> Radiograph | None:
    """The radiograph that a file and its pixels make together, where a viewer has read the pixels already.

    Readers do not agree on everything: DCMTK leaves MONOCHROME1 dark on bright, GDCM ignores tables. So what this
    package reads is taken where it is the same image, whatever its slope and polarity; pixels that were changed since
    they were read are kept, with all else that the file says.

    Args:
        path: of the file that the pixels came from.
        pixels: [rows, columns], numbers, dense tissue bright.
        known: what `read_image` made of the file, where it was read already; it takes a while.
        fresh: whether the viewer has only just read them. Nobody has changed them then: another image is one that the
            viewer misread, and the file's is returned in its place, with a warning.

    Returns:
        `known` itself, where it was given and is the same image. None where the file holds an image of another size:
        the pixels were cropped or resampled since, and what the file says about directions and lengths need not hold
        for them.

    Raises:
        RadiographError: when the file cannot be read or says that it is no radiograph.
    """
    radiograph = known or read_image(path, undecodable=pixels)
    has_its_size = radiograph.shape == pixels.shape
    if has_its_size and _same_image(radiograph.pixels, pixels):
        return radiograph
    if fresh:
        return dataclasses.replace(radiograph, warnings=(*radiograph.warnings, MISREAD))
    if not has_its_size:
        return None
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
