"""Options that several commands take, worded once, and commands that take them in groups."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints, overload

import typer

from cxr_grounding.ask import Ask
from cxr_grounding.presets import PRESETS
from cxr_grounding.recipe import IntensityChain, Method, Places

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]

Yes = Annotated[bool, typer.Option("--yes", help="Answer yes beforehand to what would be asked.")]

ServerName = Annotated[str | None, typer.Option("--server", help="Which archive, where several are set up.")]

ASK_OPTIONS: dict[str, Any] = {
    "model": Annotated[
        str | None, typer.Option(help="A model's name, or its folder. Default: the bundled demonstration.")
    ],
    "steps": Annotated[int | None, typer.Option(min=1, help="Inversion steps, in place of the model's own number.")],
    "preset": Annotated[
        str, typer.Option(help="; ".join(f"{preset.name} ({preset.summary})" for preset in PRESETS.values()) + ".")
    ],
    "places": Annotated[
        Places | None,
        typer.Option(
            help="auto asks a phrase that names a finding and no place at every place; never asks it as it stands. "
            "Default: as the model's recipe says."
        ),
    ],
    "method": Annotated[
        Method | None,
        typer.Option(
            help="inversion looks at the radiograph on its way into noise, noising noises it afresh for every look. "
            "Default: as the model's recipe says."
        ),
    ],
    "seed": Annotated[int | None, typer.Option(min=0, help="Of the noise, with --method noising.")],
    "bbm": Annotated[
        bool | None,
        typer.Option(
            "--bbm/--no-bbm", help="With --method noising, merge in the biases of image and text. Default: off."
        ),
    ],
    "device": Annotated[str, typer.Option(help="cpu, cuda, cuda:1, mps, or auto for the fastest there is.")],
    "precision": Annotated[
        str,
        typer.Option(
            help="single, half (float16) or bfloat16, which move a heatmap a little, or auto for half on NVIDIA GPUs "
            "and bfloat16 with large models on CPUs, where they are fast in it."
        ),
    ],
}
"""Fields of `Ask` that every command offers which grounds."""

RESEARCH_OPTIONS: dict[str, Any] = {
    "intensity": Annotated[
        IntensityChain | None, typer.Option(help="Grey values to [0, 1], in place of the model's own chain.")
    ],
    "noise": Annotated[
        Path | None,
        typer.Option(
            help="With --method noising: a folder with noise of another program, in place of what --seed draws."
        ),
    ],
}
"""Fields that a command offers beside them when it is told to."""


@overload
def grouped(command: Callable[..., None]) -> Callable[..., None]: ...


@overload
def grouped(*, research: bool) -> Callable[[Callable[..., None]], Callable[..., None]]: ...


def grouped(command: Callable[..., None] | None = None, *, research: bool = False) -> Any:
    """Let a command take its options in groups: a parameter whose type is a dataclass stands for that one's fields.

    The command gets the dataclass, built of what was given on the command line. The fields of such a dataclass are
    annotated as a command's own parameters are; those of `Ask` by the tables above. One of `Ask` that
    is called as another of the command's is left out: `evaluate phantom --seed` is about phantoms, not looks.

    Args:
        command: to decorate; its annotations may be texts.
        research: whether the fields of `RESEARCH_OPTIONS` are among those of `Ask`.
    """
    if command is None:
        return functools.partial(grouped, research=research)
    hints = get_type_hints(command, include_extras=True)
    others = [kind for kind in hints.values() if dataclasses.is_dataclass(kind) and kind is not Ask]
    taken = {*hints, *(field.name for kind in others for field in dataclasses.fields(kind))}
    groups: dict[str, tuple[Any, list[str]]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind = hints[name]
        if not dataclasses.is_dataclass(kind):
            parameters.append(parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        members = [one for one in _members(kind, research) if kind is not Ask or one.name not in taken]
        groups[name] = kind, [member.name for member in members]
        parameters += members

    @functools.wraps(command)
    def wrapper(**given: Any) -> None:
        built = {name: kind(**{field: given.pop(field) for field in fields}) for name, (kind, fields) in groups.items()}
        command(**given, **built)

    vars(wrapper)["__signature__"] = inspect.Signature(parameters)
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapper


def _members(kind: Any, research: bool) -> list[inspect.Parameter]:
    """The fields of a group as parameters of a command, in the order in which the help lists them."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if kind is Ask:
        hints = ASK_OPTIONS | (RESEARCH_OPTIONS if research else {})
    else:
        hints = {name: hint for name, hint in get_type_hints(kind, include_extras=True).items() if name in fields}
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hint,
            default=inspect.Parameter.empty if fields[name].default is dataclasses.MISSING else fields[name].default,
        )
        for name, hint in hints.items()
    ]
