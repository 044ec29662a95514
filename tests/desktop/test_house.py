"""Who may know what in the desktop: the bridge, the view, the window and what stands in for Slicer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cxr_grounding

DESKTOP = Path(__file__).parents[2] / "desktop" / "cxr_grounding_desktop"
FILES = sorted(DESKTOP.rglob("*.py"))
PARTS = {
    "pythonqt": "slicer_stand_in",
    "slicer_names": "slicer_stand_in",
    "view": "viewer",
    "window": "viewer",
}
"""Each with the package that it lies in."""

KNOWS = {
    "pythonqt": {"pythonqt", "slicer_names"},  # of the latter the classes of widgets that a .ui file may hold
    "slicer_names": {"slicer_names", "pythonqt"},
    "view": {"view"},
    "window": {"window", "view", "pythonqt", "slicer_names", "host"},
}


def imported(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it, by their full names."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def parts_imported(path: Path) -> set[str]:
    """The parts of this package that a file imports."""
    names = (name.split(".") for name in imported(path) if name.startswith("cxr_grounding_desktop."))
    return {parts[2] for parts in names if len(parts) > 2}


def files_of(part: str) -> list[Path]:
    return sorted((DESKTOP / PARTS[part] / part).rglob("*.py"))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_those_below_it_only(part: str) -> None:
    for path in files_of(part):
        assert parts_imported(path) <= KNOWS[part], path


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_core_is_used_by_what_it_exports(path: Path) -> None:
    used = {name.split(".")[1] for name in imported(path) if name.startswith("cxr_grounding.")}
    assert used <= {*cxr_grounding.__all__, "__version__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_heavy_packages_and_the_modules_own_names_are_left_alone(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path)}
    assert not tops & {"torch", "diffusers", "transformers", "matplotlib", "pydicom", "SimpleITK", "CXRGroundingLib"}


@pytest.mark.parametrize("path", [*files_of("window"), *files_of("view")], ids=lambda path: path.name)
def test_window_and_view_are_plain_pyqt5(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & {"qt", "ctk"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
