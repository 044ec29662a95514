"""Who may know what in the module: the core by its exports, Qt in the panel, the scene in the scene's files."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cxr_grounding

MODULE = Path(__file__).parents[2] / "CXRGrounding"
LIBRARY = MODULE / "CXRGroundingLib"
FILES = [MODULE / "CXRGrounding.py", *sorted(LIBRARY.glob("*.py"))]
PANEL = {"CXRGrounding.py", "install.py", *(path.name for path in LIBRARY.glob("widget*.py"))}
"""Where Qt and the application may be used."""

SCENE = {"logic.py", "self_test.py", *(path.name for path in LIBRARY.glob("scene_*.py"))}
"""Where nodes may be made and changed; the self test makes those that it tests with."""


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it, by their full names."""
    names = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def attributes(path: Path, of: str) -> set[str]:
    """The names `x` in `of.x` that a file uses."""
    return {
        node.attr
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == of
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_core_is_used_by_what_it_exports(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith("cxr_grounding.")}
    names = {
        alias.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module == "cxr_grounding"
        for alias in node.names
    }
    used = names | attributes(path, "cxr_grounding") - {"__version__", "__file__", "__path__"}
    assert used <= set(cxr_grounding.__all__)


@pytest.mark.parametrize("path", [path for path in FILES if path.name not in PANEL], ids=lambda path: path.name)
def test_qt_and_the_application_stay_in_the_panel(path: Path) -> None:
    assert not imported(path) & {"qt", "ctk"}
    assert "app" not in attributes(path, "slicer")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_heavy_packages_are_left_to_the_worker(path: Path) -> None:
    heavy = {
        "torch",
        "diffusers",
        "transformers",
        "huggingface_hub",
        "matplotlib",
        "pydicom",
        "SimpleITK",
        "PIL",
        "scipy",
    }
    assert not {name.split(".")[0] for name in imported(path)} & heavy


@pytest.mark.parametrize("path", [path for path in FILES if path.name not in SCENE], ids=lambda path: path.name)
def test_nodes_are_made_and_changed_in_the_scenes_files(path: Path) -> None:
    calls = {node.attr for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}
    assert not calls & {"AddNewNodeByClass", "AddNode", "RemoveNode", "SetAndObserveTransformNodeID", "SetColor"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
