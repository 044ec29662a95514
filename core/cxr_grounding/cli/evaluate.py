"""`cxr-ground evaluate`: how well a model grounds."""

from __future__ import annotations

import typer

from cxr_grounding.cli import evaluate_dataset, evaluate_presets

app = typer.Typer(help="Measure how well a model grounds.", no_args_is_help=True)
app.command("phantom")(evaluate_dataset.phantom)
app.command("ms-cxr")(evaluate_dataset.ms_cxr)
app.command("vindr-cxr")(evaluate_dataset.vindr_cxr)
app.command("csv")(evaluate_dataset.phrase_csv)
app.command("presets")(evaluate_presets.presets)


@app.callback()
def _group() -> None:
    """Measure how well a model grounds."""
