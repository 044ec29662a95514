"""Versions with known holes that a file or a model folder can reach are neither allowed nor used."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]

FLOORS = {
    "pydicom": "3.0.2",  # CVE-2026-32711
    "pillow": "12.3.0",  # CVE-2026-25990, CVE-2026-40192, CVE-2026-42308
    "transformers": "5.3.0",  # CVE-2026-4372 (runs code that a config.json names), CVE-2026-5241
    "simpleitk": "2.5.7",  # VU#591834, in ITK
}
"""The first version without the hole."""


def bound(line: str) -> tuple[str, Version]:
    requirement = Requirement(line)
    (specifier,) = requirement.specifier
    return canonicalize_name(requirement.name), Version(specifier.version)


def lines_of(path: str) -> list[str]:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_with_a_known_hole_is_allowed_or_used(name: str) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = dict(map(bound, tomllib.load(file)["project"]["dependencies"]))
    pinned = dict(map(bound, lines_of("constraints.txt")))
    assert declared[name] >= Version(FLOORS[name])
    assert pinned[name] >= declared[name]


def test_the_extension_asks_for_none_either() -> None:
    asked = dict(map(bound, lines_of("CXRGrounding/Resources/requirements.txt")))
    assert {name: str(asked[name]) for name in FLOORS.keys() & asked.keys()} == {"transformers": "5.3"}
