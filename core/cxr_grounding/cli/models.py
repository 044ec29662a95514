"""`cxr-ground models`: which models there are, and what one is."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from cxr_grounding.cli.console import out, print_json, show_warning
from cxr_grounding.cli.models_convert import convert
from cxr_grounding.cli.models_fetch import fetch
from cxr_grounding.cli.models_shelf import add, remove, verify
from cxr_grounding.cli.options import Json
from cxr_grounding.disk.sentences import readable
from cxr_grounding.errors import ModelError, RecipeError
from cxr_grounding.models.catalogue import PublishedModel
from cxr_grounding.models.provenance import SourceFile, read_provenance
from cxr_grounding.models.registry import ModelEntry, find_model, list_models, published_elsewhere

app = typer.Typer(help="See which models there are, and get others.", no_args_is_help=True)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the models that can be named with --model, and those that can be fetched."""
    entries, elsewhere = list_models(), published_elsewhere()
    if as_json:
        print_json([*map(_as_dict, entries), *map(_to_fetch, elsewhere)])
        return
    table = Table("name", "kind", "licence", "size", Column("folder", overflow="fold"))
    for entry in entries:
        licence = entry.identity.licence if entry.identity else ""
        table.add_row(entry.name, _kind(entry), licence, f"{entry.bytes_on_disk / 1e6:.1f} MB", str(entry.folder))
    for model in elsewhere:
        table.add_row(model.name, "to download", "", f"about {readable(model.bytes)}", "")
    out.print(table)
    for model in elsewhere:
        out.print(f"{model.name} is not here: cxr-ground models fetch {model.name}", markup=False)
    for entry in entries:
        if entry.problem:
            show_warning(f"{entry.name}: {entry.problem}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A model's name, or its folder.")],
    as_json: Json = False,
) -> None:
    """Show what a model is, where it comes from, and with which numbers it is used."""
    entry = find_model(name)
    if entry.problem:
        raise ModelError(entry.problem) if not entry.folder.is_dir() else RecipeError(entry.problem)
    sources = _sources(entry)
    if as_json:
        print_json(_as_dict(entry) | {"sources": [dataclasses.asdict(source) for source in sources]})
        return
    values = _as_dict(entry)
    for title in ("model", "recipe"):
        out.print(f"[bold]{title}[/bold]")
        for key, value in values[title].items():
            out.print(f"  {key:<28} {value}", markup=False)
    if sources:
        out.print("[bold]sources[/bold]")
    for source in sources:
        origin = f"{source.repository}@{source.revision[:12]}" if source.repository else "local file"
        out.print(f"  {source.name:<44} {origin}  {source.licence}  sha256:{source.sha256[:12]}…", markup=False)
    out.print(f"[bold]folder[/bold]  {entry.folder}{' (added)' if entry.added else ''}")


app.command("fetch")(fetch)
app.command("convert")(convert)
app.command("add")(add)
app.command("remove")(remove)
app.command("verify")(verify)


def _sources(entry: ModelEntry) -> tuple[SourceFile, ...]:
    try:
        recorded = read_provenance(entry.folder)
    except ModelError as error:
        show_warning(str(error))
        return ()
    return recorded.sources if recorded else ()


def _kind(entry: ModelEntry) -> str:
    if entry.identity is None:
        return "unreadable" if entry.folder.is_dir() else "gone"
    return "demonstration" if entry.identity.demonstration else "research"


def _as_dict(entry: ModelEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "here": True,
        "folder": str(entry.folder),
        "bundled": entry.bundled,
        "added": entry.added,
        "bytes": entry.bytes_on_disk,
        "problem": entry.problem,
        "model": entry.identity.as_dict() if entry.identity else None,
        "recipe": entry.recipe.as_dict() if entry.recipe else None,
    }


def _to_fetch(model: PublishedModel) -> dict[str, Any]:
    """The same entries as of a model that is here, and what it is called for people."""
    empty = {"folder": None, "bundled": False, "added": False, "problem": "", "model": None, "recipe": None}
    return {"name": model.name, "here": False, "bytes": model.bytes, "label": model.label} | empty
