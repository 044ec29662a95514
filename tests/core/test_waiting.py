"""How threads wait is said before torch is loaded, in the program's own processes, unless the user has said it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from cxr_grounding.waiting import SAID, SPIN_COUNT, wait_briefly
from cxr_grounding.worker.process import environment

libgomp = pytest.mark.skipif(platform.system() != "Linux", reason="torch computes with another OpenMP here")


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SAID:
        monkeypatch.delenv(name, raising=False)


LOAD_OPENMP = """
import ctypes, importlib.util
from pathlib import Path
torch = Path(importlib.util.find_spec("torch").origin).parent
for library in [*torch.glob("lib/libgomp*"), *torch.parent.glob("torch.libs/libgomp*")]:
    ctypes.CDLL(str(library))
"""
"""As torch does, in a twentieth of the time that all of torch takes: OpenMP reads its settings when it is loaded."""


def what_openmp_says(program: str, environment: dict[str, str]) -> str:
    """What GNU's OpenMP prints of its settings when a program loads it."""
    command = [sys.executable, "-c", program, "--version"]
    showing = environment | {"OMP_DISPLAY_ENV": "VERBOSE"}
    return subprocess.run(command, env=showing, stderr=subprocess.PIPE, text=True, check=True).stderr


@pytest.mark.parametrize(("name", "value"), [("GOMP_SPINCOUNT", "7"), ("OMP_WAIT_POLICY", "ACTIVE")])
def test_what_the_user_said_stays(name: str, value: str) -> None:
    said = {name: value}
    wait_briefly(said)
    assert said == {name: value}


@libgomp
def test_the_command_line_says_it_to_torch() -> None:
    commands = "import sys; from cxr_grounding.cli.main import main\ntry: main()\nexcept SystemExit: pass\n"
    said = what_openmp_says(commands + "assert 'torch' not in sys.modules\n" + LOAD_OPENMP, dict(os.environ))
    assert f"GOMP_SPINCOUNT = '{SPIN_COUNT}'" in said


@libgomp
def test_the_worker_says_it_to_torch() -> None:
    assert f"GOMP_SPINCOUNT = '{SPIN_COUNT}'" in what_openmp_says(LOAD_OPENMP, environment())


@libgomp
def test_a_python_callers_process_is_left_alone() -> None:
    said = what_openmp_says("from cxr_grounding import Grounder; Grounder.open; import torch", dict(os.environ))
    assert "GOMP_SPINCOUNT" in said
    assert f"GOMP_SPINCOUNT = '{SPIN_COUNT}'" not in said
