"""The document of a `Grounding`: its schema's name and version, its parts there and back, and the files that hold it.

What is read is not trusted: a document may come from anywhere. Sizes are checked before memory is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.disk.json_array import read_array
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError, read_json
from cxr_grounding.disk.sentences import printable, reason
from cxr_grounding.errors import OutputError
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.frame import ModelFrame
from cxr_grounding.maps import Region
from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase
from cxr_grounding.placing import Place, Placing, Spot
from cxr_grounding.radiograph import LARGEST_PIXELS, Box, Identifiers, Orientation, Spacing, SpacingSource
from cxr_grounding.recipe import ModelIdentity
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.places import Laterality
from cxr_grounding.verdict import Verdict, VerdictKind

SCHEMA = "cxr-grounding/grounding"
"""The name of the document's schema."""

SCHEMA_VERSION = 1
"""Of the documents that are written. It grows when older programs would misread them; new entries do not raise it."""

MOST_MAP_BYTES = 2**27
"""Of all maps of a document together, before they are deflated: 128 maps of 512 x 512 pixels."""

LARGEST_FILE_BYTES = 2**28
"""Of a document; that many maps which cannot be deflated at all take three quarters of it."""

MOST_NAMES = 5
"""Files that a sentence lists."""


def map_shapes(frame: ModelFrame, tokens: int, with_arrays: bool) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """The shapes of a map on the frame, and of the maps of all tokens, where a document may hold such ones.

    Args:
        frame: that they lie on.
        tokens: how many have a map; 0 when none is kept.
        with_arrays: whether the three arrays behind the heatmap are kept too.

    Raises:
        JsonError: when they are too large.
    """
    rows, columns = frame.shape
    maps = 2 + tokens + 3 * with_arrays
    if rows * columns > LARGEST_PIXELS or maps * frame.size**2 * np.float32().itemsize > MOST_MAP_BYTES:
        raise JsonError("its maps are larger than a document may hold")
    return (frame.size, frame.size), (tokens, frame.size, frame.size)


def check_version(entries: JsonFields, name: str) -> None:
    """Refuse a document that this program cannot read.

    Args:
        entries: of the document.
        name: of it, for errors.

    Raises:
        JsonError: when it is no document of this schema.
        OutputError: when a newer program wrote it.
    """
    if "schema" not in entries:
        raise JsonError("it names no schema; results that were written before there was one hold no heatmap")
    if entries.text("schema") != SCHEMA:
        raise JsonError(f"its schema is {entries.text('schema')[:80]!r}, not {SCHEMA!r}")
    version = entries.whole("schema_version", least=1)
    if version > SCHEMA_VERSION:
        raise OutputError(
            f"{name} was written by a newer program than this: its schema has version {version}, and this program "
            f"reads up to {SCHEMA_VERSION}. Update CXRGrounding to open it."
        )


def image_entry(shape: tuple[int, int], identifiers: Identifiers) -> dict[str, Any]:
    """Which image an answer is about, as JSON knows it; the patient is not named."""
    rows, columns = shape
    return {
        "rows": rows,
        "columns": columns,
        "study_instance_uid": identifiers.StudyInstanceUID,
        "series_instance_uid": identifiers.SeriesInstanceUID,
        "sop_instance_uid": identifiers.SOPInstanceUID,
    }


def point_entry(point: tuple[float, float] | None) -> dict[str, float] | None:
    """A place (x, y) as JSON knows it."""
    return None if point is None else {"x": point[0], "y": point[1]}


def read_point(entry: JsonFields) -> tuple[float, float]:
    """What `point_entry` wrote."""
    return _pixels(entry, "x"), _pixels(entry, "y")


def region_entry(region: Region) -> dict[str, float]:
    """A part of the heatmap as JSON knows it."""
    return asdict(region.box) | {"strength": region.strength}


def read_region(entry: JsonFields) -> Region:
    """What `region_entry` wrote."""
    box = Box(_pixels(entry, "x"), _pixels(entry, "y"), _pixels(entry, "width"), _pixels(entry, "height"))
    return Region(box, entry.number("strength"))


