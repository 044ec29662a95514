"""Whether a NIfTI file holds all the data that its header declares, and only numbers.

ITK does not ask: it reads a file that was cut off without a word, and the missing pixels are whatever was in
memory; it turns pixels that are NaN or infinite into 0; and an infinite value in the header's matrix can make it
compute forever.
Source: nifti1.h, and of nifti2.h how a header of version 2 begins, of the NIfTI data format working group.
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.guard import LARGEST_FILE_BYTES, check_decoded_size, untrusted
from cxr_grounding.reading.orientation import check_place

GZIP_MAGIC = b"\x1f\x8b"


HEADER_BYTES = 348
_MAGIC_AT = 344
_DIM, _KIND, _BITS, _PIXEL_SIZE, _DATA_AT = ("8h", 40), ("h", 70), ("h", 72), ("8f", 76), ("f", 108)
_CODES, _PLACE = ("2h", 252), ("18f", 256)
"""Where the header keeps what is needed: struct format and offset of each field."""

_SECOND_BYTES = 540
"""Length of the header of version 2, with which it begins."""

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
    return _is_first(start) or _is_second(start)


def check_nifti(path: Path) -> bool:
    """Compare the length of the data with the header's declaration, and look for values that are no numbers.

    Returns:
        Whether the header places the image: qform_code and sform_code of 0 say that it does not (nifti1.h, method 1).

    Raises:
        RadiographError: when the header is nonsense or of version 2, which ITK does not read, when data are missing or
            in a second file, or a pixel is NaN or infinite.
    """
    with untrusted(path):
        start = start_of(path, HEADER_BYTES)
        if _is_second(start):
            raise RadiographError(f"{path} is a NIfTI file of version 2, which is not read. Save it as version 1.")
        if not _is_first(start):
            raise ValueError("it has no NIfTI header")
        if start[_MAGIC_AT : _MAGIC_AT + 2] == b"ni":
            raise RadiographError(f"{path} is one of a pair of files (.hdr, .img). Save the image as one .nii file.")
        order = "<" if struct.unpack_from("<i", start)[0] == HEADER_BYTES else ">"

        def field(form: str, at: int) -> tuple[Any, ...]:
            return struct.unpack_from(order + form, start, at)

        dims, (kind,), (bits,), (data_at,) = (field(*of) for of in (_DIM, _KIND, _BITS, _DATA_AT))
        place = [*field(*_PIXEL_SIZE), *field(*_PLACE)]
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
        return any(field(*_CODES))


def _is_first(start: bytes) -> bool:
    return start[:4] in _either(HEADER_BYTES) and start[_MAGIC_AT : _MAGIC_AT + 4] in (b"n+1\0", b"ni1\0")


def _is_second(start: bytes) -> bool:
    return start[:4] in _either(_SECOND_BYTES) and start[4:8] in (b"n+2\0", b"ni2\0")


def _either(length: int) -> tuple[bytes, bytes]:
    """A header's length as it stands in files of either byte order."""
    return length.to_bytes(4, "little"), length.to_bytes(4, "big")


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
