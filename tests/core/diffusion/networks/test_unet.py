"""This package's U-Net is diffusers', number for number, and leaves to diffusers what it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from cxr_grounding.diffusion import components
from cxr_grounding.diffusion.attention import cross_attention_layers
from cxr_grounding.diffusion.networks.unet import UNet, suits

SMALL: dict[str, Any] = {"cross_attention_dim": 16, "norm_num_groups": 4, "block_out_channels": (8, 16, 16, 24)}
VARIANTS: dict[str, dict[str, Any]] = {
    "Stable Diffusion 1": SMALL | {"attention_head_dim": 2},
    "Stable Diffusion 2": SMALL | {"attention_head_dim": [1, 2, 4, 2], "use_linear_projection": True},
    "MONAI": {
        "in_channels": 3,
        "out_channels": 3,
        "block_out_channels": (8, 16, 24),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "attention_head_dim": 1,
        "cross_attention_dim": 16,
        "norm_num_groups": 8,
        "norm_eps": 1e-6,
    },
    "one block a level, two transformers each": SMALL | {"layers_per_block": 1, "transformer_layers_per_block": 2},
    "waves the other way round": SMALL | {"flip_sin_to_cos": False, "freq_shift": 1},
}


@pytest.fixture(scope="module", params=VARIANTS)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[UNet, Any]:
    """The same weights in this package's class and in diffusers'; tests change neither."""
    folder = tmp_path_factory.mktemp("unet")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        theirs = UNet2DConditionModel(**VARIANTS[request.param]).eval()
    theirs.save_pretrained(folder)
    ours = components.load_network(folder, components.UNETS, torch.float32)
    assert isinstance(ours, UNet)
    return ours, theirs


@torch.no_grad()
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("side", [(8, 8), (12, 20)], ids=["even", "odd on the way down"])
def test_the_prediction_is_that_of_diffusers(both: tuple[UNet, Any], side: tuple[int, int], masked: bool) -> None:
    ours, theirs = both
    draw = torch.Generator().manual_seed(2)
    latents = torch.randn(2, ours.config.in_channels, *side, generator=draw)
    context = torch.randn(2, 11, 16, generator=draw)
    attended = torch.arange(11) < torch.tensor([[3], [11]]) if masked else None
    for timestep in (399, torch.tensor([19, 700])):
        expected = theirs(latents, timestep, context, encoder_attention_mask=attended).sample
        found = ours(latents, timestep, context, encoder_attention_mask=attended).sample
        assert found.std() > 0.01
        torch.testing.assert_close(found, expected, rtol=0, atol=2e-6)


def test_its_cross_attention_layers_are_counted_as_those_of_diffusers(both: tuple[UNet, Any]) -> None:
    ours, theirs = both
    expected = {module: name for name, module in theirs.named_modules()}
    found = {module: name for name, module in ours.named_modules()}
    assert [found[layer] for layer in ours.cross_attention_layers] == [
        expected[layer] for layer in cross_attention_layers(theirs)
    ]


@pytest.mark.parametrize(
    "variant",
    [
        {"attention_type": "gated"},
        {"down_block_types": ("AttnDownBlock2D", "DownBlock2D", "DownBlock2D", "DownBlock2D")},
        {"layers_per_block": [1, 2, 2, 1]},
        {"block_out_channels": (8,)},
        {"block_out_channels": "many"},
        {"attention_head_dim": [1, 2]},
        {"class_embed_type": "timestep"},
        {"something_new": 1},
    ],
    ids=str,
)
def test_a_variant_that_only_diffusers_has_is_left_to_it(variant: dict[str, Any]) -> None:
    assert suits(SMALL)
    assert not suits(SMALL | variant)


def test_such_a_variant_is_opened_as_diffusers_own_class(tmp_path: Path) -> None:
    UNet2DConditionModel(**SMALL | {"layers_per_block": [1, 2, 2, 1]}).save_pretrained(tmp_path)
    assert isinstance(components.load_network(tmp_path, components.UNETS, torch.float32), UNet2DConditionModel)
