"""The sealed key: whose each map is, and all else that readers must not know."""

from __future__ import annotations

import base64
import hashlib
import json
import textwrap
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import StudyError
from cxr_grounding.radiograph import Box

SEAL = "The sealed key of a reader study. To open it unblinds you: leave it to `cxr-ground study report`.\n\n"
LARGEST_BYTES, LARGEST_DOCUMENT = 2**27, 2**29


@dataclass(frozen=True)
class KeyEntry:
    """What is known of one case.

    Args:
        arm: the name of what answered.
        pathology: under which it is counted; "" for none.
        metrics: figures of the map by their names.
        verdict: the program's own; "" for none.
        truth: 1 where the finding is known to be there, 0 where it is known not to be; None where nobody said.
        boxes: where it is; empty where nobody said.
        source: the radiograph's file when the study was made.
    """

    arm: str
    pathology: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    verdict: str = ""
    truth: int | None = None
    boxes: tuple[Box, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class StudyKey:
    """The key, opened.

    Args:
        arms: by their names: model, recipe and folder of what is compared. The first is what others are compared with.
        entries: by the items.
    """

    arms: Mapping[str, Mapping[str, Any]]
    entries: Mapping[str, KeyEntry]

    def sealed(self) -> bytes:
        """The key as its file: compressed, so that nobody reads in it by accident. It is no encryption."""
        document = {"arms": self.arms, "entries": {item: asdict(entry) for item, entry in self.entries.items()}}
        packed = base64.b64encode(zlib.compress(json.dumps(document, allow_nan=False).encode(), 9)).decode()
        return (SEAL + "\n".join(textwrap.wrap(packed, 76)) + "\n").encode()


def open_key(path: Path, sha256: str) -> StudyKey:
    """Break the seal.

    Args:
        path: of the key.
        sha256: that study.toml says it has.

    Raises:
        StudyError: when it is gone, another study's, or damaged.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST_BYTES else b""
    except OSError as error:
        raise StudyError(
            f"The key of the study, {path}, cannot be read ({reason(error)}). If it was kept elsewhere, give it with "
            "--key."
        ) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StudyError(f"{path} is not the key of this study, or it was changed. Give the right one with --key.")
    try:
        inflater = zlib.decompressobj()
        packed = base64.b64decode(content.decode().removeprefix(SEAL))
        document = JsonFields.of_document(json.loads(inflater.decompress(packed, LARGEST_DOCUMENT)))
        arms = document.object("arms")
        inner = document.inner("entries")
        entries = {item: _entry_of(inner.inner(item)) for item in inner.names}
    except (ValueError, zlib.error, RecursionError) as error:
        raise StudyError(f"{path} is damaged ({reason(error)}). Put a copy in its place.") from error
    strange = [entry.arm for entry in entries.values() if entry.arm not in arms]
    if strange:
        raise StudyError(f"{path} is damaged: nothing is called {strange[0]!r}. Put a copy in its place.")
    return StudyKey(arms, entries)


def _entry_of(entry: JsonFields) -> KeyEntry:
    truth = entry.raw("truth")
    if truth not in (None, 0, 1):
        raise JsonError("truth is neither 0 nor 1")
    return KeyEntry(
        entry.text("arm"),
        entry.text("pathology"),
        {name: float(value) for name, value in entry.numbers_by_name("metrics").items()},
        entry.text("verdict"),
        truth,
        tuple(Box(*(box.number(side) for side in ("x", "y", "width", "height"))) for box in entry.inners("boxes")),
        entry.text("source"),
    )
