"""The samples of a PNG with 16 bits in each of several channels, which pillow narrows to 8.

The file is taken apart here, and inflated no further than its header needs; pillow then gets one channel after the
other as a grey picture of 16 bits, which it keeps.
Source: Portable Network Graphics (PNG) Specification, second edition (ISO/IEC 15948), chapters 5, 8 and 9.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from cxr_grounding.reading.guard import check_decoded_size, check_pixel_count

PNG_START = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = 26
"""As many say how deep a PNG is."""

_CHANNELS = {2: (3, 3), 4: (2, 1), 6: (4, 3)}
"""Channels of the colour types RGB, grey with opacity, and RGB with opacity; and how many are no opacity."""
_DEEP = 16
_GREY = 0
_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps between columns and rows, of each pass (8.2)."""


def is_deep_png(start: bytes) -> bool:
    """Whether the first `HEADER_BYTES` bytes of a file are those of a PNG that pillow would narrow."""
    return start.startswith(PNG_START) and start[24:25] == bytes([_DEEP]) and start[25] in _CHANNELS


@dataclass(frozen=True)
class PngChunks:
    """What of a PNG's chunks is looked at (5.3).

    Args:
        header: data of IHDR.
        stream: data of all IDAT, which are one zlib stream.
        orientation: as EXIF counts, 1 for upright.
        frames: how many pictures it holds.
    """

    header: bytes
    stream: bytes
    orientation: int
    frames: int


def png_chunks(path: Path) -> PngChunks:
    """Take a PNG apart.

    Raises:
        ValueError, struct.error: on damaged bytes; call it inside `guard.untrusted`.
    """
    content, position = path.read_bytes(), len(PNG_START)
    found: dict[bytes, bytes] = {}
    stream = []
    while position < len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        data = content[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, position + 8 + length)
        if kind in (b"IHDR", b"IDAT") and zlib.crc32(kind + data) != checksum:
            raise ValueError("the checksum of its pixels is wrong")
        if kind == b"IEND":
            break
        if kind == b"IDAT":
            stream.append(data)
        else:
            found.setdefault(kind, data)
        position += length + 12
    exif = Image.Exif()
    exif.load(found.get(b"eXIf", b""))
    frames = struct.unpack_from(">I", found[b"acTL"])[0] if b"acTL" in found else 1
    return PngChunks(found.get(b"IHDR", b""), b"".join(stream), exif.get(ExifTags.Base.Orientation, 1), frames)


def deep_png(chunks: PngChunks, path: Path) -> NDArray[np.uint16]:
    """Decode a file that `is_deep_png` let pass.

    Args:
        chunks: of the file.
        path: of the file, for the messages.

    Returns:
        [rows, columns, 1] grey or [rows, columns, 3] red, green and blue, uint16; opacity is left out, and what the
        orientation asks for is not done.

    Raises:
        RadiographError: for a size that no radiograph has.
        ValueError, struct.error, zlib.error, KeyError: on damaged bytes; call it inside `guard.untrusted`.
    """
    columns, rows, _, kind, method, filtering, interlaced = struct.unpack(">IIBBBBB", chunks.header)
    if method or filtering or interlaced > 1:
        raise ValueError("its header names a method that PNG does not have")
    channels, colours = _CHANNELS[kind]
    check_pixel_count(path, rows, columns)
    check_decoded_size(path, rows * columns * channels * 2)
    passes = [
        (slice(y, None, down), slice(x, None, across), len(range(y, rows, down)), len(range(x, columns, across)))
        for x, y, across, down in (_ADAM7 if interlaced else _WHOLE)
    ]
    passes = [each for each in passes if each[2] and each[3]]  # small pictures lack some
    sizes = [height * (1 + 2 * channels * width) for _, _, height, width in passes]
    content = zlib.decompressobj().decompress(chunks.stream, sum(sizes))
    if len(content) < sum(sizes):
        raise ValueError(f"{sum(sizes) - len(content)} of {sum(sizes)} bytes of pixels are missing")
    image = np.empty((rows, columns, colours), dtype=np.uint16)
    position = 0
    for (down, across, height, width), size in zip(passes, sizes, strict=True):
        lines = np.frombuffer(content, np.uint8, size, position).reshape(height, -1)
        samples = lines[:, 1:].reshape(height, width, channels, 2)
        for channel in range(colours):
            image[down, across, channel] = _unfiltered(lines[:, 0], samples[:, :, channel])
        position += size
    return image


def _unfiltered(filters: NDArray[np.uint8], samples: NDArray[np.uint8]) -> NDArray:
    """Undo the filters of one channel (9.2).

    A filter mixes a byte with the same byte of neighbouring pixels only. So the samples of one channel, under the same
    filters, are a grey picture, which pillow keeps whole.

    Args:
        filters: [rows] the kind of filter of each line.
        samples: [rows, columns, 2] filtered bytes.

    Returns:
        [rows, columns] 16-bit integers.
    """
    rows, columns, _ = samples.shape
    lines = np.column_stack([filters, samples.reshape(rows, -1)]).tobytes()
    header = struct.pack(">IIBBBBB", columns, rows, _DEEP, _GREY, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 0)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    with Image.open(io.BytesIO(PNG_START + b"".join(chunks)), formats=("PNG",)) as image:
        return np.asarray(image)
