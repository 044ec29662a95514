"""A converted model computes what MONAI's own networks compute."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cxr_grounding.diffusion.inversion import timesteps
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.text import TextTokenizer
from cxr_grounding.diffusion.tokenizer_files import CLIP, WholeTokenizer
from cxr_grounding.grounder import Grounder
from cxr_grounding.models.monai.convert import SCHEDULE, convert_monai, layers_read
from cxr_grounding.models.monai.network import MonaiAutoencoderKL
from cxr_grounding.models.monai.originals import Originals
from cxr_grounding.models.provenance import changed_files, read_provenance
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import Recipe

WIDTHS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as the golden toy": ({}, {}),
    "two levels, one block": (
        {
            "channels": [32, 96],
            "num_res_blocks": [1, 1],
            "attention_levels": [False, True],
            "num_head_channels": [0, 96],
        },
        {"channels": [32, 64], "num_res_blocks": [1, 1], "attention_levels": [False] * 2, "latent_channels": 3},
    ),
    "several heads, four latent channels": (
        {"in_channels": 4, "out_channels": 4, "num_head_channels": [0, 8, 16]},
        {"latent_channels": 4, "channels": [32, 64, 64], "num_res_blocks": [2] * 3, "attention_levels": [False] * 3},
    ),
    "attention on all levels, blocks that differ": (
        {"attention_levels": [True] * 3, "num_head_channels": [16, 16, 16], "num_res_blocks": [1, 2, 1]},
        {"channels": [64, 32, 96, 64]},
    ),
    "other norm groups, deeper transformers": (
        {"channels": [24, 48, 48], "num_head_channels": [0, 24, 48], "norm_num_groups": 8, "transformer_num_layers": 2},
        {"channels": [8, 16], "num_res_blocks": [3, 3], "attention_levels": [False] * 2, "norm_num_groups": 4},
    ),
}


def relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest difference, as a share of what is expected at most."""
    return float((found - expected).abs().max() / expected.abs().max())


@torch.no_grad()
def agreement(
    monai_model: Any, folder: Path, side: int, converted: LatentDiffusionModel | None = None
) -> tuple[float, float, float]:
    """How far U-Net output, posterior mean and decoded image of the two are apart, relatively."""
    draw = torch.Generator().manual_seed(5)
    shrink = 2 ** (len(monai_model.autoencoder_arguments["channels"]) - 1)
    image = torch.rand(1, 1, side * shrink, side * shrink, generator=draw)
    latent = torch.randn(2, monai_model.unet_arguments["in_channels"], side, side, generator=draw)
    context = torch.randn(2, 77, monai_model.unet_arguments["cross_attention_dim"], generator=draw)
    times = torch.tensor([19, 700])
    mean = monai_model.autoencoder.encode(image)[0]
    decoded = monai_model.autoencoder.decode(mean)
    noise = monai_model.unet(latent, timesteps=times, context=context)
    converted = converted or LatentDiffusionModel.open(folder, "cpu")
    autoencoder, unet = converted.autoencoder, converted.unet
    whole = MonaiAutoencoderKL.from_pretrained(folder / "vae", use_safetensors=True)  # the engine opens no decoder
    return (
        relative(unet(latent, times, context).sample, noise),
        relative(autoencoder.encode(image).latent_dist.mean, mean),
        relative(whole.decode(mean).sample, decoded),
    )


@pytest.fixture(scope="module", params=WIDTHS)
def original(request: pytest.FixtureRequest, monai_model: Callable[..., Any]) -> Any:
    """MONAI's networks in each of these widths, for both layouts; tests only read them."""
    return monai_model(*WIDTHS[request.param])


@pytest.mark.parametrize("layout", ["core", "generative"])
def test_a_converted_model_computes_what_monai_computes(
    original: Any, layout: str, text_side: dict[str, Path], tmp_path: Path
) -> None:
    notes = convert_monai(Originals(**original.write(tmp_path / "published", layout), **text_side), tmp_path / "model")
    converted = LatentDiffusionModel.open(tmp_path / "model", "cpu")
    assert bool(notes) == (len(converted.layers) != 11)
    assert max(agreement(original, tmp_path / "model", 8, converted)) < 1e-5


