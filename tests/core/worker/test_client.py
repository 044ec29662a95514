"""A worker gives the answers of a `Grounder`, without blocking, and stays warm."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from cxr_grounding import (
    Ask,
    Cancelled,
    DeviceError,
    Grounder,
    Grounding,
    IntensityChain,
    ModelError,
    OrderError,
    PhraseError,
    Radiograph,
    RecipeError,
    Worker,
    WorkerError,
    read_report,
    read_sentence,
)

from .conftest import MANY_PHRASES, MANY_STEPS, MakeWorker, at_stage, eventually, refused


def assert_same(found: Grounding, expected: Grounding) -> None:
    """The same answer, to rounding."""
    np.testing.assert_allclose(found.heatmap, expected.heatmap, atol=1e-5)
    for name in (
        "phrase",
        "peak",
        "frame",
        "spacing",
        "identifiers",
        "model",
        "recipe",
        "device",
        "precision",
        "warnings",
    ):
        assert getattr(found, name) == getattr(expected, name)
    assert found.boxes == expected.boxes


def test_it_answers_as_a_grounder_in_this_process(
    warm_worker: Worker,
    tiny_model_folder: Path,
    grounder: Grounder,
    radiograph: Radiograph,
    other_radiograph: Radiograph,
) -> None:
    assert warm_worker.wait(warm_worker.load(tiny_model_folder)) == grounder.opened
    pid = warm_worker.pid
    for image in (radiograph, other_radiograph):
        warm_worker.set_radiograph(image)
        several, one = (
            warm_worker.ground(["small left effusion", "right lung"]),
            warm_worker.ground("small left effusion"),
        )
        warm_worker.wait(one)
        grounder.set_radiograph(image)
        for found, expected in zip(
            several.result(), grounder.ground(["small left effusion", "right lung"]), strict=True
        ):
            assert_same(found, expected)
        assert_same(one.result(), grounder.ground("small left effusion"))
    assert warm_worker.pid == pid


def test_a_sentence_of_a_report_is_judged_by_its_section_there_as_here(
    warm_worker: Worker, grounder: Grounder, radiograph: Radiograph
) -> None:
    sentences = read_report("INDICATION: Left pneumonia. FINDINGS: Small left effusion.")
    warm_worker.set_radiograph(radiograph)
    grounder.set_radiograph(radiograph)
    found = warm_worker.wait(warm_worker.ground(sentences))
    assert [one.verdict for one in found] == [one.verdict for one in grounder.ground(sentences)]
    assert str(found[0].verdict).startswith('in doubt: Pneumonia is told of the past: "indication: pneumonia".')
    alone = warm_worker.wait(warm_worker.ground(sentences[0]))
    assert (alone.verdict, alone.phrase.text) == (found[0].verdict, "Left pneumonia")
    assert grounder.ground(read_sentence("Left pneumonia")).verdict == grounder.ground("Left pneumonia").verdict


def test_a_radiograph_is_prepared_by_another_preset_without_opening_the_model_again(
    warm_worker: Worker, tiny_model_folder: Path, grounder: Grounder, radiograph: Radiograph
) -> None:
    warm_worker.wait(warm_worker.load(tiny_model_folder))
    stages: set[str] = set()
    for preset in ("fast", "paper", "fast"):
        warm_worker.load(tiny_model_folder)
        warm_worker.set_radiograph(radiograph, preset=preset)
        found = warm_worker.wait(warm_worker.ground("left"), lambda stage, done, total: stages.add(stage))
        grounder.set_radiograph(radiograph, preset=preset)
        assert_same(found, grounder.ground("left"))
        assert found.recipe.preset == preset
    assert "loading" not in stages
    with pytest.raises(RecipeError, match="no preset 'quick'"):
        warm_worker.wait(warm_worker.set_radiograph(radiograph, preset="quick"))


def test_a_precision_is_followed_and_another_model_does_not_forget_the_radiographs_of_the_one_before(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    answers = []
    for precision in ("single", "half", "single"):
        warm_worker.load(tiny_model_folder, device="cpu", precision=precision)
        warm_worker.set_radiograph(radiograph)
        answers.append(warm_worker.wait(warm_worker.ground("left")))
    assert [found.precision for found in answers] == ["single", "half", "single"]
    assert answers[1].unet_calls["full"] > 0
    assert answers[2].unet_calls["full"] == 0


def test_requests_return_at_once_and_are_done_in_order(
    warm_worker: Worker, own_model_folder: Path, other_radiograph: Radiograph
) -> None:
    tasks = [
        warm_worker.load(own_model_folder),
        warm_worker.set_radiograph(other_radiograph),
        warm_worker.ground("left"),
    ]
    assert not any(task.done for task in tasks)
    with pytest.raises(OrderError, match=r"not done .* worker\.wait"):
        tasks[2].result()
    seen = []

    def all_done() -> bool:
        warm_worker.poll()
        seen.append([task.done for task in tasks])
        return tasks[2].done

    eventually(all_done, "the answer")
    assert all(done == sorted(done, reverse=True) for done in seen)
    assert [type(task.result()).__name__ for task in tasks] == ["OpenedModel", "NoneType", "Grounding"]


def test_progress_of_all_that_must_be_done_arrives(
    warm_worker: Worker, own_model_folder: Path, radiograph: Radiograph
) -> None:
    warm_worker.load(own_model_folder, steps=100)
    warm_worker.set_radiograph(radiograph)
    task, told = warm_worker.ground(["left", "right"]), []
    warm_worker.wait(task, lambda *progress: told.append(progress))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert [stage for stage in stages if stage != "encoding"] == ["loading", "inversion", "attention"]
    passes = [(done, total) for stage, done, total in told if stage == "inversion"]
    assert len(passes) > 10
    assert passes == sorted(set(passes))
    assert task.progress == ("attention", 2 * 20, 2 * 20)


def test_other_steps_prepare_the_radiograph_again_but_do_not_open_the_model_again(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    warm_worker.wait(warm_worker.load(tiny_model_folder))
    warm_worker.set_radiograph(radiograph)
    warm_worker.wait(warm_worker.ground("left"))
    warm_worker.load(tiny_model_folder, steps=90)
    task, stages = warm_worker.ground("left"), []
    assert warm_worker.wait(task, lambda stage, *_: stages.append(stage)).recipe.steps == 90
    assert {"inversion", "attention"} <= set(stages)
    assert "loading" not in stages


def test_what_is_settled_is_not_asked_otherwise(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    warm_worker.load(tiny_model_folder, device="cpu")
    with pytest.raises(OrderError, match=r"device is 'cuda' now, but was 'cpu' when open\(\.\.\.\) was called"):
        warm_worker.set_radiograph(radiograph, device="cuda")
    warm_worker.set_radiograph(radiograph)
    with pytest.raises(OrderError, match="preset is 'fast' now, but was 'full'"):
        warm_worker.ground("left", preset="fast")


def test_it_keeps_what_an_ask_wants_kept_and_follows_its_intensity(
    warm_worker: Worker, tiny_model_folder: Path, grounder: Grounder, radiograph: Radiograph
) -> None:
    ask = Ask(tiny_model_folder, intensity=IntensityChain.MIMIC_CXR_JPG, token_maps=True, keep_arrays=True)
    warm_worker.load(ask)
    warm_worker.set_radiograph(radiograph, ask)
    found = warm_worker.wait(warm_worker.ground("left lung", ask))
    grounder.set_radiograph(radiograph, intensity=IntensityChain.MIMIC_CXR_JPG)
    expected = grounder.ground("left lung", token_maps=True, keep_arrays=True)
    assert_same(found, expected)
    assert found.recipe.intensity is IntensityChain.MIMIC_CXR_JPG
    assert found.token_maps is not None
    assert found.arrays is not None
    assert expected.token_maps is not None
    assert expected.arrays is not None
    np.testing.assert_allclose(found.token_maps, expected.token_maps, atol=1e-5)
    np.testing.assert_array_equal(found.arrays.frame_image, expected.arrays.frame_image)


def test_what_stands_is_not_done_again(warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph) -> None:
    opened = warm_worker.wait(warm_worker.load(tiny_model_folder))
    warm_worker.wait(warm_worker.set_radiograph(radiograph))
    again = [
        warm_worker.load(str(tiny_model_folder)),
        warm_worker.set_radiograph(Radiograph(radiograph.pixels, radiograph.spacing)),
    ]
    assert [task.result() for task in again] == [opened, None]


@pytest.mark.parametrize("stage", ["inversion", "attention"])
def test_a_cancelled_request_ends_at_the_next_pass_and_the_worker_stays_warm(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph, stage: str
) -> None:
    warm_worker.load(tiny_model_folder, steps=MANY_STEPS if stage == "inversion" else 30)
    task = warm_worker.set_radiograph(radiograph)
    if stage == "attention":
        task = warm_worker.ground(MANY_PHRASES)
    later = warm_worker.ground("left")
    at_stage(warm_worker, task, stage)
    pid = warm_worker.pid
    warm_worker.cancel()
    with pytest.raises(Cancelled):
        later.result()
    with pytest.raises(Cancelled):
        warm_worker.wait(task)
    assert task.progress is not None
    assert task.progress[1] < task.progress[2]
    warm_worker.load(tiny_model_folder)
    assert warm_worker.wait(warm_worker.ground("left")).phrase.text == "left"
    assert warm_worker.pid == pid


def test_progress_that_says_false_cancels(warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph) -> None:
    warm_worker.load(tiny_model_folder, steps=MANY_STEPS)
    task = warm_worker.set_radiograph(radiograph)
    with pytest.raises(Cancelled):
        warm_worker.wait(task, lambda stage, done, total: stage != "inversion")


def test_an_interrupt_cancels_and_goes_on_to_the_caller(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    warm_worker.load(tiny_model_folder, steps=MANY_STEPS)
    task = warm_worker.set_radiograph(radiograph)

    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "inversion":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        warm_worker.wait(task, interrupt)
    with pytest.raises(Cancelled):
        warm_worker.wait(task)


def test_asking_too_early_names_the_missing_call(
    worker: Worker, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    for ask in (lambda: worker.set_radiograph(radiograph), lambda: worker.ground("left")):
        with pytest.raises(OrderError, match=r"worker\.load\(folder\) first"):
            ask()
    worker.load(tiny_model_folder)
    with pytest.raises(OrderError, match=r"worker\.set_radiograph\(radiograph\) first"):
        worker.ground("left")


def test_errors_of_the_core_cross_as_they_are_and_only_their_task_fails(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph, tmp_path: Path
) -> None:
    missing = warm_worker.load(tmp_path / "missing")
    no_device = warm_worker.load(tiny_model_folder, device="abacus")
    warm_worker.load(tiny_model_folder)
    warm_worker.set_radiograph(radiograph)
    empty, good = warm_worker.ground(" "), warm_worker.ground("left")
    warm_worker.wait(good)
    pid = warm_worker.pid
    for task, kind, told in (
        (missing, ModelError, "There is no model '.*missing'"),
        (no_device, DeviceError, "There is no device 'abacus'"),
        (empty, PhraseError, "The phrase is empty"),
    ):
        with pytest.raises(kind, match=told):
            task.result()
        assert type(task.error) is kind
    assert good.error is None
    assert warm_worker.wait(warm_worker.ground("right")).phrase.text == "right"
    assert warm_worker.pid == pid


def test_a_model_folder_that_goes_away_is_missed_when_it_is_asked_for_again(
    warm_worker: Worker, own_model_folder: Path, radiograph: Radiograph
) -> None:
    warm_worker.load(own_model_folder)
    warm_worker.wait(warm_worker.set_radiograph(radiograph))
    shutil.rmtree(own_model_folder)
    assert warm_worker.wait(warm_worker.ground("left")).phrase.text == "left"
    with pytest.raises(ModelError, match=r"There is no model '.*own'"):
        warm_worker.wait(warm_worker.load(own_model_folder))


def test_two_workers_do_not_mind_each_other_and_the_idle_one_ends_and_is_brought_back_by_the_next_request(
    warm_worker: Worker,
    make_worker: MakeWorker,
    tiny_model_folder: Path,
    radiograph: Radiograph,
    other_radiograph: Radiograph,
    temporary: Path,
) -> None:
    idler, tasks = make_worker(idle_seconds=0.5), []
    for one, image in ((warm_worker, radiograph), (idler, other_radiograph)):
        one.load(tiny_model_folder)
        one.set_radiograph(image)
        tasks.append(one.ground("left"))
    with pytest.raises(OrderError, match="another worker"):
        warm_worker.wait(tasks[1])
    found, pid = [warm_worker.wait(tasks[0]), idler.wait(tasks[1])], idler.pid
    assert [one.heatmap.shape for one in found] == [radiograph.shape, other_radiograph.shape]
    assert pid not in (None, warm_worker.pid)
    eventually(lambda: not idler.is_running, "the end of an idle worker")
    assert not list(temporary.iterdir())  # it cleans up by itself, whether or not anyone polls
    assert warm_worker.is_running
    assert_same(idler.wait(idler.ground("left")), found[1])
    assert idler.pid not in (None, pid)


def test_a_closed_worker_is_gone_and_can_be_used_again(bare_worker: Worker, tmp_path: Path, temporary: Path) -> None:
    task = bare_worker.load(tmp_path)
    bare_worker.close()
    bare_worker.close()
    assert (bare_worker.is_running, bare_worker.pid, list(temporary.iterdir())) == (False, None, [])
    with pytest.raises(Cancelled, match="closed"):
        task.result()
    with refused():
        bare_worker.wait(bare_worker.load(tmp_path))


def test_it_turns_to_nobody_over_the_network(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph, sockets: Path
) -> None:
    warm_worker.load(tiny_model_folder)
    warm_worker.set_radiograph(radiograph)
    warm_worker.wait(warm_worker.ground("left"))
    own, *others = sockets.read_text().splitlines()
    assert own.startswith("socket.bind")
    assert f"family={int(socket.AF_UNIX)}," in own
    # A library finds out whether this machine knows IPv6, and asks nobody for that.
    assert all(line.startswith("socket.bind") and "('::1', 0)" in line for line in others)


def test_nothing_starts_before_it_is_asked_for(worker: Worker, temporary: Path) -> None:
    assert (worker.is_running, list(temporary.iterdir())) == (False, [])
    threads = threading.active_count()
    assert not worker.start(), "it is not connected yet"
    assert worker.is_running
    pid = worker.pid
    while not worker.start():
        time.sleep(0.02)
    assert worker.pid == pid
    assert threading.active_count() == threads


def test_an_interpreter_that_is_not_there_is_one_error(make_worker: MakeWorker, tiny_model_folder: Path) -> None:
    worker = make_worker(python="/no/such/python")
    with pytest.raises(WorkerError, match="cannot be started with /no/such/python"):
        worker.start()
    with pytest.raises(WorkerError, match="Name a Python interpreter"):
        worker.wait(worker.load(tiny_model_folder))


def test_an_interpreter_may_be_named_from_the_folder_one_is_in(
    make_worker: MakeWorker, bare_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bare_python.parent)
    worker = make_worker(python=f"./{bare_python.name}", idle_seconds=float("inf"))
    with refused():
        worker.wait(worker.load("missing"))


def test_a_package_that_is_missing_is_one_sentence(bare_worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"cannot load a package .* \(No module named .*\)\. Install torch") as caught:
        bare_worker.wait(bare_worker.load(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["idle_seconds", "silence_seconds", "grace_seconds"])
def test_times_are_above_0(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0"):
        Worker(**{name: 0})


def test_the_client_loads_no_torch() -> None:
    program = (
        "import sys; from cxr_grounding import Worker, WorkerTask, WorkerError; Worker(); "
        "print(sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
