"""What files are made of, so that a part can be damaged where the rest stays right, and deeper code gets to see it."""

from __future__ import annotations

import copy
import gzip
import itertools
import json
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from fuzzing.mutations import EXTREMES, NASTY, change_bytes, change_text

PNG_START = b"\x89PNG\r\n\x1a\n"
_INFLATED_MOST = 2**22


@dataclass(frozen=True)
class Layout:
    """One way to take a file apart.

    Args:
        split: the file into parts.
        join: any parts into a file, with lengths, checksums and compression made right; the inverse of `split`.
        change: one part into a damaged one.
    """

    split: Callable[[bytes], list[bytes]]
    join: Callable[[list[bytes]], bytes]
    change: Callable[[bytes, Random], bytes]


PLAIN = Layout(lambda content: [content], b"".join, change_bytes)

LINES = Layout(lambda content: content.splitlines(keepends=True), b"".join, change_text)
"""Of a text."""


def gzipped(inner: Layout) -> Layout:
    """Of a file that is gzipped as a whole."""
    return Layout(
        lambda content: inner.split(gzip.decompress(content)),
        lambda parts: gzip.compress(inner.join(parts), 1, mtime=0),
        inner.change,
    )


def header_and_data(end: bytes, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> Layout:
    """Of a text header, whose last line ends with `end`, and packed data behind it: lines, and the data unpacked."""

    def split(content: bytes) -> list[bytes]:
        header, _, data = content.partition(end)
        return [*(header + end).splitlines(keepends=True), unpack(data)]

    def change(part: bytes, chance: Random) -> bytes:
        return change_text(part, chance) if len(part) < 200 else change_bytes(part, chance)

    return Layout(split, lambda parts: b"".join(parts[:-1]) + b"".join(pack(part) for part in parts[-1:]), change)


def _split_chunks(content: bytes) -> list[bytes]:
    parts, position = [], len(PNG_START)
    while position < len(content):
        (length,) = struct.unpack_from(">L", content, position)
        kind, data = content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        parts.append(kind + data)
        position += length + 12
    return parts


def _join_chunks(chunks: list[bytes]) -> bytes:
    pieces = [PNG_START]
    for chunk in chunks:
        pieces.append(struct.pack(">L", max(len(chunk) - 4, 0)) + chunk + struct.pack(">L", zlib.crc32(chunk)))
    return b"".join(pieces)


def _with_pixels(chunks: list[bytes], pack: Callable[[bytes], bytes]) -> list[bytes]:
    return [chunk[:4] + pack(chunk[4:]) if chunk[:4] == b"IDAT" else chunk for chunk in chunks]


PACKED_PNG = Layout(_split_chunks, _join_chunks, change_bytes)
"""Of a PNG: each chunk's name and data."""

PNG = Layout(
    lambda content: _with_pixels(_split_chunks(content), zlib.decompress),
    lambda parts: _join_chunks(_with_pixels(parts, partial(zlib.compress, level=1))),
    change_bytes,
)
"""Of a PNG with a single IDAT: the same, the pixels inflated."""


def _split_segments(content: bytes, ends: tuple[int, ...]) -> list[bytes]:
    """The start, each segment up to one whose marker is among `ends`, and all from there on."""
    parts, position = [content[:2]], 2
    while content[position + 1] not in ends:
        (length,) = struct.unpack_from(">H", content, position + 2)
        parts.append(content[position : position + 2 + length])
        position += 2 + length
    return [*parts, content[position:]]


JPEG = Layout(partial(_split_segments, ends=(0xDA,)), b"".join, change_bytes)
"""Of JPEG and JPEG-LS: each segment; all from the first scan on is one part."""

JPEG_2000 = Layout(partial(_split_segments, ends=(0x93, 0xD9)), b"".join, change_bytes)
"""Of a JPEG 2000 code stream: SIZ, COD, QCD and the other segments of the header, and the rest."""


def _split_boxes(content: bytes) -> list[bytes]:
    parts, position = [], 0
    while position + 8 <= len(content):  # an odd one is padded
        (length,) = struct.unpack_from(">L", content, position)
        length = length or len(content) - position
        parts.append(content[position : position + length])
        position += length
    return parts


def boxed(inner: Layout) -> Layout:
    """Of a JP2 file whose last box is the code stream: its boxes, and the parts of the code stream."""

    def split(content: bytes) -> list[bytes]:
        *boxes, stream = _split_boxes(content)
        return [*boxes, *inner.split(stream[8:])]

    def join(parts: list[bytes]) -> bytes:
        first = next((number for number, part in enumerate(parts) if part[:2] == b"\xff\x4f"), len(parts))
        stream = inner.join(parts[first:])
        return b"".join(parts[:first]) + struct.pack(">L4s", len(stream) + 8, b"jp2c") + stream

    return Layout(split, join, change_bytes)


def _split_tiff(content: bytes) -> list[bytes]:
    """Its header, each entry of a classic TIFF's first directory, and what lies around them."""
    order = "<" if content[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}L", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, start)
    places = [0, 8, start, start + 2, *(start + 2 + 12 * number for number in range(1, count + 1)), len(content)]
    return [content[first:last] for first, last in itertools.pairwise(places) if last > first]


TIFF = Layout(_split_tiff, b"".join, change_bytes)
"""Of a classic TIFF."""

_TOKEN = re.compile(rb"[A-Za-z0-9_.+-]+|\s+|.", re.DOTALL)


def _change_token(part: bytes, chance: Random) -> bytes:
    return chance.choice(NASTY) if chance.random() < 0.6 else change_text(part, chance)


TOKENS = Layout(lambda content: _TOKEN.findall(content), b"".join, _change_token)
"""Of a text with little white space: its words and signs."""


def _join_npy(parts: list[bytes]) -> bytes:
    head, header, data = (*parts, b"", b"", b"")[:3]
    return head + struct.pack("<H", len(header) % 2**16) + header + data


NPY = Layout(
    lambda content: [content[:8], content[10 : 10 + content[8]], content[10 + content[8] :]],
    _join_npy,
    lambda part, chance: (change_text if part[:1] == b"{" else change_bytes)(part, chance),
)
"""Of a NumPy file of version 1 with a short header."""


def _change_document(part: bytes, chance: Random) -> bytes:
    """A JSON document with one of its values, at whatever depth, replaced, removed or put elsewhere."""
    try:
        document = json.loads(part)
    except ValueError:
        return change_text(part, chance)
    places: list[tuple[dict | list, str | int]] = []
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            own = list(value) if isinstance(value, dict) else range(min(len(value), 50))
            places += [(value, name) for name in own]
            waiting += [value[name] for name in own]
    if not places:
        return change_text(part, chance)
    (holder, name), (other, its_name) = chance.choice(places), chance.choice(places)
    if chance.random() < 0.15:
        del holder[name]  # type: ignore[arg-type]
    else:
        holder[name] = chance.choice(_values(copy.deepcopy(other[its_name]), chance))  # type: ignore[index]
    return json.dumps(document).encode()


def _values(elsewhere: object, chance: Random) -> tuple[object, ...]:
    number = chance.choice(EXTREMES)
    text = chance.choice(NASTY).decode("utf-8", "surrogateescape")
    return (
        *(None, True, 1.5, float("nan"), float("inf"), 1e308, 5e-324, -number, number, number, "", text, text),
        *([], {}, [[]] * 3, [number] * 4, {text: number}, elsewhere, elsewhere, 10**400, "1", -0.0),
    )


JSON = Layout(lambda content: [content], b"".join, _change_document)
"""Of a JSON document."""
