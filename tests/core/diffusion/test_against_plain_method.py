"""The engine against METHOD 3 to 5, 10 and 11 done plainly and slowly (`plain_method`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.filters import threshold_otsu
from transformers.models.bert.modeling_bert import BertModel
from transformers.models.clip.modeling_clip import CLIPTextModel

from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.grounder import Grounder
from cxr_grounding.phrase import Phrase, empty_prompt
from cxr_grounding.radiograph import Radiograph
from plain_method import (
    DiffusersNetworks,
    plain_compared,
    plain_contested,
    plain_heatmap,
    plain_noise,
    plain_refined,
    plain_walk,
)

PHRASE = "small left pleural effusion"


@pytest.mark.parametrize("kind", ["v_prediction", "epsilon", "sample"])
@pytest.mark.parametrize("steps", [15, 20])
def test_the_engine_computes_what_the_plain_method_computes(
    kind: str, steps: int, own_model_folder: Path, change_json: Callable[..., None], radiograph: Radiograph
) -> None:
    """Also where the steps do not divide the schedule's 1000: of 15, one more is walked."""
    change_json(own_model_folder / "scheduler" / "scheduler_config.json", prediction_type=kind)
    grounder = Grounder.open(own_model_folder, device="cpu", steps=steps)
    ids = agreed_ids(grounder)
    text_encoder = CLIPTextModel.from_pretrained(own_model_folder / "text_encoder").eval()
    check_against_plain(grounder, own_model_folder, radiograph, kind, text_encoder(ids).last_hidden_state, 1e-5)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("text", ["clip", "bert"])
def test_so_it_does_with_a_model_laid_out_like_stable_diffusion(
    text: str, kind: str, stable_diffusion_folder: Callable[..., Path], radiograph: Radiograph
) -> None:
    """RoentGen and its kin; with CXR-BERT, the model of "Generate to Ground". Three pixel channels in [-1, 1], four
    latent channels, several heads, and the recipe that this package ships for them, on a smaller frame."""
    folder = stable_diffusion_folder(text, kind)
    grounder = Grounder.open(folder, device="cpu", steps=10)
    assert (grounder.model.autoencoder.config.in_channels, grounder.recipe.pixel_low) == (3, -1)
    assert {layer.heads for layer in grounder.model.layers} == {2}
    ids = agreed_ids(grounder)
    if text == "clip":
        context = CLIPTextModel.from_pretrained(folder / "text_encoder").eval()(ids).last_hidden_state
    else:
        bert = BertModel.from_pretrained(folder / "text_encoder").eval()
        context = bert(ids, attention_mask=(ids != 0).long()).last_hidden_state
        assert not torch.allclose(context, bert(ids).last_hidden_state, atol=1e-3)
    # Looser than above, as METHOD 8 has it: over sixteen layers rounding grows.
    check_against_plain(grounder, folder, radiograph, kind, context, 1e-4)


def agreed_ids(grounder: Grounder) -> torch.Tensor:
    """Padded ids of the empty prompt and the phrase, [2, 77]."""
    phrase = Phrase.of(PHRASE, grounder.model.tokenizer)
    return torch.tensor([empty_prompt(grounder.model.tokenizer), phrase.padded_ids])


