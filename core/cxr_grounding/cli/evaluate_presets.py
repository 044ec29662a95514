"""`cxr-ground evaluate presets`: how far each preset and precision agrees with `paper`, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import rich.table
import typer
from rich.console import Console

from cxr_grounding.ask import PRECISIONS, SINGLE, Ask
from cxr_grounding.cli.console import out, print_json, progress_bar, show_warning
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.errors import DeviceError
from cxr_grounding.evaluation.ways_compared import Compared, compare_ways
from cxr_grounding.many.found_images import scan
from cxr_grounding.models.registry import find_model
from cxr_grounding.presets import PAPER, PRESETS, find_preset

if TYPE_CHECKING:
    from cxr_grounding.grounder import Grounder

PHRASES = ("left pleural effusion", "right pneumonia", "cardiomegaly", "right apical pneumothorax")
"""What is asked of each image, if nothing else is; to compare maps, a phrase need not be true."""

LIMIT = 10
"""Images, if nothing else is said: at the published size on a CPU each takes minutes."""

WIDTH = 132
"""Columns of the table."""

HEADINGS = (
    *("preset", "precision", "correlation", "lowest 5 %", "lowest", "IoU", "lowest", "empty", "forwards an image"),
    "time / paper",
)


@dataclass(frozen=True)
class Asked:
    """What is asked of which images."""

    images: Annotated[Path, typer.Option(help="The folder with radiographs, or one of them.")]
    phrases: Annotated[
        list[str] | None, typer.Option("--phrase", help="Asked of each; may be given several times.")
    ] = None
    limit: Annotated[int, typer.Option(min=1, help="Only so many images, the first ones.")] = LIMIT


@dataclass(frozen=True)
class Ways:
    """What is compared with `paper` in single precision."""

    preset: Annotated[
        list[str] | None, typer.Option(help="A preset to compare; may be given several times. Default: all.")
    ] = None
    precision: Annotated[
        list[str] | None,
        typer.Option(
            help=f"{', '.join(PRECISIONS)} or auto: a precision to compare; may be given several times. Default: auto."
        ),
    ] = None


@dataclass(frozen=True)
class Form:
    """How it is printed."""

    as_json: Json = False
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")] = False


@grouped
def presets(asked: Asked, ways: Ways, ask: Ask, form: Form) -> None:
    """Compare the heatmaps of every preset and precision with those of paper in single precision, and what they cost.

    On your model and your images: what a preset loses depends on both. Nothing is written.
    """
    wanted = [find_preset(name).name for name in ways.preset or PRESETS]
    for unknown in (name for name in ways.precision or () if name not in (*PRECISIONS, "auto")):
        raise DeviceError(f"There is no precision {unknown!r}. Choose one of: auto, {', '.join(PRECISIONS)}.")
    find_model(ask.model)
    images = scan(str(asked.images), Path()).images[: asked.limit]
    engines = _opened(ask, ways.precision or ["auto"])
    from cxr_grounding.diffusion.pass_worth import PassWorth

    worth = {name: PassWorth(engine.model, engine.recipe) for name, engine in engines.items()}
    with progress_bar() as progress:
        found = compare_ways(
            engines, wanted, images, asked.phrases or PHRASES, lambda name: worth[name].spent(), progress
        )
    opened = engines[SINGLE].opened
    if form.as_csv:
        typer.echo(found.as_csv(), nl=False)
    elif form.as_json:
        print_json({"model": opened.identity.as_dict(), "device": opened.device} | found.as_dict())
    else:
        _print(found)
        out.print(f"Model {opened.identity.name}: {opened.identity.label}", markup=False)
    for problem in found.problems:
        show_warning(problem.sentence)


def _opened(ask: Ask, precisions: list[str]) -> dict[str, Grounder]:
    """An engine for each precision, single first; two names of one precision are one."""
    from cxr_grounding.grounder import Grounder

    engines: dict[str, Grounder] = {}
    for name in dict.fromkeys((SINGLE, *precisions)):
        engine = Grounder.open(Ask.of(ask, preset=PAPER.name, precision=name))
        engines.setdefault(engine.opened.precision, engine)
    return engines


def _print(found: Compared) -> None:
    title = f"{found.images} images, {found.rows[0].maps} maps: agreement with paper in single precision"
    shown = rich.table.Table(title=title, title_justify="left")
    for number, heading in enumerate(HEADINGS):
        shown.add_column(heading, justify="right" if number > 1 else "left")
    for row in found.rows:
        of_maps = (row.correlation, row.correlation_lowest_5_percent, row.correlation_lowest, row.iou, row.iou_lowest)
        numbers = ("-" if number is None else f"{number:.4f}" for number in of_maps)
        shown.add_row(row.preset, row.precision, *numbers, str(row.empty), f"{row.forwards:.1f}", f"{row.time:.2f}")
    Console(width=max(out.width, WIDTH), highlight=False).print(shown)
