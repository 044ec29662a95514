"""`cxr-ground study`: ask people how good the maps are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cxr_grounding.cli.annotation_files import Kind, read_annotations
from cxr_grounding.cli.console import out, print_json, progress_bar, show_warning
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.errors import StudyError
from cxr_grounding.study.questions import DEFAULT_QUESTIONS, DRAW_BOX
from cxr_grounding.study.study_folder import Study
from cxr_grounding.study.study_settings import StudySettings

app = typer.Typer(help="Ask readers how good the maps are, and what their answers come to.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The study's folder.")]
Key = Annotated[Path | None, typer.Option("--key", help="The sealed key, where it is not in the study's folder.")]
Effect = Annotated[float, typer.Option(help="By how many steps of the scale each model is felt better than the first.")]
Agreement = Annotated[float, typer.Option(min=0, max=1, help="Share of what is felt that all readers share.")]
Seed = Annotated[int, typer.Option(min=0, help="The same one gives the same numbers.")]


@dataclass(frozen=True)
class Wanted:
    """What the study is to be like."""

    title: Annotated[str, typer.Option(help="Of the study, for its readers.")] = "How good are the maps?"
    repeats: Annotated[int, typer.Option(min=0, help="Cases that each reader sees twice.")] = 0
    seed: Annotated[int, typer.Option(min=0, help="Of the orders in which readers see the cases.")] = 0
    draw_box: Annotated[bool, typer.Option("--draw-box", help="Ask readers to draw the right box too.")] = False
    no_back: Annotated[bool, typer.Option("--no-back", help="Readers may not go back to a case.")] = False
    break_after: Annotated[int, typer.Option(min=0, help="Cases after which a break is offered; 0 for never.")] = 20

    def settings(self) -> StudySettings:
        """The study's settings, without its key."""
        questions = (*DEFAULT_QUESTIONS[:-1], DRAW_BOX, DEFAULT_QUESTIONS[-1]) if self.draw_box else DEFAULT_QUESTIONS
        settings = StudySettings(self.title, questions)
        return replace(
            settings, repeats=self.repeats, seed=self.seed, back=not self.no_back, break_after=self.break_after
        )


@dataclass(frozen=True)
class Truth:
    """Where the findings are."""

    truth: Annotated[Path | None, typer.Option(help="A file of annotators' boxes, to measure maps and boxes by.")] = (
        None
    )
    images: Annotated[Path | None, typer.Option(help="The folder of its radiographs.")] = None
    kind: Annotated[Kind, typer.Option("--truth-format", help="How it is written.")] = Kind.CSV

    def read(self) -> Any:
        """The dataset, or None."""
        if self.truth is None and self.images is None:
            return None
        if self.truth is None or self.images is None:
            raise StudyError("Give --truth and --images together: boxes are about radiographs.")
        return read_annotations(self.kind, self.truth, self.images)


