"""What `import cxr_grounding` costs and gives."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cxr_grounding
from cxr_grounding import errors


def test_importing_the_package_loads_no_library() -> None:
    program = (
        "import sys, cxr_grounding; cxr_grounding.CXRGroundingError; "
        "print(sorted({'torch', 'diffusers', 'transformers', 'scipy', 'numpy'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_every_exported_name_is_there() -> None:
    for name in cxr_grounding.__all__:
        value = getattr(cxr_grounding, name)
        assert isinstance(value, str | int) if name.isupper() else value.__name__ == name
    assert set(cxr_grounding.__all__) <= set(dir(cxr_grounding))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Ground'"):
        _ = cxr_grounding.Ground


def test_all_errors_of_the_package_are_caught_by_one_name() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    assert len(classes) >= 9
    assert all(issubclass(one, errors.CXRGroundingError) for one in classes)


def test_every_file_of_the_package_that_is_no_program_is_installed() -> None:
    root = Path(__file__).parents[2]
    with (root / "pyproject.toml").open("rb") as file:
        patterns = tomllib.load(file)["tool"]["setuptools"]["package-data"]["cxr_grounding"]
    package = root / "core" / "cxr_grounding"
    installed = {path for pattern in patterns for path in package.glob(pattern)}
    others = {path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert sorted(others - installed) == []
    assert package / "answers" / "grounding.schema.json" in others
