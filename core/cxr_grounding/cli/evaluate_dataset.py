"""`cxr-ground evaluate ms-cxr | vindr-cxr | csv`: how well a model grounds the phrases of an annotated dataset."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cxr_grounding.ask import Ask
from cxr_grounding.cli.console import print_json, progress_bar
from cxr_grounding.cli.evaluate_print import print_evaluation
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.evaluation.datasets.annotations import Selection
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.location_prompt import Prompt
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.evaluation.datasets.phrase_csv import read_phrase_csv
from cxr_grounding.evaluation.datasets.vindr_cxr import read_vindr_cxr
from cxr_grounding.evaluation.published_figures import PUBLISHED, Published
from cxr_grounding.evaluation.report.results import write_results
from cxr_grounding.evaluation.run.evaluate import Evaluation, evaluate_dataset, require_samples
from cxr_grounding.evaluation.run.record import file_sha256, model_sha256
from cxr_grounding.evaluation.table import Table
from cxr_grounding.models.registry import find_model

Split = Annotated[str | None, typer.Option(help="Only this split of the dataset.")]
AskedPrompt = Annotated[
    Prompt, typer.Option("--prompt", help='The sentence, its class, or "{location} {class}" read off the sentence.')
]


@dataclass(frozen=True)
class Data:
    """What is evaluated on."""

    annotations: Annotated[Path, typer.Option(help="The file with phrases and boxes.")]
    images: Annotated[Path, typer.Option(help="The folder with the images.")]
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many samples, the first ones.")] = None
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class; may be given several times.")
    ] = None

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
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew; removes what an earlier run left in --out.")
    ] = False
    as_json: Json = False


@grouped
def ms_cxr(
    data: Data,
    ask: Ask,
    output: Output,
    split: Split = None,
    prompt: AskedPrompt = Prompt.SENTENCE,
) -> None:
    """Ground the sentences of MS-CXR (its CSV or JSON; images of MIMIC-CXR-JPG or MIMIC-CXR)."""
    selection = data.selection(split)
    _evaluate(
        "ms-cxr",
        lambda: read_ms_cxr(data.annotations, data.images, selection, prompt),
        {"split": split, "prompt": prompt.value},
        _Shared(data, selection, ask, output),
        PUBLISHED,
    )


@grouped
def vindr_cxr(
    data: Data,
    ask: Ask,
    output: Output,
    reader: Annotated[str | None, typer.Option(help="Only the boxes of this reader (rad_id of the train set).")] = None,
) -> None:
    """Ground the class names of VinDr-CXR's findings (annotations_test.csv or annotations_train.csv)."""
    selection = data.selection()
    _evaluate(
        "vindr-cxr",
        lambda: read_vindr_cxr(data.annotations, data.images, selection, reader),
        {"reader": reader},
        _Shared(data, selection, ask, output),
    )


@grouped
def phrase_csv(
    data: Data,
    ask: Ask,
    output: Output,
    split: Split = None,
    prompt: AskedPrompt = Prompt.SENTENCE,
) -> None:
    """Ground the phrases of any CSV with the columns path, phrase, x, y, w, h."""
    selection = data.selection(split)
    _evaluate(
        re.sub(r"[^A-Za-z0-9-]+", "-", data.annotations.stem).strip("-") or "csv",
        lambda: read_phrase_csv(data.annotations, data.images, selection, prompt),
        {"split": split, "prompt": prompt.value},
        _Shared(data, selection, ask, output),
    )


@dataclass(frozen=True)
class _Shared:
    """What all three commands are given."""

    data: Data
    selection: Selection
    ask: Ask
    output: Output


def _evaluate(
    name: str, read: Callable[[], Dataset], own: dict[str, Any], shared: _Shared, published: Sequence[Published] = ()
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
    # Only now, since it brings torch with it: what is wrong with the annotations is told at once.
    from cxr_grounding.grounder import Grounder

    grounder = Grounder.open(shared.ask)
    asked = {
        "annotations_sha256": file_sha256(shared.data.annotations),
        "model_sha256": model_sha256(entry.folder),
        "options": {"classes": sorted(map(str.lower, shared.selection.classes))} | own,
    }
    noted = {
        "annotations": str(shared.data.annotations),
        "images": str(shared.data.images),
        "model_folder": str(entry.folder),
        "limit": shared.selection.limit,
    }
    with progress_bar() as progress:
        evaluation = evaluate_dataset(
            grounder, dataset, folder, asked=asked, noted=noted, restart=shared.output.restart, progress=progress
        )
        table = write_results(evaluation, folder, published=published, progress=progress)
    if shared.output.as_json:
        print_json(_document(evaluation, table, folder, published))
        return
    print_evaluation(evaluation, table, folder, published)


def _document(evaluation: Evaluation, table: Table, folder: Path, published: Sequence[Published]) -> dict[str, Any]:
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
