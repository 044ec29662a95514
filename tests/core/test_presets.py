"""From exact to quick: what a preset changes, what it costs, and that it stays repeatable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import cost
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import RecipeError
from cxr_grounding.grounder import Grounder
from cxr_grounding.models.registry import find_model
from cxr_grounding.presets import FAST, FULL, PAPER, PRESETS, find_preset
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import Recipe

PHRASE = "small left pleural effusion"


@pytest.fixture(scope="session")
def bundled_model() -> LatentDiffusionModel:
    return LatentDiffusionModel.open(find_model(None).folder, "cpu")


def opened(folder: Path, preset: str) -> Grounder:
    return Grounder.open(folder, device="cpu", preset=preset)


def test_paper_is_the_published_recipe_and_full_the_model_s_own() -> None:
    assert PAPER.applied(Recipe()) == Recipe(preset="paper", float16_casts=True)
    own = Recipe(evidence=True, refine=True, frame_size=128)
    assert FULL.applied(own) == own
    assert PAPER.applied(own) == Recipe(frame_size=128, preset="paper", float16_casts=True)


def test_a_preset_leaves_all_other_entries_as_the_model_has_them() -> None:
    own = Recipe(frame_size=128, latent_scale=1.0, steps=50, layers=(4, 5), attend_padding=False)
    for preset in PRESETS.values():
        followed = preset.applied(own)
        assert followed.preset == preset.name
        assert followed.replace(preset="full", **{name: getattr(own, name) for name in preset.changes}) == own


def test_an_unknown_preset_is_refused_with_the_names_there_are_before_a_model_is_opened(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no preset 'faster'\. Known are: full, paper, balanced, fast"):
        find_preset("faster")
    with pytest.raises(RecipeError, match="no preset ''"):
        opened(tmp_path / "nowhere", "")


@pytest.mark.parametrize(("name", "full", "partial"), [("balanced", 20, 20), ("fast", 6, 6)])
def test_with_the_published_recipe_the_presets_cost_so_many_passes(
    name: str, full: int, partial: int, tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    """Those of "paper", 179 and 60, are counted in test_grounder.py."""
    own = tiny_model.recipe.replace(steps=300)
    grounder = Grounder(tiny_model, recipe=find_preset(name).applied(own))
    tiny_model.unet_calls.clear()
    grounder.set_radiograph(radiograph)
    found = grounder.ground(PHRASE)
    assert tiny_model.unet_calls == found.unet_calls == {"full": full, "partial": partial}


def test_fast_costs_at_most_twelve_forwards_worth_with_any_model_whichever_layers_it_reads() -> None:
    fast = FAST.applied(Recipe())
    assert len(fast.predicted) + len(fast.kept) <= 12


def test_counted_in_floating_point_operations_fast_costs_10_forwards_worth_with_the_bundled_model(
    bundled_model: LatentDiffusionModel,
) -> None:
    """And 9 at the published size: test_cost.py."""
    fast = FAST.applied(bundled_model.recipe)
    spent = cost.pass_cost(bundled_model, fast).forwards(len(fast.predicted), len(fast.kept))
    assert spent == pytest.approx(10.0, abs=0.1)


def test_without_a_preset_and_with_paper_the_same_bits_come_out_where_the_model_asks_for_no_more(
    tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    answers = []
    for grounder in (Grounder.open(tiny_model_folder, device="cpu"), opened(tiny_model_folder, "paper")):
        grounder.set_radiograph(radiograph)
        answers.append(grounder.ground(PHRASE))
    np.testing.assert_array_equal(answers[0].heatmap, answers[1].heatmap)
    assert [answer.recipe.preset for answer in answers] == ["full", "paper"]
    # The published program's casts are about its other method alone.
    assert answers[0].recipe == answers[1].recipe.replace(preset="full", float16_casts=False)


def test_a_radiograph_may_be_set_with_another_preset_and_back(tiny_model_folder: Path, radiograph: Radiograph) -> None:
    grounder = opened(tiny_model_folder, "fast")
    exact = opened(tiny_model_folder, "paper")
    exact.set_radiograph(radiograph)
    expected = exact.ground(PHRASE)
    for changes in ({"preset": "paper"}, {}, {"preset": "paper"}):
        grounder.set_radiograph(radiograph, **changes)
        found = grounder.ground(PHRASE)
        assert found.recipe.preset == changes.get("preset", "fast")
        assert any("preset 'fast'" in warning for warning in found.warnings) == (not changes)
    np.testing.assert_array_equal(found.heatmap, expected.heatmap)
    assert found.recipe == expected.recipe
    with pytest.raises(RecipeError, match="no preset 'quick'"):
        grounder.set_radiograph(radiograph, preset="quick")
    assert not grounder.has_radiograph


@pytest.mark.parametrize("name", ["balanced", "fast"])
def test_a_preset_gives_the_same_bits_again_and_leaves_torch_s_random_numbers_alone(
    name: str, tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    first = opened(tiny_model_folder, name)
    first.set_radiograph(radiograph)
    expected = first.ground(PHRASE, keep_arrays=True)
    torch.rand(3)
    before = torch.get_rng_state()
    again = opened(tiny_model_folder, name)
    again.set_radiograph(radiograph)
    found = again.ground(PHRASE, keep_arrays=True)
    assert found.arrays is not None
    assert expected.arrays is not None
    np.testing.assert_array_equal(found.arrays.heatmap_raw, expected.arrays.heatmap_raw)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_preset_is_named_in_the_result(tiny_model_folder: Path, radiograph: Radiograph) -> None:
    grounder = opened(tiny_model_folder, "fast")
    grounder.set_radiograph(radiograph)
    assert grounder.ground(PHRASE).to_dict()["recipe"]["preset"] == "fast"


def test_steps_that_were_asked_for_count_beside_a_preset(tiny_model_folder: Path) -> None:
    grounder = Grounder.open(tiny_model_folder, device="cpu", steps=20, preset="fast")
    assert (grounder.recipe.steps, grounder.recipe.preset, grounder.recipe.predictions) == (20, "fast", 6)


def test_fast_is_close_to_paper_on_the_bundled_model(bundled_model: LatentDiffusionModel) -> None:
    """Also in the place that it points to; benchmarks/presets.py has the figures over many phantoms."""
    from cxr_grounding.phantom.drawing import draw_phantom

    drawn = draw_phantom(2_000_012)
    maps = []
    for preset in (PAPER, FAST):
        grounder = Grounder(bundled_model, recipe=preset.applied(bundled_model.recipe))
        grounder.set_radiograph(drawn.radiograph)
        arrays = grounder.ground(drawn.drawn[0].sentence, keep_arrays=True).arrays
        assert arrays is not None
        maps.append(arrays.heatmap_raw)
    assert np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1] > 0.99
