"""The extension configured, built and installed as Slicer's build does it, against the stand-in for Slicer's package.

No compiler is in reach: PATH holds the folder of cmake and ninja alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STAND_IN = Path(__file__).parent / "slicer"
MODULES = Path("lib", "Slicer-5.12", "qt-scripted-modules")
"""Slicer's folder of scripted modules, in a build tree and in a package."""


@dataclass(frozen=True)
class Trees:
    """Folders that an extension was built in and installed to."""

    build: Path
    install: Path


def tool(name: str) -> str:
    """A program that came with this environment's packages; else the system's."""
    package = find_spec("cmake")
    # Its own folder first: beside Python lie scripts in Python which do nothing but call what lies there.
    folders = [Path(place) / "data" / "bin" for place in (package and package.submodule_search_locations) or ()]
    places = os.pathsep.join(map(str, [*folders, Path(sys.executable).parent]))
    found = shutil.which(name, path=places) or shutil.which(name)
    assert found, f"{name} is not here: install the packages of the dev extra"
    return found


def run_tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run cmake or ctest with nothing else on PATH."""
    environment = os.environ | {"PATH": str(Path(tool("cmake")).parent)}
    return subprocess.run([tool(name), *map(str, arguments)], capture_output=True, text=True, env=environment)


@pytest.fixture(scope="session")
def configure() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Configures an extension in a build folder; what cmake printed and whether it went well."""

    def configured(source: Path, build: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return run_tool(
            "cmake",
            *("-G", "Ninja", "-S", source, "-B", build),
            *(f"-DCMAKE_MAKE_PROGRAM={tool('ninja')}", f"-DCMAKE_TOOLCHAIN_FILE={STAND_IN / 'no_compiler.cmake'}"),
            *(f"-DSlicer_DIR={STAND_IN}", f"-DSTAND_IN_PYTHON={sys.executable}"),
            *options,
        )

    return configured


@pytest.fixture(scope="session")
def trees(
    configure: Callable[..., subprocess.CompletedProcess[str]], tmp_path_factory: pytest.TempPathFactory
) -> Trees:
    """Those of this extension."""
    folder = tmp_path_factory.mktemp("extension")
    made = Trees(folder / "build", folder / "install")
    for done in (
        configure(ROOT, made.build),
        run_tool("cmake", "--build", made.build),
        run_tool("cmake", "--install", made.build, "--prefix", made.install),
    ):
        assert done.returncode == 0, done.stdout + done.stderr
    return made
