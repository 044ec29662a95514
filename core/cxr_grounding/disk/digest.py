"""What a file holds, in few digits."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

CHUNK_BYTES = 2**20
"""Read at a time, so that a weight file need not fit into memory."""


class FileDigest(NamedTuple):
    """Of a file's content; the digests are lower-case hexadecimal digits.

    Args:
        sha256: 64 digits.
        git_sha1: 40 digits: what git calls the content as a blob.
        bytes: size.
    """

    sha256: str
    git_sha1: str
    bytes: int


def sha256_of(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file's content, and its size in bytes.

    Raises:
        OSError: when it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


def digest_of(path: Path) -> FileDigest:
    """Both digests of a file's content, read once.

    Raises:
        OSError: when it cannot be read.
    """
    sha256, as_blob, size = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
    with path.open("rb") as content:
        as_blob.update(b"blob %d\0" % path.stat().st_size)
        while chunk := content.read(CHUNK_BYTES):
            sha256.update(chunk)
            as_blob.update(chunk)
            size += len(chunk)
    return FileDigest(sha256.hexdigest(), as_blob.hexdigest(), size)
