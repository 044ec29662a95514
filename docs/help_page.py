"""Write docs/command-line-help.md: every command and option, out of the program. `make help-page` runs this."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from cxr_grounding.cli.loaded_when_run import commands_of
from cxr_grounding.cli.main import app

PAGE = Path(__file__).with_name("command-line-help.md")

INTRODUCTION = """# Every command and option

Generated from the program by `make help-page`; `cxr-ground COMMAND --help` says the same. How the command line behaves,
with examples, stands in [the command line](command-line.md).
"""


def help_page() -> str:
    """The page as it has to be now."""
    parts = [INTRODUCTION]
    program = get_command(app)
    for context in commands(program.context_class(program, info_name="cxr-ground")):
        parts += section(context)
    return "\n".join(parts)


def commands(context: Any) -> Iterator[Any]:
    """A command and all below it, in the order of the help."""
    yield context
    if isinstance(context.command, TyperGroup):
        for name, command in commands_of(context.command).items():
            yield from commands(command.context_class(command, info_name=name, parent=context))


def section(context: Any) -> Iterator[str]:
    """What the page says of one command."""
    command = context.command
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    yield f"## {context.command_path}\n"
    yield f"{paragraphs(command)}\n"
    yield f"```text\n{usage}\n```\n"
    if isinstance(command, TyperGroup):
        for name, below in commands_of(command).items():
            path = f"{context.command_path} {name}"
            yield f"- [`{path}`](#{path.replace(' ', '-')}): {paragraphs(below).splitlines()[0]}"
        yield ""
    records = (parameter.get_help_record(context) for parameter in command.params)
    rows = [f"| `{cell(names)}` | {cell(said)} |" for names, said in filter(None, records)]
    if rows:
        yield "| | |\n|---|---|"
        yield from rows
        yield ""


def paragraphs(command: Any) -> str:
    """A command's help, its lines joined as a paragraph's."""
    return "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))


def cell(text: str) -> str:
    """A text inside a table."""
    if not text.startswith("-"):
        text = re.sub(r"(?<!\S)--[a-z-]*[a-z]", r"`\g<0>`", text)
    return re.sub(r"\s+", " ", text).replace("|", r"\|").strip()


if __name__ == "__main__":
    PAGE.write_text(help_page(), encoding="utf-8", newline="\n")
