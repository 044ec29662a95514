"""The samples of a TIFF of a kind that pillow refuses, narrows to 8 bits or gives a wrong sign.

What its tags say is checked here. Its strips or tiles are then described to pillow, a few at a time, as those of a
picture of 8-bit grey that is as many times wider as a pixel has bytes: so it undoes the compression and gives back the
bytes as they are.
Source: TIFF revision 6.0, and Adobe Photoshop TIFF Technical Note 3 for the predictor of floating-point numbers.
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from cxr_grounding.errors import UndecodableError
from cxr_grounding.reading.guard import check_decoded_size, check_pixel_count

_CLASSIC, _BIG = 42, 43
_HEADER_BYTES = {_CLASSIC: 8, _BIG: 16}

_COLUMNS, _ROWS, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _ORIENTATION = 256, 257, 258, 259, 262, 266, 274
_STRIPS, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TILE_COLUMNS, _TILE_ROWS, _TILES, _TILE_BYTES, _SAMPLE_FORMAT = 322, 323, 324, 325, 339
_USED = frozenset(
    {_COLUMNS, _ROWS, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _ORIENTATION, _STRIPS, _SAMPLES, _STRIP_ROWS}
    | {_STRIP_BYTES, _PLANAR, _PREDICTOR, _TILE_COLUMNS, _TILE_ROWS, _TILES, _TILE_BYTES, _SAMPLE_FORMAT}
)

_COMPRESSIONS = {1: "no compression", 5: "LZW", 8: "Deflate", 32773: "PackBits", 32946: "Deflate"}
_PREDICTING = frozenset({5, 8, 32946})
"""Those that a predictor goes with; it is not looked at otherwise."""
_KINDS = {1: "u", 2: "i", 3: "f"}
"""Of SampleFormat: numpy's letters for unsigned, signed and floating-point numbers."""
_DTYPES = frozenset({"u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"})
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_COLOURS = {(_WHITE_IS_ZERO, 1): 1, (_WHITE_IS_ZERO, 2): 1, (_BLACK_IS_ZERO, 1): 1, (_BLACK_IS_ZERO, 2): 1} | {
    (_RGB, 3): 3,
    (_RGB, 4): 3,
}
"""Of photometric interpretation and samples of a pixel: how many of these are no opacity."""
_KEPT_BY_PILLOW = frozenset(
    {(0, "u", 16), (1, "u", 16), (1, "u", 12), (1, "i", 16), (1, "i", 32), (0, "f", 32), (1, "f", 32)}
)
"""Photometric interpretation, kind and bits of one grey sample that pillow gives as it is, lowest byte first. The other
order it takes for granted also where libtiff has turned it already, as it does in compressed files."""
_SEPARATE = 2
_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3
_SHORTS, _LONG = 2, 4
_BYTES_TOGETHER = 2**22
"""Of pixels that are decoded at once, where a strip or a row of tiles is not larger by itself."""
_MOST_OVERHEAD = 2**10
"""Bytes by which a compressed strip or tile may be more than twice as long as the pixels in it."""
_MOST_TAG_BYTES = 2**25
"""Of all tags of a picture; a million tiles need half of it."""
_MOST_TAGS = 2**16
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Of TIFF's types of numbers."""
_MOST_PAGES = 1000
"""As many are counted."""


