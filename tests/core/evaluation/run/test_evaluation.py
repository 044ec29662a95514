"""A benchmark's run: what it writes, what it goes on from, what it refuses."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import Cancelled, DeviceError, EvaluationError, OutputError
from cxr_grounding.evaluation.datasets.dataset import Dataset, Problem
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.evaluation.run.evaluation import RunPlan, evaluate_dataset, heatmap_name
from cxr_grounding.evaluation.run.record import file_sha256, model_sha256
from cxr_grounding.evaluation.score import score_sample
from cxr_grounding.grounder import Grounder
from cxr_grounding.phantom.ms_cxr_layout import Written
from cxr_grounding.radiograph import Box
from cxr_grounding.reading.read_image import read_image

ASKED = {"annotations_sha256": "0" * 64}
PLAN = RunPlan(ASKED)
OF_THREE = RunPlan(ASKED, {"limit": 3})


@pytest.fixture
def grounder(tiny_model: LatentDiffusionModel) -> Grounder:
    """At ten steps; its model has counted no call."""
    tiny_model.unet_calls.clear()
    return brief(tiny_model)


def brief(model: LatentDiffusionModel, steps: int = 10) -> Grounder:
    """What a run writes, goes on from and refuses does not depend on how many steps an answer took."""
    return Grounder(model, recipe=model.recipe.replace(steps=steps))


@pytest.fixture(scope="session")
def uninterrupted(phantom_ms_cxr: Written, tiny_model: LatentDiffusionModel, tmp_path_factory) -> Path:
    """The folder of a run that nothing disturbed; shared by all tests, which only read it."""
    out = tmp_path_factory.mktemp("uninterrupted") / "out"
    dataset = read_ms_cxr(phantom_ms_cxr.csv, phantom_ms_cxr.csv.parent)
    evaluate_dataset(brief(tiny_model), dataset, out, PLAN)
    return out


@pytest.fixture
def few(dataset: Dataset) -> Dataset:
    """The first of them, of one image."""
    return dataclasses.replace(dataset, samples=dataset.samples[:1])


def test_every_sample_is_scored_with_one_pass_over_its_image(grounder: Grounder, dataset, tmp_path: Path) -> None:
    told = []
    evaluation = evaluate_dataset(
        grounder, dataset, tmp_path, PLAN, progress=lambda *now: told.append(now) if now[0] == "images" else None
    )
    assert [row.key for row in evaluation.rows] == [sample.key for sample in dataset.samples]
    assert told == [("images", done, 6) for done in range(7)]
    inversions = 6 * (grounder.recipe.window[1] - 1)
    assert grounder.model.unet_calls["full"] == inversions
    sample = dataset.samples[0]
    grounder.set_radiograph(read_image(sample.image))
    answer = grounder.ground([s.phrase for s in dataset.samples if s.image_id == sample.image_id], keep_arrays=True)[0]
    own = score_sample(sample, answer.heatmap, answer.soft_heatmap)
    assert {name: evaluation.rows[0].score.figures[name] for name in own.figures} == own.figures
    assert dataclasses.replace(evaluation.rows[0].score, figures=own.figures) == own
    kept = np.asarray(Image.open(tmp_path / "heatmaps" / evaluation.rows[0].heatmap))
    assert answer.arrays is not None
    np.testing.assert_allclose(kept / 255, answer.arrays.heatmap_frame, atol=0.5 / 255 + 1e-6)


def test_the_record_says_all_that_the_figures_depend_on(uninterrupted: Path, tiny_model: LatentDiffusionModel) -> None:
    record = json.loads((uninterrupted / "run.json").read_text())
    assert set(record["asked"]) == {
        "dataset",
        "model",
        "recipe",
        "precision",
        "program",
        "controls",
        "annotations_sha256",
    }
    assert record["asked"]["recipe"] == brief(tiny_model).recipe.as_dict()
    assert record["asked"]["precision"] == "single"
    assert record["noted"] == {"device": "cpu"}


def test_a_finished_run_is_not_computed_again(grounder: Grounder, dataset, uninterrupted: Path) -> None:
    before = (uninterrupted / "samples.csv").read_bytes()
    evaluation = evaluate_dataset(grounder, dataset, uninterrupted, PLAN)
    assert len(evaluation.rows) == len(dataset.samples)
    assert grounder.model.unet_calls["full"] == 0
    assert (uninterrupted / "samples.csv").read_bytes() == before


def run_and_die(grounder: Grounder, dataset: Dataset, out: Path, how: str, when: tuple[str, int, int]) -> int | None:
    """Evaluate in a child that ends at the nth time it is told of a stage and a number, and by which signal it did."""
    import resource  # which only POSIX systems have

    stage, at, nth = when
    seen = 0

    def progress(now: str, done: int, total: int) -> None:
        nonlocal seen
        seen += (now, done) == (stage, at)
        if seen != nth:
            return
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        # The system itself kills whatever makes a file larger than this: in the middle of writing the next row.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        size = (out / "samples.csv").stat().st_size + 77
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=evaluate_dataset, args=(grounder, dataset, out, PLAN), kwargs={"progress": progress})
    child.start()
    child.join()
    return child.exitcode


@pytest.mark.skipif(sys.platform == "win32", reason="kills itself as POSIX systems do")
def test_a_run_that_is_killed_at_any_point_ends_with_the_very_file_of_one_that_was_not(
    grounder: Grounder, dataset, uninterrupted: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def left_by(how: str, *when: object) -> bytes:
        died = run_and_die(grounder, dataset, out, how, when)
        assert died == -(signal.SIGKILL if how == "kill" else signal.SIGXFSZ)
        return (out / "samples.csv").read_bytes()

    whole = (uninterrupted / "samples.csv").read_bytes()
    assert whole.startswith(left_by("kill", "images", 2, 1))
    assert whole.startswith(left_by("kill", "inversion", 2, 2))
    torn = left_by("limit", "images", 4, 1)
    assert whole.startswith(torn)
    assert not torn.endswith(b"\n")
    evaluation = evaluate_dataset(grounder, dataset, out, PLAN)
    assert (out / "samples.csv").read_bytes() == whole
    assert len(evaluation.rows) == len(dataset.samples)
    names = [sorted(file.name for file in (folder / "heatmaps").iterdir()) for folder in (out, uninterrupted)]
    assert names[0] == names[1]
    for name in names[0]:
        assert (out / "heatmaps" / name).read_bytes() == (uninterrupted / "heatmaps" / name).read_bytes()


def test_a_second_run_in_the_folder_is_refused_while_the_first_is_at_work(
    grounder: Grounder, dataset, tiny_model: LatentDiffusionModel, uninterrupted: Path, tmp_path: Path
) -> None:
    refused = []

    def begin_another(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("images", 2):
            with pytest.raises(OutputError, match="Another evaluation is at work in") as told:
                evaluate_dataset(brief(tiny_model), dataset, tmp_path, PLAN, restart=True)
            refused.append(told.value)

    evaluate_dataset(grounder, dataset, tmp_path, PLAN, progress=begin_another)
    assert len(refused) == 1
    assert (tmp_path / "samples.csv").read_bytes() == (uninterrupted / "samples.csv").read_bytes()
    assert not (tmp_path / ".lock").exists()
    evaluate_dataset(grounder, dataset, tmp_path, PLAN)  # and nothing holds it up


def test_a_problem_that_a_spreadsheet_would_compute_is_defused(grounder: Grounder, few, tmp_path: Path) -> None:
    problems = (Problem(3, "=1+1 is no number."),)
    evaluate_dataset(grounder, dataclasses.replace(few, problems=problems), tmp_path, PLAN)
    assert (tmp_path / "problems.csv").read_text() == "line,problem\n3,'=1+1 is no number.\n"


def test_names_with_bytes_that_are_no_text_stop_nothing(grounder: Grounder, dataset, tmp_path: Path) -> None:
    image = tmp_path / os.fsdecode(b"f\xe4rber.jpg")
    image.write_bytes(dataset.samples[0].image.read_bytes())
    samples = (dataclasses.replace(dataset.samples[0], image=image, image_id="f\udce4rber"), dataset.samples[-1])
    problems = (Problem(3, f"The image {image} is not in the folder."),)
    asked = dataclasses.replace(dataset, samples=samples, problems=problems)
    evaluation = evaluate_dataset(grounder, asked, tmp_path / "out", PLAN)
    assert len(evaluation.rows) == 2
    assert "f?rber.jpg" in (tmp_path / "out" / "samples.csv").read_text(encoding="utf-8")
    assert "f\ufffdrber.jpg is not in" in (tmp_path / "out" / "problems.csv").read_text(encoding="utf-8")


def test_what_a_killed_run_was_writing_is_removed(grounder: Grounder, few, tmp_path: Path) -> None:
    (tmp_path / "heatmaps").mkdir()
    left = [tmp_path / ".table.csv-0123456789ab.csv", tmp_path / "heatmaps" / ".a.png-0123456789ab.png"]
    for file in (*left, tmp_path / ".mine.csv"):
        file.touch()
    evaluate_dataset(grounder, few, tmp_path, PLAN)
    assert not any(file.exists() for file in left)
    assert (tmp_path / ".mine.csv").exists()


def test_a_run_that_was_asked_to_stop_goes_on(grounder: Grounder, dataset, uninterrupted: Path, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        evaluate_dataset(grounder, dataset, tmp_path, PLAN, progress=lambda stage, done, _: done < 3)
    evaluate_dataset(grounder, dataset, tmp_path, PLAN)
    assert (tmp_path / "samples.csv").read_bytes() == (uninterrupted / "samples.csv").read_bytes()


def test_a_larger_limit_goes_on_and_a_smaller_one_is_refused(
    grounder: Grounder, dataset, uninterrupted: Path, tmp_path: Path
) -> None:
    smaller = dataclasses.replace(dataset, samples=dataset.samples[:3])
    evaluate_dataset(grounder, smaller, tmp_path, OF_THREE)
    evaluate_dataset(grounder, dataset, tmp_path, PLAN)
    assert (tmp_path / "samples.csv").read_bytes() == (uninterrupted / "samples.csv").read_bytes()
    with pytest.raises(OutputError, match="not asked for now"):
        evaluate_dataset(grounder, smaller, tmp_path, OF_THREE)


def test_another_question_in_the_same_folder_is_refused_and_can_begin_anew(
    grounder: Grounder, tiny_model: LatentDiffusionModel, few, tmp_path: Path
) -> None:
    evaluate_dataset(grounder, few, tmp_path, PLAN)
    before = (tmp_path / "run.json").read_bytes()
    other = brief(tiny_model, steps=20)
    with pytest.raises(OutputError, match=r"another recipe \(steps was 10, now 20\).*--restart"):
        evaluate_dataset(other, few, tmp_path, PLAN)
    with pytest.raises(OutputError, match="another annotations_sha256"):
        evaluate_dataset(grounder, few, tmp_path, RunPlan({"annotations_sha256": "1" * 64}))
    assert (tmp_path / "run.json").read_bytes() == before
    evaluate_dataset(other, few, tmp_path, PLAN, restart=True)
    assert json.loads((tmp_path / "run.json").read_text())["asked"]["recipe"]["steps"] == 20


def test_a_run_from_before_there_were_controls_goes_on_without_them_or_says_how(
    grounder: Grounder, dataset, few, tmp_path: Path
) -> None:
    two_images = dataclasses.replace(dataset, samples=dataset.samples[:4])
    assert len({sample.image_id for sample in two_images.samples}) == 2
    without = RunPlan(ASKED, controls=False)
    evaluate_dataset(grounder, few, tmp_path, without)
    record = json.loads((tmp_path / "run.json").read_text())
    del record["asked"]["controls"]
    (tmp_path / "run.json").write_text(json.dumps(record))
    before = (tmp_path / "samples.csv").read_bytes()
    with pytest.raises(
        OutputError, match=r"without controls\. Go on as it began \(give --no-controls too\).*--restart"
    ):
        evaluate_dataset(grounder, two_images, tmp_path, PLAN)
    evaluation = evaluate_dataset(grounder, two_images, tmp_path, without)
    assert len(evaluation.rows) == len(two_images.samples)
    assert (tmp_path / "samples.csv").read_bytes().startswith(before)
    evaluate_dataset(grounder, few, tmp_path, PLAN, restart=True)
    with pytest.raises(OutputError, match=r"with controls\. Go on as it began \(leave --no-controls out\)"):
        evaluate_dataset(grounder, few, tmp_path, without)


def test_a_folder_with_files_of_the_same_name_that_no_run_wrote_is_left_alone(
    grounder: Grounder, dataset, tmp_path: Path
) -> None:
    (tmp_path / "table.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"no run\.json"):
        evaluate_dataset(grounder, dataset, tmp_path, PLAN, restart=True)
    assert (tmp_path / "table.csv").read_text() == "mine"


def test_an_image_or_phrase_that_fails_is_a_problem_and_the_run_goes_on(
    grounder: Grounder, dataset, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    first, second, *rest = dataset.samples
    samples = (
        dataclasses.replace(first, image=broken),
        dataclasses.replace(second, image_id="bb", phrase="   "),
        dataclasses.replace(second, image_id="bb", phrase="left lung"),
        dataclasses.replace(second, image_id="bb", phrase="right", boxes=(Box(5000, 0, 9, 9),)),
        dataclasses.replace(second, image_id="cc", image_size=(100, 10)),
        rest[0],
    )
    given = Dataset("MS-CXR", samples, (Problem(99, "The row is bad."),))
    evaluation = evaluate_dataset(grounder, given, tmp_path / "out", PLAN)
    assert [row.score.phrase for row in evaluation.rows] == ["left lung", rest[0].phrase]
    told = [problem.sentence for problem in evaluation.problems]
    assert evaluation.problems[0].line == 99
    assert evaluation.problems[1].line == first.lines[0]
    for sentence, reason in zip(told[1:], ["broken.jpg", "empty", "no pixel", "another shape"], strict=True):
        assert reason in sentence


def test_a_run_in_which_nothing_could_be_evaluated_is_an_error_with_the_first_reason(
    grounder: Grounder, dataset, tmp_path: Path
) -> None:
    nothing = Dataset("MS-CXR", (), (Problem(2, "The image aa is not in the folder."),))
    with pytest.raises(EvaluationError, match=r"1 problems?\. The first: line 2: The image aa"):
        evaluate_dataset(grounder, nothing, tmp_path / "out", PLAN)
    assert not (tmp_path / "out").exists()
    gone = Dataset("MS-CXR", (dataclasses.replace(dataset.samples[0], image=tmp_path / "gone.jpg"),))
    with pytest.raises(EvaluationError, match=r"No sample could be evaluated.*gone\.jpg"):
        evaluate_dataset(grounder, gone, tmp_path / "out", PLAN)


def test_too_little_memory_ends_the_run(grounder: Grounder, dataset, tmp_path: Path) -> None:
    def out_of_memory(stage: str, done: int, total: int) -> None:
        if stage == "attention":
            raise DeviceError("The device has too little memory.")

    with pytest.raises(DeviceError):
        evaluate_dataset(grounder, dataset, tmp_path, PLAN, progress=out_of_memory)


def test_a_resized_image_is_evaluated_and_noted(grounder: Grounder, dataset, tmp_path: Path) -> None:
    sample = dataset.samples[0]
    with Image.open(sample.image) as image:
        image.resize((image.width * 2, image.height * 2)).save(tmp_path / "large.png")
    own = dataclasses.replace(sample, image=tmp_path / "large.png", boxes=(*sample.boxes, Box(-5, 0, 9, 9)))
    evaluation = evaluate_dataset(grounder, Dataset("d", (own,)), tmp_path / "out", PLAN)
    assert evaluation.rows[0].image_scale == 2
    assert evaluation.notes == (
        "1 image of another size than annotated: the boxes were scaled along.",
        "1 image with a box beyond the edge: what lies outside does not count.",
    )


def test_heatmap_names_are_safe_and_differ_between_samples() -> None:
    names = {heatmap_name((i, p)) for i, p in [("../a b", "c"), ("../a b", "d"), ("é", "c")]}
    assert len(names) == 3
    assert all(name.isascii() and "/" not in name and not name.startswith(".") for name in names)


def test_a_model_s_digest_changes_with_its_weights_and_not_with_its_recipe(own_model_folder: Path) -> None:
    before = model_sha256(own_model_folder)
    (own_model_folder / "grounding.json").write_text("{}")
    assert model_sha256(own_model_folder) == before
    (own_model_folder / "unet" / "config.json").write_text("{}")
    assert model_sha256(own_model_folder) != before
    with pytest.raises(EvaluationError, match="cannot be read"):
        file_sha256(own_model_folder / "nothing")
