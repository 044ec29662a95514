"""Run a benchmark: every sample of a dataset through a grounder, one pass over an image for all its phrases."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cxr_grounding import __version__
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import EvaluationError, ModelError, PhraseError, RadiographError
from cxr_grounding.evaluation.datasets.dataset import Dataset, Problem, Sample
from cxr_grounding.evaluation.run.record import HEATMAPS, RunRecord
from cxr_grounding.evaluation.run.samples_file import SamplesFile, ScoredSample
from cxr_grounding.evaluation.score import score_sample
from cxr_grounding.progress import Progress, report
from cxr_grounding.radiograph import Box
from cxr_grounding.reading.read_image import read_image

if TYPE_CHECKING:
    from cxr_grounding.grounder import Grounder
    from cxr_grounding.grounding import Grounding

STAGE = "images"


@dataclass(frozen=True)
class Evaluation:
    """What a run gave.

    Args:
        dataset: that was asked for.
        rows: the samples that could be evaluated, in the dataset's order.
        problems: of the dataset, and those met on the way.
        record: as in `run.json`.
    """

    dataset: Dataset
    rows: tuple[ScoredSample, ...]
    problems: tuple[Problem, ...]
    record: RunRecord

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was done to boxes, where something was."""
        found = []
        scaled = {row.score.image_id for row in self.rows if row.image_scale != 1}
        if scaled:
            found.append(f"{_images(scaled)} of another size than annotated: the boxes were scaled along.")
        clipped = {sample.image_id for sample in self.dataset.samples if _reaches_out(sample)}
        if clipped:
            found.append(f"{_images(clipped)} with a box beyond the edge: what lies outside does not count.")
        return tuple(found)


