"""Read MS-CXR 0.1 to 1.1: its CSV, or its COCO-style JSON; images from MIMIC-CXR-JPG or MIMIC-CXR."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.annotations import (
    EVERYTHING,
    SUFFIXES,
    Annotation,
    Selection,
    UnusableRow,
    bare_id,
    check_folder,
    checked_box,
    checked_phrase,
    checked_text,
    flat_places,
    gather,
    number,
    size_of,
    slashed,
    usable,
)
from cxr_grounding.evaluation.datasets.csv_rows import CsvRow, read_rows, read_text
from cxr_grounding.evaluation.datasets.dataset import Dataset, Problem
from cxr_grounding.evaluation.datasets.prompt import Prompt, prompted

NAME = "MS-CXR"

COLUMNS = ("category_name", "label_text", "path", "x", "y", "w", "h")
"""That the CSV must have; `dicom_id`, `image_width`, `image_height` and `split` are used where they are there."""

NUMBERS = (*"xywh", "image_width", "image_height")
"""Of its columns, those that hold numbers."""


def read_ms_cxr(
    annotations: Path, images: Path, selection: Selection = EVERYTHING, prompt: Prompt = Prompt.SENTENCE
) -> Dataset:
    """Read MS-CXR.

    Args:
        annotations: MS_CXR_Local_Alignment_*.csv or .json; the content decides which. Both give the same samples, but
            for the `lines`, which count lines of the CSV and annotations of the JSON.
        images: MIMIC-CXR-JPG's or MIMIC-CXR's folder, the one that holds `files` or that one itself, or a folder with
            the images side by side under their dicom_id.
        selection: of the samples.
        prompt: what is asked of the model; phrases that become the same on an image become one sample.

    Raises:
        EvaluationError: when the annotations cannot be read, or the selection or the folder is not there.
    """
    check_folder(images)
    is_json = read_text(annotations).lstrip("\ufeff \t\r\n").startswith(("{", "["))
    read, problems = (_read_json if is_json else _read_csv)(annotations, prompt)
    return gather(NAME, read, problems, selection, lambda one: _places(images, one.path, one.image_id))


def _read_csv(path: Path, prompt: Prompt) -> tuple[list[Annotation], list[Problem]]:
    rows, problems = read_rows(path, COLUMNS, NUMBERS)
    annotations, unusable = usable(lambda row: _from_row(row, prompt), ((row.line, row) for row in rows))
    return annotations, problems + unusable


def _from_row(row: CsvRow, prompt: Prompt) -> Annotation:
    size = size_of(row.number("image_width"), row.number("image_height"))
    x, y, width, height = (number(column, row.number(column)) for column in "xywh")
    path = row.text("path")
    return Annotation(
        line=row.line,
        image_id=_named(row.text("dicom_id"), path),
        phrase=checked_phrase(prompted(prompt, row.text("label_text"), row.text("category_name"))),
        pathology=row.text("category_name"),
        box=checked_box(x, y, width, height, size),
        image_size=size,
        path=path,
        split=row.text("split"),
    )


def _read_json(path: Path, prompt: Prompt) -> tuple[list[Annotation], list[Problem]]:
    try:
        document = json.loads(read_text(path).lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} cannot be read as JSON ({error}). Copy the file again.") from error
    lists = [document.get(name) if isinstance(document, dict) else None for name in ("images", "categories")]
    entries = document.get("annotations") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(one, list) for one in lists):
        raise EvaluationError(
            f'{path} does not hold the three lists "images", "categories" and "annotations" of MS-CXR\'s JSON. '
            "Check that this is the right file."
        )
    images, categories = ({one["id"]: one for one in own or [] if _has_id(one)} for own in lists)
    return usable(
        lambda numbered: _from_entry(*numbered, images, categories, prompt),
        ((place, (place, entry)) for place, entry in enumerate(entries, 1)),
    )


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), int | str)


def _from_entry(place: int, entry: Any, images: dict, categories: dict, prompt: Prompt) -> Annotation:
    if not isinstance(entry, dict):
        raise UnusableRow("The annotation is no JSON object.")
    image, category = (_referred(entry, *names) for names in (("image_id", images), ("category_id", categories)))
    corner = entry.get("bbox")
    if not isinstance(corner, list) or len(corner) != 4:
        raise UnusableRow(f"The bbox is {str(corner)[:60]}, not four numbers.")
    x, y, width, height = (number(name, value) for name, value in zip("xywh", corner, strict=True))
    file_name, path = (_text(image, name) for name in ("file_name", "path"))
    size = size_of(image.get("width", entry.get("width")), image.get("height", entry.get("height")))
    pathology = _text(category, "name")
    return Annotation(
        line=place,
        image_id=_named(_text(image, "dicom_id"), file_name or path),
        phrase=checked_phrase(prompted(prompt, _text(entry, "label_text"), pathology)),
        pathology=pathology,
        box=checked_box(x, y, width, height, size),
        image_size=size,
        path=path or file_name,
        split=_text(entry, "split") or _text(image, "split"),
    )


def _referred(entry: dict, name: str, known: dict) -> dict[str, Any]:
    """What an annotation refers to by a number."""
    value = entry.get(name)
    if not isinstance(value, int | str) or value not in known:
        raise UnusableRow(f"The annotation's {name} is {str(value)[:40]}, which the file does not hold.")
    return known[value]


def _text(entry: dict, name: str) -> str:
    value = entry.get(name)
    return checked_text(name, value.strip()) if isinstance(value, str) else ""


def _named(dicom_id: str, path: str) -> str:
    """What the image is called: its id, or else the name of its file."""
    image_id = bare_id(dicom_id) or PurePosixPath(slashed(path)).stem
    if not image_id:
        raise UnusableRow("No image is named.")
    return image_id


def _places(images: Path, path: str, image_id: str) -> Iterator[Path]:
    """Where the image may lie: as the path says, below `files` itself, in the other format, or by its id alone."""
    written = dict.fromkeys((path, slashed(path), slashed(path).removeprefix("files/")))
    named = [images / one for one in written if PurePosixPath(one).name]  # "/" names no file
    yield from named
    for place in named:
        yield from (place.with_suffix(suffix) for suffix in SUFFIXES)
    yield from flat_places(images, image_id)
