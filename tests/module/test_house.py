"""Who may know what in the module: the core by its exports, the application in the panel, the scene in its own files.

Who may import whom says import-linter (pyproject.toml), of all but the doorway, which lies in no package.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import cxr_grounding
from sources import ROOT, assert_none, attributes, imported, name_of, parsed, python_files

MODULE = ROOT / "CXRGrounding"
LIBRARY = MODULE / "CXRGroundingLib"
DOORWAY = MODULE / "CXRGrounding.py"
FILES = python_files("CXRGrounding")
PANEL = {DOORWAY, LIBRARY / "install.py", *LIBRARY.glob("widget*.py")}
"""Where the application may be used."""

SCENE = {LIBRARY / "logic.py", LIBRARY / "self_test.py", *LIBRARY.glob("scene_*.py")}
"""Where nodes may be made and changed; the self test makes those that it tests with."""

CHANGES = {"AddNewNodeByClass", "AddNode", "RemoveNode", "SetAndObserveTransformNodeID", "SetColor"}

HEAVY = (
    *("torch", "diffusers", "transformers", "huggingface_hub", "matplotlib", "pydicom", "SimpleITK", "PIL", "scipy"),
    *("qt", "ctk"),
)
"""What the doorway leaves to others."""


def used_of_core(path: Path) -> set[str]:
    """The names that a file takes from `cxr_grounding`."""
    names = {name.removeprefix("cxr_grounding.") for name in imported(path) if name.startswith("cxr_grounding.")}
    return names | attributes(path, "cxr_grounding") - {"__version__", "__file__", "__path__"}


def test_the_rules_find_the_files_of_the_module() -> None:
    assert {DOORWAY, *PANEL, *SCENE} < set(FILES)
    assert len(FILES) > 15


def test_the_core_is_used_by_what_it_exports() -> None:
    exported = set(cxr_grounding.__all__)
    assert_none(
        [
            f"{name_of(path)} uses cxr_grounding.{name}"
            for path in FILES
            for name in sorted(used_of_core(path) - exported)
        ]
    )


def test_the_application_stays_in_the_panel() -> None:
    assert_none([name_of(path) for path in FILES if path not in PANEL and "app" in attributes(path, "slicer")])


def test_the_doorway_leaves_heavy_packages_and_qt_to_others() -> None:
    heavy = re.compile(rf"({'|'.join(HEAVY)})(\.|$)")
    assert_none([name for name in imported(DOORWAY) if heavy.match(name)])


def test_nodes_are_made_and_changed_in_the_scenes_files() -> None:
    assert_none(
        [
            f"{name_of(path)}:{node.lineno} calls {node.attr}"
            for path in FILES
            if path not in SCENE
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Attribute) and node.attr in CHANGES
        ]
    )
