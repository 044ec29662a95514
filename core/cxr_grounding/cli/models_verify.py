"""`cxr-ground models verify`: is a model still what was fetched or converted, and does it open?"""

from __future__ import annotations

from typing import Annotated

import typer

from cxr_grounding.cli.console import out, print_json
from cxr_grounding.cli.options import Json
from cxr_grounding.errors import ModelError
from cxr_grounding.models.registry import find_model
from cxr_grounding.models.verify import verify_model


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
