"""Read any CSV of phrases and boxes: columns path, phrase, x, y, w, h."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.annotations import (
    EVERYTHING,
    SUFFIXES,
    Annotation,
    Selection,
    UnusableRow,
    check_folder,
    checked_box,
    checked_phrase,
    gather,
    number,
    says_no_finding,
    size_of,
    slashed,
    usable,
)
from cxr_grounding.evaluation.datasets.csv_rows import CsvRow, read_rows
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.prompt import Prompt, prompted

COLUMNS = ("path", "phrase", "x", "y", "w", "h")
"""That the file must have, in any order and case."""

NUMBERS = (*"xywh", "image_width", "image_height")
"""Of its columns, those that hold numbers."""

CLASS_COLUMNS = ("pathology", "class", "class_name", "category_name")
"""The first of these that is there names the class; a file may have none."""


def read_phrase_csv(
    annotations: Path, images: Path, selection: Selection = EVERYTHING, prompt: Prompt = Prompt.SENTENCE
) -> Dataset:
    """Read a CSV with a row a box.

    Args:
        annotations: the file. Beside `COLUMNS` and `CLASS_COLUMNS` it may have `location` (used by the location
            prompt), `image_width` and `image_height` (in whose pixels the boxes are), and `split`.
        images: folder that the paths start from; a path may leave out the suffix, or be absolute.
        selection: of the samples.
        prompt: what is asked of the model.

    Raises:
        EvaluationError: when the annotations cannot be read, the prompt needs a class and there is none, or the
            selection or the folder is not there.
    """
    check_folder(images)
    rows, problems = read_rows(annotations, COLUMNS, NUMBERS)
    if prompt is not Prompt.SENTENCE and rows and not any(column in rows[0].cells for column in CLASS_COLUMNS):
        raise EvaluationError(
            f"{annotations} has no column for the class ({', '.join(CLASS_COLUMNS)}), which phrases by "
            f"{prompt.value!r} are made of. Add one, or use --phrases sentence."
        )
    found, unusable = usable(lambda row: _from_row(row, prompt), ((row.line, row) for row in rows))
    return gather(annotations.name, found, problems + unusable, selection, lambda one: _places(images, one.path))


def _from_row(row: CsvRow, prompt: Prompt) -> Annotation | None:
    pathology = row.text(*CLASS_COLUMNS)
    sides = [row.number(side) for side in "xywh"]
    if says_no_finding(pathology, sides):
        return None
    path = row.text("path")
    if not path:
        raise UnusableRow("No image is named.")
    location = row.text("location") if "location" in row.cells else None
    phrase = checked_phrase(prompted(prompt, row.text("phrase"), pathology, location))
    size = size_of(row.number("image_width"), row.number("image_height"))
    x, y, width, height = (number(name, side) for name, side in zip("xywh", sides, strict=True))
    return Annotation(
        line=row.line,
        image_id=slashed(path),
        phrase=phrase,
        pathology=pathology,
        box=checked_box(x, y, width, height, size),
        image_size=size,
        path=path,
        split=row.text("split"),
    )


def _places(images: Path, path: str) -> Iterator[Path]:
    for written in dict.fromkeys((path, slashed(path))):
        yield images / written
        yield from (images / f"{written}{suffix}" for suffix in SUFFIXES)
