"""The table of answers about many radiographs: its columns, and the rows that an image becomes."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cxr_grounding.answers.result import Files
from cxr_grounding.disk.sentences import LONGEST_LIST, shortened
from cxr_grounding.grounding import Grounding

Row = dict[str, Any]
"""By column: a text, a number or None, or a list; `COLUMNS` says which."""


class Holds(enum.Enum):
    """What a column holds."""

    TEXT = "text, empty where there is none"
    WHOLE = "whole number or nothing"
    NUMBER = "number or nothing"
    TEXTS = "list of texts"
    BOXES = "list of boxes in pixels, strongest first"


COLUMNS: Mapping[str, Holds] = {
    "name": Holds.TEXT,
    "image": Holds.TEXT,
    "status": Holds.TEXT,
    "sentence": Holds.TEXT,
    "study_instance_uid": Holds.TEXT,
    "series_instance_uid": Holds.TEXT,
    "sop_instance_uid": Holds.TEXT,
    "image_rows": Holds.WHOLE,
    "image_columns": Holds.WHOLE,
    "phrases": Holds.WHOLE,
    "number": Holds.WHOLE,
    "phrase": Holds.TEXT,
    "verdict": Holds.TEXT,
    "reasons": Holds.TEXTS,
    "share": Holds.NUMBER,
    "evidence": Holds.NUMBER,
    "place": Holds.TEXT,
    "boxes": Holds.BOXES,
    "peak_x": Holds.NUMBER,
    "peak_y": Holds.NUMBER,
    "area_pixels": Holds.WHOLE,
    "area_mm2": Holds.NUMBER,
    "area_by": Holds.TEXT,
    "model": Holds.TEXT,
    "preset": Holds.TEXT,
    "precision": Holds.TEXT,
    "device": Holds.TEXT,
    "seconds": Holds.NUMBER,
    "warnings": Holds.TEXTS,
    "files": Holds.TEXTS,
}
"""In their order; docs/files.md says what each is."""

NOT_OF_THE_ANSWER = frozenset({"seconds", "device"})
"""Columns that may differ between two runs of one question."""


class Status(enum.StrEnum):
    """What became of an image."""

    DONE = "done"
    FAILED = "failed"
    NOTHING = "nothing to ground"
    """Its report affirms no finding."""


_EMPTY: Mapping[Holds, Any] = {Holds.TEXT: "", Holds.WHOLE: None, Holds.NUMBER: None, Holds.TEXTS: [], Holds.BOXES: []}


@dataclass(frozen=True)
class Named:
    """An image in the table.

    Args:
        name: of its own, by which its files and rows are found again.
        image: where it lies.
    """

    name: str
    image: str


def rows_of_answers(named: Named, answers: Sequence[Grounding], files: Sequence[Files] = ()) -> list[Row]:
    """A row for each answer about one image.

    Args:
        named: the image.
        answers: at least one, in the order of the phrases.
        files: of each, by what they hold; () where none were written.
    """
    kept: Sequence[Files] = files or [{} for _ in answers]
    return [
        _row(named, Status.DONE, phrases=len(answers), number=number, **_answer(answer, one))
        for number, (answer, one) in enumerate(zip(answers, kept, strict=True), 1)
    ]


def row_without_answer(named: Named, status: Status, sentence: str) -> Row:
    """The row of an image that has no answer.

    Args:
        named: the image.
        status: `FAILED` or `NOTHING`.
        sentence: that says why.
    """
    return _row(named, status, sentence=shortened(sentence, LONGEST_LIST), phrases=0, number=0)


def _row(named: Named, status: Status, **values: Any) -> Row:
    row = {column: _EMPTY[holds] for column, holds in COLUMNS.items()}
    return row | {"name": named.name, "image": named.image, "status": status.value} | values


def _answer(answer: Grounding, files: Files) -> dict[str, Any]:
    rows, columns = answer.frame.shape
    told = answer.to_dict()
    peak = answer.peak or (None, None)
    image = told["image"]
    return {
        "study_instance_uid": image["study_instance_uid"],
        "series_instance_uid": image["series_instance_uid"],
        "sop_instance_uid": image["sop_instance_uid"],
        "image_rows": rows,
        "image_columns": columns,
        "phrase": answer.phrase.text,
        "verdict": "" if answer.verdict is None else answer.verdict.kind.value,
        "reasons": [] if answer.verdict is None else list(answer.verdict.reasons),
        "share": None if answer.verdict is None else answer.verdict.share,
        "evidence": None if answer.evidence is None else answer.evidence.contested,
        "place": "" if answer.place is None else answer.place.words,
        "boxes": [asdict(region.box) | {"strength": region.strength} for region in answer.regions],
        "peak_x": peak[0],
        "peak_y": peak[1],
        "area_pixels": told["area_pixels"],
        "area_mm2": answer.area_mm2,
        "area_by": "" if answer.spacing is None else answer.spacing.source.value,
        "model": answer.model.name,
        "preset": answer.recipe.preset,
        "precision": answer.precision,
        "device": answer.device,
        "seconds": sum(answer.seconds.values()),
        "warnings": list(answer.warnings),
        "files": [name for names in files.values() for name in ([names] if isinstance(names, str) else names)],
    }
