"""Read VinDr-CXR: class names as phrases, the boxes of all its findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cxr_grounding.disk.sentences import LONGEST_LIST, shortened
from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.annotations import (
    EVERYTHING,
    Annotation,
    Selection,
    UnusableRow,
    bare_id,
    check_folder,
    checked_box,
    checked_phrase,
    flat_places,
    gather,
    number,
    says_no_finding,
    usable,
)
from cxr_grounding.evaluation.datasets.csv_rows import CsvRow, read_rows
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.prompt import Prompt, prompted

NAME = "VinDr-CXR"

CORNERS = ("x_min", "y_min", "x_max", "y_max")
COLUMNS = ("image_id", "class_name", *CORNERS)

FOLDERS = ("", "test", "train")
"""Below the images' folder, as the dataset is published."""


def read_vindr_cxr(
    annotations: Path,
    images: Path,
    selection: Selection = EVERYTHING,
    reader: str | None = None,
    prompt: Prompt = Prompt.SENTENCE,
) -> Dataset:
    """Read VinDr-CXR's annotations_test.csv or annotations_train.csv.

    In the test set each box is the consensus of five radiologists. In the training set each of three drew boxes of
    his own (`rad_id`): those of all are merged, or one reader's are taken.

    Args:
        annotations: the CSV.
        images: folder with `<image_id>.dicom` (or .dcm, .png, .jpg), or with `test` and `train` in it. An image_id may
            have such a suffix, too.
        selection: of the samples; the file knows no splits.
        reader: the rad_id of the one reader whose boxes are taken; None for those of all.
        prompt: what is asked of the model: there are no sentences, so that each but `Prompt.SIDE` and `Prompt.NAME`
            gives the name of the class as it is written.

    Raises:
        EvaluationError: when the annotations cannot be read, or the selection, the reader or the folder is not there.
    """
    check_folder(images)
    rows, problems = read_rows(annotations, COLUMNS, CORNERS)
    if reader is not None:
        readers = sorted({row.text("rad_id") for row in rows} - {""})
        if reader not in readers:
            known = shortened(", ".join(readers), LONGEST_LIST) or "none, since the file has no column rad_id"
            raise EvaluationError(f"There is no reader {reader!r} in the annotations. Those there are: {known}.")
        rows = [row for row in rows if row.text("rad_id") == reader]
    found, unusable = usable(lambda row: _from_row(row, prompt), ((row.line, row) for row in rows))
    return gather(NAME, found, problems + unusable, selection, lambda one: _places(images, one.image_id))


def _from_row(row: CsvRow, prompt: Prompt) -> Annotation | None:
    corners = [row.number(corner) for corner in CORNERS]
    if says_no_finding(row.text("class_name"), corners):
        return None
    if not row.text("image_id"):
        raise UnusableRow("No image is named.")
    left, top, right, bottom = (number(name, corner) for name, corner in zip(CORNERS, corners, strict=True))
    box = checked_box(left, top, right - left, bottom - top, None)
    name = checked_phrase(row.text("class_name"))
    return Annotation(row.line, bare_id(row.text("image_id")), prompted(prompt, name, name), name, box)


def _places(images: Path, image_id: str) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from flat_places(images / folder, image_id)
