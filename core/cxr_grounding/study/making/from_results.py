"""Answers out of folders that `cxr-ground ground` and `cxr-ground evaluate` wrote."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.disk.csv_cells import text_of
from cxr_grounding.disk.foreign_text import read_foreign_text
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError, read_json
from cxr_grounding.disk.sentences import reason, shortened
from cxr_grounding.errors import OutputError, StudyError
from cxr_grounding.evaluation import metrics
from cxr_grounding.evaluation.presence import VERDICTS
from cxr_grounding.grounding import Grounding
from cxr_grounding.grounding_document import SCHEMA, read_documents
from cxr_grounding.study.making.arms import Arm, Found, FoundAnswer

RUN_FILE, SAMPLES_FILE, HEATMAPS = "run.json", "samples.csv", "heatmaps"
"""Of an evaluation: what was asked, a row a sample, and the maps."""

LARGEST_SAMPLES, LARGEST_SIDE = 2**28, 4096
"""Bytes of samples.csv; pixels of a side of a kept map."""


def found_in(folder: Path, name: str = "") -> list[Found]:
    """The answers in a folder, and in those directly below it.

    Args:
        folder: with the JSON files of `ground`, or the results of `evaluate`.
        name: what its answers are called in the study's results; "" for the model and its preset.

    Raises:
        StudyError: when there is nothing, or something cannot be read.
    """
    if not folder.is_dir():
        raise StudyError(f"{folder} is no folder. Name one that `cxr-ground ground` or `cxr-ground evaluate` wrote.")
    found = list(_found_below(folder, name))
    if not found:
        raise StudyError(
            f"{folder} holds no answers: neither JSON files of `cxr-ground ground` nor the {SAMPLES_FILE} of "
            "`cxr-ground evaluate`. Name another folder."
        )
    return found


def _found_below(folder: Path, name: str) -> Iterator[Found]:
    inner = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    for place in (folder, *(one for one in inner if one.name != HEATMAPS)):
        if (place / RUN_FILE).is_file() and (place / SAMPLES_FILE).is_file():
            yield _of_evaluation(place, name)
        elif any(place.glob("[!.]*.json")):
            yield from _of_documents(place, name)


def _of_documents(folder: Path, name: str) -> Iterator[Found]:
    """The answers that `ground` has saved, by who answered."""
    by_arm: dict[str, tuple[Arm, list[FoundAnswer]]] = {}
    try:
        documents = read_documents(folder)
    except OutputError as error:
        raise StudyError(str(error)) from error
    for file, document in documents:
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            continue
        try:
            grounding = Grounding.from_document(document, str(file))
            source = JsonFields(document).text("source")
        except (OutputError, JsonError) as error:
            raise StudyError(f"{file} cannot be shown in a study ({reason(error)}). Take it away.") from error
        arm = _arm(name, grounding.model.as_dict(), grounding.recipe.as_dict(), grounding.recipe.preset, folder)
        verdict = grounding.verdict
        answer = FoundAnswer(
            image=_image(folder, source),
            phrase=grounding.phrase.text,
            heatmap_frame=grounding.heatmap_frame,
            soft_frame=grounding.soft_frame,
            frame=grounding.frame,
            verdict="" if verdict is None else verdict.kind.value,
            sop_instance_uid=grounding.identifiers.SOPInstanceUID,
        )
        by_arm.setdefault(arm.identity, (arm, []))[1].append(answer)
    yield from (Found(arm, tuple(answers)) for arm, answers in by_arm.values())


def _of_evaluation(folder: Path, name: str) -> Found:
    """The samples that `evaluate` has scored."""
    try:
        asked = JsonFields(read_json(folder / RUN_FILE)).inner("asked")
        model, recipe = asked.object("model"), asked.object("recipe")
        arm = _arm(name, model, recipe, str(recipe.get("preset", "")), folder)
        text = read_foreign_text(folder / SAMPLES_FILE, LARGEST_SAMPLES)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        answers = tuple(_sample(folder, {key: text_of(cell) for key, cell in row.items() if cell}) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise StudyError(f"The evaluation in {folder} cannot be read ({reason(error)}). Evaluate again.") from error
    if not answers:
        raise StudyError(f"{folder / SAMPLES_FILE} holds no sample. Evaluate again.")
    return Found(arm, answers)


def _sample(folder: Path, cell: Mapping[str, str]) -> FoundAnswer:
    figures = {metric.name: float(cell[metric.name]) for metric in metrics.METRICS if metric.name in cell}
    return FoundAnswer(
        image=_image(folder, cell["image"]),
        phrase=cell["phrase"],
        heatmap_frame=_kept_map(folder / HEATMAPS / Path(cell["heatmap"]).name),
        frame=None,
        pathology=cell.get("pathology", ""),
        metrics={name: value for name, value in figures.items() if math.isfinite(value)},
        verdict=cell.get(next(iter(VERDICTS)), ""),
        truth=1,
    )


def _kept_map(path: Path) -> NDArray[np.float32]:
    try:
        with Image.open(path) as image:
            if image.mode != "L" or image.width != image.height or image.width > LARGEST_SIDE:
                raise ValueError("it is no square grey picture")
            return np.asarray(image, dtype=np.float32) / np.float32(255)
    except (OSError, ValueError) as error:
        raise StudyError(f"The map {path} cannot be read ({reason(error)}). Evaluate again.") from error


def _arm(name: str, model: Mapping[str, Any], recipe: Mapping[str, Any], preset: str, folder: Path) -> Arm:
    called = " ".join(str(model.get(part, "")) for part in ("name", "version")).strip()
    by_default = " ".join(part for part in (str(model.get("name", "")), preset) if part)
    return Arm(name or by_default, called, recipe, str(folder))


def _image(folder: Path, written: str) -> Path:
    """The radiograph of an answer: where it is said to be, or, where folders were moved, beside the answer."""
    path = Path(written)
    for candidate in (path, folder / path, folder / path.name, folder.parent / path.name):
        if candidate.is_file():
            return candidate.absolute()
    raise StudyError(
        f"The radiograph {shortened(written)} of an answer in {folder} is gone. Put it back, or ground it again: "
        "readers have to see it. (Radiographs that an evaluation drew itself have no file; write them with "
        "`cxr-ground phantom`.)"
    )