def test_monai_reads_the_old_layout_of_these_tests_as_the_same_networks(
    monai_model: Callable[..., Any], monai_toy: Any, tmp_path: Path
) -> None:
    """What "generative" means above is checked against MONAI's own reader of old checkpoints."""
    original, blank = monai_toy, monai_model()
    paths = original.write(tmp_path / "published", "generative")
    for name in ("unet", "autoencoder"):
        network, other = getattr(original, name), getattr(blank, name)
        torch.nn.init.zeros_(next(other.parameters()))
        state = torch.load(paths[name], weights_only=True)
        assert state.keys() != network.state_dict().keys()
        other.load_old_state_dict(state)
        assert all(torch.equal(weight, other.state_dict()[key]) for key, weight in network.state_dict().items())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_full_size_agrees(
    monai_model: Callable[..., Any], tiny_model_folder: Path, tmp_path: Path, change_json: Callable[..., None]
) -> None:
    """The published widths (METHOD 1) with random weights; the text encoder is of its width, but one layer deep."""
    from transformers.models.clip.configuration_clip import CLIPTextConfig
    from transformers.models.clip.modeling_clip import CLIPTextModel

    original = monai_model(
        {"channels": [256, 512, 768], "num_head_channels": [0, 512, 768], "cross_attention_dim": 1024},
        {"channels": [64, 128, 128, 128]},
    )
    wide = CLIPTextConfig(hidden_size=1024, intermediate_size=64, num_hidden_layers=1, num_attention_heads=16)
    CLIPTextModel(wide).save_pretrained(tmp_path / "text_encoder")
    originals = Originals(
        **original.write(tmp_path / "published", "generative", config=False),
        text_encoder=tmp_path / "text_encoder",
        tokenizer=tiny_model_folder / "tokenizer",
    )
    convert_monai(originals, tmp_path / "model")
    converted = LatentDiffusionModel.open(tmp_path / "model", "cpu")
    assert sum(weight.numel() for weight in converted.unet.parameters()) == 263_636_995  # "264 M weights" (METHOD 7)
    assert len(converted.layers) == 11
    assert max(agreement(original, tmp_path / "model", side=64)) < 1e-5


