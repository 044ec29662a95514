"""A program that is stopped from outside leaves nothing half-written."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

import cxr_grounding.cli.ground_one as ground_one
from cxr_grounding.cli.main import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX systems have them")


def hang_at_work(tell: Connection, *arguments: str) -> None:
    """The program, which says when it is at work, does not end, and says when it cleans, which takes it a while."""
    remove = shutil.rmtree

    def hang(*args: object, **kept: object) -> None:
        tell.send("at work")
        time.sleep(60)

    def remove_slowly(folder: Path, **options: object) -> None:
        tell.send("cleaning")
        time.sleep(0.5)
        remove(folder, **options)  # type: ignore[arg-type]

    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which a program under nohup, and so its tests, ignores
    ground_one._answers, shutil.rmtree = hang, remove_slowly  # type: ignore[assignment]
    sys.argv = ["cxr-ground", *arguments]
    main()


@dataclass
class Program:
    """It runs in a child of the tests, which have its libraries already."""

    process: BaseProcess
    heard: Connection

    def wait_for(self, said: str) -> None:
        assert self.heard.poll(60)
        assert self.heard.recv() == said

    def send(self, number: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def ended_with(self) -> int | None:
        self.process.join(60)
        return self.process.exitcode


@pytest.fixture
def program(phantom_file: Path, tmp_path: Path) -> Iterator[Program]:
    """The command line at work on a grounding into tmp_path/out."""
    fork = multiprocessing.get_context("fork")
    heard, tell = fork.Pipe(duplex=False)
    arguments = ("ground", str(phantom_file), "effusion", "--out", str(tmp_path / "out"))
    process = fork.Process(target=hang_at_work, args=(tell, *arguments))
    process.start()
    at_work = Program(process, heard)
    at_work.wait_for("at work")
    assert list((tmp_path / "out").glob(".unfinished-*"))
    yield at_work
    process.kill()
    process.join()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=str
)
def test_a_program_that_is_told_to_stop_leaves_nothing(
    program: Program, tmp_path: Path, number: int, code: int
) -> None:
    program.send(number)
    assert program.ended_with() == code
    assert list(tmp_path.iterdir()) == []


def test_a_second_ctrl_c_does_not_stop_the_cleaning(program: Program, tmp_path: Path) -> None:
    program.send(signal.SIGINT)
    program.wait_for("cleaning")
    program.send(signal.SIGINT)
    assert program.ended_with() == 130
    assert list(tmp_path.iterdir()) == []