def _pixels(entry: JsonFields, name: str) -> float:
    """A place or a length in pixels: of a radiograph, so that it can be said in mm too."""
    value = entry.number(name)
    if abs(value) > LARGEST_PIXELS:
        raise JsonError(f"{name} of a place in it lies outside of any radiograph")
    return value


def spacing_entry(spacing: Spacing | None) -> dict[str, Any] | None:
    """A spacing as JSON knows it."""
    if spacing is None:
        return None
    return {"row": spacing.row_mm, "column": spacing.column_mm, "source": spacing.source.value}


def read_spacing(entry: JsonFields) -> Spacing:
    """What `spacing_entry` wrote."""
    sources = {source.value: source for source in SpacingSource}
    source = sources.get(entry.text("source"))
    if source is None:
        raise JsonError("the source of its spacing is not known")
    return Spacing(entry.number("row"), entry.number("column"), source)


def evidence_entry(evidence: Evidence) -> dict[str, Any]:
    """The evidence as JSON knows it."""
    return {
        "explained": evidence.explained,
        "contested": evidence.contested,
        "mirrored": None if evidence.mirrored is None else evidence.mirrored._asdict(),
        "rivals": [rival._asdict() for rival in evidence.rivals],
        "steps": list(evidence.steps),
        "noise": list(evidence.noise),
    }


def read_evidence(entry: JsonFields) -> Evidence:
    """What `evidence_entry` wrote."""
    return Evidence(
        explained=entry.number("explained"),
        contested=entry.number("contested"),
        mirrored=entry.optional("mirrored", _read_rival),
        rivals=tuple(map(_read_rival, entry.inners("rivals"))),
        steps=entry.wholes("steps"),
        noise=entry.wholes("noise"),
    )


def _read_rival(entry: JsonFields) -> Rival:
    return Rival(entry.text("phrase"), entry.number("explained"), entry.number("margin"))


def place_entry(placing: Placing) -> dict[str, Any]:
    """Where a phrase is best explained, as JSON knows it."""
    return {
        "phrase": placing.phrase,
        "side": _value(placing.side),
        "zone": _value(placing.zone),
        "size": placing.size,
        "explained": placing.explained,
        "words": placing.words,
        "chosen": [_spot_entry(placing, place) for place in placing.chosen],
        "places": [_spot_entry(placing, place) for place in placing.places],
    }


def read_place(entry: JsonFields) -> Placing:
    """What `place_entry` wrote."""
    chosen, places = (tuple(map(_read_spot, entry.inners(name))) for name in ("chosen", "places"))
    if not chosen:
        raise JsonError("it was asked at a place, and names none")
    return Placing(chosen, places, entry.number("explained"))


def _spot_entry(placing: Placing, place: Place) -> dict[str, Any]:
    spot = place.spot
    return {
        "phrase": spot.phrase,
        "pathology": spot.pathology,
        "side": _value(spot.side),
        "zone": _value(spot.zone),
        "size": spot.size,
        "words": spot.words,
        "explained": place.explained,
        "standing": placing.standing(place).value,
    }


def _read_spot(entry: JsonFields) -> Place:
    side, zone = (entry.text_or_none(name) for name in ("side", "zone"))
    try:
        spot = Spot(
            entry.text("pathology"),
            None if side is None else Laterality(side),
            None if zone is None else Zone(zone),
            entry.text_or_none("size"),
            entry.text("phrase"),
        )
    except ValueError as error:
        raise JsonError("a place in it is none that there is") from error
    return Place(spot, entry.number("explained"))


def _value(known: Laterality | Zone | None) -> str | None:
    return None if known is None else str(known.value)


