"""What the ExtensionsIndex checks by itself when an extension is handed in, as far as it needs no network.

The rules are those of its `scripts/check_description_files.py` and of Slicer's catalog entry schema, version 1.0.1.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from .conftest import ROOT, Trees

NAME = "CXRGrounding"
SCHEMA = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.1.json#"
)
RAW = "https://raw.githubusercontent.com/cxrgrounding/SlicerCXRGrounding/main/"

TYPES: dict[str, type] = {
    "$schema": str,
    "build_dependencies": list,
    "build_subdirectory": str,
    "category": str,
    "enabled": bool,
    "scm_revision": str,
    "scm_type": str,
    "scm_url": str,
    "tier": int,
}
"""All keys that the schema allows."""

REQUIRED = {"$schema", "category", "scm_url"}

CATEGORIES = {"Analysis", "DICOM", "Informatics", "Quantification", "Segmentation", "Utilities"}
"""Of the index's list, those that an extension like this one could be filed under."""

LICENSES = {"LICENSE", "LICENCE", "License.txt", "license.txt", "LICENSE.txt", "COPYING", "COPYING.txt"}


@pytest.fixture
def entry() -> dict[str, Any]:
    """The catalog entry."""
    return json.loads((ROOT / f"{NAME}.json").read_bytes())


@pytest.fixture
def cmake() -> str:
    """The text of the top-level CMakeLists.txt; the index reads it with regular expressions, comments and all."""
    return (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")


def setting(cmake: str, name: str) -> str:
    """The literal value of a variable, in the form that the index looks for: the parenthesis right after the quote."""
    (value,) = re.findall(rf'set\s*\({name}\s*"([^"]+)"\)', cmake)
    assert "${" not in value
    return value


def test_the_entry_keeps_to_the_schema(entry: dict[str, Any]) -> None:
    assert entry["$schema"] == SCHEMA
    assert entry.keys() >= REQUIRED
    assert entry.keys() <= TYPES.keys()
    assert [key for key, value in entry.items() if type(value) is not TYPES[key]] == []
    assert all(type(name) is str for name in entry["build_dependencies"])
    assert 1 <= entry["tier"] <= 5


def test_the_entry_has_the_line_ends_of_the_index() -> None:
    content = (ROOT / f"{NAME}.json").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"}\n")


def test_the_entry_names_a_repository_that_the_index_accepts(entry: dict[str, Any]) -> None:
    scheme, _, address = entry["scm_url"].partition("://")
    assert scheme in {"git", "https"}
    assert Path(address).stem == f"Slicer{NAME}"
    assert not NAME.lower().startswith("slicer")


def test_entry_and_cmake_say_the_same(entry: dict[str, Any], cmake: str) -> None:
    assert entry["category"] == setting(cmake, "EXTENSION_CATEGORY")
    assert entry["category"] in CATEGORIES
    depends = re.findall(r'set\(EXTENSION_DEPENDS "([^"]*)"\)', cmake)
    assert depends == [" ".join(entry["build_dependencies"]) or "NA"]
    assert entry["scm_url"] == setting(cmake, "EXTENSION_HOMEPAGE") + ".git"


def test_the_first_project_of_the_file_is_the_extension(cmake: str) -> None:
    assert re.findall(r"project\s*\(\s*([^\s\)\n\r]+)", cmake, re.IGNORECASE)[0] == NAME


def test_icon_and_screenshots_are_pictures_of_this_repository(cmake: str) -> None:
    icon = setting(cmake, "EXTENSION_ICONURL")
    screenshots = setting(cmake, "EXTENSION_SCREENSHOTURLS").split()
    assert len(screenshots) >= 1
    for address in (icon, *screenshots):
        assert address.startswith(RAW)
        with Image.open(ROOT / address.removeprefix(RAW)) as picture:
            assert picture.format == "PNG"
            assert picture.size == (128, 128) or address != icon


def test_the_description_is_one_to_three_short_sentences_and_limits_the_use(cmake: str) -> None:
    description = setting(cmake, "EXTENSION_DESCRIPTION")
    assert len(re.findall(r"\.(?: |$)", description)) <= 3
    assert "research use only" in description
    assert len(description) < 300


def test_the_license_lies_where_the_index_looks() -> None:
    assert {path.name for path in ROOT.iterdir()} & LICENSES == {"LICENSE.txt"}
    assert "Apache-2.0" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_description_file_of_the_package_carries_every_field(trees: Trees, cmake: str) -> None:
    lines = (trees.install / "share" / "Slicer-5.12" / f"{NAME}.s4ext").read_text(encoding="utf-8").splitlines()
    told = {key: value for key, _, value in (line.partition(" ") for line in lines)}
    for key in ("category", "contributors", "description", "homepage", "iconurl", "keywords", "screenshoturls"):
        assert told[key] == setting(cmake, f"EXTENSION_{key.upper()}")


def test_no_source_of_another_language_keeps_the_index_from_packaging() -> None:
    ours = [path for folder in ("core", "CXRGrounding", "tests") for path in (ROOT / folder).rglob("*")]
    assert [path for path in ours if path.suffix in {".cxx", ".h"}] == []


def test_the_checklist_points_at_files_that_exist() -> None:
    docs = ROOT / "docs"
    links = re.findall(r"\]\(([^)#]+)\)", (docs / "extension-checklist.md").read_text(encoding="utf-8"))
    assert len(links) > 10
    assert [link for link in links if not (docs / link).exists()] == []
