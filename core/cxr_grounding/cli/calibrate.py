"""`cxr-ground calibrate`: what a model's evidence means, from phrases that are known to be true or absent."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.ask import Ask
from cxr_grounding.calibration import SECTION, Calibration, FittedWith, read_calibration, write_calibration
from cxr_grounding.cli.annotation_files import READERS, Kind
from cxr_grounding.cli.console import out, print_json, progress_bar
from cxr_grounding.cli.evaluate_print import show_problems
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import EvaluationError, OutputError
from cxr_grounding.evaluation.calibration.cases import cases_of, require_cases
from cxr_grounding.evaluation.calibration.fit import Fitted, fit_by_form
from cxr_grounding.evaluation.datasets.annotations import Selection
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.phantoms import fresh_phantoms
from cxr_grounding.evaluation.datasets.prompt import Prompt
from cxr_grounding.evaluation.run.evaluation import RunPlan, evaluate_dataset, require_samples
from cxr_grounding.evaluation.run.record import file_sha256, model_sha256
from cxr_grounding.models.provenance import record_again
from cxr_grounding.models.registry import find_model
from cxr_grounding.recipe import FILE_NAME, Places

PLOT, PLOT_OF_PLACED = "reliability.png", "reliability-placed.png"

SHORT = {Prompt.NAME: "by-name", Prompt.SIDE: "by-side"}
"""How phrases are asked too where the recipe asks at every place those that name none, and where in --out that is."""


@dataclass(frozen=True)
class Labelled:
    """What is calibrated on."""

    annotations: Annotated[Path | None, typer.Option(help="The file with phrases and boxes.")] = None
    images: Annotated[Path | None, typer.Option(help="The folder with the images.")] = None
    kind: Annotated[Kind, typer.Option("--format", help="How the annotations are written.")] = Kind.CSV
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many samples, the first ones.")] = None
    phantoms: Annotated[
        int | None, typer.Option(min=1, help="So many fresh phantoms in place of --annotations and --images.")
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="Of the first phantom.")] = 0

    def read(self, prompt: Prompt = Prompt.SENTENCE) -> Dataset:
        """The samples.

        Args:
            prompt: what is asked for each.

        Raises:
            EvaluationError: when the annotations cannot be read, or it is not clear which set is meant.
        """
        if self.phantoms is not None and self.annotations is None and self.images is None:
            return fresh_phantoms(self.phantoms, self.seed, "--phantoms", prompt=prompt)
        if self.phantoms is not None or self.annotations is None or self.images is None:
            raise EvaluationError(
                "Which set to calibrate on is not clear. Give --annotations and --images, or --phantoms alone."
            )
        return READERS[self.kind](self.annotations, self.images, Selection(limit=self.limit), prompt)

    def short_forms(self, dataset: Dataset) -> Iterator[tuple[Prompt, Dataset]]:
        """The same as people type it, in each form of `SHORT`; only what was not asked in one before.

        Args:
            dataset: as `read` gave it.
        """
        asked = {sample.key for sample in dataset.samples}
        for prompt in SHORT if any(sample.pathology for sample in dataset.samples) else ():
            short = self.read(prompt)
            new = tuple(sample for sample in short.samples if sample.key not in asked)
            asked |= {sample.key for sample in new}
            if new:
                yield prompt, dataclasses.replace(short, samples=new)

    @property
    def name(self) -> str:
        """Of the set, for people."""
        if self.phantoms is not None:
            return f"{self.phantoms} phantoms from seed {self.seed}"
        return "" if self.annotations is None else self.annotations.name


@grouped
def calibrate(
    labelled: Labelled,
    ask: Ask,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder for what is measured, to go on in after a stop. Default: calibration-<model>."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the calibration that the model has already.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Measure anew what is in --out.")] = False,
    as_json: Json = False,
) -> None:
    """Fit what a model's evidence means to a set with boxes, and write it beside the model, into its grounding.json."""
    entry = find_model(ask.model)
    path = entry.folder / FILE_NAME
    _check_writable(path, overwrite=overwrite)
    dataset = labelled.read()
    require_samples(dataset)
    from cxr_grounding.grounder import Grounder

    engine = Grounder.open(ask)
    opened = engine.opened
    if not opened.recipe.evidence:
        raise EvaluationError(
            f"The model {entry.name} measures no evidence with the preset {opened.recipe.preset!r}, so there is "
            f'nothing to calibrate. Set "evidence": true in the recipe of {path}, or choose another --preset.'
        )
    require_cases(dataset)
    out_folder = folder or Path(f"calibration-{entry.name}")
    asked = {"model_sha256": model_sha256(entry.folder), "options": {"calibrated_on": labelled.name}}
    if labelled.annotations is not None:
        asked["annotations_sha256"] = file_sha256(labelled.annotations)
    places = opened.recipe.places
    with progress_bar() as progress:
        evaluation = evaluate_dataset(engine, dataset, out_folder, RunPlan(asked), restart=restart, progress=progress)
        rows = list(evaluation.rows)
        for prompt, short in labelled.short_forms(dataset) if places is Places.AUTO else ():
            plan, inside = RunPlan(asked | {"phrases": prompt.value}), out_folder / SHORT[prompt]
            rows += evaluate_dataset(engine, short, inside, plan, restart=restart, progress=progress).rows
    fitted_with = FittedWith(opened.recipe, engine.opened.precision)
    fitted = fit_by_form(cases_of(rows, places), labelled.name, fitted_with)
    _write(fitted, path, out_folder, entry.name)
    if as_json:
        print_json(fitted.calibration.as_dict())
        return
    show_problems(evaluation.problems)
    for line in describe(fitted.calibration):
        out.print(line)
    out.print(f"Written to {path} ({SECTION}); the plot is {out_folder / PLOT}.", markup=False)


