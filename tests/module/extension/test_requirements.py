"""Resources/requirements.txt: what the worker needs beyond Slicer's Python, and nothing that would change Slicer's."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import cxr_grounding

from .conftest import ROOT

SLICER = {
    "highdicom": "0.27.0",
    "numpy": "2.4.6",
    "packaging": "26.2",
    "pillow": "12.2.0",
    "pydicom": "3.0.2",
    "requests": "2.34.2",
    "scipy": "1.17.1",
    "simpleitk": "2.5.5",
}
"""Of what Slicer 5.12 brings (its SuperBuild/External_python-*.cmake), the packages that Slicer or the core load."""

WHERE_WANTED = {"dicomweb-client", "keyring", "matplotlib"}
"""Loaded only where findings go to an archive or become pictures; where one is missing, a sentence says so."""

IMPORTED_AS = {"PIL": "pillow", "SimpleITK": "simpleitk", "huggingface_hub": "huggingface-hub"}


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Those of requirements.txt that are neither empty nor a comment, which is what Slicer's reader skips."""
    text = (ROOT / "CXRGrounding" / "Resources" / "requirements.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def names(lines: list[str]) -> set[str]:
    """The packages asked for."""
    return {canonicalize_name(Requirement(line).name) for line in lines}


def file_of(module: str) -> Path | None:
    """The module's source in core/; None for a name that is no module there."""
    base = ROOT.joinpath("core", *module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def imports_of(module: str) -> set[str]:
    """Names of modules that a module of the core imports, at its head or inside functions."""
    path = file_of(module)
    assert path, module
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            deeper = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {node.module} | {name for name in deeper if file_of(name)}
    return found


def packages_behind(roots: Iterable[str]) -> set[str]:
    """The third-party packages that modules of the core, and all that they import, may load."""
    waiting, seen, packages = set(roots), set(), set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        if module == "cxr_grounding":
            continue  # its __init__ loads on demand
        for name in imports_of(module):
            top = name.partition(".")[0]
            if top == "cxr_grounding":
                waiting |= {name} - seen
            elif top not in sys.stdlib_module_names:
                packages.add(canonicalize_name(IMPORTED_AS.get(top, top)))
    return packages


def test_the_bounds_are_those_of_the_distribution(lines: list[str]) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["project"]["dependencies"]
    assert set(lines) <= set(declared)


def test_every_line_is_one_requirement_with_a_lower_bound_alone(lines: list[str]) -> None:
    for line in lines:
        requirement = Requirement(line)  # what an inline comment would break
        assert [bound.operator for bound in requirement.specifier] == [">="]


def test_slicers_own_packages_are_not_asked_for(names: set[str]) -> None:
    assert names & SLICER.keys() == set()


def test_what_the_worker_imports_is_slicers_or_is_asked_for(names: set[str]) -> None:
    loaded = packages_behind(["cxr_grounding.worker.server"])
    assert "torch" in loaded
    assert loaded - names - SLICER.keys() == WHERE_WANTED


def test_what_the_module_uses_in_slicers_own_process_is_all_slicers() -> None:
    used = set()
    for path in (ROOT / "CXRGrounding").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "cxr_grounding":
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "cxr_grounding":
                used.add(node.attr)
    assert used <= set(cxr_grounding.__all__)
    homes = {f"cxr_grounding.{cxr_grounding._HOME_OF[name]}" for name in used}
    loaded = packages_behind(homes)
    assert "pydicom" in loaded
    assert loaded - SLICER.keys() == WHERE_WANTED


def test_installing_them_leaves_slicers_packages_as_they_are(names: set[str]) -> None:
    """Every bound that they, and what they bring, put on one of Slicer's packages holds for Slicer's version."""
    waiting, seen, broken = set(names), set(), []
    while waiting:
        name = waiting.pop()
        seen.add(name)
        try:
            wanted = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:
            continue  # for another platform, as the GPU libraries of torch are here
        for requirement in wanted:
            needed = canonicalize_name(requirement.name)
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            if needed in SLICER and not requirement.specifier.contains(SLICER[needed], prereleases=True):
                broken.append(f"{name} wants {requirement}; Slicer has {SLICER[needed]}")
            waiting |= {needed} - seen - SLICER.keys()
    assert broken == []
    assert len(seen) > len(names)


def test_the_copyleft_decoder_stays_out_of_the_extension(names: set[str]) -> None:
    assert "pylibjpeg-libjpeg" not in names
