"""`cxr-ground evaluate phantom | ms-cxr | vindr-cxr | csv`: how well a model grounds the phrases of a dataset."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cxr_grounding.ask import Ask
from cxr_grounding.cli.cluster_options import Spread, engine_or_engines
from cxr_grounding.cli.console import out, print_json, print_preset, progress_bar
from cxr_grounding.cli.evaluate_print import (
    controls_document,
    print_controls,
    print_evaluation,
    print_framed,
    print_written,
    show_problems,
)
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.evaluation.datasets.annotations import Selection
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.evaluation.datasets.phantoms import fresh_phantoms
from cxr_grounding.evaluation.datasets.phrase_csv import read_phrase_csv
from cxr_grounding.evaluation.datasets.prompt import Prompt
from cxr_grounding.evaluation.datasets.vindr_cxr import read_vindr_cxr
from cxr_grounding.evaluation.published_figures import PUBLISHED, PublishedFigures
from cxr_grounding.evaluation.report.results import write_results
from cxr_grounding.evaluation.run.evaluation import Evaluation, RunPlan, evaluate_dataset, require_rows, require_samples
from cxr_grounding.evaluation.run.images import scores_of
from cxr_grounding.evaluation.run.record import file_sha256, model_sha256
from cxr_grounding.evaluation.table import Table, make_table
from cxr_grounding.models.registry import find_model

Split = Annotated[str | None, typer.Option(help="Only this split of the dataset.")]
AskedPrompt = Annotated[
    Prompt,
    typer.Option(
        "--phrases",
        "--prompt",
        help="What is asked: the sentence, its finding's name behind its side, or alone; its class, or where the "
        "sentence says it is and its class.",
    ),
]
Restart = Annotated[bool, typer.Option("--restart", help="Begin anew; removes what an earlier run left in --out.")]


@dataclass(frozen=True)
class Data:
    """What is evaluated on."""

    annotations: Annotated[Path, typer.Option(help="The file with phrases and boxes.")]
    images: Annotated[Path, typer.Option(help="The folder with the images.")]
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many samples, the first ones.")] = None
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class; may be given several times.")
    ] = None

    no_controls: Annotated[
        bool,
        typer.Option("--no-controls", help="Leave the controls out, which ground one more phrase for each sample."),
    ] = False

    def selection(self, split: str | None = None) -> Selection:
        """Which part of it is asked for."""
        return Selection(tuple(self.classes or ()), split, self.limit)


@dataclass(frozen=True)
class Output:
    """Where it is written to."""

    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder to write to, or to go on in after a stop. Default: evaluation-<dataset>-<model>."
        ),
    ] = None
    restart: Restart = False
    as_json: Json = False


@dataclass(frozen=True)
class Phantoms:
    """Which phantoms are drawn."""

    count: Annotated[int, typer.Option(min=1, help="How many fresh phantoms.")] = 300
    seed: Annotated[int, typer.Option(min=0, help="Of the first phantom; none was ever trained on.")] = 0


@grouped
def phantom(
    ask: Ask,
    phantoms: Phantoms,
    spread: Spread,
    prompt: AskedPrompt = Prompt.SENTENCE,
    folder: Annotated[
        Path | None,
        typer.Option("--out", help="Also write the files of an evaluation there, or go on there after a stop."),
    ] = None,
    restart: Restart = False,
    as_json: Json = False,
) -> None:
    """Ground every finding of fresh phantoms and compare with where it was drawn."""
    count, seed = phantoms.count, phantoms.seed
    entry = find_model(ask.model)
    dataset = fresh_phantoms(count, seed, prompt=prompt)
    with engine_or_engines(ask, spread) as engine, progress_bar() as progress:
        if folder is None:
            scores, problems = scores_of(engine, dataset, progress=progress)
            require_rows(scores, problems)
        else:
            asked = {"model_sha256": model_sha256(entry.folder), "options": {"seed": seed, "phrases": prompt.value}}
            plan = RunPlan(asked, {"model_folder": str(entry.folder), "limit": count})
            evaluation = evaluate_dataset(engine, dataset, folder, plan, restart=restart, progress=progress)
            problems = evaluation.problems
        opened = engine.opened
    with progress_bar() as progress:
        table = make_table(scores) if folder is None else write_results(evaluation, folder, progress=progress)
    if as_json:
        used = {
            "model": opened.identity.as_dict(),
            "recipe": opened.recipe.as_dict(),
            "precision": opened.precision,
        }
        print_json({"phantoms": count, "seed": seed, "phrases": prompt.value} | used | controls_document(table))
        return
    form = "" if prompt is Prompt.SENTENCE else f", asked by {prompt.value}"
    print_controls(table, f"{count} phantoms from seed {seed}{form}")
    print_framed(table, f"{count} phantoms")
    show_problems(problems)
    if folder is not None:
        print_written(folder)
    out.print(opened.identity.label)
    print_preset(opened.recipe.preset)


@grouped
def ms_cxr(
    data: Data,
    ask: Ask,
    output: Output,
    spread: Spread,
    split: Split = None,
    prompt: AskedPrompt = Prompt.SENTENCE,
) -> None:
    """Ground the sentences of MS-CXR (its CSV or JSON; images of MIMIC-CXR-JPG or MIMIC-CXR)."""
    selection = data.selection(split)
    _evaluate(
        "ms-cxr",
        lambda: read_ms_cxr(data.annotations, data.images, selection, prompt),
        {"split": split, "phrases": prompt.value},
        _Shared(data, selection, ask, output, spread),
        PUBLISHED,
    )


@grouped
def vindr_cxr(
    data: Data,
    ask: Ask,
    output: Output,
    spread: Spread,
    reader: Annotated[str | None, typer.Option(help="Only the boxes of this reader (rad_id of the train set).")] = None,
    prompt: AskedPrompt = Prompt.SENTENCE,
) -> None:
    """Ground the class names of VinDr-CXR's findings (annotations_test.csv or annotations_train.csv)."""
    selection = data.selection()
    _evaluate(
        "vindr-cxr",
        lambda: read_vindr_cxr(data.annotations, data.images, selection, reader, prompt),
        {"reader": reader, "phrases": prompt.value},
        _Shared(data, selection, ask, output, spread),
    )


