"""NIfTI, NRRD and MetaImage."""

from __future__ import annotations

import gzip
import struct
import zlib
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fuzzing.layouts import LINES, PLAIN, Layout, gzipped, header_and_data
from fuzzing.mutations import change_bytes
from fuzzing.seeds.seed import COLUMNS, ROWS, Seed, in_colour, picture

_CODES = {"u1": 2, "i2": 4, "i4": 8, "f4": 16, "f8": 64, "u2": 512}
"""NIfTI's datatype of each of numpy's types."""


def _header_apart(length: int) -> Layout:
    return Layout(lambda content: [content[:length], content[length:]], b"".join, change_bytes)


_NIFTI_1, _NIFTI_2 = _header_apart(352), _header_apart(544)


def nifti_seeds() -> list[Seed]:
    """Versions 1 and 2."""
    arrays = [picture(8, "u1"), picture(12, "<i2"), picture(12, ">i2"), picture(12, "<f4"), picture(12, "<f8")]
    seeds = [Seed(f"{array.dtype}.nii", nifti(array), (_NIFTI_1, PLAIN)) for array in arrays]
    return [*seeds, Seed("second.nii", nifti_2(picture()), (_NIFTI_2, PLAIN))]


def zipped_nifti_seeds() -> list[Seed]:
    """The same, gzipped."""
    return [
        Seed("a.nii.gz", gzip.compress(nifti(picture()), mtime=0), (gzipped(_NIFTI_1), gzipped(_NIFTI_1), PLAIN)),
        Seed("b.nii.gz", gzip.compress(nifti_2(picture()), mtime=0), (gzipped(_NIFTI_2), PLAIN)),
    ]


def nrrd_seeds() -> list[Seed]:
    """In one file, raw or gzipped."""
    zip_data = partial(gzip.compress, compresslevel=1, mtime=0)
    raw = header_and_data(b"\n\n", bytes, bytes)
    zipped = header_and_data(b"\n\n", zip_data, gzip.decompress)
    content = picture().tobytes()
    own = (
        "dimension: 3\nsizes: 72 64 1\n# a comment\nnote:=a value\nspace: left-posterior-superior\n"
        "space directions: (0.1,0,0) (0,0.1,0) (0,0,1)\n"
    )
    colour = nrrd_header("raw", "uint8", "dimension: 3\nsizes: 3 72 64\nkinds: RGB-color domain domain\n")
    return [
        Seed("raw.nrrd", nrrd_header("raw", "uint16") + content, (raw, raw, PLAIN)),
        Seed("placed.nrrd", nrrd_header("raw", "short", own) + content, (raw, PLAIN)),
        Seed("gzip.nrrd", nrrd_header("gzip", "uint16") + zip_data(content), (zipped, zipped, PLAIN)),
        Seed("colour.nrrd", colour + in_colour(picture(8, "u1")).tobytes(), (raw, PLAIN)),
    ]


def detached_nrrd_seeds() -> list[Seed]:
    """A header, and its pixels in a file beside it."""
    content = picture().tobytes()
    zipped = gzip.compress(content, 1, mtime=0)
    raw = nrrd_header("raw", "uint16", _SIZES + "data file: data.raw\n")
    return [
        Seed("a.nhdr", raw, (LINES, PLAIN), {"data.raw": content}),
        Seed(
            "b.nhdr",
            nrrd_header("gzip", "uint16", _SIZES + "data file: data.gz\n"),
            (LINES, PLAIN),
            {"data.gz": zipped},
        ),
        Seed("c.nhdr", raw.replace(b"encoding", b"byte skip: -1\nencoding"), (LINES, PLAIN), {"data.raw": content}),
    ]


