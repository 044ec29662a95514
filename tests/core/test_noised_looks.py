"""Looks at a noised radiograph, from question to answer: what a seed settles, what is kept, what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from cxr_grounding.answers.document import document_schema
from cxr_grounding.ask import Ask
from cxr_grounding.content_words import ALL_KEPT
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import PhraseError
from cxr_grounding.evaluation.frame_metrics import FRAME_METRICS, FrameCase, frame_figures
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounder import Grounder
from cxr_grounding.grounding import Grounding
from cxr_grounding.noised_inquiry import ONLY_FIRST_PART
from cxr_grounding.radiograph import Box, Orientation, Radiograph
from cxr_grounding.recipe import Method
from cxr_grounding.worker.packing import pack, unpack

PHRASE = "There is a small left effusion"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs without an image are kept."""
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def ground(tiny_model: LatentDiffusionModel, radiograph: Radiograph) -> Callable[..., Grounding]:
    """A fresh answer, in few steps."""

    def run(
        phrase: str = PHRASE, image: Radiograph = radiograph, batch: int | None = None, **changes: Any
    ) -> Grounding:
        asked: dict[str, Any] = {"method": Method.NOISING, "steps": 5} | changes
        grounder = Grounder(tiny_model, Ask(**asked), batch=batch)
        grounder.set_radiograph(image)
        return grounder.ground(phrase)

    return run


def noised(answer: Grounding) -> Any:
    assert answer.noised is not None
    return answer.noised


def test_a_seed_gives_the_same_map_on_every_run_and_batch_and_another_one_another(ground) -> None:
    one = ground(seed=3)
    np.testing.assert_array_equal(noised(ground(seed=3)).map, noised(one).map)
    np.testing.assert_allclose(noised(ground(seed=3, batch=1)).map, noised(one).map, atol=1e-4)
    assert np.abs(noised(ground(seed=4)).map - noised(one).map).max() > 0.01
    assert (one.recipe.seed, one.recipe.noised_steps, one.recipe.looks) == (3, 5, 4)


def test_the_answer_says_its_words_and_comes_back_from_its_document_and_from_a_worker(ground, tmp_path: Path) -> None:
    answer = ground(bbm=True, token_maps=True)
    assert noised(answer).kept_words == ("small", "left", "effusion")
    assert answer.unet_calls == {"full": 0, "partial": 5, "text": 9}
    assert 0 <= noised(answer).alike <= 1
    assert answer.token_maps is not None
    assert len(answer.token_maps) == len(answer.phrase.tokens)
    document = json.loads(json.dumps(answer.to_document(), allow_nan=False))
    jsonschema.validate(document, document_schema())
    assert document["noised"]["kept_words"] == ["small", "left", "effusion"]
    assert Grounding.from_document(document) == answer
    (tmp_path / "packed.npz").write_bytes(pack(answer))
    assert unpack(tmp_path / "packed.npz") == answer


def test_heat_lies_in_the_mask_and_the_whole_frame_is_seen(ground) -> None:
    answer = ground()
    assert answer.frame.whole
    assert noised(answer).mask.any()
    assert (answer.heatmap_frame > 0).mean() == pytest.approx(noised(answer).mask.mean(), abs=0.05)
    assert noised(answer).alike is None


def test_the_run_without_an_image_is_kept_for_the_next_one_also_on_disk(
    ground, other_radiograph: Radiograph, home: Path
) -> None:
    first = ground(bbm=True)
    (kept,) = (home / "text-runs").iterdir()
    second = ground(bbm=True, image=other_radiograph)
    assert (first.unet_calls["text"], second.unet_calls["text"]) == (9, 0)
    kept.write_bytes(kept.read_bytes()[:-4])
    again = ground(bbm=True)
    assert again.unet_calls["text"] == 9
    np.testing.assert_array_equal(noised(again).map, noised(first).map)
    assert ground("small left effusion", bbm=True).unet_calls["text"] == 9, "another phrase"


