"""Read a PNG, JPEG or TIFF: a grey picture without anything known about the patient."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.errors import RadiographError
from cxr_grounding.quiet import silent_libraries
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.grey import grey_from_colour
from cxr_grounding.reading.guard import check_pixel_count, untrusted_file

FORMATS = ("PNG", "JPEG", "TIFF")

TURNED_BY_EXIF = "The picture was turned as its EXIF orientation says; results lie on the turned picture."

_GREY_MODES = frozenset({"1", "L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
_EXIF_ORIENTATION = 0x0112
_TURNS: dict[int, Callable[[NDArray], NDArray]] = {
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).T,
    8: np.rot90,
}
"""What brings a picture of each EXIF orientation upright (Exif 2.32, 4.6.4)."""
_TIFF_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0


def read_picture(path: Path | str) -> Radiograph:
    """Read a PNG, JPEG or TIFF of 8, 16 or 32 bits, grey or colour that is grey.

    Bright is taken as dense, except where a TIFF says that white is zero. Opacity is ignored. Resolution is not
    taken as spacing, since it is that of paper or screen. A turned EXIF orientation is carried out, as viewers do,
    with a warning, since the result then lies on the turned grid.

    Raises:
        RadiographError: when the file is missing, damaged, in colour, of several pages, or of an absurd size.
    """
    with untrusted_file(path) as file, silent_libraries(), Image.open(file, formats=FORMATS) as image:
        check_pixel_count(file, image.height, image.width)
        frames = getattr(image, "n_frames", 1)
        if frames > 1:
            raise RadiographError(
                f"{file} holds {frames} pictures, but one radiograph is grounded at a time. Save the one that you want "
                "as a file of its own."
            )
        is_turned = image.getexif().get(_EXIF_ORIENTATION, 1) in _TURNS
        pixels, warnings = _grey(image, file)
        # Asked again: pillow turns a TIFF by itself while it loads it, and then forgets the tag.
        turn = _TURNS.get(image.getexif().get(_EXIF_ORIENTATION, 1))
        pixels = pixels if turn is None else turn(pixels)
        return Radiograph(pixels=pixels, source=file, warnings=(*warnings, *((TURNED_BY_EXIF,) if is_turned else ())))


def _grey(image: Image.Image, path: Path) -> tuple[NDArray, tuple[str, ...]]:
    """One channel [rows, columns] of an image, in float32 or the type that it is stored in; and warnings."""
    if image.mode in _GREY_MODES:
        pixels = np.asarray(image)
        return (_turned_over(image, pixels) if image.format == "TIFF" else pixels), ()
    if image.mode in ("LA", "La"):
        return np.asarray(image)[..., 0], ()
    colour = image if image.mode in ("RGB", "RGBA") else image.convert("RGB")
    return grey_from_colour(np.asarray(colour), path)


def _turned_over(image: Image.Image, pixels: NDArray) -> NDArray:
    """Undo "white is zero", which pillow does by itself for 8 bits and less only."""
    tags = getattr(image, "tag_v2", {})
    if image.mode in ("1", "L") or tags.get(_TIFF_PHOTOMETRIC) != _WHITE_IS_ZERO:
        return pixels
    return pixels.max() - pixels
