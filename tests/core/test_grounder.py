"""Set a radiograph once, ask many phrases: counts, order, cancelling, repeatability."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from cxr_grounding import maps
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.networks.unet import UNet
from cxr_grounding.errors import Cancelled, DeviceError, ModelError, OrderError, PhraseError, RecipeError
from cxr_grounding.grounder import Grounder
from cxr_grounding.radiograph import Orientation, Radiograph
from cxr_grounding.recipe import IntensityChain, Places
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.verdict import VerdictKind

STEPS, KEPT, INVERTED = 10, 2, 5
"""Of 10 steps, 4 and 5 are kept; the latent at 5 needs 5 predictions."""

CALIBRATION = {
    **{"fitted_on": "12 films", "fitted": "2026-11-27", "present": 100, "absent": 200, "auroc": 0.9},
    **{"nowhere_below": -0.5, "here_from": -0.4, "agreement_from": None, "calibration_error": 0.02},
    "knots": [[-1.0, 0.0], [1.0, 1.0]],
}
"""Of a model whose phrases have little evidence when they are absent, and hardly any when they are true."""


@pytest.fixture
def grounder(tiny_model: LatentDiffusionModel) -> Grounder:
    """Of few steps, without a radiograph; its model has counted no call."""
    tiny_model.unet_calls.clear()
    return Grounder(tiny_model, recipe=tiny_model.recipe.replace(steps=STEPS))


def test_asking_before_a_radiograph_is_set_names_the_missing_call(grounder: Grounder) -> None:
    with pytest.raises(OrderError, match="Call set_radiograph"):
        grounder.ground("left effusion")


def test_the_radiograph_costs_its_inversion_and_each_phrase_its_kept_steps_and_no_more(
    grounder: Grounder, radiograph: Radiograph
) -> None:
    calls = grounder.model.unet_calls
    grounder.set_radiograph(radiograph)
    assert calls == {"full": INVERTED}
    first = grounder.ground("left effusion")
    assert calls == {"full": INVERTED, "partial": KEPT}
    grounder.ground("right lung")
    assert calls == {"full": INVERTED, "partial": 2 * KEPT}
    grounder.ground(["small left effusion", "left lung", "right effusion"])
    assert calls == {"full": INVERTED, "partial": 5 * KEPT}
    assert first.unet_calls == {"full": INVERTED, "partial": KEPT}


def test_with_evidence_a_phrase_costs_its_compared_steps_to_the_end_and_its_rivals_once_a_radiograph(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph, other_radiograph: Radiograph
) -> None:
    """Of 30 steps, 12 to 17 are kept, which takes 17 predictions. At two of the six, and at two levels of drawn noise,
    noise is compared; the mirrored phrase is looked at there alone."""
    tiny_model.unet_calls.clear()
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(evidence=True))
    for image in (radiograph, other_radiograph, radiograph):
        grounder.set_radiograph(image)
    assert tiny_model.unet_calls == {"full": 2 * (17 + 2)}
    first, again = grounder.ground("left effusion"), grounder.ground("left effusion")
    assert first.unet_calls == {"full": 0, "partial": 6 - 2, "compared": 8}
    assert again.unet_calls == {"full": 0, "partial": 6 - 2, "compared": 4}
    assert first.evidence == again.evidence
    both = grounder.ground(["small left effusion", "small right effusion"])
    assert [answer.unet_calls["compared"] for answer in both] == [4, 4], "each is the other's rival"
    assert tiny_model.unet_calls == {"full": 2 * (17 + 2) + 5 * 4, "partial": 4 * (6 - 2)}


def test_evidence_does_not_depend_on_what_is_asked_beside(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(evidence=True, refine=True, steps=STEPS))
    grounder.set_radiograph(radiograph)
    alone = grounder.ground("opacity in the left base")
    grounder.set_radiograph(radiograph)
    phrases = ["Pneumonia in the left lower lung.", "opacity in the right base", "opacity in the left base"]
    beside = grounder.ground(phrases)[2]
    assert alone.evidence is not None
    assert beside.evidence is not None
    assert beside.evidence.contested == pytest.approx(alone.evidence.contested, abs=1e-5)
    assert [one.phrase for one in beside.evidence.rivals] == [one.phrase for one in alone.evidence.rivals]
    assert beside.soft_frame is not None
    np.testing.assert_allclose(beside.soft_frame, alone.soft_frame, atol=1e-4)


def test_a_sentence_is_asked_at_places_by_what_its_report_says_of_it(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    recipe = tiny_model.recipe.replace(evidence=True, places=Places.AUTO, steps=STEPS)
    grounder = Grounder(tiny_model, recipe=recipe)
    grounder.set_radiograph(radiograph)
    asked, found = read_report("INDICATION: Left effusion.\nFINDINGS: Left effusion.")
    of_indication, of_findings = grounder.ground([asked, dataclasses.replace(found, text="Left \n effusion.")])
    assert (of_indication.place, of_indication.verdict.kind) == (None, VerdictKind.IN_DOUBT)
    assert of_findings.place is not None
    assert (of_indication.phrase.text, of_findings.phrase.text) == ("Left effusion", "Left effusion.")


def test_the_sharper_map_changes_the_heatmap_and_not_the_attention_behind_it(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    answers = []
    for refine in (False, True):
        grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(refine=refine, steps=STEPS))
        grounder.set_radiograph(radiograph)
        answers.append(grounder.ground("left effusion", keep_arrays=True))
    plain, refined = answers
    assert plain.evidence is refined.evidence is None
    np.testing.assert_allclose(plain.arrays.heatmap_raw, refined.arrays.heatmap_raw, atol=1e-5)
    np.testing.assert_allclose(plain.soft_frame, maps.min_max(plain.arrays.heatmap_raw), atol=3e-4)
    assert np.abs(plain.soft_frame - refined.soft_frame).max() > 0.1
    for answer in answers:
        hot = answer.heatmap_frame > 0
        np.testing.assert_allclose(answer.soft_frame[hot], answer.heatmap_frame[hot], rtol=1e-3)


def test_the_published_recipe_costs_179_forwards_and_60_partial_ones(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    tiny_model.unet_calls.clear()
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(steps=300, frame_size=32))
    grounder.set_radiograph(radiograph)
    grounder.ground("left effusion")
    assert tiny_model.unet_calls == {"full": 179, "partial": 60}


def test_an_answer_lies_on_the_radiographs_own_grid(grounder: Grounder, radiograph: Radiograph) -> None:
    grounder.set_radiograph(radiograph)
    found = grounder.ground("small left pleural effusion")
    assert found.heatmap.shape == (128, 96)
    assert found.heatmap.dtype == np.float32
    assert np.isnan(found.heatmap[:16]).all()
    assert np.isnan(found.heatmap[112:]).all()
    assert (np.nanmin(found.heatmap), np.nanmax(found.heatmap)) == (0, 1)
    assert (found.seen.x, found.seen.y, found.seen.width, found.seen.height) == (0, 16, 96, 96)
    assert found.peak is not None
    assert found.heatmap[int(found.peak[1]), int(found.peak[0])] == 1
    strongest = found.boxes[0]
    assert strongest.x <= found.peak[0] <= strongest.x + strongest.width
    assert strongest.y <= found.peak[1] <= strongest.y + strongest.height
    assert found.phrase.tokens == ("small", "left", "pleural", "effusion")
    assert (found.model.name, found.device, found.warnings) == ("tiny", "cpu", ())
    assert set(found.seconds) == {"encoding", "inversion", "attention", "postprocessing"}
    assert found.token_maps is None
    assert found.arrays is None


def test_one_phrase_gives_one_answer_and_a_list_a_list(grounder: Grounder, radiograph: Radiograph) -> None:
    grounder.set_radiograph(radiograph)
    several = grounder.ground(["left lung", "effusion"])
    assert [found.phrase.text for found in several] == ["left lung", "effusion"]
    (alone,) = grounder.ground(("effusion",))
    np.testing.assert_allclose(alone.heatmap, several[1].heatmap, atol=1e-5)


@pytest.mark.parametrize("phrases", ["", " \n", ["left lung", ""], []])
def test_an_empty_phrase_is_refused_before_anything_runs(
    phrases: str | list[str], grounder: Grounder, radiograph: Radiograph
) -> None:
    grounder.set_radiograph(radiograph)
    with pytest.raises(PhraseError):
        grounder.ground(phrases)
    assert grounder.model.unet_calls["partial"] == 0


def test_a_phrase_beyond_77_tokens_is_grounded_and_the_cut_is_named(grounder: Grounder, radiograph: Radiograph) -> None:
    grounder.set_radiograph(radiograph)
    found = grounder.ground("lung " * 80 + "effusion", token_maps=True)
    assert found.phrase.cut == "lung lung lung lung lung effusion"
    assert any("not looked at" in warning for warning in found.warnings)
    assert found.token_maps is not None
    assert len(found.token_maps) == 75


def test_the_same_input_gives_the_same_bits(
    grounder: Grounder, radiograph: Radiograph, other_radiograph: Radiograph
) -> None:
    grounder.set_radiograph(radiograph)
    first = grounder.ground("left effusion", keep_arrays=True).arrays
    grounder.set_radiograph(other_radiograph)
    torch.rand(7)
    between = grounder.ground("left effusion", keep_arrays=True).arrays
    grounder.set_radiograph(radiograph)
    again = grounder.ground("left effusion", keep_arrays=True).arrays
    assert first is not None
    assert between is not None
    assert again is not None
    np.testing.assert_array_equal(again.heatmap_raw, first.heatmap_raw)
    assert np.abs(between.heatmap_raw - first.heatmap_raw).max() > 1e-3


def test_to_come_back_to_a_radiograph_costs_no_pass_and_gives_the_same_bits(
    grounder: Grounder, radiograph: Radiograph, other_radiograph: Radiograph
) -> None:
    grounder.set_radiograph(radiograph)
    first = grounder.ground("left effusion", keep_arrays=True)
    grounder.set_radiograph(other_radiograph)
    calls, told = grounder.model.unet_calls["full"], []
    grounder.set_radiograph(radiograph, progress=lambda stage, done, total: told.append(stage))
    again = grounder.ground("left effusion", keep_arrays=True)
    assert grounder.model.unet_calls["full"] == calls
    assert "inversion" not in told
    assert (first.unet_calls["full"], again.unet_calls["full"]) == (INVERTED, 0)
    assert first.arrays is not None
    assert again.arrays is not None
    np.testing.assert_array_equal(again.arrays.heatmap_raw, first.arrays.heatmap_raw)


def test_to_come_back_to_a_model_costs_no_pass_where_the_cache_is_shared(
    tiny_model_folder: Path, own_model_folder: Path, radiograph: Radiograph
) -> None:
    first = Grounder.open(tiny_model_folder, device="cpu", steps=STEPS)
    first.set_radiograph(radiograph)
    calls = []
    for folder in (own_model_folder, tiny_model_folder):
        again = Grounder.open(folder, device="cpu", steps=STEPS, cache=first.cache)
        again.set_radiograph(radiograph)
        calls.append(again.ground("left effusion").unet_calls["full"])
    assert calls == [INVERTED, 0]


def test_a_cancelled_preparation_is_not_kept(grounder: Grounder, radiograph: Radiograph) -> None:
    with pytest.raises(Cancelled):
        grounder.set_radiograph(radiograph, progress=lambda stage, done, total: done < 3)
    grounder.set_radiograph(radiograph)
    assert grounder.ground("left effusion").unet_calls["full"] == INVERTED


@pytest.mark.parametrize("batch", [1, 4, 7, 100])
def test_the_answer_does_not_depend_on_the_batch(
    batch: int, tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    phrases = ["left effusion", "small right pleural effusion of the lung"]
    recipe, answers = tiny_model.recipe.replace(steps=20), []
    for size in (batch, None):
        grounder = Grounder(tiny_model, recipe=recipe, batch=size)
        grounder.set_radiograph(radiograph)
        answers.append(grounder.ground(phrases, keep_arrays=True, token_maps=True))
    for found, expected in zip(*answers, strict=True):
        assert found.arrays is not None
        assert expected.arrays is not None
        np.testing.assert_allclose(found.arrays.heatmap_raw, expected.arrays.heatmap_raw, atol=1e-5)
        assert found.token_maps is not None
        np.testing.assert_allclose(found.token_maps, expected.token_maps, atol=1e-4)


def test_global_settings_of_torch_are_left_alone(grounder: Grounder, radiograph: Radiograph) -> None:
    before = torch.get_rng_state(), torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype()
    grounder.set_radiograph(radiograph)
    grounder.ground("left effusion")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype()) == before[1:]


def test_progress_is_told_of_every_pass(tiny_model: LatentDiffusionModel, radiograph: Radiograph) -> None:
    told: list[tuple[str, int, int]] = []
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(steps=20), batch=3)

    def progress(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))

    grounder.set_radiograph(radiograph, progress=progress)
    assert told[:2] == [("encoding", 0, 1), ("encoding", 1, 1)]
    assert told[2:] == [("inversion", done, 11) for done in range(12)]
    told.clear()
    grounder.ground(["left lung", "effusion"], progress=progress)
    assert told == [("attention", done, 8) for done in (0, 3, 6, 8)]


@pytest.mark.parametrize("stage", ["encoding", "inversion"])
def test_after_a_cancelled_radiograph_there_is_none_and_the_next_one_works(
    stage: str, grounder: Grounder, radiograph: Radiograph, other_radiograph: Radiograph
) -> None:
    grounder.set_radiograph(other_radiograph)
    with pytest.raises(Cancelled, match=stage):
        grounder.set_radiograph(radiograph, progress=lambda at, done, total: at != stage)
    assert not grounder.has_radiograph
    with pytest.raises(OrderError):
        grounder.ground("left effusion")
    grounder.set_radiograph(radiograph)
    assert grounder.ground("left effusion").heatmap.shape == radiograph.shape


def test_a_cancelled_phrase_leaves_the_radiograph_set_and_the_model_as_it_was(
    grounder: Grounder, radiograph: Radiograph
) -> None:
    grounder.set_radiograph(radiograph)
    expected = grounder.ground("left effusion").heatmap
    calls_before = grounder.model.unet_calls["full"]
    with pytest.raises(Cancelled, match="attention"):
        grounder.ground(
            [f"left effusion {number}" for number in range(9)], progress=lambda stage, done, total: done < 10
        )
    np.testing.assert_array_equal(grounder.ground("left effusion").heatmap, expected)
    assert grounder.model.unet_calls["full"] == calls_before


def test_an_error_of_the_callers_own_progress_passes_and_leaves_the_grounder_usable(
    grounder: Grounder, radiograph: Radiograph
) -> None:
    def progress(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        grounder.set_radiograph(radiograph, progress=progress)
    grounder.set_radiograph(radiograph)
    assert grounder.ground("effusion").phrase.text == "effusion"


def test_a_mirrored_image_gives_the_mirrored_answer(grounder: Grounder, radiograph: Radiograph) -> None:
    grounder.set_radiograph(radiograph)
    plain = grounder.ground("left effusion")
    for orientation in (Orientation("R", "F"), Orientation("L", "H"), Orientation("F", "L")):
        grounder.set_radiograph(Radiograph(orientation.from_standard(radiograph.pixels), orientation=orientation))
        turned = grounder.ground("left effusion")
        np.testing.assert_array_equal(turned.heatmap, orientation.from_standard(plain.heatmap))
        assert turned.peak is not None
        assert turned.heatmap[int(turned.peak[1]), int(turned.peak[0])] == 1


def test_another_intensity_chain_is_used_and_noted(grounder: Grounder, radiograph: Radiograph) -> None:
    grounder.set_radiograph(radiograph, intensity=IntensityChain.IDENTITY)
    found = grounder.ground("left effusion", keep_arrays=True)
    assert found.arrays is not None
    assert found.recipe.intensity is IntensityChain.IDENTITY
    assert found.warnings == (
        "The grey values went through the chain 'identity', but the model was trained with 'min-max'.",
    )
    grounder.set_radiograph(radiograph)
    assert grounder.ground("left effusion").recipe.intensity is IntensityChain.MIN_MAX


def test_a_prepared_square_smaller_than_the_frame_is_not_enlarged(tiny_model: LatentDiffusionModel) -> None:
    """As the golden case of METHOD 8 is given."""
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(frame_size=128, steps=STEPS))
    image = blurred_square(96)
    grounder.set_radiograph(Radiograph(image), intensity=IntensityChain.IDENTITY)
    found = grounder.ground("effusion", keep_arrays=True)
    assert found.arrays is not None
    np.testing.assert_array_equal(found.arrays.frame_image, image)
    assert found.recipe.frame_size == 96
    assert any("looked at 96 x 96 pixels" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("side", "chain"), [(160, IntensityChain.IDENTITY), (98, IntensityChain.IDENTITY), (96, IntensityChain.MIN_MAX)]
)
def test_any_other_image_goes_through_the_frame(
    side: int, chain: IntensityChain, tiny_model: LatentDiffusionModel
) -> None:
    """Larger than the frame; of a side that the autoencoder cannot take; not said to be prepared."""
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(frame_size=128, steps=STEPS))
    grounder.set_radiograph(Radiograph(blurred_square(side)), intensity=chain)
    assert grounder.ground("effusion").recipe.frame_size == 128


def blurred_square(side: int) -> NDArray[np.float32]:
    """A square image in [0, 1]."""
    x, y = np.meshgrid(np.linspace(0, 3, side), np.linspace(0, 3, side))
    return (0.5 + 0.25 * np.sin(3 * x) + 0.25 * np.cos(2 * y * x)).astype(np.float32)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"view": "LL"}, "view from the side"),
        ({"orientation": Orientation("A", "F", known=True)}, "view from the side"),
        ({"body_part": "HAND"}, "shows the body part HAND, not the chest"),
        ({"warnings": ("The file has two spacings.",)}, "The file has two spacings."),
    ],
)
def test_doubts_about_the_radiograph_reach_the_answer(
    about: dict, told: str, grounder: Grounder, radiograph: Radiograph
) -> None:
    grounder.set_radiograph(Radiograph(radiograph.pixels, **about))
    (warning,) = grounder.ground("left effusion").warnings
    assert told in warning


@pytest.mark.parametrize("part", ["", "CHEST", "CHEST_TO_ABDOMEN", "THORAX", "RIBS"])
def test_a_chest_raises_no_doubt(part: str, grounder: Grounder, radiograph: Radiograph) -> None:
    grounder.set_radiograph(Radiograph(radiograph.pixels, body_part=part, view="PA"))
    assert grounder.ground("left effusion").warnings == ()


def test_weights_that_give_no_numbers_are_a_model_error(own_model_folder: Path, radiograph: Radiograph) -> None:
    path = own_model_folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    weights["conv_in.weight"][0, 0, 0, 0] = float("nan")
    save_file(weights, path)
    grounder = Grounder.open(own_model_folder, device="cpu", steps=STEPS)
    with pytest.raises(ModelError, match="values that are not numbers"):
        grounder.set_radiograph(radiograph)
    assert not grounder.has_radiograph


def test_a_text_encoder_that_gives_no_numbers_for_the_empty_prompt_is_a_model_error(
    own_model_folder: Path, radiograph: Radiograph
) -> None:
    path = own_model_folder / "text_encoder" / "model.safetensors"
    weights = load_file(path)
    (name,) = (name for name in weights if name.endswith("token_embedding.weight"))
    weights[name][0] = float("nan")  # the padding, of which the empty prompt has most
    save_file(weights, path)
    grounder = Grounder.open(own_model_folder, device="cpu", steps=STEPS)
    with pytest.raises(ModelError, match="values that are not numbers"):
        grounder.set_radiograph(radiograph)


def test_a_unet_that_only_diffusers_has_may_compute_in_half_precision_too(
    own_model_folder: Path, change_json: Callable[..., None], radiograph: Radiograph
) -> None:
    change_json(own_model_folder / "unet" / "config.json", upcast_attention=True)
    answers = []
    for precision in ("single", "half"):
        grounder = Grounder.open(own_model_folder, device="cpu", steps=STEPS, precision=precision)
        assert not isinstance(grounder.model.unet, UNet)
        grounder.set_radiograph(radiograph)
        answers.append(grounder.ground("left effusion", keep_arrays=True))
    single, half = (answer.arrays.heatmap_raw.ravel() for answer in answers)
    assert [answer.precision for answer in answers] == ["single", "half"]
    assert 0.999 < np.corrcoef(single, half)[0, 1] < 1 - 1e-9


def overflow_in_half_precision(folder: Path) -> None:
    """Give a model numbers beyond 65504, the largest in half precision; its norms make them small again."""
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    weights["conv_in.weight"] *= 1e5
    save_file(weights, path)


def test_where_half_precision_does_not_suffice_the_answer_is_that_of_single_and_says_so(
    own_model_folder: Path, radiograph: Radiograph
) -> None:
    overflow_in_half_precision(own_model_folder)
    answers = []
    for precision in ("single", "half"):
        grounder = Grounder.open(own_model_folder, device="cpu", steps=STEPS, precision=precision)
        grounder.set_radiograph(radiograph)
        answers.append(grounder.ground("left effusion", keep_arrays=True))
    single, half = answers
    assert (single.precision, half.precision) == ("single", "single")
    assert not any("half precision" in warning for warning in single.warnings)
    assert any("too large for half precision" in warning for warning in half.warnings)
    np.testing.assert_array_equal(half.arrays.heatmap_raw, single.arrays.heatmap_raw)


def test_a_phrase_alone_may_be_what_half_precision_does_not_suffice_for(
    tiny_model_folder: Path, radiograph: Radiograph
) -> None:
    grounder = Grounder.open(tiny_model_folder, device="cpu", steps=STEPS, precision="half")
    grounder.set_radiograph(radiograph)
    before = grounder.ground("left effusion", keep_arrays=True)
    # Behind where passes begin, which the first phrase has computed for all.
    torch.nn.init.constant_(grounder.model.unet.mid_block.resnets[0].conv1.weight, 65504)
    after = grounder.ground("left effusion", keep_arrays=True)
    assert (before.precision, after.precision) == ("half", "single")
    assert np.corrcoef(before.arrays.heatmap_raw.ravel(), after.arrays.heatmap_raw.ravel())[0, 1] > 0.999


def test_weights_that_give_no_numbers_in_any_precision_are_a_model_error(
    own_model_folder: Path, radiograph: Radiograph
) -> None:
    path = own_model_folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    weights["conv_in.weight"][0, 0, 0, 0] = float("nan")
    save_file(weights, path)
    grounder = Grounder.open(own_model_folder, device="cpu", steps=STEPS, precision="half")
    with pytest.raises(ModelError, match="values that are not numbers"):
        grounder.set_radiograph(radiograph)


def test_attention_that_is_even_everywhere_points_nowhere_and_says_so(
    own_model_folder: Path, radiograph: Radiograph, change_json: Callable[..., None]
) -> None:
    path = own_model_folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    save_file({name: value * 0 if "attn2.to_k" in name else value for name, value in weights.items()}, path)
    grounder = Grounder.open(own_model_folder, device="cpu", steps=STEPS)
    grounder.set_radiograph(radiograph)
    found = grounder.ground("left effusion")
    assert np.nanmax(found.heatmap) == 0
    assert (found.peak, found.boxes) == (None, [])
    assert any("points nowhere" in warning for warning in found.warnings)


@pytest.mark.parametrize("refine", [False, True])
def test_a_unet_that_does_not_heed_the_prompt_gives_no_evidence_and_is_not_believed(
    own_model_folder: Path, radiograph: Radiograph, refine: bool
) -> None:
    path = own_model_folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    for name in weights:
        if "attn2.to_out" in name:
            weights[name] *= 0
    save_file(weights, path)
    document = json.loads((own_model_folder / "grounding.json").read_text())
    document["recipe"] |= {"evidence": True, "refine": refine}
    document["calibration"] = CALIBRATION
    (own_model_folder / "grounding.json").write_text(json.dumps(document))
    grounder = Grounder.open(own_model_folder, device="cpu", steps=STEPS)
    grounder.set_radiograph(radiograph)
    found = grounder.ground("small left effusion")
    assert found.evidence is not None
    assert found.evidence.explained == pytest.approx(0, abs=1e-6)
    assert found.verdict is not None
    assert (str(found.verdict), found.verdict.share) == (
        "in doubt: The model predicts the same with the phrase as without it.",
        None,
    )


def test_a_frame_beyond_memory_is_a_device_error(tiny_model: LatentDiffusionModel, radiograph: Radiograph) -> None:
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(frame_size=1 << 50))
    with pytest.raises(DeviceError, match="does not suffice"):
        grounder.set_radiograph(radiograph)


def test_a_recipe_or_batch_that_cannot_be_used_is_refused(tiny_model: LatentDiffusionModel) -> None:
    with pytest.raises(RecipeError, match="draws noise at the timestep 1000, but the model was trained on 1000"):
        Grounder(tiny_model, recipe=tiny_model.recipe.replace(evidence=True, drawn_levels=(399, 1000)))
    with pytest.raises(RecipeError, match="layer 9"):
        Grounder(tiny_model, recipe=tiny_model.recipe.replace(layers=(9,)))
    with pytest.raises(RecipeError, match="at least 1"):
        Grounder(tiny_model, batch=0)


def test_with_the_padding_masked_phrases_of_unlike_length_answer_in_a_batch_as_they_do_alone(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    masked = Grounder(tiny_model, recipe=tiny_model.recipe.replace(attend_padding=False, steps=STEPS))
    masked.set_radiograph(radiograph)
    together = masked.ground(["effusion", "small left pleural effusion"], keep_arrays=True)
    for found in together:
        alone = masked.ground(found.phrase.text, keep_arrays=True)
        assert alone.arrays is not None
        assert found.arrays is not None
        np.testing.assert_allclose(found.arrays.heatmap_raw, alone.arrays.heatmap_raw, atol=1e-5)
    seeing = Grounder(tiny_model, recipe=tiny_model.recipe.replace(steps=STEPS))
    seeing.set_radiograph(radiograph)
    padded = seeing.ground("effusion", keep_arrays=True)
    assert padded.arrays is not None
    assert together[0].arrays is not None
    assert np.abs(padded.arrays.heatmap_raw - together[0].arrays.heatmap_raw).max() > 0.01