def verdict_entry(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON knows it."""
    return {"kind": verdict.kind.value, "reasons": list(verdict.reasons), "share": verdict.share}


def read_verdict(entry: JsonFields) -> Verdict:
    """What `verdict_entry` wrote."""
    kinds = {kind.value: kind for kind in VerdictKind}
    if entry.text("kind") not in kinds:
        raise JsonError(f"its verdict is {entry.text('kind')[:40]!r}, which is none that there is")
    return Verdict(kinds[entry.text("kind")], entry.texts("reasons"), entry.number_or_none("share"))


def read_phrase(entries: JsonFields, kept: JsonFields) -> Phrase:
    """The phrase of a document."""
    phrase = Phrase(
        text=entries.text("phrase"),
        token_ids=kept.wholes("token_ids"),
        tokens=entries.texts("tokens"),
        cut=entries.text("cut"),
        unknown=entries.texts("unknown"),
        padded_ids=kept.wholes("padded_ids"),
    )
    if len(phrase.token_ids) != len(phrase.tokens) + SPECIAL_TOKENS:
        raise JsonError("its tokens and their numbers are not as many")
    return phrase


def read_frame(image: JsonFields, kept: JsonFields) -> ModelFrame:
    """The mapping between radiograph and model frame."""
    orientation, frame = kept.inner("orientation"), kept.inner("frame")
    return ModelFrame(
        shape=(image.whole("rows", least=1), image.whole("columns", least=1)),
        orientation=Orientation(orientation.text("row"), orientation.text("column"), orientation.flag("known")),
        size=frame.whole("size", least=1),
        antialias=frame.flag("antialias"),
        whole=frame.flag("whole") if "whole" in frame else False,
    )


def read_identifiers(image: JsonFields, kept: JsonFields) -> Identifiers:
    """Which image it is about; documents do not name the patient."""
    return Identifiers(
        StudyInstanceUID=image.text("study_instance_uid"),
        SeriesInstanceUID=image.text("series_instance_uid"),
        SOPInstanceUID=image.text("sop_instance_uid"),
        SOPClassUID=kept.text("sop_class_uid"),
        Modality=kept.text("modality"),
    )


def read_model(entry: JsonFields) -> ModelIdentity:
    """What `ModelIdentity.as_dict` wrote."""
    return ModelIdentity(
        name=entry.text("name"),
        version=entry.text("version"),
        label=entry.text("label"),
        demonstration=entry.flag("demonstration"),
        licence=entry.text("licence"),
    )


def read_map(entry: JsonFields, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A map, or several, of the shape that it must have: float32, in [0, 1]."""
    values = read_array(entry, shape)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise JsonError("a map holds values outside of 0 to 1")
    return values


def read_documents(path: Path | str) -> list[tuple[Path, Any]]:
    """The JSON document in the file at a path, or those of the folder there, each with its file, by the files' names.

    Of a folder's only those that name the schema, if any does: other JSON may lie beside results.

    Raises:
        OutputError: when there is none, or one cannot be read.
    """
    path = Path(path)
    try:
        # Hidden files are what a stopped program leaves.
        visible = sorted(path.glob("[!.]*.json")) if path.is_dir() else [path]
        documents = [(file, _read_file(file)) for file in visible if file.is_file()]
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not documents:
        raise OutputError(f"{named(path)} is neither a result's JSON file nor a folder that holds one. Check the name.")
    return [(file, document) for file, document in documents if _names_the_schema(document)] or documents


def _names_the_schema(document: Any) -> bool:
    return isinstance(document, dict) and document.get("schema") == SCHEMA


def _read_file(path: Path) -> Any:
    """The JSON document in a file that is no larger than a result."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise JsonError("it is far larger than a result")
        return read_json(path)
    except (OSError, ValueError) as error:  # a JsonError is a ValueError, and so is a null character in the name
        raise _unreadable(path, error) from error


def refused(name: str, error: Exception) -> OutputError:
    """The sentence about a document that is no result."""
    return OutputError(
        f"{name} is no result that can be opened ({reason(error)}). Give a JSON file as `cxr-ground ground` writes it, "
        "or ground the phrase again."
    )


def named(path: Path | str) -> str:
    """A path in a sentence."""
    return printable(str(path))


def listed(files: Sequence[Path]) -> str:
    """The names of some files in a sentence."""
    names = ", ".join(printable(file.name) for file in files[:MOST_NAMES])
    return names if len(files) <= MOST_NAMES else f"{names} and {len(files) - MOST_NAMES} more"


def _unreadable(path: Path, error: Exception) -> OutputError:
    return OutputError(f"{named(path)} cannot be read ({reason(error)}). Check the file, or name another one.")
