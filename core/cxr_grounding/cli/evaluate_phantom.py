"""`cxr-ground evaluate phantom`: how well a model grounds the findings of fresh phantoms."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cxr_grounding.ask import Ask
from cxr_grounding.cli.console import out, print_json, print_preset, progress_bar
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.evaluation.phantom_benchmark import METRICS, Summary, evaluate_phantoms, summarise

TABLE_WIDTH = 110
"""Fewest columns of the table: squeezed into 80, as a pipe has them, its headings would be cut."""

HEADINGS = {
    "auc": "AUC-ROC",
    "miou": "mIoU",
    "prior_auc": "centre AUC",
    "prior_miou": "centre mIoU",
    "shuffled_auc": "shuffled AUC",
    "shuffled_miou": "shuffled mIoU",
}


@grouped
def phantom(
    ask: Ask,
    count: Annotated[int, typer.Option(min=1, help="How many fresh phantoms.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Of the first phantom; none was ever trained on.")] = 0,
    as_json: Json = False,
) -> None:
    """Ground every finding of fresh phantoms and compare with where it was drawn."""
    from cxr_grounding.grounder import Grounder

    grounder = Grounder.open(ask)
    with progress_bar() as progress:
        summary = summarise(list(evaluate_phantoms(grounder, count, seed, progress)))
    if as_json:
        asked = {
            "model": grounder.model.identity.as_dict(),
            "recipe": grounder.recipe.as_dict(),
            "precision": grounder.model.precision,
        }
        print_json({"phantoms": count, "seed": seed} | asked | summary.as_dict())
        return
    _print_summary(summary, count, seed)
    out.print(grounder.model.identity.label)
    print_preset(grounder.recipe.preset)


def _print_summary(summary: Summary, count: int, seed: int) -> None:
    table = Table(title=f"{count} phantoms from seed {seed}", title_justify="left")
    table.add_column("pathology", no_wrap=True)
    table.add_column("n", justify="right")
    for metric in METRICS:
        table.add_column(HEADINGS[metric], justify="right")
    for name, row in summary.pathologies.items():
        table.add_row(name, str(int(row["samples"])), *(f"{row[metric]:.3f}" for metric in METRICS))
    table.add_section()
    total = sum(int(row["samples"]) for row in summary.pathologies.values())
    table.add_row("mean of pathologies", str(total), *(f"{summary.mean[metric]:.3f}" for metric in METRICS))
    Console(width=max(out.width, TABLE_WIDTH)).print(table)
    if summary.fall is not None:
        out.print(
            f"Another finding's phrase: AUC-ROC {summary.own_auc:.3f} falls to {summary.other_auc:.3f}, "
            f"by {summary.fall:.3f} ({summary.pairs} findings beside another)."
        )
    if summary.side_accuracy is not None:
        out.print(
            f"Named side: most of the heatmap lies on it for {100 * summary.side_accuracy:.1f} % "
            f"of {summary.sided} findings."
        )