def evaluate_dataset(
    grounder: Grounder,
    dataset: Dataset,
    out: Path,
    *,
    asked: Mapping[str, Any],
    noted: Mapping[str, Any] | None = None,
    restart: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Ground every sample and score it; go on where an earlier run of the same question stopped.

    Rows are appended to `samples.csv` image by image, heatmaps of the model's frame to `heatmaps/` as 8-bit PNG, and at
    the end all problems to `problems.csv`. A sample that could not be evaluated is tried again when the run is gone on
    with.

    Args:
        grounder: to judge.
        dataset: with a sample or more.
        out: folder to write to.
        asked: what the figures depend on beside dataset name, model, recipe and program version, which are added:
            the annotations' SHA-256, options. JSON values.
        noted: what else to write down: paths, limit. JSON values.
        restart: whether to begin anew, whatever is there.
        progress: told after every image, and by the grounder within one.

    Raises:
        EvaluationError: when nothing can be evaluated.
        OutputError: when the folder cannot be written, or holds a run that was asked something else.
        DeviceError: when memory runs out.
        Cancelled: when `progress` asks to stop; what was evaluated stays.
    """
    require_samples(dataset)
    record = RunRecord(
        asked={
            "dataset": dataset.name,
            "model": grounder.model.identity.as_dict(),
            "recipe": grounder.recipe.as_dict(),
            "precision": grounder.model.precision,
            "program": __version__,
        }
        | dict(asked),
        noted=dict(noted or {}) | {"device": str(grounder.model.device)},
    )
    record.begin(out, restart=restart)
    file = SamplesFile(out / "samples.csv", dataset.samples)
    done = {row.key for row in file.rows}
    groups = [list(group) for _, group in itertools.groupby(dataset.samples, key=lambda sample: sample.image_id)]
    problems = list(dataset.problems)
    report(progress, STAGE, 0, len(groups))
    for number, group in enumerate(groups, 1):
        missing = [sample for sample in group if sample.key not in done]
        if missing:
            rows, failed = _evaluate_image(grounder, missing, out / HEATMAPS, progress)
            if rows:
                file.append(rows)
            problems += failed
        report(progress, STAGE, number, len(groups))
    _write_problems(out / "problems.csv", problems)
    if not file.rows:
        raise EvaluationError(_nothing(problems, "No sample could be evaluated"))
    file.put_in_order(dataset.samples)
    return Evaluation(dataset, tuple(file.rows), tuple(problems), record)


def require_samples(dataset: Dataset) -> None:
    """Refuse a dataset of which nothing can be evaluated; worth a call before a model is opened.

    Raises:
        EvaluationError: with the first reason.
    """
    if not dataset.samples:
        raise EvaluationError(_nothing(dataset.problems, "Nothing in the annotations can be evaluated"))


def heatmap_name(sample: Sample) -> str:
    """The name of a sample's file in `heatmaps/`: readable, and another one for every sample."""
    digest = hashlib.sha256("\n".join(sample.key).encode()).hexdigest()[:12]
    readable = re.sub(r"[^A-Za-z0-9-]+", "-", sample.image_id).strip("-")[:48]
    return f"{readable}-{digest}.png"


def fitted(sample: Sample, shape: tuple[int, int]) -> tuple[Sample, float]:
    """The sample with its boxes in pixels of the image that is there, and how many of them make one that was annotated.

    An image that was resized as a whole (sides in the annotated ratio, to a pixel) gets its boxes resized along. One of
    another shape was cropped, padded or squeezed, and boxes would not fit.

    Args:
        sample: as annotated.
        shape: (rows, columns) of the image that is there.

    Raises:
        RadiographError: when the boxes do not fit.
    """
    rows, columns = shape
    if sample.image_size is None or sample.image_size == (columns, rows):
        return sample, 1.0
    width, height = sample.image_size
    across, down = columns / width, rows / height
    if abs(rows - height * across) > 1 and abs(columns - width * down) > 1:
        raise RadiographError(
            f"The image has {columns} x {rows} pixels, but was annotated with {width} x {height}, which is another "
            "shape, so that its boxes do not fit. Use the original image."
        )
    boxes = tuple(Box(box.x * across, box.y * down, box.width * across, box.height * down) for box in sample.boxes)
    return dataclasses.replace(sample, boxes=boxes, image_size=(columns, rows)), across


def _evaluate_image(
    grounder: Grounder, samples: Sequence[Sample], heatmaps: Path, progress: Progress | None
) -> tuple[list[ScoredSample], list[Problem]]:
    """The rows and problems of samples on one image."""
    rows: list[ScoredSample] = []
    problems: list[Problem] = []
    try:
        radiograph = read_image(samples[0].image)
        fitting = [fitted(sample, radiograph.shape) for sample in samples]
        grounder.set_radiograph(radiograph, progress=progress)
        answers = _ground(grounder, [sample.phrase for sample in samples], progress)
    except (RadiographError, ModelError) as error:
        return [], [_problem(sample, error) for sample in samples]
    for sample, (scaled, scale), answer in zip(samples, fitting, answers, strict=True):
        try:
            if isinstance(answer, PhraseError):
                raise answer
            score = score_sample(scaled, answer.heatmap)
        except (PhraseError, RadiographError) as error:
            problems.append(_problem(sample, error))
            continue
        name = heatmap_name(sample)
        _write_heatmap(heatmaps / name, answer)
        rows.append(ScoredSample(score, scale, name))
    return rows, problems


def _ground(
    grounder: Grounder, phrases: list[str], progress: Progress | None
) -> Sequence[Grounding] | Sequence[Grounding | PhraseError]:
    """An answer a phrase; the reason in its place where a phrase cannot be grounded."""
    try:
        return grounder.ground(phrases, progress=progress)
    except PhraseError as error:
        if len(phrases) == 1:
            return [error]
        return [_ground(grounder, [phrase], progress)[0] for phrase in phrases]


def _write_heatmap(path: Path, answer: Grounding) -> None:
    levels = np.rint(answer.heatmap_frame * 255).astype(np.uint8)
    with written_whole(path, ".png") as temporary:
        Image.fromarray(levels).save(temporary, format="PNG")


def _write_problems(path: Path, problems: Sequence[Problem]) -> None:
    with written_whole(path, ".csv") as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["line", "problem"])
        writer.writerows(["" if one.line is None else one.line, one.sentence] for one in problems)


def _problem(sample: Sample, error: Exception) -> Problem:
    return Problem(sample.lines[0] if sample.lines else None, f"{sample.phrase!r} on {sample.image}: {error}")


def _nothing(problems: Sequence[Problem], what: str) -> str:
    if not problems:
        return f"{what}: there is no annotation. Check that this is the right file."
    first = problems[0]
    where = f"line {first.line}: " if first.line is not None else ""
    return f"{what}, for {len(problems)} problems. The first: {where}{first.sentence}"


def _reaches_out(sample: Sample) -> bool:
    if sample.image_size is None:
        return False
    width, height = sample.image_size
    return any(
        box.x < 0 or box.y < 0 or box.x + box.width > width or box.y + box.height > height for box in sample.boxes
    )


def _images(names: set[str]) -> str:
    return f"{len(names)} image{'s' if len(names) > 1 else ''}"
