"""The wheel, and the source archive, installed where nothing else is and far from the checkout: all doors open there.

It downloads what the package needs: `make test-package`, or `make test-slow`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import ROOT, Packages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@dataclass(frozen=True)
class Installed:
    """An environment of its own, and a folder to work in, both outside of the checkout."""

    environment: Path
    work: Path

    def run(self, program: str, *words: object, **surroundings: str) -> str:
        """What a program of the environment printed."""
        scripts = self.environment / ("Scripts" if sys.platform == "win32" else "bin")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        command = [str(scripts / program), *map(str, words)]
        told = subprocess.run(command, cwd=self.work, env=kept | surroundings, capture_output=True, text=True)
        assert told.returncode == 0, f"{program} {words}: {told.stdout[-2000:]}\n{told.stderr[-4000:]}"
        return told.stdout

    def install(self, *what: str) -> None:
        self.run("python", "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", *what)


@pytest.fixture(scope="module")
def installed(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel with its window; the environment's folder has a space in its name."""
    folder = tmp_path_factory.mktemp("installed")
    made = Installed(folder / "an environment", folder / "work")
    made.work.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(made.environment)], check=True)
    made.install(f"cxr-grounding[desktop] @ {packages.wheel.as_uri()}")
    return made


def test_the_command_line_draws_grounds_reads_and_tells_of_itself(installed: Installed) -> None:
    assert "cxr-ground demo" in installed.run("cxr-ground")
    installed.run("cxr-ground", "phantom", "--seed", 2_000_012, "--size", 512, "--out", ".")
    told = installed.run(
        "cxr-ground",
        "ground",
        "phantom-2000012.dcm",
        "--report",
        "phantom-2000012.txt",
        "--out",
        "out",
        "--preset",
        "fast",
    )
    assert "DEMONSTRATION MODEL" in told
    assert len(list((installed.work / "out").glob("*.png"))) == 3
    assert "Pneumothorax" in installed.run("cxr-ground", "report", "phantom-2000012.txt")
    doctor = json.loads(installed.run("cxr-ground", "doctor", "--json"))
    assert doctor["extras"]["desktop"] == "installed"
    assert "an environment" in doctor["places"]["program"]
    assert doctor["packages"]["torch"].startswith("2.")


def test_three_lines_of_python_give_an_answer(installed: Installed) -> None:
    program = (
        "from cxr_grounding import Grounder, read_image; grounder = Grounder.open(preset='fast'); "
        "grounder.set_radiograph(read_image('phantom-2000012.dcm')); found = grounder.ground('left pleural effusion'); "
        "import cxr_grounding; print(found.verdict.kind.value, found.heatmap.shape, cxr_grounding.__file__)"
    )
    verdict, _, rest = installed.run("python", "-c", program).partition(" (")
    assert verdict == "in doubt"  # which a preset without evidence leaves it in
    assert "an environment" in rest


SEEN = """
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QMainWindow
show = QMainWindow.show
def shown(window):
    def look():
        if window.windowTitle() != "CXR Grounding":
            window.grab().save("window.png")
            print(window.windowTitle())
            window.close()
    show(window)
    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(100)
QMainWindow.show = shown
import sys
from cxr_grounding_desktop.__main__ import main
sys.exit(main(["phantom-2000012.dcm"]))
"""


def test_the_window_opens_a_radiograph(installed: Installed) -> None:
    told = installed.run("python", "-c", SEEN, QT_QPA_PLATFORM="offscreen", XDG_CONFIG_HOME=str(installed.work))
    assert told.strip().endswith("phantom-2000012.dcm - CXR Grounding")
    assert (installed.work / "window.png").stat().st_size > 10_000


def test_the_source_archive_does_the_same(installed: Installed, packages: Packages) -> None:
    installed.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "cxr-grounding")
    installed.install("--no-deps", str(packages.sdist))
    test_the_command_line_draws_grounds_reads_and_tells_of_itself(installed)
    test_the_window_opens_a_radiograph(installed)
