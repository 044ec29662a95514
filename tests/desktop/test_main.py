"""`python -m cxr_grounding_desktop` starts, or says in a sentence why it does not."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from cxr_grounding import __version__
from cxr_grounding_desktop import __main__ as program


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


def test_where_there_is_no_slicer_core_it_does_not_say_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "NO_SLICER_CORE", sys.version_info[:2])
    assert "built for Python 3.11 to 3.13" in program._how_to_get("slicer")
    assert program._how_to_get("PyQt5") == "Install it: pip install 'cxr-grounding[desktop]'"


def test_what_is_said_of_slicer_core_is_what_the_package_asks_for() -> None:
    with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as file:
        lines = tomllib.load(file)["project"]["optional-dependencies"]["desktop"]
    (marker,) = [one.marker for one in map(Requirement, lines) if one.name == "slicer-core"]
    assert marker is not None
    for version in ((3, 11), (3, 13), (3, 14)):
        for system in itertools.product(("linux", "win32", "darwin"), ("x86_64", "aarch64", "AMD64", "ARM64", "arm64")):
            about = {
                "python_version": "{}.{}".format(*version),
                "sys_platform": system[0],
                "platform_machine": system[1],
            }
            assert marker.evaluate(about) is (version < program.NO_SLICER_CORE and system in program.SLICER_CORE)


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
