"""Where a text encoder or a tokenizer comes from: a folder here, or a repository on the hub that the user names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cxr_grounding.errors import ModelError
from cxr_grounding.models.provenance import SourceFile
from cxr_grounding.models.text_files import WANTED, missing_file

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""How the hub writes a repository: owner/name."""


@dataclass(frozen=True)
class TextPart:
    """One part of the text side, on this machine.

    Args:
        folder: that holds its files.
        sources: where each came from, for files of the hub; empty for local ones.
    """

    folder: Path
    sources: Mapping[Path, SourceFile] = field(default_factory=dict)


def text_part(name: str, part: str) -> TextPart:
    """Find one part of the text side, and bring it here when it lies on the hub.

    Args:
        name: a folder that is the part, one that has it as a subfolder, as a diffusers model does, or a repository
            (owner/name) on the hub that has it.
        part: "text_encoder" or "tokenizer".

    Raises:
        ModelError: when it is neither, or the repository cannot be reached or lacks the part.
        OutputError: when the disk is full.
    """
    folder = Path(name)
    if folder.is_dir():
        return TextPart(folder / part if (folder / part).is_dir() else folder)
    if not REPOSITORY.fullmatch(name):
        raise ModelError(
            f"There is no folder {name} for the {part.replace('_', ' ')}. Name a folder, or a repository on the hub "
            "as owner/name."
        )
    return _from_hub(name, part)


def _from_hub(repository: str, part: str) -> TextPart:
    """Files of a subfolder named like the part, or else of the repository's top."""
    from cxr_grounding.models.hub import repository as hub

    try:
        listing = hub.list_repository(repository)
    except ModelError as error:
        raise ModelError(f"There is no folder {repository} here, and as a repository on the hub: {error}") from error
    inside = any(file.name.startswith(f"{part}/") for file in listing.files)
    prefix = f"{part}/" if inside else ""
    found = {name: file for name in WANTED[part] if (file := listing.find(prefix + name))}
    if (missing := missing_file(part, found)) is not None:
        raise ModelError(f"{repository} has no {prefix}{missing}. Name a repository, or a folder, that has it.")
    files = list(found.values())
    paths = hub.download(listing, files)
    sources = {path: hub.checked(listing, file, path) for file, path in zip(files, paths, strict=True)}
    return TextPart(paths[0].parent, sources)
