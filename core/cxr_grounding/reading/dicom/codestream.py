"""What a compressed image says of itself, read before a decoder is trusted with it.

A DICOM file states the size of its image twice: in its header and in the compressed stream. Decoders believe the
stream, so a few flipped bits there make them ask for gigabytes or run for minutes. The stream's own statement is
therefore read here and compared with the header first.
Sources: ITU-T T.81 (JPEG) annex B, T.87 (JPEG-LS) annex C, T.800 (JPEG 2000) annex A.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pydicom.uid import HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL, JPEG2000TransferSyntaxes

JPEG_2000 = frozenset((*JPEG2000TransferSyntaxes, HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL))
"""Transfer syntaxes whose streams begin as JPEG 2000's do, those with the faster coder of T.814 (HTJ2K) among them."""

MOST_TILES = 2**14
"""Most tiles of a JPEG 2000 stream that is decoded; an 8192 x 8192 image in tiles of 64 x 64 has as many."""

_STANDALONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAME_HEADERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}) | {0xF7}
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = b"\xff\xd9"
_J2K_START = b"\xff\x4f\xff\x51"
_LENGTH_FOLLOWS = 1
"""In place of a box's length: it is in the eight bytes behind the box's name."""


@dataclass(frozen=True)
class StreamHeader:
    """The size that a compressed stream declares.

    Args:
        rows, columns: of the image.
        components: 1 for grey, 3 for colour.
        bits: of a sample.
        marker: the last byte of a JPEG frame header's marker, which says how the stream is coded; 0 for JPEG 2000.
        is_signed: whether the samples are, as only JPEG 2000 says.
        is_even: whether all components have the same bits and as many samples as there are pixels; likewise.
    """

    rows: int
    columns: int
    components: int
    bits: int
    marker: int = 0
    is_signed: bool = False
    is_even: bool = True


def jpeg_header(stream: bytes) -> StreamHeader:
    """The size that a JPEG or JPEG-LS stream declares in its frame header.

    Raises:
        ValueError: when there is no frame header, or more than one, before the first scan.
        struct.error, IndexError: when the stream ends too early.
    """
    if stream[:2] != b"\xff\xd8":
        raise ValueError("the compressed image does not begin as JPEG does")
    found: StreamHeader | None = None
    position = 2
    while True:
        while stream[position] == 0xFF and stream[position + 1] == 0xFF:
            position += 1  # fill bytes
        if stream[position] != 0xFF:
            raise ValueError("the compressed image has no marker where one is due")
        marker = stream[position + 1]
        position += 2
        if marker in _STANDALONE_MARKERS:
            continue
        (length,) = struct.unpack_from(">H", stream, position)
        if length < 2:
            raise ValueError("the compressed image has a segment without length")
        if marker in _FRAME_HEADERS:
            if found is not None:
                raise ValueError("the compressed image has two frame headers")
            bits, rows, columns, components = struct.unpack_from(">BHHB", stream, position + 2)
            found = StreamHeader(rows, columns, components, bits, marker)
        elif marker == _START_OF_SCAN:
            if found is None:
                raise ValueError("the compressed image has no frame header")
            return found
        position += length


def check_jpeg_ends(stream: bytes) -> None:
    """Refuse a JPEG-LS stream that was cut off: CharLS, which decodes them, reads on beyond the end of the memory.

    Raises:
        ValueError: when the end marker is not there, zero padding aside.
    """
    if not stream.rstrip(b"\0").endswith(_END_OF_IMAGE):
        raise ValueError("the compressed image is cut off")


def code_stream(content: bytes) -> bytes:
    """A JPEG 2000 stream without the boxes of JP2 that some writers leave around it (T.800, I.4).

    A palette in a box makes more components of an image than the decoder's buffer was made for; and boxes say nothing
    that DICOM's own elements do not.

    Raises:
        ValueError: when there is none.
        struct.error: when the boxes end too early.
    """
    position = 0
    while not content.startswith(_J2K_START, position):
        length, kind = struct.unpack_from(">I4s", content, position)
        head = 8
        if length == _LENGTH_FOLLOWS:
            (length,) = struct.unpack_from(">Q", content, position + head)
            head = 16
        if kind == b"jp2c":
            position += head
            break
        if length < head:  # also the 0 of a last box, which this one should be
            raise ValueError("the compressed image holds no JPEG 2000 stream")
        position += length
    if not content.startswith(_J2K_START, position):
        raise ValueError("the compressed image does not begin as JPEG 2000 does")
    return content[position:]


def jpeg2000_header(stream: bytes) -> StreamHeader:
    """The size that a JPEG 2000 stream, as `code_stream` gives it, declares in its SIZ segment.

    Raises:
        ValueError: when it is empty, has no components or is cut into absurdly many tiles.
        struct.error: when the stream ends too early.
    """
    siz = struct.unpack_from(">8IH", stream, 8)
    x_size, y_size, x_offset, y_offset, tile_width, tile_height, tile_x, tile_y, components = siz
    kinds = {struct.unpack_from(">3B", stream, 42 + 3 * component) for component in range(components)}
    depth, across, down = kinds.pop()
    if min(tile_width, tile_height) == 0 or x_size <= x_offset or y_size <= y_offset or not components:
        raise ValueError("the compressed image declares an empty area")
    tiles = -(-(x_size - tile_x) // tile_width) * -(-(y_size - tile_y) // tile_height)
    if not 0 < tiles <= MOST_TILES:
        raise ValueError(f"the compressed image declares {tiles} tiles")
    return StreamHeader(
        y_size - y_offset,
        x_size - x_offset,
        components,
        (depth & 0x7F) + 1,
        is_signed=depth > 0x7F,
        is_even=not kinds and (across, down) == (1, 1),
    )
