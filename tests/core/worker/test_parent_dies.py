"""Whatever becomes of the parent, its workers end, and nothing of theirs is left."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

from cxr_grounding import Worker

from .conftest import MANY_STEPS, eventually, processes_of

PARENT = """
import sys, time
import numpy as np
from cxr_grounding import Radiograph, Worker, WorkerError

bare, model, steps, stage, death = sys.argv[1:]
idle, computing, starting = workers = Worker(bare), Worker(), Worker()
task = computing.load(model, steps=int(steps))
try:
    idle.wait(idle.load(model))
except WorkerError:
    pass
if stage == "inversion":
    task = computing.set_radiograph(Radiograph(np.random.default_rng(0).normal(size=(100, 100))))
while task.progress is None or task.progress[0] != stage:
    computing.poll()
    time.sleep(0.01)
starting.load(model)
print(*(worker.is_running for worker in workers), flush=True)
if death == "exit":
    sys.exit()
sys.stdin.read()
"""


DEATHS = {"SIGKILL": "inversion", "SIGTERM": "loading", "exit": "loading"}
"""And what one of the workers is in the midst of then: of the second, torch is just being loaded."""


def start_parent(bare_python: Path, model: Path, death: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PARENT, str(bare_python), str(model), str(MANY_STEPS), DEATHS[death], death]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_workers_at_every_stage_end_with_their_parent_whatever_its_death(
    bare_python: Path, tiny_model_folder: Path, temporary: Path
) -> None:
    parents = {death: start_parent(bare_python, tiny_model_folder, death) for death in DEATHS}
    for death, parent in parents.items():
        with parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == "True True True\n"
            if death != "exit":
                parent.send_signal(signal.Signals[death])
            assert parent.wait() == (0 if death == "exit" else -signal.Signals[death])
    eventually(lambda: not processes_of(temporary), "the end of all workers")
    eventually(lambda: not list(temporary.iterdir()), "the removal of all files")


def test_a_fork_of_the_parent_that_ends_takes_no_worker_with_it(bare_python: Path, temporary: Path) -> None:
    program = (
        "import os, sys; from cxr_grounding import Worker; worker = Worker(sys.argv[1]); worker.start()\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait(); print(worker.is_running)"
    )
    told = subprocess.run([sys.executable, "-c", program, bare_python], stdout=subprocess.PIPE, text=True, check=True)
    assert told.stdout == "True\n"


def test_a_fork_that_outlives_the_parent_keeps_no_worker_alive(bare_python: Path, temporary: Path) -> None:
    program = (
        "import os, signal, sys, time; from cxr_grounding import Worker, WorkerError; worker = Worker(sys.argv[1])\n"
        "try: worker.wait(worker.load('any'))\n"
        "except WorkerError: print(worker.is_running, flush=True)\n"
        "if (fork := os.fork()) == 0: time.sleep(600)\n"
        "print(fork, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    with subprocess.Popen([sys.executable, "-c", program, bare_python], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "True\n"
        fork = int(parent.stdout.readline())
        try:
            assert parent.wait() == -signal.SIGKILL
            eventually(lambda: not processes_of(temporary), "the end of the worker")
            eventually(lambda: not list(temporary.iterdir()), "the removal of all files")
            os.kill(fork, 0)  # still there
        finally:
            os.kill(fork, signal.SIGKILL)


def test_a_fork_that_asks_starts_a_worker_of_its_own(bare_python: Path, temporary: Path) -> None:
    program = (
        "import os, sys; from cxr_grounding import Worker, WorkerError; worker = Worker(sys.argv[1])\n"
        "def ask():\n"
        "    try: worker.wait(worker.load('any'))\n"
        "    except WorkerError: return worker.is_running and worker.pid\n"
        "own = ask()\n"
        "if os.fork() == 0: print(ask() != own, flush=True); worker.close(); sys.exit()\n"
        "os.wait(); print(ask() == own)"
    )
    told = subprocess.run([sys.executable, "-c", program, bare_python], stdout=subprocess.PIPE, text=True, check=True)
    assert told.stdout == "True\nTrue\n"


def test_a_worker_that_is_dropped_without_closing_it_ends(bare_python: Path, temporary: Path) -> None:
    worker = Worker(bare_python)
    worker.start()
    del worker
    gc.collect()
    assert not list(temporary.iterdir())