def meta_seeds() -> list[Seed]:
    """MetaImage in one file, raw or deflated."""
    raw, content = header_and_data(b"LOCAL\n", bytes, bytes), picture().tobytes()
    zipped = header_and_data(b"LOCAL\n", partial(zlib.compress, level=1), zlib.decompress)
    packed = zlib.compress(content, 1)
    said = f"CompressedData = True\nCompressedDataSize = {len(packed)}\n"
    return [
        Seed("raw.mha", _meta("LOCAL", "MET_USHORT") + content, (raw, raw, PLAIN)),
        Seed("deflated.mha", _meta("LOCAL", "MET_USHORT", said) + packed, (zipped, zipped, PLAIN)),
        Seed("float.mha", _meta("LOCAL", "MET_FLOAT") + picture().astype("<f4").tobytes(), (raw, PLAIN)),
        Seed(
            "colour.mha",
            _meta("LOCAL", "MET_UCHAR", "ElementNumberOfChannels = 3\n") + in_colour(picture(8, "u1")).tobytes(),
            (raw, PLAIN),
        ),
    ]


def detached_meta_seeds() -> list[Seed]:
    """A header, and its pixels in a file beside it."""
    content, packed = picture().tobytes(), zlib.compress(picture().tobytes(), 1)
    said = f"CompressedData = True\nCompressedDataSize = {len(packed)}\n"
    return [
        Seed("a.mhd", _meta("data.raw", "MET_USHORT"), (LINES, PLAIN), {"data.raw": content}),
        Seed("b.mhd", _meta("data.zraw", "MET_USHORT", said), (LINES, PLAIN), {"data.zraw": packed}),
        Seed("c.mhd", _meta("data.raw", "MET_SHORT", "HeaderSize = -1\n"), (LINES, PLAIN), {"data.raw": content}),
    ]


def nifti(array: NDArray) -> bytes:
    """A NIfTI file, version 1, of [rows, columns], in the array's own byte order."""
    order = ">" if array.dtype.str.startswith(">") else "<"
    header = bytearray(352)
    struct.pack_into(f"{order}i", header, 0, 348)
    struct.pack_into(f"{order}8h", header, 40, 3, *array.shape[::-1], 1, 1, 1, 1, 1)
    struct.pack_into(f"{order}2h", header, 70, _CODES[array.dtype.str[1:]], 8 * array.itemsize)
    struct.pack_into(f"{order}8f", header, 76, 1, 0.14, 0.14, 1, 1, 1, 1, 1)
    struct.pack_into(f"{order}3f", header, 108, 352, 1, 0)
    struct.pack_into(f"{order}2h", header, 252, 1, 1)
    struct.pack_into(f"{order}12f", header, 280, -0.14, 0, 0, 5, 0, -0.14, 0, 6, 0, 0, 1, 7)
    struct.pack_into("4s", header, 344, b"n+1\0")
    return bytes(header) + array.tobytes()


def nifti_2(array: NDArray[np.uint16]) -> bytes:
    """A NIfTI file, version 2, of [rows, columns]."""
    header = bytearray(544)
    struct.pack_into("<i8s2h8q", header, 0, 540, b"n+2\0\r\n\x1a\n", 512, 16, 3, COLUMNS, ROWS, 1, 1, 1, 1, 1)
    struct.pack_into("<8d", header, 104, 1, 0.14, 0.14, 1, 1, 1, 1, 1)
    struct.pack_into("<q2d", header, 168, 544, 1, 0)
    struct.pack_into("<2i", header, 344, 0, 1)
    struct.pack_into("<12d", header, 400, -0.14, 0, 0, 5, 0, -0.14, 0, 6, 0, 0, 1, 7)
    return bytes(header) + array.tobytes()


_SIZES = f"dimension: 2\nsizes: {COLUMNS} {ROWS}\n"


def nrrd_header(encoding: str, kind: str, more: str = _SIZES) -> bytes:
    """All before the pixels.

    Args:
        encoding: of these.
        kind: of the numbers.
        more: fields, among them the sizes.
    """
    return f"NRRD0004\ntype: {kind}\n{more}endian: little\nencoding: {encoding}\n\n".encode()


def _meta(data: str, kind: str, more: str = "") -> bytes:
    return (
        "ObjectType = Image\nNDims = 2\nBinaryData = True\nBinaryDataByteOrderMSB = False\nTransformMatrix = 1 0 0 1\n"
        f"Offset = 0 0\nElementSpacing = 0.14 0.14\n{more}DimSize = {COLUMNS} {ROWS}\nElementType = {kind}\n"
        f"ElementDataFile = {data}\n"
    ).encode()
