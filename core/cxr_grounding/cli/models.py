"""`cxr-ground models`: which models there are, and what one is."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from cxr_grounding.cli.console import out, print_json
from cxr_grounding.cli.options import Json
from cxr_grounding.errors import RecipeError
from cxr_grounding.models.registry import ModelEntry, find_model, list_models

app = typer.Typer(help="See which models there are.", no_args_is_help=True)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the models that can be named with --model."""
    entries = list_models()
    if as_json:
        print_json([_as_dict(entry) for entry in entries])
        return
    table = Table("name", "kind", "size", "folder")
    for entry in entries:
        table.add_row(entry.name, _kind(entry), f"{entry.bytes_on_disk / 1e6:.1f} MB", str(entry.folder))
    out.print(table)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A model's name, or its folder.")],
    as_json: Json = False,
) -> None:
    """Show what a model is and with which numbers it is used."""
    entry = find_model(name)
    if entry.problem:
        raise RecipeError(entry.problem)
    if as_json:
        print_json(_as_dict(entry))
        return
    values = _as_dict(entry)
    for title in ("model", "recipe"):
        out.print(f"[bold]{title}[/bold]")
        for key, value in values[title].items():
            out.print(f"  {key:<28} {value}", markup=False)
    out.print(f"[bold]folder[/bold]  {entry.folder}")


def _kind(entry: ModelEntry) -> str:
    if entry.identity is None:
        return "unreadable"
    return "demonstration" if entry.identity.demonstration else "research"


def _as_dict(entry: ModelEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "folder": str(entry.folder),
        "bundled": entry.bundled,
        "bytes": entry.bytes_on_disk,
        "problem": entry.problem,
        "model": entry.identity.as_dict() if entry.identity else None,
        "recipe": entry.recipe.as_dict() if entry.recipe else None,
    }
