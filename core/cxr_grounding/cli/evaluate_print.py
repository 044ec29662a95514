"""How an evaluation is shown in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any

import rich.table
from rich.console import Console
from rich.markup import escape

from cxr_grounding.cli.console import out, print_preset, show_warning
from cxr_grounding.evaluation import metrics
from cxr_grounding.evaluation.controls import CONTROLS, OVER_ALL
from cxr_grounding.evaluation.datasets.dataset import Problem
from cxr_grounding.evaluation.metrics import Metric
from cxr_grounding.evaluation.published_figures import CAVEAT, PublishedFigures
from cxr_grounding.evaluation.run.evaluation import Evaluation
from cxr_grounding.evaluation.run.record import FILE_NAME, HEATMAPS, RESULTS
from cxr_grounding.evaluation.table import CONFIDENCE, Table, TableRow, number_text, text_rows

NAMES_WIDTH, FIGURE_WIDTH, MEAN_WIDTH = 35, 18, 13
"""Columns of the pathologies with their counts, of a figure with its interval below, and of its mean alone."""
BETWEEN = 3
"""Columns from one figure to the next."""

PUBLISHED_WIDTH = 116
"""Fewest columns of the published figures."""

CONTROLS_WIDTH = 140
"""Fewest columns of the controls: squeezed into 80, as a pipe has them, their headings would be cut."""

BESIDE_CONTROLS = {
    "auc": ("auc_roc_soft", "AUC-ROC (soft map)"),
    "auc_thresholded": ("auc_roc_exact", "AUC-ROC (thresholded)"),
    "miou": ("miou", "mIoU"),
} | {control.name: (control.name, control.heading) for control in CONTROLS if control.name not in OVER_ALL}
"""The figures that the controls are to be compared with, and those controls that are alike: by their names in the JSON
of `evaluate phantom`, the table's column and its heading."""

FIRST_PROBLEMS = 3
"""Shown of the problems; all are in problems.csv."""


def print_evaluation(evaluation: Evaluation, table: Table, folder: Path, published: Sequence[PublishedFigures]) -> None:
    """The table, the controls, the published figures, the problems, and where everything was written."""
    name = evaluation.dataset.name
    _print_table(table, table.metrics, name)
    print_framed(table, name)
    if table.controls:
        print_controls(table, f"{evaluation.dataset.name}: means, and controls")
    if published:
        _print_published(published)
    for note in evaluation.notes:
        out.print(note, markup=False)
    if evaluation.problems:
        show_problems(evaluation.problems)
        _print_left_out(len(evaluation.problems), folder)
    print_written(folder)
    model = evaluation.record.asked["model"]
    out.print(f"Model {model['name']}: {model['label']}", markup=False)
    print_preset(evaluation.record.asked["recipe"]["preset"])


def print_controls(table: Table, title: str) -> None:
    """Means beside the controls' means, and what the controls say over all samples."""
    shown = rich.table.Table(title=escape(title), title_justify="left")
    shown.add_column("pathology", no_wrap=True)
    shown.add_column("n", justify="right")
    for _, heading in BESIDE_CONTROLS.values():
        shown.add_column(heading, justify="right")
    presence: dict[str, list[str]] = {}
    if table.presence is not None:
        shown.add_column("presence AUROC", justify="right")
        known = dict(table.presence.pathologies) | {table.mean.name: table.presence.auroc}
        presence = {name: [value.text] for name, value in known.items()}
    for row in table.rows:
        if row is table.mean:
            shown.add_section()
        means = (number_text(row.figures[column].mean) for column, _ in BESIDE_CONTROLS.values())
        shown.add_row(escape(row.name), str(row.samples), *means, *presence.get(row.name, []))
    Console(width=max(out.width, CONTROLS_WIDTH)).print(shown)
    for sentence in table.sentences:
        out.print(sentence)


def controls_document(table: Table) -> dict[str, Any]:
    """The same for JSON."""

    def means(row: TableRow) -> dict[str, float | None]:
        numbers = {name: row.figures[column].mean for name, (column, _) in BESIDE_CONTROLS.items()}
        return {name: None if isnan(number) else number for name, number in numbers.items()}

    def framed(row: TableRow) -> dict[str, Any]:
        numbers = {column.name: row.figures[column.name].mean for column in table.framed}
        shown = {name: None if isnan(number) else number for name, number in numbers.items()}
        return {"frame_metrics": shown} if shown else {}

    rows = {row.name: {"samples": row.samples} | means(row) | framed(row) for row in table.pathologies}
    return {"pathologies": rows, "mean": means(table.mean) | framed(table.mean)} | table.summaries


def print_written(folder: Path) -> None:
    """Which files an evaluation left, and where."""
    out.print(f"Written to {folder}: {', '.join((*RESULTS, f'{HEATMAPS}/', FILE_NAME))}", markup=False)


def print_framed(table: Table, title: str) -> None:
    """The figures of the second method's paper, in a table of their own."""
    if table.framed:
        _print_table(table, table.framed, f"{title}, by the metrics of noised looks")


def _print_table(table: Table, columns: Sequence[Metric], title: str) -> None:
    whole, means = (NAMES_WIDTH + len(columns) * (width + BETWEEN) for width in (FIGURE_WIDTH, MEAN_WIDTH))
    # A narrower window gets the means alone; a pipe gets the whole.
    is_whole = not out.is_terminal or out.width >= whole
    what = f"mean ± standard deviation ({100 * CONFIDENCE:g} % interval)" if is_whole else "means"
    shown = rich.table.Table(title=escape(f"{title}: {what}"), title_justify="left")
    headings, rows = text_rows(table, columns, spread=is_whole)
    for number, heading in enumerate(headings):
        width = FIGURE_WIDTH if number > 1 and is_whole else None
        shown.add_column(heading, justify="right" if number else "left", no_wrap=number == 0, min_width=width)
    for number, cells in enumerate(rows):
        if number == len(rows) - 1:
            shown.add_section()
        # The interval below its mean: five of both side by side are wider than most windows.
        shown.add_row(*(cell.replace(" (", "\n(") if place > 1 else escape(cell) for place, cell in enumerate(cells)))
    Console(width=max(out.width, whole if is_whole else means), highlight=False).print(shown)
    if not is_whole:
        out.print("Standard deviations and intervals stand in table.csv and report.html.")


def _print_published(published: Sequence[PublishedFigures]) -> None:
    shown = rich.table.Table(title="Published", title_justify="left")
    headings = metrics.headings()
    for heading in ("model", "benchmark", headings["miou"], headings["cnr_signed"], "source"):
        shown.add_column(heading)
    for one in published:
        shown.add_row(one.model, one.benchmark, f"{one.miou:.3f}", f"{one.cnr_signed:.2f}", one.source)
    Console(width=max(out.width, PUBLISHED_WIDTH), highlight=False).print(shown)
    out.print(CAVEAT, markup=False)


def show_problems(problems: Sequence[Problem]) -> None:
    """The first of what was left out, as warnings."""
    for problem in problems[:FIRST_PROBLEMS]:
        where = "" if problem.line is None else f"Line {problem.line}: "
        show_warning(f"{where}{problem.sentence}")


def _print_left_out(count: int, folder: Path) -> None:
    more = count - FIRST_PROBLEMS
    rest = f"{more} more" if more > 0 else "They"
    out.print(
        f"Left out: {count} {'entry' if count == 1 else 'entries'}. "
        f"{rest} {'stand' if more != 1 else 'stands'} in {folder / 'problems.csv'}.",
        markup=False,
    )
