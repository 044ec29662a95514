"""Whether a NIfTI file holds all the data that its header declares, and only numbers.

ITK does not ask: it reads a file that was cut off without a word, and the missing pixels are whatever was in
memory; it turns pixels that are NaN or infinite into 0; and an infinite value in the header's matrix can make it
compute forever.
Source: nifti1.h and nifti2.h of the NIfTI data format working group.
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.guard import LARGEST_FILE_BYTES, check_decoded_size, untrusted
from cxr_grounding.reading.orientation import check_place

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class _Layout:
    """Where one version of the format keeps what is needed: (struct format, offset) of each field."""

    size: int
    magic_at: int
    magics: tuple[bytes, ...]
    dim: tuple[str, int]
    kind: tuple[str, int]
    bits: tuple[str, int]
    data_at: tuple[str, int]
    pixel_size: tuple[str, int]
    place: tuple[str, int]
    codes: tuple[tuple[str, int], tuple[str, int]]


_LAYOUTS = (
    _Layout(
        348, 344, (b"n+1\0", b"ni1\0"), ("8h", 40), ("h", 70), ("h", 72), ("f", 108), ("8f", 76), ("18f", 256),
        (("h", 252), ("h", 254)),
    ),
    _Layout(
        540, 4, (b"n+2\0", b"ni2\0"), ("8q", 16), ("h", 12), ("h", 14), ("q", 168), ("8d", 104), ("18d", 352),
        (("i", 344), ("i", 348)),
    ),
)  # fmt: skip
HEADER_BYTES = 540
_PIECE_BYTES = 2**20
"""A multiple of each number's."""
_FLOATS = {16: "f4", 64: "f8"}
"""Data type codes whose values may be no numbers, and numpy's names for them."""


def start_of(path: Path, count: int) -> bytes:
    """The first bytes of a file, inflated where it is gzipped (empty where that fails)."""
    with path.open("rb") as file:
        raw = file.read(count)
        if raw[:2] != GZIP_MAGIC:
            return raw
        file.seek(0)
        try:
            return gzip.GzipFile(fileobj=file).read(count)
        except (OSError, EOFError, ValueError):
            return b""


def is_nifti(start: bytes) -> bool:
    """Whether the first `HEADER_BYTES` bytes of a file (inflated) are a NIfTI header, version 1 or 2."""
    return _layout(start) is not None


def check_nifti(path: Path) -> bool:
    """Compare the length of the data with the header's declaration, and look for values that are no numbers.

    Returns:
        Whether the header places the image: qform_code and sform_code of 0 say that it does not (nifti1.h, method 1).

    Raises:
        RadiographError: when the header is nonsense, data are missing or in a second file, or a pixel is NaN or
            infinite.
    """
    with untrusted(path):
        start = start_of(path, HEADER_BYTES)
        layout = _layout(start)
        if layout is None:
            raise ValueError("it has no NIfTI header")
        if start[layout.magic_at : layout.magic_at + 2] == b"ni":
            raise RadiographError(f"{path} is one of a pair of files (.hdr, .img). Save the image as one .nii file.")
        order = "<" if struct.unpack_from("<i", start)[0] == layout.size else ">"
        dims = struct.unpack_from(order + layout.dim[0], start, layout.dim[1])
        kind, bits, data_at = (
            struct.unpack_from(order + form, start, at)[0] for form, at in (layout.kind, layout.bits, layout.data_at)
        )
        place = [
            *struct.unpack_from(order + layout.pixel_size[0], start, layout.pixel_size[1]),
            *struct.unpack_from(order + layout.place[0], start, layout.place[1]),
        ]
        check_place(place)
        if not 1 <= dims[0] <= 7 or bits < 1 or not 0 <= data_at < LARGEST_FILE_BYTES:
            raise ValueError("its header declares an impossible image")
        length = math.prod(max(count, 1) for count in dims[1 : dims[0] + 1]) * bits // 8
        check_decoded_size(path, length)
        missing = length
        for data in _data(path, int(data_at), length):
            missing -= len(data)
            if kind in _FLOATS and not _is_finite(data, order + _FLOATS[kind]):
                raise RadiographError(f"{path} holds pixels that are NaN or infinite. Replace them and try again.")
        if missing:
            raise ValueError(f"{missing} of {length} bytes of pixels are missing")
        return any(struct.unpack_from(order + form, start, at)[0] != 0 for form, at in layout.codes)


def _layout(start: bytes) -> _Layout | None:
    for layout in _LAYOUTS:
        sizes = (layout.size.to_bytes(4, "little"), layout.size.to_bytes(4, "big"))
        if start[:4] in sizes and start[layout.magic_at : layout.magic_at + 4] in layout.magics:
            return layout
    return None


def _is_finite(data: bytes, dtype: str) -> bool:
    whole = len(data) // np.dtype(dtype).itemsize
    return bool(np.isfinite(np.frombuffer(data, dtype, whole)).all())


def _data(path: Path, start: int, length: int) -> Iterator[bytes]:
    """At most `length` bytes from `start` on, a few at a time, of the file inflated where it is gzipped."""
    with path.open("rb") as file:
        zipped = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        source: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=file) if zipped else file
        source.seek(start)
        while length and (data := source.read(min(length, _PIECE_BYTES))):
            length -= len(data)
            yield data
