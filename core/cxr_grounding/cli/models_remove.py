"""`cxr-ground models remove`: forget an added model, delete one that was fetched or converted."""

from __future__ import annotations

from typing import Annotated

import typer

from cxr_grounding.cli.console import out
from cxr_grounding.cli.models_confirm import Yes, confirmed
from cxr_grounding.errors import Cancelled
from cxr_grounding.models.hub.fetch import readable
from cxr_grounding.models.remove import find_removable, remove_model


def remove(name: Annotated[str, typer.Argument(help="A model's name.")], yes: Yes = False) -> None:
    """Remove a model: the files of an added one stay, those of any other are deleted."""
    entry = find_removable(name)
    if not entry.added and not confirmed(f"Delete {entry.folder} ({readable(entry.bytes_on_disk)})?", yes):
        raise Cancelled("Nothing was removed.")
    remove_model(entry)
    done = f"is forgotten; its files stay in {entry.folder}." if entry.added else f"is removed from {entry.folder}."
    out.print(f"{name} {done}", markup=False)
