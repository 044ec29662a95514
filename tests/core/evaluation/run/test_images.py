"""Image by image: boxes that fit, one pass for all phrases, controls beside the figures."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from cxr_grounding.errors import RadiographError
from cxr_grounding.evaluation.controls import CONTROLS, centre_prior, left_half
from cxr_grounding.evaluation.datasets.dataset import Dataset, Sample
from cxr_grounding.evaluation.frame_metrics import FRAME_METRICS
from cxr_grounding.evaluation.metrics import METRICS, auc_roc, mean_iou, share_inside, union_mask
from cxr_grounding.evaluation.run.images import fitted, open_image, score_images, scores_of
from cxr_grounding.grounder import Grounder
from cxr_grounding.radiograph import Box
from cxr_grounding.worker.reader import shared_reader
from failing_decoders import start_with_failing_decoders

SIDED = "Small apical pneumothorax on the right."


@pytest.fixture
def first_image(dataset: Dataset) -> Dataset:
    """The samples of the first image, with all that the dataset asks."""
    own = tuple(sample for sample in dataset.samples if sample.image_id == dataset.samples[0].image_id)
    return dataclasses.replace(dataset, samples=own)


def test_controls_are_of_the_maps_that_they_name(grounder: Grounder, first_image: Dataset) -> None:
    ((image,), (sample, *_)) = list(score_images(grounder, first_image)), first_image.samples
    assert [one.score.phrase for one in image.scored] == [one.phrase for one in first_image.samples]
    named = next(one for one in image.scored if one.score.phrase == SIDED)
    opened = open_image(first_image.samples)
    grounder.set_radiograph(opened.radiograph)
    own, stranger = grounder.ground([SIDED, named.stranger])
    others = [one.answer.soft_heatmap for one in image.scored if one.score.phrase != SIDED]
    boxes = next(one.boxes for one in first_image.samples if one.phrase == SIDED)
    mask, prior = union_mask(boxes, opened.radiograph.shape), centre_prior(named.answer.frame)
    left = left_half(opened.radiograph)
    assert left is not None
    expected = {
        "prior_auc": auc_roc(prior.soft, mask),
        "prior_miou": mean_iou(prior.heatmap, mask),
        "shuffled_auc": auc_roc(stranger.soft_heatmap, mask),
        "shuffled_miou": mean_iou(stranger.heatmap, mask),
        "other_auc": np.mean([auc_roc(other, mask) for other in others]),
        "on_named_side": share_inside(own.heatmap, ~left),
    }
    # Other phrases in a batch change an answer by rounding.
    assert {control.name: named.score.figures[control.name] for control in CONTROLS} == pytest.approx(
        expected, abs=1e-4
    )
    assert np.isnan(image.scored[0].score.figures["on_named_side"]), f"{sample.phrase!r} names no side"


def test_controls_cost_one_more_phrase_a_sample_at_most_and_leave_the_metrics_as_they_are(
    grounder: Grounder, first_image: Dataset
) -> None:
    (plain,) = score_images(grounder, first_image, controls=False)
    without = dict(grounder.model.unet_calls)
    (controlled,) = score_images(grounder, first_image)
    with_controls = {kind: calls - without[kind] for kind, calls in grounder.model.unet_calls.items()}
    kept, phrases = len(grounder.recipe.kept), len(first_image.samples)
    assert without == {"full": len(grounder.recipe.predicted), "partial": phrases * kept}
    strangers = {one.stranger for one in controlled.scored}
    assert 1 < len(strangers) <= phrases
    assert with_controls == {"full": 0, "partial": (phrases + len(strangers)) * kept}, "the inversion was kept"
    for one, other in zip(plain.scored, controlled.scored, strict=True):
        assert list(one.score.figures) == [metric.name for metric in (*METRICS, *FRAME_METRICS)]
        figures = {metric.name: one.score.figures[metric.name] for metric in METRICS}
        beside = {name: other.score.figures[name] for name in figures}
        assert beside == pytest.approx(figures, abs=1e-4), "other phrases in a batch: rounding"
        assert one.stranger == ""


def test_controls_are_the_same_when_a_limit_cuts_an_image_in_two(grounder: Grounder, first_image: Dataset) -> None:
    whole, _ = scores_of(grounder, first_image)
    cut, _ = scores_of(grounder, dataclasses.replace(first_image, samples=first_image.samples[:1]))
    np.testing.assert_equal(cut[0].figures, whole[0].figures)
    assert not np.isnan(cut[0].figures["other_auc"])


def test_samples_that_are_done_are_left_out(grounder: Grounder, first_image: Dataset) -> None:
    done = {sample.key for sample in first_image.samples[1:]}
    told: list[tuple] = []
    (image,) = score_images(grounder, first_image, done=done, progress=lambda *now: told.append(now))
    assert [one.score.key for one in image.scored] == [first_image.samples[0].key]
    assert [now for now in told if now[0] == "images"] == [("images", 0, 1), ("images", 1, 1)]
    done = {sample.key for sample in first_image.samples}
    assert list(score_images(grounder, first_image, done=done)) == []


def test_a_stranger_that_cannot_be_grounded_costs_its_control_alone(grounder: Grounder, first_image: Dataset) -> None:
    sample = dataclasses.replace(first_image.samples[0], stranger="   ")
    (score,), problems = scores_of(grounder, Dataset("d", (sample,)))
    assert problems == ()
    missing = {name for name, number in score.figures.items() if np.isnan(number)}
    assert missing == {"shuffled_auc", "shuffled_miou", "other_auc", "on_named_side"}


def test_a_file_that_ends_its_decoder_is_a_problem_and_the_others_are_scored(
    grounder: Grounder, first_image: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = first_image.samples[0]
    crashing = dataclasses.replace(sample, image_id="crash", image=tmp_path / "crash.dcm")
    shutil.copy(str(sample.image), str(crashing.image))
    start_with_failing_decoders(tmp_path / "site", monkeypatch)
    shared_reader().close()  # so that the next one starts with them
    scored, problems = scores_of(grounder, dataclasses.replace(first_image, samples=(crashing, sample)))
    shared_reader().close()
    assert [one.image_id for one in scored] == [sample.image_id]
    assert ["crash.dcm cannot be read" in problem.sentence for problem in problems] == [True]


def test_boxes_are_scaled_with_an_image_that_was_resized_as_a_whole() -> None:
    sample = Sample("aa", Path("x"), "p", "", (Box(100, 200, 50, 60),), image_size=(2544, 3056))
    assert fitted(sample, (3056, 2544)) == (sample, 1.0)
    scaled, scale = fitted(sample, (615, 512))
    assert scale == 512 / 2544
    assert scaled.image_size == (512, 615)
    assert scaled.boxes[0].x == pytest.approx(100 * 512 / 2544)
    assert scaled.boxes[0].y == pytest.approx(200 * 615 / 3056)
    for shape in ((512, 512), (2544, 3056), (3056, 2500)):
        with pytest.raises(RadiographError, match="another shape"):
            fitted(sample, shape)
    unknown = dataclasses.replace(sample, image_size=None)
    assert fitted(unknown, (10, 10)) == (unknown, 1.0)
