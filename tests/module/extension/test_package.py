"""The build tree and the package of the extension: complete, and usable without this checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import MODULES, ROOT, Trees, run_tool

NOT_SHIPPED = ("CMakeLists.txt", "Testing")
"""Of the module's folder: what builds and tests it."""


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def sources() -> set[str]:
    """What must be shipped, relative to the folder of scripted modules: all of the core and of the module."""
    core = {f"cxr_grounding/{name}" for name in files_below(ROOT / "core" / "cxr_grounding")}
    module = {name for name in files_below(ROOT / "CXRGrounding") if not name.startswith(NOT_SHIPPED)}
    return {name for name in core | module if "__pycache__/" not in name}


@pytest.fixture(params=["build", "install"])
def modules(request: pytest.FixtureRequest, trees: Trees) -> Path:
    """The folder of scripted modules, of either tree."""
    return getattr(trees, request.param) / MODULES


def test_every_file_of_the_core_and_the_module_is_there_and_nothing_else(modules: Path) -> None:
    there = files_below(modules)
    compiled = {f"{name}c" for name in sources() if name.endswith(".py")}
    assert sorted(sources() - there) == []
    assert sorted(there - sources() - compiled) == []


def test_every_script_is_compiled_beside_itself(modules: Path) -> None:
    there = files_below(modules)
    assert {name for name in there if name.endswith(".pyc")} == {f"{name}c" for name in there if name.endswith(".py")}


def test_files_arrive_unchanged(modules: Path) -> None:
    for name in sources():
        origin = ROOT / "core" if name.startswith("cxr_grounding/") else ROOT / "CXRGrounding"
        assert (modules / name).read_bytes() == (origin / name).read_bytes(), name


def test_slicer_finds_one_module_there(modules: Path) -> None:
    # Every .py directly in the folder is taken for a module of that name.
    assert [path.name for path in modules.glob("*.py")] == ["CXRGrounding.py"]


def test_the_package_adds_a_description_and_nothing_else(trees: Trees) -> None:
    elsewhere = {name for name in files_below(trees.install) if not name.startswith(MODULES.as_posix())}
    assert elsewhere == {"share/Slicer-5.12/CXRGrounding.s4ext"}


def in_a_fresh_interpreter(modules: Path, program: str) -> dict[str, object]:
    """What a program prints as JSON that can import from the tree and the installed packages, not from this checkout.

    -I and -S: no working folder, no environment, no .pth files, and with them no editable install.
    """
    places = [str(modules), *dict.fromkeys(sysconfig.get_paths()[name] for name in ("purelib", "platlib"))]
    start = f"import json, sys; sys.path += {places!r}; sys.dont_write_bytecode = True\n"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", start + program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_core_works_from_the_tree_alone(modules: Path) -> None:
    sample = modules / "Resources" / "SampleData" / "phantom-2000012.dcm"
    told = in_a_fresh_interpreter(
        modules,
        f"""
import cxr_grounding
entry = cxr_grounding.find_model()
radiograph = cxr_grounding.read_image({str(sample)!r})
print(json.dumps({{
    "core": cxr_grounding.__file__,
    "model": [entry.name, entry.bundled, entry.problem, str(entry.folder)],
    "shape": radiograph.pixels.shape,
    "torch": "torch" in sys.modules,
}}))
""",
    )
    assert told == {
        "core": str(modules / "cxr_grounding" / "__init__.py"),
        "model": ["phantom-ldm", True, "", str(modules / "cxr_grounding/models/bundled/phantom-ldm")],
        "shape": [448, 523],
        "torch": False,
    }


def test_the_logic_grounds_a_shipped_sample_from_the_package_alone(trees: Trees) -> None:
    modules = trees.install / MODULES
    told = in_a_fresh_interpreter(
        modules,
        f"""
import slicer
from CXRGroundingLib import logic as home
slicer.mrmlScene = slicer.vtkMRMLScene()
logic = home.GroundingLogic()
samples = {str(modules / "Resources" / "SampleData")!r}
volume = logic.loadRadiograph(samples + "/phantom-2000012.dcm")
label = logic.ground(volume, "Large left pleural effusion", device="cpu", preset="fast")
logic.close()
print(json.dumps({{"logic": home.__file__, "image": label.GetImageData().GetDimensions(),
                   "model": logic.result(label)["model"]["name"]}}))
""",
    )
    assert told == {
        "logic": str(modules / "CXRGroundingLib" / "logic.py"),
        "image": [523, 448, 1],
        "model": "phantom-ldm",
    }


def test_ctest_gets_the_self_test_and_slicers_generic_test(trees: Trees) -> None:
    listed = run_tool("ctest", "--test-dir", trees.build, "--show-only=json-v1")
    assert listed.returncode == 0, listed.stderr
    commands = {test["name"]: test["command"][-1] for test in json.loads(listed.stdout)["tests"]}
    assert set(commands) == {"py_CXRGrounding", "py_nomainwindow_qSlicerCXRGroundingModuleGenericTest"}
    assert f"'{ROOT / 'CXRGrounding'}'], 'CXRGrounding')" in commands["py_CXRGrounding"]


def test_it_configures_without_tests_as_the_index_packages_it(
    configure: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = configure(ROOT, tmp_path, "-DBUILD_TESTING=OFF")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(run_tool("ctest", "--test-dir", tmp_path, "--show-only=json-v1").stdout)["tests"] == []


def test_the_archive_holds_the_package(trees: Trees) -> None:
    done = run_tool("cmake", "--build", trees.build, "--target", "package")
    assert done.returncode == 0, done.stdout + done.stderr
    (archive,) = trees.build.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {member.name.partition("/")[2] for member in opened if member.isfile()}
    # Without what Python keeps beside what other tests imported from there.
    assert names == {file for file in files_below(trees.install) if "__pycache__" not in file}
