"""Colour images that hold a grey picture: told apart from photographs, and made one channel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError

GREY_TOLERANCE = 8 / 255
"""Largest difference between the channels of a grey pixel, as a part of the image's range; lossy JPEG needs some."""

MOST_COLOURED = 0.01
"""Largest part of the pixels that may be coloured, as burned-in marks are, before the image is refused."""

COLOURED_MARKS = "The image holds some coloured pixels, such as marks or text; their brightness was used."

_STRIP_PIXELS = 2**18
"""Pixels that are looked at together: few enough to stay in the processor's cache."""


def grey_from_colour(channels: NDArray, name: str | Path) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """The grey picture in a colour image.

    Args:
        channels: [rows, columns, 3] red, green and blue, or [rows, columns, 4] with opacity, which is ignored.
        name: of the image, for the message.

    Returns:
        [rows, columns] float32, the mean of the channels, in their range; and warnings.

    Raises:
        RadiographError: when more than `MOST_COLOURED` of the pixels have a colour.
    """
    return grey_from_strips(channels.__getitem__, channels.shape[:2], name)


def strips(rows: int, columns: int) -> list[slice]:
    """The rows of an image, a few at a time, so that what is made of them on the way takes little memory."""
    step = max(1, _STRIP_PIXELS // max(columns, 1))
    return [slice(first, min(first + step, rows)) for first in range(0, rows, step)]


def grey_from_strips(
    strip: Callable[[slice], NDArray], shape: tuple[int, int], name: str | Path
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """The grey picture in a colour image that is not in memory as a whole; otherwise as `grey_from_colour`.

    Args:
        strip: gives the channels of the rows of a slice; may be asked twice for the same.
        shape: (rows, columns) of the image.
        name: of the image, for the message.

    Raises:
        RadiographError: as that does.
    """
    grey = np.empty(shape, dtype=np.float32)
    lowest, highest, differences = [], [], []
    for rows in strips(*shape):
        channels = strip(rows)
        darkest, brightest = _extremes(channels)
        lowest.append(float(darkest.min()))
        highest.append(float(brightest.max()))
        differences.append(_difference(darkest, brightest).max())
        mean = channels[..., 0].astype(np.float32)
        mean += channels[..., 1].astype(np.float32)
        mean += channels[..., 2].astype(np.float32)
        np.divide(mean, np.float32(3), out=grey[rows])
    tolerated = GREY_TOLERANCE * float(np.max(highest) - np.min(lowest))
    count = sum(
        int((_difference(*_extremes(strip(rows))) > tolerated).sum())
        for rows, difference in zip(strips(*shape), differences, strict=True)
        if difference > tolerated
    )
    coloured = count / grey.size
    if coloured > MOST_COLOURED:
        raise RadiographError(
            f"{name} is a colour image ({coloured:.0%} of its pixels are not grey), but a radiograph is grey. "
            "Choose the radiograph itself rather than a photograph of it or a coloured overlay."
        )
    return grey, (COLOURED_MARKS,) if coloured > 0 else ()


def _extremes(channels: NDArray) -> tuple[NDArray, NDArray]:
    """The darkest and the brightest channel of each pixel [rows, columns]."""
    red, green, blue = channels[..., 0], channels[..., 1], channels[..., 2]
    return np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)


def _difference(darkest: NDArray, brightest: NDArray) -> NDArray[np.float32]:
    """In float: the difference of integers at the ends of their range would overflow."""
    return brightest.astype(np.float32) - darkest.astype(np.float32)
