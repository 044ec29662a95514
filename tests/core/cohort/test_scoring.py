"""An evaluation's images as workers score them; tests/core/cohort/test_cluster.py sends them through Ray."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding.ask import Ask
from cxr_grounding.cohort.scoring import ImageScoring, Opening
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import ClusterError, ModelError
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.evaluation.run.images import ScoredImage, score_images
from cxr_grounding.grounder import Grounder
from cxr_grounding.phantom.ms_cxr_layout import write_ms_cxr


@pytest.fixture
def opens(tiny_model: LatentDiffusionModel) -> Callable[[Ask], Grounder]:
    return lambda ask: Grounder(tiny_model, ask)


def scored(worker: ImageScoring, number: int) -> Any:
    """What comes of an image, once it is back from a worker."""
    return pickle.loads(worker({"part": [number]})["scored"][0])  # noqa: S301 - made right here


def told(image: ScoredImage) -> list[str]:
    """All that is written of an image, to the last digit; as text, since a figure may be no number."""
    return [repr((one.score, one.image_scale, one.stranger, one.absent)) for one in image.scored]


def test_a_worker_gives_what_one_engine_does_also_where_a_run_goes_on(
    opens: Callable[[Ask], Grounder], tmp_path: Path
) -> None:
    written = write_ms_cxr(tmp_path, 2, 1_000_001, 96)
    dataset = read_ms_cxr(written.csv, written.csv.parent)
    ask = Ask(device="cpu", steps=10)
    plain = list(score_images(opens(ask), dataset))
    worker = ImageScoring(Opening(ask, Path.cwd(), opens), dataset, (), True)
    assert len(plain) == 2
    for number, image in enumerate(plain):
        sent = scored(worker, number)
        assert told(sent) == told(image)
        for there, here in zip(sent.scored, image.scored, strict=True):
            assert (there.answer.heatmap_frame == here.answer.heatmap_frame).all()
            assert "heatmap" not in vars(there.answer), "a map of the radiograph's size is not sent"
    done = {one.score.key for one in plain[0].scored}
    goes_on = ImageScoring(Opening(ask, Path.cwd(), opens), dataset, done, True)
    assert told(scored(goes_on, 0)) == told(plain[1])


def test_what_ends_an_evaluation_comes_back_as_the_error_that_it_is(tmp_path: Path) -> None:
    def opens(_: Ask) -> Grounder:
        raise ModelError("There is no such model.")

    written = write_ms_cxr(tmp_path, 1, 1_000_001, 96)
    dataset = read_ms_cxr(written.csv, written.csv.parent)
    for folder, kind, said in (
        (Path.cwd(), ModelError, "There is no such model."),
        (tmp_path / "gone", ClusterError, "is not there on every node"),
    ):
        error = scored(ImageScoring(Opening(Ask(), folder, opens), dataset, (), True), 0)
        assert (type(error), said in str(error)) == (kind, True)
