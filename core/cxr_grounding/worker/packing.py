"""Values of this package as bytes and back, without pickle: what is not on the list is neither written nor read.

The format is numpy's uncompressed .npz: one entry holds a JSON document, the others the arrays that it refers to.
Dataclasses and named tuples are rebuilt through their constructors, so that what arrives is valid.
"""

from __future__ import annotations

import dataclasses
import enum
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.ask import Ask
from cxr_grounding.engine import OpenedModel
from cxr_grounding.errors import CXRGroundingError
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounding import FrameArrays, Grounding
from cxr_grounding.maps import Region
from cxr_grounding.models.catalogue import PublishedModel, Source
from cxr_grounding.models.licences import Terms
from cxr_grounding.models.order import FetchOffer, FetchOrder, Space
from cxr_grounding.noised import Noised
from cxr_grounding.phrase import Phrase
from cxr_grounding.placing import Place, Placing, Spot
from cxr_grounding.radiograph import Box, DisplayCurve, Identifiers, Orientation, Radiograph, Spacing, SpacingSource
from cxr_grounding.recipe import IntensityChain, Method, ModelIdentity, Places, Recipe
from cxr_grounding.reported import ReportedFinding
from cxr_grounding.signals.assertion import Finding, Sentence
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.other_sentences import Reason
from cxr_grounding.signals.places import Laterality
from cxr_grounding.signals.scope import Assertion
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.delivery import Delivery, DicomObject, Outcome
from cxr_grounding.sources.listing import ListedObject, ListedStudy, StudyContents
from cxr_grounding.sources.query import StudyQuery
from cxr_grounding.sources.servers import Login, Server
from cxr_grounding.verdict import Verdict, VerdictKind
from cxr_grounding.worker.protocol import GarbageError

RECORDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *(Box, DisplayCurve, Identifiers, Orientation, Radiograph, Spacing),
        *(Evidence, Rival, Place, Placing, Spot, Verdict),
        *(Finding, Sentence),
        *(FrameArrays, Grounding, ModelFrame, ModelIdentity, Noised, Phrase, Recipe, Region),
        *(Ask, OpenedModel),
        *(FetchOffer, FetchOrder, PublishedModel, Source, Space, Terms),
        *(Address, ListedObject, ListedStudy, Server, StudyContents, StudyQuery),
        *(Delivery, DicomObject, ReportedFinding),
    )
}
"""The classes that may travel: frozen dataclasses and named tuples."""

ENUMS: dict[str, type[enum.Enum]] = {
    kind.__name__: kind
    for kind in (
        *(IntensityChain, Method, Places, SpacingSource, VerdictKind),
        *(Assertion, Laterality, Reason, Zone),
        *(Login, Outcome),
    )
}

DOCUMENT = "document"


def pack(value: Any) -> bytes:
    """A value as bytes.

    Args:
        value: None, a bool, number or text, an array of numbers, a path, or one of `RECORDS` and `ENUMS`; or a
            list, tuple or mapping (with texts as keys) of such.

    Raises:
        TypeError: for anything else.
    """
    file = io.BytesIO()
    _save(file, value)
    return file.getvalue()


def write_packed(path: Path, packed: bytes) -> None:
    """Write what `pack` gave; after an error nothing of it holds the disk full.

    Raises:
        OSError: when it cannot be written.
    """
    with _whole_or_gone(path):
        path.write_bytes(packed)


def pack_into(path: Path, value: Any) -> None:
    """Pack a value into a file, array by array, without having all of it in memory once more.

    Raises:
        TypeError: as `pack`.
        OSError: as `write_packed`.
    """
    with _whole_or_gone(path), path.open("wb") as file:
        _save(file, value)


def unpack(path: Path) -> Any:
    """The value in a file that `pack` made; a mapping comes back as a dict.

    Raises:
        GarbageError: when there is no such file, or it is cut off or holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as entries:
            arrays = {name: entries[name] for name in entries.files}
        return _read(json.loads(arrays[DOCUMENT].tobytes()), arrays)
    except _UNREADABLE as error:
        raise GarbageError(f"{path.name} cannot be read ({type(error).__name__}: {error})") from error


_UNREADABLE = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, NotImplementedError, RecursionError),
    *(zipfile.BadZipFile, zlib.error, struct.error, CXRGroundingError),
)
"""What numpy, zipfile, json and the constructors make of a file that `pack` did not make."""


def _save(file: IO[bytes], value: Any) -> None:
    arrays: dict[str, NDArray] = {}
    document = json.dumps(_written(value, arrays)).encode()
    np.savez(file, allow_pickle=False, **{DOCUMENT: np.frombuffer(document, np.uint8)}, **arrays)


@contextmanager
def _whole_or_gone(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _written(value: Any, arrays: dict[str, NDArray]) -> Any:
    """`value` as JSON knows it; arrays are put aside under a name."""
    if value is None or (isinstance(value, bool | int | float | str) and type(value) in (bool, int, float, str)):
        return value
    if isinstance(value, enum.Enum) and type(value).__name__ in ENUMS:
        return {"enum": type(value).__name__, "value": value.value}
    if RECORDS.get(type(value).__name__) is type(value):
        fields = {name: _written(getattr(value, name), arrays) for name in _fields(type(value))}
        return {"record": type(value).__name__, "fields": fields}
    if type(value) in (list, tuple):
        return {type(value).__name__: [_written(item, arrays) for item in value]}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"mapping": {key: _written(item, arrays) for key, item in value.items()}}
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, np.generic) and value.dtype.kind in "buif":
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "buif":
        name = f"array{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    raise TypeError(f"a {type(value).__name__} cannot be sent to the worker")


def _read(written: Any, arrays: dict[str, NDArray]) -> Any:
    """The inverse of `_written`."""
    if not isinstance(written, dict):
        return written
    readers: dict[str, Callable[[Any], Any]] = {
        "list": lambda items: [_read(item, arrays) for item in items],
        "tuple": lambda items: tuple(_read(item, arrays) for item in items),
        "mapping": lambda items: {key: _read(item, arrays) for key, item in items.items()},
        "path": Path,
        "array": lambda name: arrays[name],
        "record": lambda name: RECORDS[name](**{key: _read(item, arrays) for key, item in written["fields"].items()}),
        "enum": lambda name: ENUMS[name](written["value"]),
    }
    kind = next(iter(written), "")
    return readers[kind](written[kind])


def _fields(kind: type[Any]) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind) if field.init)
    fields: tuple[str, ...] = kind._fields
    return fields
