"""Commands whose modules are loaded when they are run: who asks for help does not wait for what others compute with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup


class Listed(NamedTuple):
    """A command as the list of commands shows it.

    Args:
        home: its module here, and its function or `typer.Typer` there: "ground.ground".
        summary: the first line of its own help.
    """

    home: str
    summary: str


class LoadedWhenRun(TyperGroup):
    """A group that knows names and summaries of the commands in `listed`, and loads one where it is called."""

    listed: Mapping[str, Listed]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for name, command in self.listed.items():
            self.commands[name] = TyperCommand(name, help=command.summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Name, command and rest of the arguments, as the parent has them."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None or name not in self.listed else self.loaded(name), rest

    def loaded(self, name: str) -> Any:
        """A command of the list, with its options."""
        module, _, inside = self.listed[name].home.partition(".")
        found = getattr(import_module(f"{__package__}.{module}"), inside)
        alone = typer.Typer(add_completion=False)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=name)
        else:
            alone.command(name)(found)
        return typer.main.get_group(alone).commands[name]


def commands_of(group: TyperGroup) -> dict[str, Any]:
    """All that a group has, with their options, by name."""
    if isinstance(group, LoadedWhenRun):
        return {name: group.loaded(name) for name in group.listed}
    return dict(group.commands)
