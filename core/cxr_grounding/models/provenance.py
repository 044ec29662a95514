"""Where the files of a model folder come from, and whether they are still the ones: `provenance.json`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxr_grounding import __version__
from cxr_grounding.disk.digest import sha256_of
from cxr_grounding.disk.json_file import JsonError, read_json, write_json
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import ModelError

PROVENANCE_FILE = "provenance.json"


@dataclass(frozen=True)
class SourceFile:
    """A file that a model was made from.

    Args:
        name: its path in the repository that it comes from, or its plain name.
        sha256: of its content, 64 lower-case hexadecimal digits.
        bytes: its size.
        repository: on the hub, as owner/name; "" for a local file.
        revision: the commit in that repository.
        licence: SPDX identifier or name, as the repository gives it.

    Raises:
        ModelError: for a name that is empty, a digest or a size that cannot be one.
    """

    name: str
    sha256: str
    bytes: int
    repository: str = ""
    revision: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if not self.name or not re.fullmatch("[0-9a-f]{64}", self.sha256) or self.bytes < 0:
            raise ModelError(
                f"The source {self.name!r} has the SHA-256 {self.sha256!r} and {self.bytes} bytes; expected are a "
                "name, 64 hexadecimal digits and a size from 0."
            )

    @classmethod
    def of(cls, path: Path) -> SourceFile:
        """A local file, hashed.

        Raises:
            ModelError: when it cannot be read.
        """
        digest, size = _hashed(path)
        return cls(path.name, digest, size)


@dataclass(frozen=True)
class Provenance:
    """What `provenance.json` says.

    Args:
        made_by: the program and its version.
        sources: the files that the model was made from.
        notes: what was done to them, and what could not be kept.
        files: SHA-256 and size in bytes of every file of the folder but this one, by path with forward slashes.
    """

    made_by: str
    sources: tuple[SourceFile, ...]
    notes: tuple[str, ...]
    files: dict[str, tuple[str, int]]


def write_provenance(folder: Path, sources: Sequence[SourceFile], notes: Sequence[str] = ()) -> None:
    """Write `provenance.json` over all files that the model folder holds now.

    Args:
        folder: the model, complete.
        sources: what it was made from.
        notes: sentences to keep with it.

    Raises:
        ModelError: when one of its files cannot be read.
        OutputError: when the file cannot be written.
    """
    hashed = {name: _hashed(folder / name) for name in _files(folder)}
    document = {
        "made_by": f"cxr-grounding {__version__}",
        "sources": [dataclasses.asdict(source) for source in sources],
        "notes": list(notes),
        "files": {name: {"sha256": digest, "bytes": size} for name, (digest, size) in hashed.items()},
    }
    write_json(folder / PROVENANCE_FILE, document)


def record_again(folder: Path, name: str) -> None:
    """Bring one file of a folder's record up to date, which was changed on purpose; a folder without record stays so.

    Raises:
        ModelError: when the record or the file cannot be read.
        OutputError: when the record cannot be written.
    """
    if read_provenance(folder) is None:
        return
    digest, size = _hashed(folder / name)
    document = read_json(folder / PROVENANCE_FILE)
    document["files"][name] = {"sha256": digest, "bytes": size}
    write_json(folder / PROVENANCE_FILE, document)


def read_provenance(folder: Path) -> Provenance | None:
    """What is recorded of a model folder; None where nothing is.

    Raises:
        ModelError: when the record is damaged.
    """
    path = folder / PROVENANCE_FILE
    try:
        document = read_json(path)
    except FileNotFoundError:
        return None
    except JsonError as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}). {_NEXT_STEP}") from error
    try:
        return _parsed(document)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, ModelError) as error:
        raise ModelError(f"{path} is damaged ({reason(error)}). {_NEXT_STEP}") from error


def changed_files(folder: Path) -> list[str]:
    """A sentence for each file that is missing, differs from what was recorded, or was never recorded.

    Returns:
        In the order of the files' names; none for a folder that is as it was made, or that has no record.

    Raises:
        ModelError: when the record is damaged.
    """
    recorded = read_provenance(folder)
    if recorded is None:
        return []
    present = set(_files(folder))
    sentences = []
    for name in sorted(present | set(recorded.files)):
        if name not in recorded.files:
            sentences.append(f"{name} is not in {PROVENANCE_FILE}: it was added after the model was made.")
        elif name not in present:
            sentences.append(f"{name} is missing.")
        elif _hashed(folder / name) != recorded.files[name]:
            sentences.append(f"{name} has changed since the model was made.")
    return sentences


_NEXT_STEP = "Fetch or convert the model again."


def _files(folder: Path) -> list[str]:
    """All files below `folder` but the record itself, with forward slashes, sorted."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != PROVENANCE_FILE and not _is_temporary(name))


def _is_temporary(name: str) -> bool:
    """Whether it is the unfinished `provenance.json` itself (see `written_whole`)."""
    return name.startswith(f".{PROVENANCE_FILE}-")


def _hashed(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({reason(error)}). Check that it is there and may be read.") from error


def _parsed(document: Any) -> Provenance:
    sources = tuple(SourceFile(**source) for source in document["sources"])
    files = {name: (str(entry["sha256"]), int(entry["bytes"])) for name, entry in document["files"].items()}
    notes = tuple(str(note) for note in document["notes"])
    return Provenance(str(document["made_by"]), sources, notes, files)
