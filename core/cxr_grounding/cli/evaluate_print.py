"""How an evaluation is shown in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import rich.table
from rich.console import Console

from cxr_grounding.cli.console import out, print_preset, show_warning
from cxr_grounding.evaluation.datasets.dataset import Problem
from cxr_grounding.evaluation.published_figures import CAVEAT, Published
from cxr_grounding.evaluation.run.evaluate import Evaluation
from cxr_grounding.evaluation.run.record import FILE_NAME, HEATMAPS, RESULTS
from cxr_grounding.evaluation.table import CONFIDENCE, HEADINGS, Table, text_rows

TABLE_WIDTH, MEANS_WIDTH = 140, 100
"""Columns of the table, and of the one with means alone, which a narrower window gets; a pipe gets the whole."""

PUBLISHED_WIDTH = 116
"""Fewest columns of the published figures."""

FIGURE_WIDTH = 18
"""Of a figure with its interval below."""

FIRST_PROBLEMS = 3
"""Shown of the problems; all are in problems.csv."""


def print_evaluation(evaluation: Evaluation, table: Table, folder: Path, published: Sequence[Published]) -> None:
    """The table, the published figures, the problems, and where everything was written."""
    _print_table(table, evaluation)
    if published:
        _print_published(published)
    for note in evaluation.notes:
        out.print(note, markup=False)
    if evaluation.problems:
        _print_problems(evaluation.problems, folder)
    out.print(f"Written to {folder}: {', '.join((*RESULTS, f'{HEATMAPS}/', FILE_NAME))}", markup=False)
    model = evaluation.record.asked["model"]
    out.print(f"Model {model['name']}: {model['label']}", markup=False)
    print_preset(evaluation.record.asked["recipe"]["preset"])


def _print_table(table: Table, evaluation: Evaluation) -> None:
    is_whole = not out.is_terminal or out.width >= TABLE_WIDTH
    what = f"mean ± standard deviation ({100 * CONFIDENCE:g} % interval)" if is_whole else "means"
    shown = rich.table.Table(title=f"{evaluation.dataset.name}: {what}", title_justify="left")
    headings, rows = text_rows(table, spread=is_whole)
    for number, heading in enumerate(headings):
        width = FIGURE_WIDTH if number > 1 and is_whole else None
        shown.add_column(heading, justify="right" if number else "left", no_wrap=number == 0, min_width=width)
    for number, cells in enumerate(rows):
        if number == len(rows) - 1:
            shown.add_section()
        # The interval below its mean: five of both side by side are wider than most windows.
        shown.add_row(*(cell.replace(" (", "\n(") if place > 1 else cell for place, cell in enumerate(cells)))
    Console(width=max(out.width, TABLE_WIDTH if is_whole else MEANS_WIDTH), highlight=False).print(shown)
    if not is_whole:
        out.print("Standard deviations and intervals stand in table.csv and report.html.")


def _print_published(published: Sequence[Published]) -> None:
    shown = rich.table.Table(title="Published", title_justify="left")
    for heading in ("model", "benchmark", HEADINGS["miou"], HEADINGS["cnr_signed"], "source"):
        shown.add_column(heading)
    for one in published:
        shown.add_row(one.model, one.benchmark, f"{one.miou:.3f}", f"{one.cnr_signed:.2f}", one.source)
    Console(width=max(out.width, PUBLISHED_WIDTH), highlight=False).print(shown)
    out.print(CAVEAT, markup=False)


def _print_problems(problems: Sequence[Problem], folder: Path) -> None:
    for problem in problems[:FIRST_PROBLEMS]:
        where = "" if problem.line is None else f"Line {problem.line}: "
        show_warning(f"{where}{problem.sentence}")
    more = len(problems) - FIRST_PROBLEMS
    rest = f"{more} more" if more > 0 else "They"
    out.print(
        f"Left out: {len(problems)} {'entry' if len(problems) == 1 else 'entries'}. "
        f"{rest} {'stand' if more != 1 else 'stands'} in {folder / 'problems.csv'}.",
        markup=False,
    )
