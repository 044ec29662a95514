"""The samples of a TIFF of a kind that pillow refuses, narrows to 8 bits or gives a wrong sign.

What its tags say is checked here. Its strips or tiles are then described to pillow as those of a picture of 8-bit grey
that is as many times wider as a pixel has bytes: so it undoes the compression and gives back the bytes as they are.
Source: TIFF revision 6.0, and Adobe Photoshop TIFF Technical Note 3 for the predictor of floating-point numbers.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
_MOST_PAGES = 1000
"""As many are counted."""


@dataclass(frozen=True)
class TiffLayout:
    """How a TIFF holds its first picture, as far as its tags can be believed.

    Args:
        content: the file.
        order: of a number's bytes, "<" or ">".
        tags: TIFF 6.0's numbers to values.
        pages: how many pictures it holds.
    """

    content: bytes
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
    content = path.read_bytes()
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None:
        return None
    (version,) = struct.unpack_from(f"{order}H", content, 2)
    if version not in _HEADER_BYTES:
        return None
    # The version in the order that pillow looks for it: it does not find it in a BigTIFF of the other one.
    header = b"II" + struct.pack("<H", version) + content[4 : _HEADER_BYTES[version]]
    directory = ImageFileDirectory_v2(header, prefix=content[:2])
    stream = io.BytesIO(content)
    first = directory.next
    stream.seek(first)
    directory.load(stream)
    tags = {}
    for tag in _USED.intersection(directory):
        value = directory[tag]
        values = value if isinstance(value, tuple) else (value,)
        if values and all(isinstance(each, int) for each in values):
            tags[tag] = values
    return TiffLayout(content, order, tags, _count_pages(content, order, version, first))


def _count_pages(content: bytes, order: str, version: int, first: int) -> int:
    """How many directories there are from the first one on; damaged ones may form a circle."""
    number, entry, pointer = ("H", 12, "L") if version == _CLASSIC else ("Q", 20, "Q")
    seen: set[int] = set()
    position = first
    while position and position not in seen and len(seen) < _MOST_PAGES:
        seen.add(position)
        (entries,) = struct.unpack_from(order + number, content, position)
        end = position + struct.calcsize(order + number) + entries * entry
        if end + struct.calcsize(order + pointer) > len(content):
            break
        (position,) = struct.unpack_from(order + pointer, content, end)
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
    if layout.first(_PLANAR, 1) != _SEPARATE:
        return _plane(layout, dtype, layout.samples, 0)[:rows, :columns, :colours]
    return np.concatenate([_plane(layout, dtype, 1, plane) for plane in range(colours)], axis=2)[:rows, :columns]


def _plane(layout: TiffLayout, dtype: str, samples: int, plane: int) -> NDArray:
    """[rows, columns, samples] of one plane, its columns filled up to whole tiles."""
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
    item = samples * np.dtype(dtype).itemsize
    described: dict[int, Sequence[int]] = {
        _COLUMNS: [across * width * item], _ROWS: [rows], _BITS: [8], _COMPRESSION: [layout.first(_COMPRESSION, 1)],
        _PHOTOMETRIC: [_BLACK_IS_ZERO], _SAMPLES: [1],
    }  # fmt: skip
    if tiled:
        described |= {_TILE_COLUMNS: [width * item], _TILE_ROWS: [height], _TILES: offsets, _TILE_BYTES: lengths}
    else:
        described |= {_STRIPS: offsets, _STRIP_ROWS: [height], _STRIP_BYTES: lengths}
    with TiffImageFile(io.BytesIO(_with_directory(layout, described))) as image:
        lines = np.asarray(image).reshape(rows, across, -1)
    predictor = layout.first(_PREDICTOR, 1) if layout.first(_COMPRESSION, 1) in _PREDICTING else 1
    return _numbers(lines, layout.order + dtype, samples, predictor).reshape(rows, across * width, samples)


def _with_directory(layout: TiffLayout, tags: dict[int, Sequence[int]]) -> bytes:
    """The file as a classic TIFF with other tags for its picture, which come behind all that it holds."""
    order, content = layout.order, layout.content
    start = len(content) + len(content) % 2
    entries, values, position = b"", b"", start + _SHORTS + 12 * len(tags) + _LONG
    for tag, numbers in sorted(tags.items()):
        data = struct.pack(f"{order}{len(numbers)}L", *numbers)
        if len(numbers) > 1:
            values += data
            data = struct.pack(f"{order}L", position + len(values) - len(data))
        entries += struct.pack(f"{order}HHL", tag, _LONG, len(numbers)) + data
    directory = struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}L", 0)
    header = content[:2] + struct.pack(f"{order}HL", _CLASSIC, start)
    return header + content[8:].ljust(start - 8, b"\0") + directory + values


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
