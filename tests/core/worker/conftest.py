"""Workers that are put to the test, and the check that none of them leaves anything behind."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding import Worker, WorkerError, WorkerTask, shared_reader

PATIENCE = 60.0
"""Seconds after which a test gives up on what must happen; it makes no difference when all is well."""

MANY_STEPS = 1000
"""Of an inversion long enough to be met in its midst."""

MANY_PHRASES = ["left", "right", "small", "effusion"] * 40
"""Likewise for attention."""

MakeWorker = Callable[..., Worker]

PROC, SHARED_MEMORY = Path("/proc"), Path("/dev/shm")

AUDIT = """
import os, sys
def hook(event, arguments):
    if event in ("socket.bind", "socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["SOCKETS"], "a") as record:
            print(event, arguments, file=record)
sys.addaudithook(hook)
"""
"""Found by a starting Python as `sitecustomize`: it notes whom sockets turn to."""


def eventually(holds: Callable[[], Any], what: str) -> Any:
    """Wait until something holds, and give it."""
    deadline = time.monotonic() + PATIENCE
    while not (value := holds()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not come about")
        time.sleep(0.01)
    return value


def at_stage(worker: Worker, task: WorkerTask[Any], stage: str) -> None:
    """Poll until a task is in the midst of a stage."""

    def is_there() -> bool:
        worker.poll()
        if task.done:
            task.result()
            pytest.fail(f"it was done before the stage {stage!r} was seen")
        return task.progress is not None and task.progress[0] == stage

    eventually(is_there, stage)


def launcher(folder: Path, line: str) -> Path:
    """An executable that ends up running this interpreter."""
    path = folder / "launcher"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


@contextmanager
def refused() -> Iterator[None]:
    """Expect the answer that a child of `bare_python` gives to every request; it stays, and waits for the next."""
    with pytest.raises(WorkerError, match="cannot load a package"):
        yield


def processes_of(folder: Path) -> list[int]:
    """The processes whose command line names something in a folder; one that has ended has none."""
    found = []
    for entry in PROC.glob("[0-9]*/cmdline"):
        try:
            named = os.fsencode(folder) in entry.read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if named:
            found.append(int(entry.parent.name))
    return found


def unreaped() -> set[int]:
    """This process's children that have ended and that nobody took notice of."""
    found = set()
    for entry in PROC.glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rsplit(") ", 1)[1].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(parent) == os.getpid():
            found.add(int(entry.parent.name))
    return found


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of each test's own for all temporary files, in which nothing and nobody is left in the end."""
    tmp_path_factory.getbasetemp()  # of all tests, so not in this one's
    shared_reader().close()  # of the tests before, so that it does not end by itself in the midst of this one
    folder = Path(tempfile.mkdtemp(prefix="cxrw-"))  # short, so that a socket fits in
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    shared, dead = set(SHARED_MEMORY.iterdir()), unreaped()
    yield folder
    eventually(lambda: not processes_of(folder), "the end of all processes")
    eventually(lambda: not list(folder.iterdir()), "the removal of all files")
    eventually(lambda: set(SHARED_MEMORY.iterdir()) <= shared, "the removal of shared memory")
    eventually(lambda: unreaped() <= dead, "the burial of ended processes")
    shutil.rmtree(folder)


@pytest.fixture
def make_worker() -> Iterator[MakeWorker]:
    """Workers that are closed in the end."""
    made: list[Worker] = []

    def make(*arguments: Any, **settings: Any) -> Worker:
        made.append(Worker(*arguments, **settings))
        return made[-1]

    yield make
    for worker in made:
        worker.close()


@pytest.fixture
def worker(make_worker: MakeWorker) -> Worker:
    return make_worker()


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter without the environment's packages.

    A child of it is one like any other, but that it cannot ground and says so: where that does not matter it spares
    the seconds that torch takes to load.
    """
    return launcher(tmp_path_factory.mktemp("bare"), f'exec "{sys.executable}" -S "$@"')


@pytest.fixture
def bare_worker(make_worker: MakeWorker, bare_python: Path) -> Worker:
    return make_worker(python=bare_python)


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """What is started here has its files there, and may stay for other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield


@pytest.fixture(scope="session")
def lasting() -> Iterator[Path]:
    """The folder for the temporary files of processes that several tests use."""
    folder = Path(tempfile.mkdtemp(prefix="cxrl-"))
    yield folder
    eventually(lambda: not list(folder.iterdir()), "the removal of all files")
    folder.rmdir()


@pytest.fixture(scope="session")
def sockets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the process of `warm_worker` notes of its sockets."""
    return tmp_path_factory.mktemp("sockets") / "record.txt"


@pytest.fixture(scope="session")
def _warm(tiny_model_folder: Path, sockets: Path, lasting: Path) -> Iterator[Worker]:
    (sockets.parent / "sitecustomize.py").write_text(AUDIT)
    with Worker() as worker:
        with pytest.MonkeyPatch.context() as patch, temporary_files_in(lasting):
            patch.setenv("PYTHONPATH", str(sockets.parent))
            patch.setenv("SOCKETS", str(sockets))
            worker.start()
        worker.wait(worker.load(tiny_model_folder))
        yield worker


@pytest.fixture
def warm_worker(_warm: Worker, tiny_model_folder: Path) -> Iterator[Worker]:
    """One worker for all tests that leave its process alone; a fresh one takes seconds."""
    pid = _warm.pid
    yield _warm
    _warm.wait(_warm.load(tiny_model_folder))
    assert _warm.pid == pid
