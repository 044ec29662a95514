"""Colour images that hold a grey picture: told apart from photographs, and made one channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError

GREY_TOLERANCE = 8 / 255
"""Largest difference between the channels of a grey pixel, as a part of the image's range; lossy JPEG needs some."""

MOST_COLOURED = 0.01
"""Largest part of the pixels that may be coloured, as burned-in marks are, before the image is refused."""

COLOURED_MARKS = "The image holds some coloured pixels, such as marks or text; their brightness was used."


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
    colours = channels[..., :3]
    lowest, highest = colours.min(axis=-1), colours.max(axis=-1)
    span = float(highest.max()) - float(lowest.min())
    # In float: the difference of integers at the ends of their range would overflow.
    coloured = float((highest.astype(np.float32) - lowest.astype(np.float32) > GREY_TOLERANCE * span).mean())
    if coloured > MOST_COLOURED:
        raise RadiographError(
            f"{name} is a colour image ({coloured:.0%} of its pixels are not grey), but a radiograph is grey. "
            "Choose the radiograph itself rather than a photograph of it or a coloured overlay."
        )
    grey = colours.mean(axis=-1, dtype=np.float32)
    return grey, (COLOURED_MARKS,) if coloured > 0 else ()
