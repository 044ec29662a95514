"""PNG, JPEG, TIFF and .npy."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fuzzing.layouts import JPEG, NPY, PLAIN, PNG, TIFF
from fuzzing.seeds.seed import Seed, in_colour, picture

GREY, RGB, GREY_OPACITY, RGB_OPACITY = 0, 2, 4, 6
"""PNG's colour types."""

_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps between columns and rows, of each pass of an interlaced PNG."""


def png_seeds() -> list[Seed]:
    """Of 8 bits and less."""
    grey = Image.fromarray(picture(8, "u1"))
    kinds = {mode: grey.convert(mode) for mode in ("L", "RGB", "RGBA", "LA", "P", "1")}
    exif = Image.Exif()
    exif[0x0112] = 6
    seeds = [Seed(f"{mode}.png", saved(image, "PNG"), (PNG, PLAIN)) for mode, image in kinds.items()]
    return [
        *seeds,
        Seed("turned.png", saved(grey, "PNG", exif=exif, dpi=(300, 300)), (PNG, PLAIN)),
        Seed("interlaced.png", png(picture(8, "u1")[..., np.newaxis], GREY, interlaced=True), (PNG,)),
    ]


def deep_png_seeds() -> list[Seed]:
    """Of 16 bits: grey by pillow, the others read by the package itself."""
    grey = picture(16, ">u2")[..., np.newaxis]
    kinds = ((GREY, 1), (RGB, 3), (GREY_OPACITY, 2), (RGB_OPACITY, 4))
    return [
        Seed(f"{kind}-{interlaced}.png", png(np.repeat(grey, channels, axis=2), kind, interlaced), (PNG, PNG, PLAIN))
        for kind, channels in kinds
        for interlaced in (False, True)
    ]


def jpeg_seeds() -> list[Seed]:
    """Baseline and progressive."""
    grey = Image.fromarray(picture(8, "u1"))
    exif = Image.Exif()
    exif[0x0112] = 8
    return [
        Seed("grey.jpg", saved(grey, "JPEG"), (JPEG, PLAIN)),
        Seed("progressive.jpg", saved(grey, "JPEG", progressive=True, restart_marker_blocks=3), (JPEG, PLAIN)),
        Seed("colour.jpg", saved(grey.convert("RGB"), "JPEG", quality=95, exif=exif), (JPEG, PLAIN)),
        Seed("cmyk.jpg", saved(grey.convert("CMYK"), "JPEG"), (JPEG, PLAIN)),
    ]


def tiff_seeds() -> list[Seed]:
    """Of 8 bits and less, with each compression that libtiff has here."""
    grey = Image.fromarray(picture(8, "u1"))
    methods = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    seeds = [Seed(f"{method}.tif", saved(grey, "TIFF", compression=method), (TIFF, PLAIN)) for method in methods]
    lines = grey.convert("1")
    fax = ("group3", "group4", "tiff_ccitt")
    seeds += [Seed(f"{method}.tif", saved(lines, "TIFF", compression=method), (TIFF, PLAIN)) for method in fax]
    seeds += [
        Seed(f"{mode}.tif", saved(grey.convert(mode), "TIFF", compression="tiff_lzw"), (TIFF, PLAIN))
        for mode in ("RGB", "P", "LA")
    ]
    pages = saved(grey, "TIFF", save_all=True, append_images=[grey])
    return [*seeds, Seed("pages.tif", pages, (TIFF, PLAIN))]


def deep_tiff_seeds() -> list[Seed]:
    """Beyond 8 bits: read by pillow, or by the package itself."""
    grey = picture(16)
    plain = [
        Seed(f"{name}.tif", saved(Image.fromarray(array), "TIFF", **options), (TIFF, PLAIN))
        for name, array, options in (
            ("u2", grey, {}),
            ("i4", grey.astype("<i4"), {}),
            ("f4", grey.astype("<f4"), {"compression": "tiff_lzw"}),
        )
    ]
    own = [
        Seed(f"{name}.tif", tiff(array, **options), layouts)
        for name, array, options, layouts in (
            ("rgb", in_colour(grey), {}, (TIFF, PLAIN)),
            ("rgb-deflate", in_colour(grey), {"compression": 8, "predictor": 2}, (TIFF, PLAIN)),
            ("big-endian", grey, {"order": ">"}, (TIFF, PLAIN)),
            ("f8", grey.astype("f8"), {"compression": 8}, (TIFF, PLAIN)),
            ("f2", (grey / 64).astype("f2"), {}, (TIFF, PLAIN)),
            ("i2", grey.astype("i2"), {}, (TIFF, PLAIN)),
            ("u8", grey.astype("u8"), {"compression": 8}, (TIFF, PLAIN)),
            ("tiled", grey.astype("u4"), {"tile": 32}, (TIFF, PLAIN)),
            ("tiled-rgb", in_colour(grey), {"tile": 64, "compression": 8}, (TIFF, PLAIN)),
            ("big-tiff", grey.astype("u4"), {"big": True}, (PLAIN,)),
            ("white-is-zero", grey.astype("u4"), {"photometric": 0}, (TIFF, PLAIN)),
        )
    ]
    return plain + own


def npy_seeds() -> list[Seed]:
    """NumPy's own files."""
    arrays = (picture(), picture().astype("f8"), picture(8, "u1")[np.newaxis], in_colour(picture()), picture() > 2000)
    seeds = []
    for number, array in enumerate((*arrays, np.asfortranarray(picture()))):
        stream = io.BytesIO()
        np.save(stream, array)
        seeds.append(Seed(f"{number}.npy", stream.getvalue(), (NPY, PLAIN)))
    return seeds


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The file that pillow writes."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png(samples: NDArray, kind: int, interlaced: bool = False) -> bytes:
    """Of [rows, columns, channels] of 8 or 16 bits; its lines take the filters in turns."""
    rows, columns, _ = samples.shape
    lines = []
    for x, y, across, down in _ADAM7 if interlaced else ((0, 0, 1, 1),):
        for number, line in enumerate(samples[y::down, x::across]):
            lines.append(bytes([number % 5]) + line.tobytes())
    header = struct.pack(">IIBBBBB", columns, rows, 8 * samples.itemsize, kind, 0, 0, int(interlaced))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def tiff(array: NDArray, *, order: Literal["<", ">"] = "<", tile: int = 0, big: bool = False, **tags: int) -> bytes:
    """A TIFF of [rows, columns] or [rows, columns, 3]: its header, its directory, and its pixels in one strip or tiles.

    Args:
        array: with the numbers of the file; a predictor is named, not carried out.
        order: of a number's bytes.
        tile: side of a tile; 0 for one strip.
        big: whether it is a BigTIFF.
        tags: `compression`, `photometric` and `predictor`.
    """
    samples = array.shape[2] if array.ndim == 3 else 1
    array = array.astype(array.dtype.newbyteorder(order))
    rows, columns = array.shape[:2]
    side_by_side = [(y, x) for y in range(0, rows, tile) for x in range(0, columns, tile)] if tile else []
    filled = np.pad(array, [(0, tile), (0, tile), *[(0, 0)] * (array.ndim - 2)])
    pieces = [filled[y : y + tile, x : x + tile].tobytes() for y, x in side_by_side] or [array.tobytes()]
    if tags.get("compression", 1) == 8:
        pieces = [zlib.compress(piece) for piece in pieces]
    entries = {
        256: [columns], 257: [rows], 258: [8 * array.itemsize] * samples, 259: [tags.get("compression", 1)],
        262: [tags.get("photometric", 2 if samples == 3 else 1)], 277: [samples], 284: [1],
        317: [tags.get("predictor", 1)],
        339: [{"u": 1, "i": 2, "f": 3}[array.dtype.kind]] * samples,
    }  # fmt: skip
    entries |= {322: [tile], 323: [tile], 324: [0] * len(pieces)} if tile else {278: [rows], 273: [0]}
    lengths = 325 if tile else 279
    entries[lengths] = [len(piece) for piece in pieces]
    number, width = ("Q", 8) if big else ("L", 4)
    start = 16 if big else 8
    end = start + (8 if big else 2) + len(entries) * (20 if big else 12) + width
    first = end + sum(width * len(values) for values in entries.values() if len(values) > 1)
    entries[324 if tile else 273] = [first + sum(map(len, pieces[:place])) for place in range(len(pieces))]
    directory, beyond = b"", b""
    for tag, values in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(values)}{number}", *values)
        where = packed if len(values) == 1 else struct.pack(f"{order}{number}", end + len(beyond))
        beyond += b"" if len(values) == 1 else packed
        directory += struct.pack(f"{order}2H{number}", tag, 16 if big else 4, len(values)) + where
    magic = {"<": b"II", ">": b"MM"}[order]
    header = struct.pack(f"{order}3HQ", 43, 8, 0, 16) if big else struct.pack(f"{order}HL", 42, 8)
    count = struct.pack(f"{order}{'Q' if big else 'H'}", len(entries))
    return magic + header + count + directory + bytes(width) + beyond + b"".join(pieces)
