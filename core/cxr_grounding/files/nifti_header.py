"""Whether a NIfTI file holds all the data that its header declares.

ITK does not ask: it reads a file that was cut off without a word, and the missing pixels are whatever was in
memory. Source: nifti1.h and nifti2.h of the NIfTI data format working group.
"""

from __future__ import annotations

import gzip
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cxr_grounding.errors import RadiographError
from cxr_grounding.files.guard import LARGEST_FILE_BYTES, untrusted

GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class _Layout:
    """Where one version of the format keeps what is needed: (struct format, offset) of each field."""

    size: int
    magic_at: int
    magics: tuple[bytes, ...]
    dim: tuple[str, int]
    bits: tuple[str, int]
    data_at: tuple[str, int]


_LAYOUTS = (
    _Layout(348, 344, (b"n+1\0", b"ni1\0"), ("8h", 40), ("h", 72), ("f", 108)),
    _Layout(540, 4, (b"n+2\0", b"ni2\0"), ("8q", 16), ("h", 14), ("q", 168)),
)
HEADER_BYTES = 540


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


def check_nifti_is_whole(path: Path) -> None:
    """Compare the length of the data with the header's declaration.

    Raises:
        RadiographError: when the header is nonsense, data are missing, or the image data are in a second file.
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
        (bits,) = struct.unpack_from(order + layout.bits[0], start, layout.bits[1])
        (data_at,) = struct.unpack_from(order + layout.data_at[0], start, layout.data_at[1])
        if not 1 <= dims[0] <= 7 or bits < 1 or not 0 <= data_at < LARGEST_FILE_BYTES:
            raise ValueError("its header declares an impossible image")
        voxels = math.prod(max(count, 1) for count in dims[1 : dims[0] + 1])
        expected = int(data_at) + voxels * bits // 8
        if expected > LARGEST_FILE_BYTES:
            raise RadiographError(
                f"{path} declares {expected / 2**30:.1f} GiB of data, far more than one radiograph takes. Choose a "
                "file with a single image."
            )
        actual = _length(path, expected)
        if actual < expected:
            raise ValueError(f"{expected - actual} of {expected} bytes are missing")


def _layout(start: bytes) -> _Layout | None:
    for layout in _LAYOUTS:
        sizes = (layout.size.to_bytes(4, "little"), layout.size.to_bytes(4, "big"))
        if start[:4] in sizes and start[layout.magic_at : layout.magic_at + 4] in layout.magics:
            return layout
    return None


def _length(path: Path, enough: int) -> int:
    """Bytes in the file, inflated where it is gzipped; counting stops at `enough`."""
    with path.open("rb") as file:
        if file.read(2) != GZIP_MAGIC:
            return path.stat().st_size
        file.seek(0)
        return _inflated_length(file, enough)


def _inflated_length(file: BinaryIO, enough: int) -> int:
    total = 0
    inflated = gzip.GzipFile(fileobj=file)
    while total < enough and (chunk := inflated.read(_CHUNK_BYTES)):
        total += len(chunk)
    return total