def test_what_is_not_looked_at_is_said(ground) -> None:
    assert ALL_KEPT in ground("there is not").warnings
    answer = ground("left effusion | right lung")
    assert (answer.phrase.text, ONLY_FIRST_PART in answer.warnings) == ("left effusion", True)
    with pytest.raises(PhraseError, match="empty"):
        ground(" | right lung")


def test_a_wrong_question_is_one_sentence_and_code_2(
    cxr_ground, tiny_model_folder: Path, tmp_path: Path, radiograph: Radiograph
) -> None:
    np.save(tmp_path / "image.npy", radiograph.pixels)
    asked = ("ground", tmp_path / "image.npy", "effusion", "--model", tiny_model_folder, "--out", tmp_path / "out")
    told = cxr_ground(*asked, "--bbm")
    assert (told.code, "bbm belongs to the method 'noising'" in told.err) == (2, True)
    told = cxr_ground(*asked, "--method", "noising", "--noise", tmp_path)
    assert (told.code, "cannot be read as noise" in told.err) == (2, True)
    told = cxr_ground(*asked, "--method", "noising", "--steps", 1001)
    assert (told.code, "asks for 1001 noised steps" in told.err) == (2, True)
    assert not (tmp_path / "out").exists()
    told = cxr_ground(*asked, "--method", "noising", "--steps", 5, "--seed", 1, "--format", "json")
    assert (told.code, "words looked at: effusion" in told.out) == (0, True)


def case(values: np.ndarray, mask: np.ndarray, *boxes: Box, size: int = 512) -> FrameCase:
    return FrameCase(values, mask, ModelFrame((size, size), Orientation(), 512, True, True), boxes)


def test_the_second_papers_figures_are_as_worked_by_hand() -> None:
    values, mask = np.zeros((64, 64), np.float32), np.zeros((64, 64), bool)
    mask[16:32, 16:32] = True
    values[20, 20] = 1
    figures = {metric.name: metric.function(case(values, mask, Box(128, 128, 64, 128))) for metric in FRAME_METRICS}
    # The corners of the mask are rounded as it is enlarged, by six pixels each.
    assert figures["mask_iou"] == pytest.approx(0.5, abs=1e-3)
    background = (512**2 - 128**2) / (512**2 - 64 * 128)
    assert figures["fb_miou"] == pytest.approx((0.5 + background) / 2, abs=1e-3)
    assert figures["box_iou"] == pytest.approx(127 * 64 / (127 * 127 + 128 * 64 - 127 * 64))
    assert figures["pointing_top1"] == 1
    assert figures["center_distance"] == pytest.approx(32)
    inside = np.zeros((512, 512), bool)
    inside[128:256, 128:192] = True
    enlarged = case(values, mask).map
    spread = enlarged[inside].var(ddof=1) + enlarged[~inside].var(ddof=1)
    assert figures["cnr_sample"] == pytest.approx((enlarged[inside].mean() - enlarged[~inside].mean()) / spread**0.5)


def test_truth_counts_every_pixel_that_a_box_reaches_as_the_image_is_resized() -> None:
    halved = case(np.zeros((8, 8)), np.zeros((8, 8), bool), Box(101, 200, 1, 2), size=1024).truth
    rows, columns = (np.flatnonzero(halved.any(axis=axis)) for axis in (1, 0))
    assert (rows.tolist(), columns.tolist()) == ([99, 100, 101], [50, 51])
    assert case(np.zeros((8, 8)), np.zeros((8, 8), bool), Box(3, 4, 2, 2)).truth.sum() == 4


def test_both_methods_have_all_figures_of_both_papers(ground) -> None:
    boxes = [Box(20, 30, 40, 50)]
    for answer in (ground(), ground(method=Method.INVERSION, steps=None)):
        figures = frame_figures(answer, boxes)
        assert list(figures) == [metric.name for metric in FRAME_METRICS]
        assert not np.isnan(list(figures.values())).any()
