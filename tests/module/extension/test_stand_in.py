"""The stand-in for Slicer's package refuses what Slicer refuses, so that passing against it means something."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import MODULES, run_tool

Configure = Callable[..., subprocess.CompletedProcess[str]]

EXTENSION = """
cmake_minimum_required(VERSION 3.16.3...3.28)
project(Small)
set(EXTENSION_HOMEPAGE "https://example.org")
set(EXTENSION_CATEGORY "Analysis")
set(EXTENSION_CONTRIBUTORS "Someone")
set(EXTENSION_DESCRIPTION "Small")
set(EXTENSION_ICONURL "https://example.org/icon.png")
set(EXTENSION_SCREENSHOTURLS "https://example.org/screen.png")
set(EXTENSION_DEPENDS "NA")
set(EXTENSION_KEYWORDS "small")
set(EXTENSION_LICENSE_FILE "${CMAKE_CURRENT_SOURCE_DIR}/LICENSE.txt")
set(EXTENSION_README_FILE "${CMAKE_CURRENT_SOURCE_DIR}/README.md")
find_package(Slicer REQUIRED)
include(${Slicer_USE_FILE})
slicerMacroBuildScriptedModule(NAME Small SCRIPTS Small.py RESOURCES Resources/small.txt)
include(${Slicer_EXTENSION_GENERATE_CONFIG})
include(${Slicer_EXTENSION_CPACK})
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with the smallest extension."""
    folder = tmp_path / "small"
    (folder / "Resources").mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(EXTENSION, encoding="utf-8")
    (folder / "Small.py").write_text("SMALL = True\n", encoding="utf-8")
    for name in ("Resources/small.txt", "LICENSE.txt", "README.md"):
        (folder / name).write_text("small\n", encoding="utf-8")
    return folder


def change(small: Path, before: str, after: str) -> None:
    assert before in EXTENSION
    (small / "CMakeLists.txt").write_text(EXTENSION.replace(before, after), encoding="utf-8")


def test_the_smallest_extension_is_installed(small: Path, configure: Configure, tmp_path: Path) -> None:
    build, install = tmp_path / "build", tmp_path / "install"
    assert configure(small, build).returncode == 0
    assert run_tool("cmake", "--build", build).returncode == 0
    assert run_tool("cmake", "--install", build, "--prefix", install).returncode == 0
    there = {
        path.relative_to(install / MODULES).as_posix() for path in (install / MODULES).rglob("*") if path.is_file()
    }
    assert there == {"Small.py", "Small.pyc", "Resources/small.txt"}


def test_a_module_with_a_folder_of_its_own_is_where_slicer_does_not_look(
    small: Path, configure: Configure, tmp_path: Path
) -> None:
    change(small, "NAME Small", "NAME Small WITH_SUBDIR")
    build, install = tmp_path / "build", tmp_path / "install"
    assert configure(small, build).returncode == 0
    assert run_tool("cmake", "--build", build).returncode == 0
    assert run_tool("cmake", "--install", build, "--prefix", install).returncode == 0
    assert not (install / MODULES / "Small.py").exists()
    assert (install / MODULES / "small" / "Small.py").exists()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("SCRIPTS Small.py", "SCRIPTS Small.py Other.py", "nonexistent file or directory 'Other.py'"),
        ("Resources/small.txt", "Resources/large.txt", "nonexistent file or directory 'Resources/large.txt'"),
        ("NAME Small SCRIPTS", "NAME Small FILES a.py SCRIPTS", "Unknown keywords"),
        ("NAME Small ", "", "NAME is mandatory"),
        ("SCRIPTS Small.py", "SCRIPTS ../small/Small.py", "would not arrive below"),
        ("project(Small)", "project(Slicer)", "name of the extension"),
        ('DESCRIPTION "Small"', 'DESCRIPTION "Small; and fast"', "EXTENSION_DESCRIPTION holds a semicolon"),
        ('set(EXTENSION_DEPENDS "NA")', "", "EXTENSION_DEPENDS is not set"),
        ("/README.md", "/README.txt", "inexistent file"),
    ],
)
def test_configuring_fails_for(
    small: Path, configure: Configure, tmp_path: Path, before: str, after: str, words: str
) -> None:
    change(small, before, after)
    done = configure(small, tmp_path / "build")
    assert done.returncode != 0
    assert words in " ".join(done.stderr.split())


def test_a_script_with_an_error_of_syntax_fails_the_build(small: Path, configure: Configure, tmp_path: Path) -> None:
    (small / "Small.py").write_text("SMALL = (\n", encoding="utf-8")
    assert configure(small, tmp_path / "build").returncode == 0
    done = run_tool("cmake", "--build", tmp_path / "build")
    assert done.returncode != 0
    assert "SyntaxError" in done.stdout + done.stderr


def test_a_test_whose_script_would_be_looked_for_elsewhere_is_refused(
    small: Path, configure: Configure, tmp_path: Path
) -> None:
    change(small, "RESOURCES Resources/small.txt)", ")\nslicer_add_python_unittest(SCRIPT Resources/../Small.py)")
    done = configure(small, tmp_path / "build")
    assert done.returncode != 0
    assert "would be looked for where ctest runs" in " ".join(done.stderr.split())
