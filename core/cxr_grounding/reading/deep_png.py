"""The samples of a PNG with 16 bits in each of several channels, which pillow narrows to 8.

The file is taken apart here, and inflated a few lines at a time, no further than its header needs; pillow then gets one
channel of these after the other as a grey picture of 16 bits, which it keeps.
Source: Portable Network Graphics (PNG) Specification, second edition (ISO/IEC 15948), chapters 5, 8 and 9.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from cxr_grounding.reading.grey import strips
from cxr_grounding.reading.guard import check_pixel_count

PNG_START = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = 26
"""As many say how deep a PNG is."""

MOST_CHUNKS = 2**18
"""As many 8 KiB of pixels, which is what most writers put into one, are far more than are read."""

_LONGEST_CHUNK = 2**16
"""Of those that are kept; EXIF is never longer."""
_PIECE_BYTES = 2**16

_CHANNELS = {2: (3, 3), 4: (2, 1), 6: (4, 3)}
"""Channels of the colour types RGB, grey with opacity, and RGB with opacity; and how many are no opacity."""
_DEEP = 16
_GREY = 0
_WRONG_CHECKSUM = "the checksum of its pixels is wrong"
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
        pieces: (position in the file, length) of the data of each IDAT; together they are one zlib stream.
        orientation: as EXIF counts, 1 for upright.
        frames: how many pictures it holds.
    """

    header: bytes
    pieces: tuple[tuple[int, int], ...]
    orientation: int
    frames: int


def png_chunks(path: Path) -> PngChunks:
    """Take a PNG apart; its pixels are left in the file.

    Raises:
        ValueError, struct.error: on damaged bytes; call it inside `guard.untrusted`.
    """
    found: dict[bytes, bytes] = {}
    pieces = []
    with path.open("rb") as file:
        file.seek(len(PNG_START))
        for _ in range(MOST_CHUNKS):
            start = file.read(8)
            if not start:
                break
            length, kind = struct.unpack(">I4s", start)
            position = file.tell()
            if kind == b"IEND":
                break
            if kind == b"IDAT":
                pieces.append((position, length))
            elif kind in (b"IHDR", b"eXIf", b"acTL"):
                data = file.read(min(length, _LONGEST_CHUNK))
                if kind == b"IHDR" and file.read(4) != zlib.crc32(kind + data).to_bytes(4, "big"):
                    raise ValueError(_WRONG_CHECKSUM)
                found.setdefault(kind, data)
            file.seek(position + length + 4)
        else:
            raise ValueError("it has far more parts than a picture has")
    exif = Image.Exif()
    exif.load(found.get(b"eXIf", b""))
    frames = struct.unpack_from(">I", found[b"acTL"])[0] if b"acTL" in found else 1
    return PngChunks(found.get(b"IHDR", b""), tuple(pieces), exif.get(ExifTags.Base.Orientation, 1), frames)


def deep_png(chunks: PngChunks, path: Path) -> NDArray[np.uint16]:
    """Decode a file that `is_deep_png` let pass.

    Args:
        chunks: of the file.
        path: of the file.

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
    check_pixel_count(path, rows, columns)  # of 8 bytes at most: never more than `guard.LARGEST_DECODED_BYTES`
    passes = [
        (slice(y, None, down), slice(x, None, across), len(range(y, rows, down)), len(range(x, columns, across)))
        for x, y, across, down in (_ADAM7 if interlaced else _WHOLE)
    ]
    passes = [each for each in passes if each[2] and each[3]]  # small pictures lack some
    image = np.empty((rows, columns, colours), dtype=np.uint16)
    lines = _Lines(path, chunks.pieces, sum(height * (1 + 2 * channels * width) for _, _, height, width in passes))
    for down, across, height, width in passes:
        _read_pass(lines, image[down, across], (height, width, channels))
    lines.finish()
    return image


def _read_pass(lines: _Lines, image: NDArray[np.uint16], shape: tuple[int, int, int]) -> None:
    """Fill an image [rows, columns, colours] from lines of that many rows, columns and channels."""
    height, width, channels = shape
    above = np.zeros((1, width, image.shape[2], 2), np.uint8)
    for rows in strips(height, width):
        count = rows.stop - rows.start
        content = np.frombuffer(lines.read(count * (1 + 2 * channels * width)), np.uint8).reshape(count, -1)
        samples = content[:, 1:].reshape(count, width, channels, 2)
        # The last line of the strip before, which the filters look back at, goes first, as one without a filter.
        filters = np.concatenate([[np.uint8(0)], content[:, 0]])
        for channel in range(image.shape[2]):
            filtered = np.concatenate([above[:, :, channel], samples[:, :, channel]])
            image[rows, :, channel] = _unfiltered(filters, filtered)[1:]
        above = image[rows][-1:].astype(">u2")[..., None].view(np.uint8)


class _Lines:
    """The filtered lines of a PNG, inflated as they are asked for.

    Args:
        path: of the file.
        pieces: of its `PngChunks`.
        total: bytes of all lines.
    """

    def __init__(self, path: Path, pieces: tuple[tuple[int, int], ...], total: int) -> None:
        self._pieces = _checked_pieces(path, pieces)
        self._inflater = zlib.decompressobj()
        self._left = self._total = total

    def read(self, count: int) -> bytes:
        """The next bytes.

        Raises:
            ValueError, zlib.error: where they are missing or damaged.
        """
        found: list[bytes] = []
        wanted = count
        while wanted:
            pending = self._inflater.unconsumed_tail or next(self._pieces, b"")
            try:
                inflated = self._inflater.decompress(pending, wanted)
            except zlib.error:
                self.finish()  # a wrong checksum says more
                raise
            found.append(inflated)
            wanted -= len(inflated)
            if wanted and (self._inflater.eof or not (pending or inflated)):
                missing = self._left - count + wanted
                raise ValueError(f"{missing} of {self._total} bytes of pixels are missing")
        self._left -= count
        return b"".join(found)

    def finish(self) -> None:
        """Check what nothing was read from, too."""
        for _ in self._pieces:
            pass


def _checked_pieces(path: Path, pieces: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    """The data of all IDAT, a little at a time.

    Raises:
        ValueError: at the end of one whose checksum is wrong.
    """
    with path.open("rb") as file:
        for position, length in pieces:
            file.seek(position)
            checksum, left = zlib.crc32(b"IDAT"), length
            while left:
                data = file.read(min(left, _PIECE_BYTES))
                if not data:
                    raise ValueError("it ends within its pixels")
                checksum, left = zlib.crc32(data, checksum), left - len(data)
                yield data
            if file.read(4) != checksum.to_bytes(4, "big"):
                raise ValueError(_WRONG_CHECKSUM)


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
