"""The sources of the product, for rules that are read from them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("core", "desktop", "CXRGrounding", "benchmarks", "fuzzing")
"""Folders with what is shipped, measured or damaged with; not the tests."""


def python_files(*folders: str) -> list[Path]:
    """The Python files in these folders of the repository and below, in order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """A file as an offender is named: from the repository's root."""
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it, by their full names; of `from a import b`, both a and a.b."""
    names = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def attributes(path: Path, of: str) -> set[str]:
    """The names `x` in `of.x` that a file uses."""
    return {
        node.attr
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == of
    }


def calls(path: Path) -> Iterator[ast.Call]:
    """All calls in a file."""
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))


def called(node: ast.Call) -> str:
    """The bare name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def at(path: Path, node: ast.expr) -> str:
    """An expression as an offender is named: file, line and text."""
    return f"{path.name}:{node.lineno}: {ast.unparse(node)}"


def assert_none(offenders: Iterable[str]) -> None:
    """Fail with all offenders against a rule, one a line."""
    listed = sorted(offenders)
    assert not listed, "\n".join(["these break the rule:", *listed])
