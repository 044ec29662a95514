"""Rules for the whole product that no linter knows: how wide a call, how long a file, and no name twice."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from sources import PRODUCT, ROOT, assert_none, name_of, parsed, python_files

FILES = python_files(*PRODUCT)
WIDEST = 7
"""Parameters of a function; `self`, `cls`, `*args` and `**kwargs` are not counted."""

SLICERS_OWN = {
    "pip_ensure": "slicer.packaging",
    "registerCustomSampleDataSource": "SampleData.SampleDataLogic",
}
"""Functions of `slicer_names` that are as wide as Slicer's, and where Slicer has them."""

SLICER_NAMES = ROOT / "desktop" / "cxr_grounding_desktop" / "slicer_stand_in" / "slicer_names"

LONGEST, LONGEST_OF_DESKTOP = 400, 350
"""Lines of a file."""


def width(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many parameters a function has, without those that are not counted."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if positional and positional[0].arg in ("self", "cls", "mcs"):
        positional = positional[1:]
    return len(positional) + len(arguments.kwonlyargs)


def too_wide(path: Path) -> list[str]:
    """The functions of a file with too many parameters."""
    functions = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    excepted = SLICERS_OWN if SLICER_NAMES in path.parents else {}
    return [
        f"{name_of(path)}:{function.lineno}: {function.name} has {width(function)}"
        for function in functions
        if width(function) > WIDEST and function.name not in excepted
    ]


def test_no_function_has_more_than_seven_parameters() -> None:
    assert_none([offender for path in FILES for offender in too_wide(path)])


def test_the_exceptions_are_functions_of_slicers_that_are_there() -> None:
    names = {
        node.name
        for path in python_files(name_of(SLICER_NAMES))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and width(node) > WIDEST
    }
    assert names == set(SLICERS_OWN)


def test_every_file_can_be_read_in_one_sitting() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert_none(
        [
            f"{name_of(path)} has {length} lines"
            for path, length in lengths.items()
            if length > (LONGEST_OF_DESKTOP if path.is_relative_to(ROOT / "desktop") else LONGEST)
        ]
    )


def test_no_two_modules_of_the_core_share_a_name() -> None:
    files = [path for path in python_files("core") if path.name != "__init__.py"]
    count = Counter(path.name for path in files)
    assert_none([name_of(path) for path in files if count[path.name] > 1])


def test_the_files_of_the_product_are_found() -> None:
    folders = Counter(name_of(path).partition("/")[0] for path in FILES)
    assert folders.keys() == set(PRODUCT)
    assert folders["core"] > 100
    assert folders["desktop"] > 50
