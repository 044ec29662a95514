"""Models' files that somebody has on this machine: a folder, or a zip archive, which may come from anywhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from cxr_grounding.disk.sentences import printable, reason
from cxr_grounding.errors import ModelError
from cxr_grounding.models.layouts import largest_bytes
from cxr_grounding.models.licences import LARGEST_BYTES

DEEPEST, MOST_FILES = 6, 10_000
"""Folders below the one that is named, and files in all, that are looked at."""

LARGEST_DIRECTORY = 2**24
"""Bytes of an archive's table of contents."""

CHUNK_BYTES = 2**20

_END = struct.Struct("<4s4H2LH")
"""The record at a zip archive's end: signature, two disk numbers, entries here and in all, size and place of the table
of contents, length of a comment."""

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What the library raises for an archive that is damaged, encrypted or of an unknown kind."""


@dataclass(frozen=True)
class Place:
    """A folder, or an archive.

    Args:
        path: of it.
        files: size in bytes of each file, by its path inside with forward slashes.
        is_archive: whether it is a zip file.
    """

    path: Path
    files: Mapping[str, int]
    is_archive: bool

    def text(self, name: str) -> str:
        """The beginning of a text file.

        Raises:
            ModelError: when it cannot be read.
        """
        with self._opened(name) as file:
            return file.read(LARGEST_BYTES).decode("utf-8", "replace")

    def sha256(self, name: str) -> str:
        """Of a file's content.

        Raises:
            ModelError: when it cannot be read.
        """
        digest = hashlib.sha256()
        with self._opened(name) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def bring(self, name: str, target: Path) -> Path:
        """Where a file lies that can be opened: in the folder itself, or unpacked.

        Args:
            name: of the file.
            target: where it is unpacked to; a name of this program's own.

        Raises:
            ModelError: when the archive is damaged.
            OSError: when the disk is full.
        """
        if not self.is_archive:
            return self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._opened(name) as file, target.open("wb") as unpacked:
            left = self.files[name]
            while chunk := file.read(CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise self._damaged(f"{printable(name)} is larger than it says")
                unpacked.write(chunk)
        return target

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if not self.is_archive:
            try:
                file = (self.path / name).open("rb")
            except OSError as error:
                raise ModelError(f"{self.path / name} cannot be read ({reason(error)}). Check its folder.") from error
            with file:
                yield file
            return
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(name) as member:
                yield member
        except _UNREADABLE as error:
            raise self._damaged(reason(error)) from error

    def _damaged(self, why: str) -> ModelError:
        return ModelError(f"{self.path} is damaged, or no zip archive that can be read ({why}). Download it again.")


def open_place(path: Path) -> Place:
    """Look at what a folder or an archive holds.

    Raises:
        ModelError: when it is neither, or an archive that is damaged or was made to do harm.
    """
    if path.is_dir():
        return Place(path, _files_below(path), is_archive=False)
    if not path.is_file():
        raise ModelError(f"There is no folder and no file {path}. Check its name.")
    try:
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            return Place(path, _members(path, archive), is_archive=True)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({reason(error)}). Check its permissions.") from error
    except _UNREADABLE as error:
        raise ModelError(
            f"{path} is no zip archive that can be read ({reason(error)}). Name a folder, or a zip archive that is "
            "whole."
        ) from error


def sha1_of(path: Path, tell: Callable[[int], object] = lambda _: None) -> str:
    """The SHA-1 of a file, for archives whose publisher gives no better one.

    Args:
        path: of the file.
        tell: called with the bytes that were read.

    Raises:
        ModelError: when it cannot be read.
    """
    digest, done = hashlib.sha1(usedforsecurity=False), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                done += len(chunk)
                tell(done)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({reason(error)}). Check its permissions.") from error
    return digest.hexdigest()


def _files_below(folder: Path) -> dict[str, int]:
    """The files of a folder; links to files count, as in a cache of the hub, links to folders are not followed."""
    found: dict[str, int] = {}
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        if len(here.relative_to(folder).parts) >= DEEPEST:
            folders.clear()
        for name in files:
            if len(found) >= MOST_FILES:
                raise ModelError(
                    f"{folder} holds more than {MOST_FILES} files. Name the folder of the model's files alone."
                )
            file = here / name
            if file.is_file():
                found[file.relative_to(folder).as_posix()] = file.stat().st_size
    return found


def _check_directory(path: Path) -> None:
    """Refuse an archive whose table of contents is out of bounds, before the library reads all of it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END.size - 2**16))
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile("it has no table of contents")
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    if entries > MOST_FILES or directory > LARGEST_DIRECTORY:
        raise ModelError(
            f"{path} holds more than {MOST_FILES} files, or says so. It is no archive of a model, and is refused."
        )


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, int]:
    """The files of an archive, once none of them is out of bounds."""
    found: dict[str, int] = {}
    for member in archive.infolist():
        name = member.filename
        parts = PurePosixPath(name).parts
        kind = stat.S_IFMT(member.external_attr >> 16)
        if (
            name.startswith(("/", "\\"))
            or ".." in parts
            or "\\" in member.orig_filename
            or (parts and ":" in parts[0])
            or kind not in (0, stat.S_IFREG, stat.S_IFDIR)
            or name in found
        ):
            raise ModelError(
                f"{path} holds {printable(name)!r}, which is a link, has a name that leads out of the archive, or is "
                "there twice. It was made to do harm, or is damaged, and is refused."
            )
        if not member.is_dir():
            found[name] = member.file_size
    return found


def check_size(place: Place, name: str) -> None:
    """Refuse a file that is larger than any of its kind.

    Raises:
        ModelError: for such a file.
    """
    if place.files[name] > largest_bytes(name):
        raise ModelError(
            f"{printable(name)} in {place.path} has {place.files[name]} bytes, more than any such file. Name the files "
            "of the published model."
        )


def free_bytes(folder: Path) -> tuple[Path, int]:
    """The nearest folder above that is there, and what is free on its disk."""
    disk = next(candidate for candidate in (folder, *folder.absolute().parents) if candidate.is_dir())
    return disk, shutil.disk_usage(disk).free
