"""`cxr-ground demo`: a phantom radiograph and where the sentences of its report point, with nothing at hand."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.cli.console import out

SEED = 2_000_012
"""Of a phantom that was not trained on, with several findings; the one of the README's first picture."""


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("demo-output"),
    seed: Annotated[int, typer.Option(min=0, help="Of the radiograph; each draws another one.")] = SEED,
    show: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open a picture. Default: where there is a desktop.")
    ] = None,
) -> None:
    """Draw a radiograph and show where the sentences of its report point: the program at work, with nothing at hand."""
    stem = str(folder / f"phantom-{seed}")
    _run(context, "phantom", "--seed", str(seed), "--out", str(folder))
    _run(context, "ground", f"{stem}.dcm", "--report", f"{stem}.txt", "--out", str(folder))
    pictures = sorted(folder.glob("[0-9]*.png"))
    out.print(f"\nThe pictures are in {folder}: open the .png files.", markup=False)
    if pictures and (has_desktop(os.environ, sys.stdout.isatty()) if show is None else show):
        typer.launch(str(pictures[0]))
    out.print('Next, with a radiograph of yours: cxr-ground ground chest.dcm "small left effusion" --out results')


def has_desktop(surroundings: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether somebody sits before a screen on which a picture can be opened.

    Args:
        surroundings: the environment's variables.
        is_terminal: whether what is printed goes to a terminal, rather than to a file or another program.
    """
    if not is_terminal or surroundings.get("SSH_CONNECTION"):
        return False
    return sys.platform in ("win32", "darwin") or any(map(surroundings.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def _run(context: typer.Context, *words: str) -> None:
    """Run another command, and show it as it would be typed."""
    from cxr_grounding.cli.given import typed

    out.print("$ cxr-ground " + typed(words), style="bold", markup=False)
    root = context.find_root().command
    with root.make_context("cxr-ground", list(words)) as inner:
        root.invoke(inner)
