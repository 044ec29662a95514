"""Ask before what cannot be undone, or needs consent."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cxr_grounding.errors import ModelError

Yes = Annotated[bool, typer.Option("--yes", help="Answer yes beforehand to what would be asked.")]


def confirmed(question: str, yes: bool) -> bool:
    """The user's answer; with `--yes` it is given beforehand.

    Raises:
        ModelError: when there is nobody to ask, and it was not given.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise ModelError(f"{question} There is no terminal to ask at: give --yes if so.")
    return typer.confirm(question, err=True)
