"""The plain procedure computes what the engine computes, so that the two may be compared for speed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.plain import PlainModel, PlainRun
from cxr_grounding.grounder import Grounder
from cxr_grounding.models.registry import find_model
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase, empty_prompt

PHRASE = "small left pleural effusion"


@pytest.fixture(scope="module")
def grounder() -> Grounder:
    """The bundled model with fewer steps, on a phantom."""
    opened = Grounder.open(find_model().folder, device="cpu", preset="paper", steps=10)
    opened.set_radiograph(draw_phantom(2_000_012, 256).radiograph)
    return opened


def run_plainly(grounder: Grounder, run_steps: int | None) -> PlainRun:
    arrays = grounder.ground(PHRASE, keep_arrays=True).arrays
    assert arrays is not None
    phrase = Phrase.of(PHRASE, grounder.model.tokenizer)
    return PlainModel(find_model().folder, torch.device("cpu")).run(
        grounder.recipe,
        arrays.frame_image,
        [list(empty_prompt(grounder.model.tokenizer)), list(phrase.padded_ids)],
        [SPECIAL_TOKENS, len(phrase.token_ids)],
        run_steps,
    )


def test_it_gives_the_heatmap_that_the_engine_gives(grounder: Grounder) -> None:
    arrays = grounder.ground(PHRASE, keep_arrays=True).arrays
    assert arrays is not None
    run = run_plainly(grounder, None)
    assert len(run.step_seconds) == run.steps == 10
    assert run.heatmap_raw is not None
    np.testing.assert_allclose(run.heatmap_raw, arrays.heatmap_raw, atol=1e-4 * np.ptp(arrays.heatmap_raw))


def test_it_keeps_every_map_of_both_branches(grounder: Grounder) -> None:
    """The bundled model has attention on 16 x 16 (3 layers) and 8 x 8 (4 layers), in itself and in 77 tokens."""
    pixels = [16 * 16] * 3 + [8 * 8] * 4
    assert run_plainly(grounder, 2).bytes_per_step == 2 * 4 * sum(n * n + n * 77 for n in pixels)


def test_a_short_run_says_how_much_is_missing_and_gives_no_heatmap(grounder: Grounder) -> None:
    run = run_plainly(grounder, 2)
    assert (len(run.step_seconds), run.steps, run.heatmap_raw, run.after_seconds) == (2, 10, None, 0)
