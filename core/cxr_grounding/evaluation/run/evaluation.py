"""Run a benchmark into a folder: every sample of a dataset through an engine, gone on with after a stop."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cxr_grounding import __version__
from cxr_grounding.disk.csv_cells import cell_of
from cxr_grounding.disk.owned import alone_in
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.engine import Engine
from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.dataset import Dataset, Problem, Sample
from cxr_grounding.evaluation.run.images import ManyEngines, measures_presence, score_images
from cxr_grounding.evaluation.run.record import CONTROLS_ASKED, HEATMAPS, RunRecord
from cxr_grounding.evaluation.run.samples_file import SamplesFile, ScoredSample
from cxr_grounding.grounding import Grounding
from cxr_grounding.progress import Progress


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


@dataclass(frozen=True)
class RunPlan:
    """What a run is asked beside the dataset and the engine. All values are such as JSON knows.

    Args:
        asked: what else the figures depend on: the annotations' SHA-256, options.
        noted: what else to write down: paths, limit.
        controls: whether the controls are measured too.
    """

    asked: Mapping[str, Any] = field(default_factory=dict)
    noted: Mapping[str, Any] = field(default_factory=dict)
    controls: bool = True

    def record(self, engine: Engine | ManyEngines, dataset: Dataset) -> RunRecord:
        """All of it, for `run.json`."""
        opened = engine.opened
        asked = {
            "dataset": dataset.name,
            "model": opened.identity.as_dict(),
            "recipe": opened.recipe.as_dict(),
            "precision": opened.precision,
            "program": __version__,
            CONTROLS_ASKED: self.controls,
        }
        return RunRecord(asked | dict(self.asked), dict(self.noted) | {"device": opened.device})


def evaluate_dataset(
    engine: Engine | ManyEngines,
    dataset: Dataset,
    out: Path,
    plan: RunPlan,
    *,
    restart: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Ground every sample and score it; go on where an earlier run of the same question stopped.

    Rows are appended to `samples.csv` image by image, heatmaps of the model's frame to `heatmaps/` as 8-bit PNG, and at
    the end all problems to `problems.csv`. A sample that could not be evaluated is tried again when the run is gone on
    with.

    Args:
        engine: to judge, or several of them.
        dataset: with a sample or more.
        out: folder to write to.
        plan: what else the run is asked.
        restart: whether to begin anew, whatever is there.
        progress: told after every image, and by the engine within one.

    Raises:
        EvaluationError: when nothing can be evaluated.
        OutputError: when the folder cannot be written, holds a run that was asked something else, or another run is at
            work there.
        DeviceError: when memory runs out.
        Cancelled: when `progress` asks to stop; what was evaluated stays.
    """
    require_samples(dataset)
    record = plan.record(engine, dataset)
    with alone_in(out, "Another evaluation"):
        record.begin(out, restart=restart)
        return _evaluated(engine, dataset, out, plan, record, progress)


def _evaluated(
    engine: Engine | ManyEngines,
    dataset: Dataset,
    out: Path,
    plan: RunPlan,
    record: RunRecord,
    progress: Progress | None,
) -> Evaluation:
    """What `evaluate_dataset` does in a folder that is ready."""
    with_presence = measures_presence(engine, plan.controls)
    path = out / "samples.csv"
    file = SamplesFile(path, dataset.samples, with_controls=plan.controls, with_presence=with_presence)
    done = {row.key for row in file.rows}
    problems = list(dataset.problems)
    for image in score_images(engine, dataset, controls=plan.controls, done=done, progress=progress):
        rows = [
            ScoredSample(
                one.score, one.image_scale, heatmap_name(one.score.key), one.stranger, one.absent, one.kept_words
            )
            for one in image.scored
        ]
        for row, one in zip(rows, image.scored, strict=True):
            _write_heatmap(out / HEATMAPS / row.heatmap, one.answer)
        if rows:
            file.append(rows)
        problems += image.problems
    _write_problems(out / "problems.csv", problems)
    require_rows(file.rows, problems)
    file.put_in_order(dataset.samples)
    return Evaluation(dataset, tuple(file.rows), tuple(problems), record)


def require_samples(dataset: Dataset) -> None:
    """Refuse a dataset of which nothing can be evaluated; worth a call before a model is opened.

    Raises:
        EvaluationError: with the first reason.
    """
    if not dataset.samples:
        raise EvaluationError(_nothing(dataset.problems, "Nothing in the annotations can be evaluated"))


def require_rows(rows: Sequence[object], problems: Sequence[Problem]) -> None:
    """Refuse a run in which no sample could be evaluated.

    Raises:
        EvaluationError: with the first reason.
    """
    if not rows:
        raise EvaluationError(_nothing(problems, "No sample could be evaluated"))


def heatmap_name(key: tuple[str, str]) -> str:
    """The name of a sample's file in `heatmaps/`, by the sample's key: readable, and another one for every sample."""
    digest = hashlib.sha256("\n".join(key).encode(errors="surrogatepass")).hexdigest()[:12]
    readable = re.sub(r"[^A-Za-z0-9-]+", "-", key[0]).strip("-")[:48]
    return f"{readable}-{digest}.png"


def _write_heatmap(path: Path, answer: Grounding) -> None:
    levels = np.rint(answer.heatmap_frame * 255).astype(np.uint8)
    with written_whole(path, ".png") as temporary:
        Image.fromarray(levels).save(temporary, format="PNG")


def _write_problems(path: Path, problems: Sequence[Problem]) -> None:
    with (
        written_whole(path, ".csv") as temporary,
        # A file name may hold bytes that are no text; they become question marks.
        temporary.open("w", encoding="utf-8", errors="replace", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["line", "problem"])
        writer.writerows(["" if one.line is None else one.line, cell_of(one.sentence)] for one in problems)


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