@grouped
def phrase_csv(
    data: Data,
    ask: Ask,
    output: Output,
    spread: Spread,
    split: Split = None,
    prompt: AskedPrompt = Prompt.SENTENCE,
) -> None:
    """Ground the phrases of any CSV with the columns path, phrase, x, y, w, h."""
    selection = data.selection(split)
    _evaluate(
        re.sub(r"[^A-Za-z0-9-]+", "-", data.annotations.stem).strip("-") or "csv",
        lambda: read_phrase_csv(data.annotations, data.images, selection, prompt),
        {"split": split, "phrases": prompt.value},
        _Shared(data, selection, ask, output, spread),
    )


@dataclass(frozen=True)
class _Shared:
    """What all three commands are given."""

    data: Data
    selection: Selection
    ask: Ask
    output: Output
    spread: Spread


def _evaluate(
    name: str,
    read: Callable[[], Dataset],
    own: dict[str, Any],
    shared: _Shared,
    published: Sequence[PublishedFigures] = (),
) -> None:
    """What the three commands do with their dataset.

    Args:
        name: of the dataset, in the folder's name.
        read: reads it, once the model is known to be there.
        own: the command's own options, on which the figures depend.
        shared: the others.
        published: figures to print beside.
    """
    entry = find_model(shared.ask.model)
    dataset = read()
    require_samples(dataset)
    folder = shared.output.folder or Path(f"evaluation-{name}-{entry.name}")
    options = {"classes": sorted(map(str.lower, shared.selection.classes))} | own
    noted = {
        "annotations": str(shared.data.annotations),
        "images": str(shared.data.images),
        "model_folder": str(entry.folder),
        "limit": shared.selection.limit,
    }
    asked = {
        "annotations_sha256": file_sha256(shared.data.annotations),
        "model_sha256": model_sha256(entry.folder),
        "options": options,
    }
    plan = RunPlan(asked, noted, controls=not shared.data.no_controls)
    # Opened only now, since it brings torch with it: what is wrong with the annotations is told at once.
    with engine_or_engines(shared.ask, shared.spread) as engine, progress_bar() as progress:
        evaluation = evaluate_dataset(engine, dataset, folder, plan, restart=shared.output.restart, progress=progress)
    with progress_bar() as progress:
        table = write_results(evaluation, folder, published=published, progress=progress)
    if shared.output.as_json:
        print_json(_document(evaluation, table, folder, published))
        return
    print_evaluation(evaluation, table, folder, published)


def _document(
    evaluation: Evaluation, table: Table, folder: Path, published: Sequence[PublishedFigures]
) -> dict[str, Any]:
    return {
        "out": str(folder),
        **evaluation.record.asked,
        **evaluation.record.noted,
        "samples": len(evaluation.rows),
        "table": table.as_dict(),
        "published": [vars(one) for one in published],
        "notes": list(evaluation.notes),
        "problems": [{"line": problem.line, "sentence": problem.sentence} for problem in evaluation.problems],
    }