@pytest.fixture(scope="module")
def converted(monai_toy: Any, text_side: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy, converted as nobody said otherwise; tests only read it."""
    folder = tmp_path_factory.mktemp("converted")
    convert_monai(Originals(**monai_toy.write(folder / "published"), **text_side), folder / "model")
    return folder / "model"


def test_the_papers_recipe_is_the_default_of_a_converted_model(converted: Path) -> None:
    grounder = Grounder.open(converted, device="cpu")
    assert grounder.recipe == Recipe()
    assert len(timesteps(grounder.recipe.steps)) == 334
    schedule = json.loads((converted / "scheduler" / "scheduler_config.json").read_text())
    assert schedule == SCHEDULE
    assert (schedule["beta_start"], schedule["beta_end"], schedule["prediction_type"]) == (
        0.0015,
        0.0205,
        "v_prediction",
    )


@pytest.mark.parametrize(
    ("attention", "blocks", "layers"),
    [
        ([False, True, True], [2, 2, 2], (3, 4, 6, 7)),  # the published ones
        ([False, True], [1, 1], (0, 1, 3)),
        ([True, True, False], [1, 2, 1], (2, 3, 5, 6)),
        ([False, False], [2, 2], (0,)),
    ],
)
def test_the_layers_read_are_at_the_published_places(
    attention: list[bool], blocks: list[int], layers: tuple[int, ...]
) -> None:
    kinds = ["CrossAttnDownBlock2D" if on else "DownBlock2D" for on in attention]
    assert layers_read({"down_block_types": kinds, "layers_per_block": blocks, "transformer_layers_per_block": 1}) == (
        layers
    )


def test_it_grounds_a_phrase(converted: Path, radiograph: Radiograph) -> None:
    model = LatentDiffusionModel.open(converted, "cpu")
    grounder = Grounder(model, recipe=model.recipe.replace(frame_size=128, steps=10))
    grounder.set_radiograph(radiograph)
    answer = grounder.ground("left effusion")
    assert answer.heatmap.shape == (128, 96)
    assert np.nanmax(answer.heatmap) > 0.99


def test_where_it_came_from_is_recorded(monai_toy: Any, text_side: dict[str, Path], tmp_path: Path) -> None:
    paths = monai_toy.write(tmp_path / "published", config=False)
    notes = convert_monai(Originals(**paths, **text_side), tmp_path / "model")
    recorded = read_provenance(tmp_path / "model")
    assert recorded is not None
    assert [source.name for source in recorded.sources][:3] == ["autoencoder.pt", "diffusion_model.pt", "config.json"]
    assert recorded.notes == tuple(notes)
    assert {"unet/diffusion_pytorch_model.safetensors", "tokenizer/tokenizer.json"} <= set(recorded.files)
    assert changed_files(tmp_path / "model") == []


def test_its_tokenizer_opens_without_transformers_whatever_lay_there(
    monai_toy: Any, text_side: dict[str, Path], tmp_path: Path
) -> None:
    words = shutil.copytree(text_side["tokenizer"], tmp_path / "words")
    backend = CLIP.open(words).backend_tokenizer
    backend.enable_truncation(4)
    backend.save(str(words / "tokenizer.json"))
    paths = monai_toy.write(tmp_path / "published")
    convert_monai(Originals(**paths, **(text_side | {"tokenizer": words})), tmp_path / "model")
    assert isinstance(CLIP.open(tmp_path / "model" / "tokenizer"), WholeTokenizer)
    found, expected = (TextTokenizer.open(folder, 77) for folder in (tmp_path / "model" / "tokenizer", words))
    assert found.tokenize("small left é effusion") == expected.tokenize("small left é effusion")


def test_without_a_configuration_one_head_is_taken_and_said(
    monai_toy: Any, text_side: dict[str, Path], tmp_path: Path
) -> None:
    paths = monai_toy.write(tmp_path / "published", config=False)
    (note,) = convert_monai(Originals(**paths, **text_side), tmp_path / "model")
    assert "one, as published, was taken" in note
    converted = LatentDiffusionModel.open(tmp_path / "model", "cpu")
    assert {layer.heads for layer in converted.layers} == {1}
    assert max(agreement(monai_toy, tmp_path / "model", 8, converted)) < 1e-5


def test_a_configuration_that_leaves_the_heads_out_means_monais_own_default(
    monai_model: Callable[..., Any], text_side: dict[str, Path], tmp_path: Path, change_json: Callable[..., None]
) -> None:
    original = monai_model({"num_head_channels": 8})
    paths = original.write(tmp_path / "published")
    unet = {name: value for name, value in original.unet_arguments.items() if name != "num_head_channels"}
    change_json(tmp_path / "published" / "arch.json", unet=unet)
    assert convert_monai(Originals(**paths, **text_side), tmp_path / "model") == []
    assert max(agreement(original, tmp_path / "model", side=8)) < 1e-5


def test_a_bundles_configuration_is_understood(monai_model: Callable[..., Any], text_side: Any, tmp_path: Path) -> None:
    original = monai_model({"num_head_channels": [0, 8, 16]})
    paths = original.write(tmp_path / "models", config=False)
    target = "monai.networks.nets"
    document = {
        "imports": ["$import torch"],
        "autoencoder_def": {"_target_": f"{target}.AutoencoderKL", **original.autoencoder_arguments},
        "network_def": {
            "_target_": f"{target}.DiffusionModelUNet",
            **original.unet_arguments,
            "dropout_cattn": "@rate",
        },
        "network": "$@network_def.to('cpu')",
        "noise_scheduler": {
            "_target_": "monai.networks.schedulers.DDIMScheduler",
            "num_train_timesteps": 1000,
            "beta_start": 0.001,
            "beta_end": 0.02,
            "schedule": "linear_beta",
            "prediction_type": "epsilon",
            "clip_sample": True,
        },
    }
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "inference.json").write_text(json.dumps(document))
    assert convert_monai(Originals(**paths, **text_side), tmp_path / "model") == []
    converted = LatentDiffusionModel.open(tmp_path / "model", "cpu")
    assert [layer.heads for layer in converted.layers] == [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]
    assert converted.scheduler_config == SCHEDULE | {
        "beta_start": 0.001,
        "beta_end": 0.02,
        "beta_schedule": "linear",
        "prediction_type": "epsilon",
    }
