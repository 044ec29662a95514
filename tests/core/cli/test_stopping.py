"""A program that is stopped from outside leaves nothing half-written."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import shutil, signal, sys, time
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which a program under nohup, and so its tests, ignores
import cxr_grounding.cli.ground_one as ground
from cxr_grounding.cli.main import main

remove = shutil.rmtree

def hang(*args, **kept):
    print("at work", flush=True)
    time.sleep(60)

def remove_slowly(folder, **options):
    print("cleaning", flush=True)
    time.sleep(0.5)
    remove(folder, **options)

ground._answers, shutil.rmtree = hang, remove_slowly
main()
"""


@pytest.fixture
def ground(phantom_file: Path, tmp_path: Path):
    """The command line at work on a grounding into tmp_path/out."""
    command = [sys.executable, "-c", PROGRAM, "ground", str(phantom_file), "effusion", "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(process, "at work")
        assert list((tmp_path / "out").glob(".unfinished-*"))
        yield process
        process.kill()


def wait_for(process: subprocess.Popen, line: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == line


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX systems have them")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=str
)
def test_a_program_that_is_told_to_stop_leaves_nothing(ground, tmp_path: Path, number: int, code: int) -> None:
    ground.send_signal(number)
    assert ground.wait(60) == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX systems have them")
def test_a_second_ctrl_c_does_not_stop_the_cleaning(ground, tmp_path: Path) -> None:
    ground.send_signal(signal.SIGINT)
    wait_for(ground, "cleaning")
    ground.send_signal(signal.SIGINT)
    assert ground.wait(60) == 130
    assert list(tmp_path.iterdir()) == []
