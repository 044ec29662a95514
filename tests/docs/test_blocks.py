"""What the documentation tells to type exists: commands, options, make targets, and names of the Python package."""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

import cxr_grounding
from cxr_grounding.cli.loaded_when_run import commands_of
from cxr_grounding.cli.main import app
from doc_pages import PAGES, Block, blocks, blocks_of, short_code
from sources import ROOT, assert_none, name_of, python_files

LANGUAGES = {"sh", "console", "bat", "python", "pycon", "text", "json", "toml", "yaml", "r", "{eval-rst}"}
ALL = [block for page in PAGES for block in blocks_of(page)]
PROGRAM: Any = get_command(app)


def parsed_context(words: list[str]) -> Any:
    """What the program makes of a command line; it ends in a usage error where it makes nothing of it."""
    context = PROGRAM.make_context("cxr-ground", list(words))
    while isinstance(context.command, TyperGroup):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)
    return context


def options_of(command: Any) -> set[str]:
    """The options of a command."""
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


@cache
def all_options() -> set[str]:
    """The options of all commands."""
    found: set[str] = set()
    waiting = [PROGRAM]
    while waiting:
        command = waiting.pop()
        found |= options_of(command)
        waiting += commands_of(command).values() if isinstance(command, TyperGroup) else ()
    return found


def unknown_in(code: str) -> str:
    """What a mention in running text, `cxr-ground models fetch --from`, names that there is not."""
    command = PROGRAM
    for word in code.split()[1:]:
        if isinstance(command, TyperGroup) and re.fullmatch(r"[a-z][a-z-]*", word):
            below = commands_of(command)
            if word not in below:
                return f"there is no command {word}"
            command = below[word]
        elif word.startswith("--") and word.partition("=")[0] not in options_of(command):
            return f"{command.name} has no option {word}"
    return ""


def test_every_block_has_a_language() -> None:
    assert_none(f"{block}: {block.language!r}" for block in ALL if block.language not in LANGUAGES)


def test_blocks_that_nothing_runs_say_why() -> None:
    silent = [block for block in blocks("bat", "pycon") if not block.not_run]
    needless = [block for block in blocks("text", "json", "toml") if block.not_run]
    assert_none(map(str, silent + needless))


def test_a_test_that_stands_in_for_a_block_is_there() -> None:
    named = [(block, path) for block in ALL for path in re.findall(r"\btests/[\w./]+", block.not_run)]
    assert len(named) > 10
    assert_none(f"{block}: {path}" for block, path in named if not (ROOT / path).exists())


@pytest.mark.parametrize("block", blocks("sh", "console", "bat"), ids=str)
def test_the_program_takes_every_command_line(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in block.commands:
        if Path(words[0].replace("\\", "/")).name == "cxr-ground":
            parsed_context(words[1:])
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), words
        elif "-m" in words and words[words.index("-m") + 1].partition(".")[0] in ("benchmarks", "fuzzing"):
            assert importlib.util.find_spec(words[words.index("-m") + 1]), words


def test_the_commands_and_options_of_the_running_text_exist() -> None:
    mentioned = [(page, code) for page in PAGES for code in short_code(page) if code.startswith("cxr-ground ")]
    assert len(mentioned) > 50
    assert_none([f"{name_of(page)}: {code}: {what}" for page, code in mentioned if (what := unknown_in(code))])


def test_options_that_stand_alone_are_some_commands() -> None:
    alone = {
        (name_of(page), code.split()[0])
        for page in PAGES
        for code in short_code(page)
        if re.match(r"--[a-z-]+( |$)", code) and page.name not in ("performance.md", "extending.md")
    }
    assert_none(f"{page}: {option}" for page, option in alone if option not in all_options())


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_names_what_there_is(block: Block) -> None:
    tree = ast.parse(block.text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in imports:
        if node.module == "cxr_grounding":
            assert not [alias.name for alias in node.names if not hasattr(cxr_grounding, alias.name)]
    if block.not_run:  # nothing else would see that a name is gone
        own = {alias.name for node in imports if node.module == "CXRGrounding" for alias in node.names}
        others = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert (own if others else own | attributes) <= names_of_the_product()


@cache
def names_of_the_product() -> set[str]:
    """Every word of the sources: a name that is in none of them is surely gone."""
    files = python_files("core", "CXRGrounding")
    return {word for path in files for word in re.findall(r"\w+", path.read_text("utf-8"))}