def describe(calibration: Calibration) -> tuple[str, ...]:
    """What a calibration says, in sentences."""
    agreement = (
        "The agreement of the two maps was not found to tell those that lie right from others."
        if calibration.agreement_from is None
        else f"Maps that agree on less than {calibration.agreement_from:.0%} leave an answer in doubt."
    )
    own = (
        f"Fitted on {calibration.fitted_on}, {calibration.fitted}: {calibration.present} true and "
        f"{calibration.absent} absent phrases{_how(calibration)}.",
        f"Evidence tells them apart with an AUROC of {calibration.auroc:.3f}; on images that were left out, predicted "
        f"and seen shares differ by {calibration.calibration_error:.3f} on average.",
        f"Below {calibration.nowhere_below:.3f} a phrase points nowhere (5 % of the true ones lie there); from "
        f"{calibration.here_from:.3f} on it points here (5 % of the absent ones do).",
        agreement,
    )
    if calibration.placed is None:
        return own
    return (*own, "Phrases that name no place, and are asked at every one:", *describe(calibration.placed))


def _how(calibration: Calibration) -> str:
    """With which recipe it was fitted, and so holds for."""
    fitted_with = calibration.fitted_with
    if fitted_with is None:
        return ""
    recipe = fitted_with.recipe
    return f", with the preset {recipe.preset} at {recipe.steps} steps, in {fitted_with.precision} precision"


def _check_writable(path: Path, *, overwrite: bool) -> None:
    """Before anything is measured.

    Raises:
        OutputError: when the model has a calibration that may not be replaced, or its folder cannot be written to.
    """
    if read_calibration(path) is not None and not overwrite:
        raise OutputError(f"{path} holds a calibration already. Give --overwrite to replace it.")
    if not os.access(path.parent, os.W_OK) or not os.access(path, os.W_OK):
        raise OutputError(f"{path} may not be written. Copy the model to a folder of your own, and name it by --model.")


def _write(fitted: Fitted, path: Path, folder: Path, model: str) -> None:
    from cxr_grounding.evaluation.calibration.plot import draw_reliability

    plots = {PLOT: (fitted, model), PLOT_OF_PLACED: (fitted.placed, f"{model}, asked at every place")}
    for name, (one, title) in plots.items():
        if one is not None:
            with written_whole(folder / name, ".png") as temporary:
                temporary.write_bytes(draw_reliability(one, title))
    write_calibration(path, fitted.calibration)
    record_again(path.parent, FILE_NAME)
