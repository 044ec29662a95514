"""Lossless JPEG of a grey picture (ITU-T T.81, annex H), which no library here writes."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

_CATEGORIES = 17
"""Of differences: how many bits they take. All have codes of five bits, which are their numbers."""

_CODE_BITS = 5
_HALF = 2**15
"""Differences are counted modulo twice as much (H.1.2.1)."""


def lossless_jpeg(grey: NDArray, bits: int) -> bytes:
    """A stream (process 14, selection value 1) of [rows, columns] numbers of that many bits."""
    rows, columns = grey.shape
    values = grey.astype(np.int64)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 2 ** (bits - 1)
    differences = (values - predicted + _HALF) % (2 * _HALF) - _HALF
    scan = "".join(_coded(int(difference)) for difference in differences.ravel())
    scan += "1" * (-len(scan) % 8)
    entropy = int(scan, 2).to_bytes(len(scan) // 8, "big").replace(b"\xff", b"\xff\0")
    table = bytes([0, *[0] * (_CODE_BITS - 1), _CATEGORIES, *[0] * (16 - _CODE_BITS), *range(_CATEGORIES)])
    frame = struct.pack(">BHHB", bits, rows, columns, 1) + b"\1\x11\0"
    segments = ((0xC4, table), (0xC3, frame), (0xDA, b"\1\1\0\1\0\0"))
    head = b"".join(struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in segments)
    return b"\xff\xd8" + head + entropy + b"\xff\xd9"


def _coded(difference: int) -> str:
    """The category, and which of its differences it is (H.1.2.2); of negative ones, one less."""
    size = abs(difference).bit_length()
    low = difference if difference > 0 else difference + 2**size - 1
    return f"{size:0{_CODE_BITS}b}" + (f"{low:0{size}b}" if 0 < size < _CATEGORIES - 1 else "")