@app.command("make")
@grouped
def make(
    wanted: Wanted,
    truth: Truth,
    sources: Annotated[
        list[str],
        typer.Option(
            "--from", help="A folder of `ground` or `evaluate`; NAME=FOLDER names what is compared. Repeat it."
        ),
    ],
    folder: Annotated[Path, typer.Option("--out", help="The study's folder, to be made.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="Where the sealed key shall be, out of the readers' reach.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a study of results: radiographs and maps under names that say nothing, and a sealed key that says all."""
    from cxr_grounding.reading.read_image import read_image
    from cxr_grounding.study.making.from_results import found_in
    from cxr_grounding.study.making.make_study import make_study

    found = [one for source in sources for one in found_in(*_named(source))]
    with progress_bar() as progress:
        made = make_study(
            found, folder, wanted.settings(), read=read_image, truth=truth.read(), key=key, progress=progress
        )
    if as_json:
        names = {"folder": str(made.folder), "key": str(made.key), "left_out": list(made.left_out)}
        print_json(names | {"cases": made.cases, "images": made.images, "arms": dict(made.arms)})
        return
    for sentence in made.left_out:
        show_warning(f"Left out: {sentence}")
    arms = ", ".join(f"{count} of {name}" for name, count in made.arms.items())
    out.print(f"{made.folder}: {made.cases} maps on {made.images} radiographs ({arms}).", markup=False)
    out.print(f"The sealed key is {made.key}. Change questions and instructions in study.toml, then:", markup=False)
    out.print(f"cxr-ground study check {made.folder}", markup=False)


@app.command("check")
def check(
    folder: Folder,
    key: Key = None,
    accept_change: Annotated[
        str,
        typer.Option("--accept-change", help="Why the study was changed after reading began; printed with results."),
    ] = "",
) -> None:
    """Say what is wrong with a study, before a reader meets it."""
    from cxr_grounding.reading.read_image import read_image
    from cxr_grounding.study.making.check_study import problems_of

    study = Study.open(folder)
    _accept(study, accept_change)
    with progress_bar() as progress:
        problems = list(problems_of(study, read_image, key=key, progress=progress))
    for problem in problems:
        out.print(problem, markup=False)
    if problems:
        raise StudyError(f"The study has {len(problems)} problem{'' if len(problems) == 1 else 's'}; they stand above.")
    readers = [f"{one.header.reader} {len(one.latest)} of {len(one.header.order)}" for one in study.readings()]
    out.print(f"{len(study.cases)} cases, all in order. Readers: {', '.join(readers) or 'none yet'}.", markup=False)


@app.command("report")
def report(
    folder: Folder,
    where: Annotated[Path | None, typer.Option("--out", help="For tables and page. Default: report in it.")] = None,
    key: Key = None,
    incomplete: Annotated[bool, typer.Option("--incomplete", help="Count readers who have not finished.")] = False,
    accept_change: Annotated[
        str, typer.Option("--accept-change", help="Why the study was changed after reading began; printed too.")
    ] = "",
) -> None:
    """Unseal the key, and write what the readers found: a page, tables, and files for R and REDCap."""
    from cxr_grounding.study.results.study_report import headline, report_study

    _accept(Study.open(folder), accept_change)
    target = where or folder / "report"
    found = report_study(folder, target, key=key, with_incomplete=incomplete)
    for line in headline(found):
        out.print(line, markup=False)
    out.print(f"Written to {target}: {', '.join(found.files)}", markup=False)


@app.command("simulate")
def simulate(
    folder: Folder,
    readers: Annotated[int, typer.Option(min=1, max=50, help="How many.")] = 3,
    effect: Effect = 0.5,
    agreement: Agreement = 0.6,
    seed: Seed = 0,
    key: Key = None,
) -> None:
    """Have made-up readers read a study, to try it out: their answers say so, and prove nothing."""
    from cxr_grounding.study.questions import primary_of
    from cxr_grounding.study.statistics.simulate_readers import simulate_readers
    from cxr_grounding.study.statistics.simulated import MadeUpReaders

    steps = len(primary_of(Study.open(folder).settings.questions).options)
    made_up = MadeUpReaders(effect, agreement, steps)
    names = [f"simulated-{number}" for number in range(1, readers + 1)]
    simulate_readers(folder, names, made_up, seed, key)
    out.print(f"Read by {', '.join(names)}.", markup=False)
    out.print(
        f"Put in, on the scale: a difference of {made_up.expected_difference():.2f} steps (of two models), "
        f"alpha {made_up.expected_alpha(max(2, readers)):.2f}.",
        markup=False,
    )


@app.command("power")
def power(
    cases: Annotated[list[int], typer.Option(help="Phrases on radiographs, each rated for both models. Repeat it.")],
    readers: Annotated[list[int], typer.Option(help="How many readers. Repeat it.")],
    effect: Effect = 0.5,
    agreement: Agreement = 0.6,
    times: Annotated[int, typer.Option(min=1, help="How often each study is simulated.")] = 200,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Say how large a study of two models on a scale of five has to be, by simulating it many times."""
    from cxr_grounding.study.statistics.power import power_of
    from cxr_grounding.study.statistics.simulated import MadeUpReaders

    made_up = MadeUpReaders(effect, agreement)
    found = list(power_of(made_up, cases, readers, times, seed))
    if as_json:
        print_json([vars(one) for one in found])
        return
    out.print(f"Difference on the scale {made_up.expected_difference():.2f} steps. Studies that find it:")
    out.print("cases  readers  ratings each  Wilcoxon  interval")
    for one in found:
        out.print(f"{one.cases:5}  {one.readers:7}  {one.ratings:12}  {one.by_wilcoxon:8.0%}  {one.by_interval:8.0%}")


def _named(source: str) -> tuple[Path, str]:
    """A folder, and what it is called: "NAME=FOLDER", or a folder alone."""
    name, equals, folder = source.partition("=")
    if not equals or Path(source).is_dir():
        return Path(source), ""
    return Path(folder), name.strip()


def _accept(study: Study, note: str) -> None:
    if not note:
        return
    accepted = study.accept_change(note)
    said = "Nothing was changed since reading began." if accepted is None else f"Accepted: {accepted.note}"
    out.print(said, markup=False)