@dataclass(frozen=True)
class TiffLayout:
    """How a TIFF holds its first picture, as far as its tags can be believed.

    Args:
        path: of the file.
        order: of a number's bytes, "<" or ">".
        tags: TIFF 6.0's numbers to values.
        pages: how many pictures it holds.
    """

    path: Path
    order: str
    tags: dict[int, tuple[int, ...]]
    pages: int

    def first(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        return self.tags.get(tag, (default,))[0]

    @property
    def orientation(self) -> int:
        """As EXIF counts, 1 for upright."""
        return self.first(_ORIENTATION, 1)

    @property
    def is_white_zero(self) -> bool:
        """Whether the lowest value is the brightest."""
        return self.first(_PHOTOMETRIC) == _WHITE_IS_ZERO

    @property
    def samples(self) -> int:
        """How many a pixel has."""
        return self.first(_SAMPLES, 1)

    @property
    def bits(self) -> int:
        """Of the widest sample."""
        return max(self.tags.get(_BITS, (1,)))

    @property
    def kind(self) -> str:
        """numpy's letter for the numbers, "?" for those that have none."""
        return _KINDS.get(self.first(_SAMPLE_FORMAT, 1), "?")

    @property
    def is_left_to_pillow(self) -> bool:
        """Whether pillow gives the samples as they are, or is the one to say that it cannot."""
        if self.bits <= 8:
            return self.kind != "i"
        key = (self.first(_PHOTOMETRIC), self.kind, self.bits)
        is_plain = self.order == "<" and self.samples == 1 and self.first(_FILL_ORDER, 1) == 1
        return is_plain and key in _KEPT_BY_PILLOW


def tiff_layout(path: Path) -> TiffLayout | None:
    """Read the tags of the first picture of a TIFF or BigTIFF; None for what is neither."""
    with path.open("rb") as file:
        start = file.read(max(_HEADER_BYTES.values()))
        order = {b"II": "<", b"MM": ">"}.get(start[:2])
        if order is None:
            return None
        (version,) = struct.unpack_from(f"{order}H", start, 2)
        if version not in _HEADER_BYTES:
            return None
        # The version in the order that pillow looks for it: it does not find it in a BigTIFF of the other one.
        header = b"II" + struct.pack("<H", version) + start[4 : _HEADER_BYTES[version]]
        directory = ImageFileDirectory_v2(header, prefix=start[:2])
        first = directory.next
        pages = _count_pages(file, order, version, first)
        _check_tags(file, order, version, first)
        file.seek(first)
        directory.load(file)
    tags = {}
    for tag in _USED.intersection(directory):
        value = directory[tag]
        values = value if isinstance(value, tuple) else (value,)
        if values and all(isinstance(each, int) for each in values):
            tags[tag] = values
    return TiffLayout(path, order, tags, pages)


def _check_tags(file: BinaryIO, order: str, version: int, first: int) -> None:
    """Refuse a directory whose tags' values take absurdly much: pillow reads all of them.

    Raises:
        ValueError, struct.error: when they do, or it is damaged.
    """
    number, entry = ("H", "2HL4x") if version == _CLASSIC else ("Q", "2HQ8x")
    file.seek(first)
    (entries,) = struct.unpack(order + number, file.read(struct.calcsize(order + number)))
    if entries > _MOST_TAGS:
        raise ValueError(f"it has {entries} tags")
    size = struct.calcsize(order + entry)
    listed = file.read(entries * size)
    tags = struct.iter_unpack(order + entry, listed[: len(listed) // size * size])
    if sum(count * _TYPE_BYTES.get(kind, 1) for _, kind, count in tags) > _MOST_TAG_BYTES:
        raise ValueError("the values of its tags are far longer than those of pictures")


def _count_pages(file: BinaryIO, order: str, version: int, first: int) -> int:
    """How many directories there are from the first one on; damaged ones may form a circle."""
    number, entry, pointer = ("H", 12, "L") if version == _CLASSIC else ("Q", 20, "Q")
    seen: set[int] = set()
    position = first
    while position and position not in seen and len(seen) < _MOST_PAGES:
        seen.add(position)
        file.seek(position)
        (entries,) = struct.unpack(order + number, file.read(struct.calcsize(order + number)))
        file.seek(entries * entry, io.SEEK_CUR)
        link = file.read(struct.calcsize(order + pointer))
        if len(link) < struct.calcsize(order + pointer):
            break
        (position,) = struct.unpack(order + pointer, link)
    return len(seen)


def deep_tiff(layout: TiffLayout, path: Path) -> NDArray:
    """Decode the picture of a layout that is not left to pillow.

    Returns:
        [rows, columns, 1] grey or [rows, columns, 3] red, green and blue, of the type that the file holds; opacity is
        left out. What the photometric interpretation and the orientation ask for is not done.

    Raises:
        RadiographError: for a size that no radiograph has.
        UndecodableError: for a kind of TIFF that cannot be read here.
        Any other exception on damaged bytes: call it inside `guard.untrusted`.
    """
    rows, columns = layout.first(_ROWS), layout.first(_COLUMNS)
    check_pixel_count(path, rows, columns)
    dtype = f"{layout.kind}{layout.bits // 8}"
    colours = _COLOURS.get((layout.first(_PHOTOMETRIC), layout.samples))
    compression = layout.first(_COMPRESSION, 1)
    is_even = set(layout.tags.get(_BITS, (1,))) == {layout.bits} and layout.bits % 8 == 0
    is_known = compression in _COMPRESSIONS and layout.first(_FILL_ORDER, 1) == 1
    if not (is_even and is_known and colours and dtype in _DTYPES):
        method = _COMPRESSIONS.get(compression, f"compression {compression}")
        raise UndecodableError(
            f"{path} is a TIFF of {layout.samples} x {layout.bits} bits a pixel with {method}, a kind that cannot be "
            "read here. Save it as 16-bit grey, without compression."
        )
    check_decoded_size(path, rows * columns * layout.samples * layout.bits // 8)
    image = np.empty((rows, columns, colours), dtype)
    if layout.first(_PLANAR, 1) != _SEPARATE:
        _read_plane(layout, image, layout.samples, 0)
    else:
        for plane in range(colours):
            _read_plane(layout, image[..., plane : plane + 1], 1, plane)
    return image


def _read_plane(layout: TiffLayout, image: NDArray, samples: int, plane: int) -> None:
    """Fill [rows, columns, colours] from one plane of so many samples a pixel."""
    tiled = _TILES in layout.tags
    rows, columns = layout.first(_ROWS), layout.first(_COLUMNS)
    width = layout.first(_TILE_COLUMNS) if tiled else columns
    height = layout.first(_TILE_ROWS) if tiled else min(layout.first(_STRIP_ROWS, rows), rows)
    if min(width, height) < 1 or width > 2 * columns + 2**10 or height > 2 * rows + 2**10:
        raise ValueError(f"its pixels come in pieces of {width} x {height}")
    across, down = -(-columns // width), -(-rows // height)
    pieces = slice(plane * across * down, (plane + 1) * across * down)
    offsets = layout.tags.get(_TILES if tiled else _STRIPS, ())[pieces]
    lengths = layout.tags.get(_TILE_BYTES if tiled else _STRIP_BYTES, ())[pieces]
    if not len(offsets) == len(lengths) == across * down:
        raise ValueError(f"{across * down - min(len(offsets), len(lengths))} of {across * down} pieces are missing")
    dtype = layout.order + image.dtype.str[1:]
    item = samples * image.dtype.itemsize
    predictor = layout.first(_PREDICTOR, 1) if layout.first(_COMPRESSION, 1) in _PREDICTING else 1
    together = max(1, _BYTES_TOGETHER // (across * width * height * item))
    with layout.path.open("rb") as file:
        for first in range(0, down, together):
            some = slice(first * across, min(first + together, down) * across)
            top, bottom = first * height, min((first + together) * height, rows)
            described: dict[int, Sequence[int]] = {
                _COLUMNS: [across * width * item], _ROWS: [bottom - top], _BITS: [8],
                _COMPRESSION: [layout.first(_COMPRESSION, 1)], _PHOTOMETRIC: [_BLACK_IS_ZERO], _SAMPLES: [1],
            }  # fmt: skip
            if tiled:
                described |= {_TILE_COLUMNS: [width * item], _TILE_ROWS: [height]}
            else:
                described |= {_STRIP_ROWS: [height]}
            most = 2 * width * height * item + _MOST_OVERHEAD
            data = [
                _piece(file, at, min(length, most)) for at, length in zip(offsets[some], lengths[some], strict=True)
            ]
            names = (_TILES, _TILE_BYTES) if tiled else (_STRIPS, _STRIP_BYTES)
            with TiffImageFile(io.BytesIO(_small_file(layout.order, described, names, data))) as part:
                lines = np.asarray(part).reshape(bottom - top, across, -1)
            numbers = _numbers(lines, dtype, samples, predictor).reshape(bottom - top, across * width, samples)
            image[top:bottom] = numbers[:, : image.shape[1], : image.shape[2]]


def _piece(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _small_file(order: str, tags: dict[int, Sequence[int]], names: tuple[int, int], pieces: Sequence[bytes]) -> bytes:
    """A classic TIFF of one picture.

    Args:
        order: of a number's bytes, "<" or ">".
        tags: of the picture, but for those of its pieces.
        names: of the tags that say where its pieces are, and how long.
        pieces: its strips or tiles.
    """
    content = b"".join(piece + b"\0" * (len(piece) % 2) for piece in pieces)
    lengths = [len(piece) for piece in pieces]
    starts = itertools.accumulate((length + length % 2 for length in lengths[:-1]), initial=_HEADER_BYTES[_CLASSIC])
    tags = {**tags, names[0]: list(starts), names[1]: lengths}
    start = _HEADER_BYTES[_CLASSIC] + len(content)
    entries, values, position = b"", b"", start + _SHORTS + 12 * len(tags) + _LONG
    for tag, numbers in sorted(tags.items()):
        data = struct.pack(f"{order}{len(numbers)}L", *numbers)
        if len(numbers) > 1:
            values += data
            data = struct.pack(f"{order}L", position + len(values) - len(data))
        entries += struct.pack(f"{order}HHL", tag, _LONG, len(numbers)) + data
    mark = b"II" if order == "<" else b"MM"
    header = mark + struct.pack(f"{order}HL", _CLASSIC, start)
    directory = struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}L", 0)
    return header + content + directory + values


def _numbers(lines: NDArray[np.uint8], dtype: str, samples: int, predictor: int) -> NDArray:
    """The numbers in the bytes of lines [rows, pieces across, bytes], the predictor undone."""
    rows, across, _ = lines.shape
    if predictor == _FLOAT_DIFFERENCES:
        summed = lines.reshape(rows, across, -1, samples).cumsum(axis=2, dtype=np.uint8)
        by_significance = summed.reshape(rows, across, np.dtype(dtype).itemsize, -1)
        return np.ascontiguousarray(by_significance.swapaxes(2, 3)).view(f">{dtype[1:]}")
    numbers = lines.view(dtype).reshape(rows, across, -1, samples)
    if predictor == _DIFFERENCES:
        return numbers.cumsum(axis=2, dtype=dtype[1:])
    return numbers
