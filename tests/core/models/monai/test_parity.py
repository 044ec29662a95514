"""The whole way, from checkpoints through convert and ground to the heatmap, against what others compute.

MONAI's own networks in the method done plainly, and the golden case of METHOD 8: what the published program computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers.models.clip.modeling_clip import CLIPTextModel

from cxr_grounding.diffusion.text import TextTokenizer
from cxr_grounding.phrase import Phrase, empty_prompt
from cxr_grounding.recipe import Recipe
from plain_method import MonaiNetworks, plain_heatmap

GOLDEN = Path(__file__).parents[5] / "shared" / "golden" / "monai-tiny-50"
"""The case is handed out beside the repository, which holds no weights but the bundled model's."""


@pytest.mark.parametrize("layout", ["core", "generative"])
def test_monais_own_networks_give_the_same_heatmap(
    layout: str,
    cxr_ground: Callable[..., Any],
    monai_model: Callable[..., Any],
    text_side: dict[str, Path],
    tmp_path: Path,
) -> None:
    original = monai_model({"num_head_channels": [0, 16, 32]})
    for name, weight in original.unet.named_parameters():
        if "attn2.to_q" in name or "attn2.to_k" in name:
            weight.data *= 8  # far from uniform attention
    files = original.write(tmp_path / "published", layout)
    x, y = np.meshgrid(np.linspace(0, 3, 128), np.linspace(0, 3, 128))
    image = (0.5 + 0.25 * np.sin(3 * x) + 0.25 * np.cos(2 * y * x)).astype(np.float32)
    np.save(tmp_path / "image.npy", image)
    told = cxr_ground(
        *("models", "convert", "--out", tmp_path / "model"),
        *("--autoencoder", files["autoencoder"], "--unet", files["unet"]),
        *("--text-encoder", text_side["text_encoder"], "--tokenizer", text_side["tokenizer"]),
    )
    assert told.code == 0
    told = cxr_ground(
        *("ground", tmp_path / "image.npy", "left effusion", "--out", tmp_path / "out", "--model", tmp_path / "model"),
        *(
            "--steps",
            10,
            "--format",
            "json",
            "--intensity",
            "identity",
            "--arrays",
            tmp_path / "arrays.npz",
            "--device",
            "cpu",
        ),
    )
    assert told.code == 0
    tokenizer = TextTokenizer.open(text_side["tokenizer"], 77)
    phrase = Phrase.of("left effusion", tokenizer)
    ids = torch.tensor([empty_prompt(tokenizer), phrase.padded_ids])
    with torch.no_grad():
        context = CLIPTextModel.from_pretrained(text_side["text_encoder"]).eval()(ids).last_hidden_state
    networks = MonaiNetworks(original.autoencoder, original.unet, context)
    recipe = Recipe(steps=10, frame_size=128)
    expected = plain_heatmap(networks, recipe, "v_prediction", image, len(phrase.token_ids))
    assert np.ptp(expected) > 0.1
    found = np.load(tmp_path / "arrays.npz")["heatmap_raw"]
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.ptp(expected))


@pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden case is not beside the repository")
@pytest.mark.parametrize("frame", [(), ("--frame-size", 256)])
def test_the_published_programs_heatmap_is_reproduced(
    frame: tuple[object, ...], cxr_ground: Callable[..., Any], tmp_path: Path
) -> None:
    meta = json.loads((GOLDEN / "meta.json").read_text())
    told = cxr_ground(
        *("models", "convert", "--out", tmp_path / "model", *frame),
        *("--autoencoder", GOLDEN / "autoencoder.pth", "--unet", GOLDEN / "diffusion_model.pth"),
        *("--text-encoder", GOLDEN / "text_encoder", "--tokenizer", GOLDEN / "tokenizer"),
        *("--config", GOLDEN / "arch.json"),
    )
    assert told.code == 0
    told = cxr_ground(
        *("ground", GOLDEN / "image.npy", meta["phrase"], "--out", tmp_path / "out"),
        *("--model", tmp_path / "model", "--steps", meta["steps"], "--format", "json", "--intensity", "identity"),
        *("--arrays", tmp_path / "arrays.npz", "--device", "cpu"),
    )
    assert told.code == 0
    found = np.load(tmp_path / "arrays.npz")
    raw, final = np.load(GOLDEN / "heatmap_raw.npy"), np.load(GOLDEN / "heatmap.npy")
    assert np.abs(found["heatmap_raw"] - raw).max() <= 1e-4 * np.ptp(raw)
    differing = np.abs(found["heatmap_frame"] - final) > 1e-4
    assert differing.mean() <= 0.001  # pixels at the Otsu edge
