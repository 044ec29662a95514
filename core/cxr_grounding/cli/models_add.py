"""`cxr-ground models add`: name a model folder that lies elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.cli.console import out
from cxr_grounding.models.add import add_model


def add(
    folder: Annotated[Path, typer.Argument(help="A model in diffusers' format.")],
    name: Annotated[str | None, typer.Option(help="What to call it. Default: as its folder.")] = None,
    recipe: Annotated[
        str | None, typer.Option(help="For a folder without grounding.json: that file, or a ready-made recipe's name.")
    ] = None,
) -> None:
    """Make a model folder known by a name; its files stay where they are."""
    entry = add_model(folder, name=name, recipe=recipe)
    out.print(f"{entry.name} is {entry.folder}.", markup=False)