def check_against_plain(
    grounder: Grounder, folder: Path, radiograph: Radiograph, kind: str, context: torch.Tensor, tolerance: float
) -> None:
    grounder.set_radiograph(radiograph)
    answer = grounder.ground(PHRASE, keep_arrays=True)
    found, tokens = answer.arrays, len(answer.phrase.token_ids)
    assert found is not None
    expected = plain_heatmap(DiffusersNetworks(folder, context), grounder.recipe, kind, found.frame_image, tokens)
    extent = float(np.ptp(expected))
    assert extent > 0.1
    np.testing.assert_allclose(found.heatmap_raw, expected, atol=tolerance * extent)

    # Of the map just compared: a threshold that jumps with the last digits of a random model's map says nothing.
    raw = found.heatmap_raw
    scaled = (raw - raw.min()) / np.ptp(raw)
    final = np.where(scaled > threshold_otsu(scaled), scaled, 0)
    np.testing.assert_allclose(found.heatmap_frame, final, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "phrase", "rivals"),
    [
        ("v_prediction", "opacity in the left base", ["Atelectasis", "Consolidation", "Pneumonia"]),
        ("epsilon", "opacity in the left lung", []),
        ("sample", "left effusion", []),
    ],
)
def test_evidence_and_the_sharper_map_are_those_of_the_plain_method(
    kind: str,
    phrase: str,
    rivals: list[str],
    own_model_folder: Path,
    change_json: Callable[..., None],
    radiograph: Radiograph,
) -> None:
    """Beside the phrase with its side swapped, and the other findings in the air spaces in the same place."""
    change_json(own_model_folder / "scheduler" / "scheduler_config.json", prediction_type=kind)
    model = LatentDiffusionModel.open(own_model_folder, "cpu")
    grounder = Grounder(model, recipe=model.recipe.replace(evidence=True, refine=True, steps=20))
    grounder.set_radiograph(radiograph)
    answer = grounder.ground(phrase, keep_arrays=True)
    assert answer.arrays is not None
    assert answer.evidence is not None
    mirrored, others = answer.evidence.mirrored, answer.evidence.rivals
    assert mirrored is not None
    assert mirrored.phrase == phrase.replace("left", "right")
    assert [other.phrase for other in others] == [f"{name} in the left lower lung." for name in rivals]
    text_encoder = CLIPTextModel.from_pretrained(own_model_folder / "text_encoder").eval()
    walked, plain = None, []
    for text in (answer.phrase.text, mirrored.phrase, *(other.phrase for other in others)):
        read = Phrase.of(text, model.tokenizer)
        context = text_encoder(torch.tensor([empty_prompt(model.tokenizer), read.padded_ids])).last_hidden_state
        networks = DiffusersNetworks(own_model_folder, context)
        if walked is None:  # which no phrase changes: METHOD 3 has the empty prompt alone
            last = plain_compared(grounder.recipe)[-1]
            walked = plain_walk(networks, grounder.recipe, kind, answer.arrays.frame_image, last + 1)
        plain.append(plain_noise(networks, grounder.recipe, kind, walked, len(read.token_ids)))
    found = [answer.evidence.explained, *(rival.explained for rival in (mirrored, *others))]
    assert found == pytest.approx([one.explained for one in plain], abs=1e-4)
    assert np.ptp(found) > 1e-3
    assert answer.evidence.contested == pytest.approx(plain_contested(plain[0], plain[1:]), abs=1e-4)
    assert answer.soft_frame is not None
    expected, hot = plain_refined(answer.arrays.heatmap_raw, plain[0].gain), answer.heatmap_frame > 0
    np.testing.assert_allclose(answer.heatmap_frame[hot], expected[hot], atol=1e-4)
    np.testing.assert_allclose(answer.soft_frame, expected, atol=4e-4)  # it has the digits of half precision


def test_token_maps_are_the_plain_method_for_one_token(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph
) -> None:
    """A phrase's own map of one token equals the heatmap of a selection of that token alone."""
    grounder = Grounder(tiny_model)
    grounder.set_radiograph(radiograph)
    with_maps = grounder.ground("left effusion", token_maps=True, keep_arrays=True)
    without = grounder.ground("left effusion", keep_arrays=True)
    assert with_maps.token_maps is not None
    assert with_maps.token_maps.shape == (2, 64, 64)
    assert (with_maps.token_maps.min(axis=(1, 2)) == 0).all()
    assert (with_maps.token_maps.max(axis=(1, 2)) == 1).all()
    assert with_maps.arrays is not None
    assert without.arrays is not None
    np.testing.assert_array_equal(with_maps.arrays.heatmap_raw, without.arrays.heatmap_raw)
    one = grounder.ground("effusion", token_maps=True, keep_arrays=True)
    assert one.arrays is not None
    assert one.token_maps is not None
    raw = one.arrays.heatmap_raw
    np.testing.assert_allclose(one.token_maps[0], (raw - raw.min()) / np.ptp(raw), atol=1e-6)
