"""`cxr-ground models add | remove | verify`: what is done with models that are on this machine already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.cli.console import confirmed, out, print_json
from cxr_grounding.cli.options import Json, Yes
from cxr_grounding.disk.sentences import readable
from cxr_grounding.errors import Cancelled, ModelError
from cxr_grounding.models.add import add_model
from cxr_grounding.models.registry import find_model
from cxr_grounding.models.remove import find_removable, remove_model
from cxr_grounding.models.verify import verify_model


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


def remove(name: Annotated[str, typer.Argument(help="A model's name.")], yes: Yes = False) -> None:
    """Remove a model: the files of an added one stay, those of any other are deleted."""
    entry = find_removable(name)
    if not entry.added and not confirmed(f"Delete {entry.folder} ({readable(entry.bytes_on_disk)})?", yes):
        raise Cancelled("Nothing was removed.")
    remove_model(entry)
    done = f"is forgotten; its files stay in {entry.folder}." if entry.added else f"is removed from {entry.folder}."
    out.print(f"{name} {done}", markup=False)


def verify(
    name: Annotated[str, typer.Argument(help="A model's name, or its folder.")],
    as_json: Json = False,
) -> None:
    """Compare a model's files with what was recorded when it was made, and open it."""
    entry = find_model(name)
    verdict = verify_model(entry)
    if as_json:
        print_json(
            {"name": entry.name, "folder": str(entry.folder), "recorded": verdict.recorded}
            | {"problems": list(verdict.problems)}
        )
    if verdict.problems:
        raise ModelError(f"{entry.name} in {entry.folder} is not as it should be:\n" + "\n".join(verdict.problems))
    if as_json:
        return
    if verdict.recorded:
        out.print(f"{entry.name} is whole: every file is as it was made, and the model opens.", markup=False)
    else:
        out.print(
            f"{entry.name} opens. Only that was checked: it has no provenance.json to compare its files with.",
            markup=False,
        )
