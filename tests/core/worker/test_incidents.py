"""Killed, hung, starved, behind a launcher: one clear error, and the next request starts a fresh process."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cxr_grounding import Cancelled, DeviceError, Radiograph, Worker, WorkerError, WorkerTask

from .conftest import MANY_PHRASES, MakeWorker, at_stage, eventually, launcher, processes_of, refused

DOING = {
    "starting": "starting",
    "loading": "opening the model",
    "inversion": "preparing the radiograph",
    "attention": "grounding",
}

KILLED = "was ended by SIGKILL, perhaps by the system because memory ran out, while {}. Close"
HUNG = "gave no sign of life for 10 seconds while {}, and was ended. Ask again"
"""What is said of it, after "The worker"."""


def strike(asked: list[tuple[Worker, WorkerTask[Any], str]], number: signal.Signals) -> None:
    """Send each worker a signal when its task is in the midst of a stage."""
    waiting = list(asked)

    def all_struck() -> bool:
        for one in list(waiting):
            worker, task, stage = one
            worker.poll()
            assert not task.done
            if task.progress is not None and task.progress[0] == stage:
                os.kill(worker.pid or 0, number)
                waiting.remove(one)
        return not waiting

    eventually(all_struck, "the stage of each")


@contextmanager
def memory_limited(pid: int, room: int) -> Iterator[None]:
    """Let a process take no more than `room` bytes beyond what it has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    no_limit = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (pages * resource.getpagesize() + room, no_limit[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, no_limit)


@pytest.mark.parametrize(
    ("number", "silence", "told"), [(signal.SIGKILL, 60, KILLED), (signal.SIGSTOP, 10, HUNG)], ids=["killed", "hung"]
)
def test_a_worker_that_fails_on_the_way_to_its_work_gives_one_error_and_the_next_request_starts_afresh(
    make_worker: MakeWorker,
    bare_python: Path,
    tiny_model_folder: Path,
    number: signal.Signals,
    silence: float,
    told: str,
) -> None:
    asked = []
    for stage, python in (("starting", bare_python), ("loading", None)):
        one = make_worker(python, silence_seconds=silence)
        asked.append((one, one.load(tiny_model_folder), stage))
    strike(asked, number)
    eventually(lambda: [one.poll() for one, *_ in asked] and all(task.done for _, task, _ in asked), "the end of all")
    for one, task, stage in asked:
        with pytest.raises(WorkerError, match=re.escape(told.format(DOING[stage]))):
            task.result()
        assert not one.is_running
    bare = asked[0][0]
    with refused():
        bare.wait(bare.load(tiny_model_folder))


def test_a_worker_that_fails_at_its_work_gives_one_error_and_the_next_request_brings_a_fresh_one_to_where_it_was(
    make_worker: MakeWorker, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    worker = make_worker(silence_seconds=10)
    worker.load(tiny_model_folder, steps=60)
    preparing = worker.set_radiograph(radiograph)
    strike([(worker, preparing, "inversion")], signal.SIGKILL)
    with pytest.raises(WorkerError, match=re.escape(KILLED.format(DOING["inversion"]))):
        worker.wait(preparing)
    assert not worker.is_running
    grounding = worker.ground(MANY_PHRASES)
    strike([(worker, grounding, "attention")], signal.SIGSTOP)
    with pytest.raises(WorkerError, match=re.escape(HUNG.format(DOING["attention"]))):
        worker.wait(grounding)
    assert not worker.is_running


def test_a_worker_killed_while_idle_is_replaced_silently(bare_worker: Worker, tmp_path: Path) -> None:
    bare_worker.start()
    os.kill(bare_worker.pid or 0, signal.SIGKILL)
    eventually(lambda: not bare_worker.is_running, "its end")
    with refused():
        bare_worker.wait(bare_worker.load(tmp_path))


def test_a_worker_that_hangs_before_it_greets_holds_nobody_up(
    make_worker: MakeWorker, tmp_path: Path, temporary: Path
) -> None:
    worker = make_worker(silence_seconds=1.0)
    worker.start()
    eventually(lambda: list(temporary.glob("*/ready")), "a listening child")
    os.kill(worker.pid or 0, signal.SIGSTOP)
    with pytest.raises(WorkerError, match="no sign of life for 1 seconds while starting"):
        worker.wait(worker.load(tmp_path))


def test_a_worker_that_does_not_stop_when_asked_to_is_killed(make_worker: MakeWorker, tiny_model_folder: Path) -> None:
    worker = make_worker(grace_seconds=0.2)
    task = worker.load(tiny_model_folder)
    at_stage(worker, task, "loading")
    os.kill(worker.pid or 0, signal.SIGSTOP)
    worker.cancel()
    with pytest.raises(Cancelled):
        worker.wait(task)
    assert not worker.is_running


@pytest.mark.parametrize("victim", ["launcher", "interpreter", "both, on request"])
def test_behind_a_launcher_both_processes_are_ended(
    make_worker: MakeWorker, tiny_model_folder: Path, temporary: Path, tmp_path: Path, victim: str
) -> None:
    worker = make_worker(python=launcher(tmp_path, f'"{sys.executable}" "$@"; exit $?'), grace_seconds=0.2)
    task = worker.load(tiny_model_folder)
    at_stage(worker, task, "loading")
    outer = worker.pid or 0
    (inner,) = set(processes_of(temporary)) - {outer}
    if victim == "both, on request":
        os.kill(inner, signal.SIGSTOP)
        worker.cancel()
    else:
        os.kill(outer if victim == "launcher" else inner, signal.SIGKILL)
    with pytest.raises(Cancelled if victim == "both, on request" else WorkerError):
        worker.wait(task)
    eventually(lambda: not processes_of(temporary), "the end of both")


def test_a_worker_that_crashes_shows_the_end_of_its_log(make_worker: MakeWorker, tmp_path: Path) -> None:
    worker = make_worker(python=launcher(tmp_path, "echo no room for Python >&2; exit 3"))
    with pytest.raises(WorkerError, match=r"(?s)exit code 3 while starting\..*\nno room for Python$"):
        worker.wait(worker.load(tmp_path))


def test_a_python_that_ends_at_once_is_not_started_for_ever(make_worker: MakeWorker, tmp_path: Path) -> None:
    worker = make_worker(python=launcher(tmp_path, "exit 0"))
    with pytest.raises(WorkerError, match="exit code 0 while starting"):
        worker.wait(worker.load(tmp_path))


def test_a_radiograph_that_does_not_fit_in_memory_is_one_sentence_and_the_next_one_is_grounded(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    warm_worker.load(tiny_model_folder)
    warm_worker.wait(warm_worker.set_radiograph(radiograph))
    pid = warm_worker.pid or 0
    large = Radiograph(np.arange(4000.0 * 4000, dtype=np.float32).reshape(4000, 4000))  # 64 MB
    with (
        memory_limited(pid, room=2**25),
        pytest.raises(DeviceError, match="memory of this machine does not suffice for preparing the radiograph"),
    ):
        warm_worker.wait(warm_worker.set_radiograph(large))
    warm_worker.set_radiograph(radiograph)
    assert warm_worker.wait(warm_worker.ground("left")).phrase.text == "left"


def test_a_machine_too_small_for_the_libraries_is_one_error(
    make_worker: MakeWorker, tiny_model_folder: Path, tmp_path: Path
) -> None:
    starved = make_worker(python=launcher(tmp_path, f'ulimit -v 600000; "{sys.executable}" "$@"; exit $?'))
    with pytest.raises(WorkerError, match=r"cannot load a package .* Close other programs if memory is short"):
        starved.wait(starved.load(tiny_model_folder))


def test_a_model_that_does_not_fit_in_memory_is_one_error_and_one_that_does_is_opened(
    warm_worker: Worker, tiny_model_folder: Path, own_model_folder: Path, radiograph: Radiograph
) -> None:
    grow_text_encoder(own_model_folder, words=2_000_000)  # 128 MB
    warm_worker.wait(warm_worker.load(tiny_model_folder))
    pid = warm_worker.pid or 0
    with memory_limited(pid, room=2**26), pytest.raises(DeviceError, match="memory"):
        warm_worker.wait(warm_worker.load(own_model_folder))
    warm_worker.load(tiny_model_folder)
    warm_worker.set_radiograph(radiograph)
    assert warm_worker.wait(warm_worker.ground("left")).phrase.text == "left"
    assert warm_worker.pid == pid


def grow_text_encoder(model: Path, words: int) -> None:
    """Give the text encoder of a model an embedding of that many words, so that it takes much memory."""
    folder = model / "text_encoder"
    weights = load_file(folder / "model.safetensors")
    (name,) = (name for name in weights if name.endswith("token_embedding.weight"))
    known, width = weights[name].shape
    weights[name] = torch.cat([weights[name], torch.zeros(words - known, width)])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": words}))
