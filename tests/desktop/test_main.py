"""`python -m cxr_grounding_desktop` starts, or says in a sentence why it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cxr_grounding import __version__

ROOT = Path(__file__).parents[2]


def run(*arguments: str, prelude: str = "pass", **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, with nothing of this one's screens."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    code = f"import sys; {prelude}; from cxr_grounding_desktop.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=kept | environment)


def test_the_version_is_told() -> None:
    assert run("--version").stdout == f"{__version__}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only X and Wayland can be missing")
def test_without_a_screen_it_names_the_command_line() -> None:
    ended = run("chest.dcm")
    assert ended.returncode == 2
    assert ended.stderr == "There is no screen to show a window on. Use the command line: cxr-ground ground --help\n"


@pytest.mark.parametrize("missing", ["PyQt5", "slicer"])
def test_without_its_packages_it_says_how_to_install_them(missing: str) -> None:
    ended = run(prelude=f"sys.modules[{missing!r}] = None", QT_QPA_PLATFORM="offscreen")
    assert ended.returncode == 2
    assert ended.stderr == f"The window needs {missing}. Install it: pip install 'cxr-grounding[desktop]'\n"


CLOSE_WHEN_A_FILE_IS_OPEN = """
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QMainWindow
show = QMainWindow.show
def shown(window):
    def look():
        if window.windowTitle() != "CXR Grounding":
            print(window.windowTitle())
            window.close()
    show(window)
    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(100)
QMainWindow.show = shown
"""


def test_it_opens_a_file_and_ends_when_its_window_is_closed(tmp_path: Path, phantom_file: Path) -> None:
    prelude = f"exec({CLOSE_WHEN_A_FILE_IS_OPEN!r})"
    environment = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    ended = run(str(phantom_file), prelude=prelude, **environment)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith("phantom-2000012.dcm - CXR Grounding\n")


def test_what_is_installed_holds_the_module(tmp_path: Path) -> None:
    build = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    package = tmp_path / "cxr_grounding_desktop"
    shipped = {path.relative_to(package / "CXRGrounding") for path in (package / "CXRGrounding").rglob("*.*")}
    source = {path.relative_to(ROOT / "CXRGrounding") for path in (ROOT / "CXRGrounding").rglob("*.*")}
    assert (package / "viewer" / "window" / "tick.svg").is_file()
    expected = {path for path in source if not {"Testing", "__pycache__", "CMakeLists.txt"} & set(path.parts)}
    assert shipped == expected
    code = "from cxr_grounding_desktop.slicer_stand_in.module_loading import module_folder; print(module_folder())"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert found.stdout.strip() == str(package / "CXRGrounding")
