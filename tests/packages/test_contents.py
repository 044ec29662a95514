"""What the source archive and the wheel hold, and that it runs from there: nothing of the checkout is in reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import numpy
import pytest

from cxr_grounding import __version__

from .conftest import ROOT, Packages

LARGEST_BYTES = 20e6


def files_below(folder: Path, *left_out: str) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not {"__pycache__", *left_out} & set(path.parts)}


@pytest.fixture(scope="module")
def site(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as an installer lays it out."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(packages.wheel) as wheel:
        wheel.extractall(folder)
    return folder


def test_the_wheel_holds_both_packages_and_the_module_and_nothing_else(site: Path, packages: Packages) -> None:
    assert packages.wheel.name == f"cxr_grounding-{__version__}-py3-none-any.whl"
    assert packages.wheel.stat().st_size < LARGEST_BYTES
    assert {path.name for path in site.iterdir()} == {
        "cxr_grounding",
        "cxr_grounding_desktop",
        f"cxr_grounding-{__version__}.dist-info",
    }
    assert files_below(site / "cxr_grounding") == files_below(ROOT / "core" / "cxr_grounding")
    module = site / "cxr_grounding_desktop" / "CXRGrounding"
    assert files_below(module) == files_below(ROOT / "CXRGrounding", "Testing", "CMakeLists.txt")
    window = files_below(ROOT / "desktop" / "cxr_grounding_desktop")
    assert files_below(site / "cxr_grounding_desktop", "CXRGrounding") == window


def test_the_source_archive_builds_the_wheel_and_tells_of_itself(packages: Packages) -> None:
    with tarfile.open(packages.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    beside = {"CHANGELOG.md", "CITATION.cff", "LICENSE.txt", "README.md", "constraints.txt", "pyproject.toml"}
    assert beside | {"setup.py", "CXRGrounding/CXRGrounding.py"} <= names
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]


def test_its_page_on_the_index_has_links_that_lead_somewhere(site: Path) -> None:
    metadata = message_from_bytes((site / f"cxr_grounding-{__version__}.dist-info" / "METADATA").read_bytes())
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert set(metadata.get_all("Provides-Extra")) == {"desktop", "keyring", "tables", "cluster", "dev", "docs"}
    page = metadata.get_payload()
    assert "](docs/" not in page
    assert "/main/docs/images/phantom.png)" in page
    assert "/blob/main/docs/honesty.md)" in page


PROGRAM = """
import importlib.metadata, json, pathlib, sys
import cxr_grounding
from cxr_grounding_desktop.slicer_stand_in.module_loading import module_folder
program, window = (importlib.metadata.entry_points(group="console_scripts", name=name)[name].load()
                   for name in ("cxr-ground", "cxr-ground-desktop"))
codes = []
for words in (["phantom", "--size", "96", "--out", "here"], ["report", "here/phantom-2000000.txt"], ["models", "list"]):
    sys.argv = ["cxr-ground", *words]
    try:
        program()
    except SystemExit as end:
        codes.append(end.code or 0)
mine = [module for name, module in sys.modules.items() if name.startswith("cxr_ground")]
used = {str(pathlib.Path(module.__file__).resolve()) for module in mine}
told = {"codes": codes, "used": sorted(used), "module": str(module_folder())}
pathlib.Path("told.json").write_text(json.dumps(told))
"""


def test_it_runs_from_there(site: Path, tmp_path: Path) -> None:
    # Other packages are the development environment's: as a path, so that its editable installation is out of reach.
    others = Path(numpy.__file__).resolve().parents[1]
    search = f"import sys; sys.path[1:1] = [{str(site)!r}]; sys.path.append({str(others)!r})\n"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-S", "-P", "-c", search + PROGRAM]
    ended = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["codes"] == [0, 0, 0], ended.stderr
    assert "phantom-ldm" in ended.stdout
    assert Path(told["module"]) == site / "cxr_grounding_desktop" / "CXRGrounding"
    assert [path for path in told["used"] if site not in Path(path).parents] == []
