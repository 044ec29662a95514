"""Read a PNG, JPEG or TIFF: a grey picture without anything known about the patient."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.errors import RadiographError, UndecodableError
from cxr_grounding.quiet import silent_libraries
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.deep_png import HEADER_BYTES, deep_png, is_deep_png, png_chunks
from cxr_grounding.reading.deep_tiff import deep_tiff, tiff_layout
from cxr_grounding.reading.grey import grey_from_colour, grey_from_strips, strips
from cxr_grounding.reading.guard import READ_BY_THE_VIEWER, check_pixel_count, untrusted_file

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


def read_picture(path: Path | str, *, undecodable: NDArray | None = None) -> Radiograph:
    """Read a PNG, JPEG or TIFF of 8, 16 or 32 bits (TIFF: also 64), grey or colour that is grey.

    Every bit of a sample is kept. Bright is taken as dense, except where a TIFF says that white is zero. Opacity is
    ignored. Resolution is not taken as spacing, since it is that of paper or screen. A turned EXIF orientation is
    carried out, as viewers do, with a warning, since the result then lies on the turned grid.

    Args:
        path: of the file.
        undecodable: [rows, columns], bright is dense, what another reader made of a picture; taken, with a warning,
            where it is of a kind that cannot be read here, which is an error otherwise.

    Raises:
        UndecodableError: for a kind of TIFF that cannot be read here.
        RadiographError: when the file is missing, damaged, in colour, of several pages, or of an absurd size.
    """
    with untrusted_file(path) as file, silent_libraries():
        try:
            read = _deep(file) or _by_pillow(file)
        except UndecodableError:
            if undecodable is None:
                raise
            return Radiograph(pixels=undecodable, source=file, warnings=(READ_BY_THE_VIEWER,))
        # Here pillow's own image is gone already: it may take as much as everything else.
        turned = (TURNED_BY_EXIF,) if read.orientation in _TURNS else ()
        return Radiograph(pixels=read.upright, source=file, warnings=(*read.warnings, *turned))


class _Read(NamedTuple):
    """What a picture holds: its pixels [rows, columns], upright; warnings; the orientation that it was stored in."""

    upright: NDArray
    warnings: tuple[str, ...]
    orientation: int


def _by_pillow(path: Path) -> _Read:
    with Image.open(path, formats=FORMATS) as image:
        check_pixel_count(path, image.height, image.width)
        _check_is_one(getattr(image, "n_frames", 1), path)
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
        pixels, warnings = _grey(image, path)
        # Asked again: pillow turns a TIFF by itself while it loads it, and then forgets the tag.
        turn = _TURNS.get(image.getexif().get(_EXIF_ORIENTATION, 1))
        return _Read(pixels if turn is None else turn(pixels), warnings, orientation)


def _deep(path: Path) -> _Read | None:
    """A picture of which pillow would lose bits, or which it refuses; None for any other."""
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
    if is_deep_png(start):
        chunks = png_chunks(path)
        _check_is_one(chunks.frames, path)
        orientation, is_white_zero, channels = chunks.orientation, False, deep_png(chunks, path)
    else:
        layout = tiff_layout(path)
        if layout is None:
            return None
        _check_is_one(layout.pages, path)
        if layout.is_left_to_pillow:
            return None
        orientation, is_white_zero, channels = layout.orientation, layout.is_white_zero, deep_tiff(layout, path)
    pixels: NDArray
    pixels, warnings = (channels[..., 0], ()) if channels.shape[2] == 1 else grey_from_colour(channels, path)
    if is_white_zero:
        pixels = _mirrored(pixels)
    turn = _TURNS.get(orientation)
    return _Read(pixels if turn is None else turn(pixels), warnings, orientation)


def _mirrored(pixels: NDArray) -> NDArray[np.float64]:
    """With white and black exchanged, in place where the type allows it."""
    highest = pixels.max()
    wide = pixels.astype(np.float64, copy=False)
    return np.subtract(highest, wide, out=wide)


def _check_is_one(count: int, path: Path) -> None:
    if count > 1:
        raise RadiographError(
            f"{path} holds {count} pictures, but one radiograph is grounded at a time. Save the one that you want as a "
            "file of its own."
        )


def _grey(image: Image.Image, path: Path) -> tuple[NDArray, tuple[str, ...]]:
    """One channel [rows, columns] of an image, in float32 or the type that it is stored in; and warnings.

    It is taken out of pillow's image a few rows at a time: all at once, each step takes as much memory as the image.
    """
    image.load()
    if image.mode in _GREY_MODES:
        pixels = _copied(image)
        return (_turned_over(image, pixels) if image.format == "TIFF" else pixels), ()
    if image.mode in ("LA", "La"):
        return _copied(image.getchannel(0)), ()

    def strip(rows: slice) -> NDArray:
        part = _rows(image, rows)
        return np.asarray(part if image.mode in ("RGB", "RGBA") else part.convert("RGB"))

    return grey_from_strips(strip, (image.height, image.width), path)


def _copied(image: Image.Image) -> NDArray:
    """The pixels [rows, columns] of an image of one channel."""
    pixels = np.empty((image.height, image.width), np.asarray(_rows(image, slice(0, 1))).dtype)
    for rows in strips(image.height, image.width):
        pixels[rows] = np.asarray(_rows(image, rows))
    return pixels


def _rows(image: Image.Image, rows: slice) -> Image.Image:
    return image.crop((0, rows.start, image.width, rows.stop))


def _turned_over(image: Image.Image, pixels: NDArray) -> NDArray:
    """Undo "white is zero", which pillow does by itself for 8 bits and less only."""
    tags = getattr(image, "tag_v2", {})
    if image.mode in ("1", "L") or tags.get(_TIFF_PHOTOMETRIC) != _WHITE_IS_ZERO:
        return pixels
    return pixels.max() - pixels
