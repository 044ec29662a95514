"""This package's encoder is that of diffusers' autoencoder, number for number; the decoder stays in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from cxr_grounding.diffusion import components
from cxr_grounding.diffusion.networks.encoder import Encoder, suits
from cxr_grounding.models.monai.network import MonaiAutoencoderKL

LEVELS: dict[str, Any] = {
    "block_out_channels": (8, 16),
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "norm_num_groups": 4,
}
VARIANTS = {
    "as in Stable Diffusion": (AutoencoderKL, LEVELS | {"layers_per_block": 2}),
    "grey, no attention": (AutoencoderKL, LEVELS | {"in_channels": 1, "mid_block_add_attention": False}),
    "no quant_conv": (AutoencoderKL, LEVELS | {"use_quant_conv": False, "use_post_quant_conv": False}),
    "MONAI's": (MonaiAutoencoderKL, {"block_out_channels": (8, 16, 16), "norm_num_groups": 8}),
}


@torch.no_grad()
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_posterior_is_that_of_diffusers(variant: str, tmp_path: Path) -> None:
    kind, config = VARIANTS[variant]
    with torch.random.fork_rng():
        torch.manual_seed(1)
        theirs = kind(**config).eval()
    theirs.save_pretrained(tmp_path)
    ours = components.load_network(tmp_path, components.AUTOENCODERS, torch.float32)
    assert isinstance(ours, Encoder)
    assert not any(name.startswith(components.DECODER) for name in ours.state_dict())
    image = torch.rand(2, theirs.config.in_channels, 32, 24, generator=torch.Generator().manual_seed(2))
    found, expected = ours.encode(image).latent_dist, theirs.encode(image).latent_dist
    assert found.mean.std() > 0.01
    torch.testing.assert_close(found.mean, expected.mean, rtol=0, atol=1e-6)
    torch.testing.assert_close(found.std, expected.std, rtol=1e-5, atol=0)


@pytest.mark.parametrize(
    "variant",
    [
        {"down_block_types": ("AttnDownEncoderBlock2D", "DownEncoderBlock2D")},
        {"block_out_channels": (8,)},
        {"act_fn": "relu"},
        {"something_new": 1},
    ],
    ids=str,
)
def test_a_variant_that_only_diffusers_has_is_left_to_it(variant: dict[str, Any]) -> None:
    assert suits(LEVELS)
    assert not suits(LEVELS | variant)


def test_such_a_variant_is_opened_as_diffusers_own_class_without_its_decoder(tmp_path: Path) -> None:
    theirs = AutoencoderKL(**LEVELS | {"act_fn": "relu"}).eval()
    theirs.save_pretrained(tmp_path)
    opened = components.load_network(tmp_path, components.AUTOENCODERS, torch.float32)
    assert isinstance(opened, AutoencoderKL)
    assert opened.decoder is None
    image = torch.rand(1, 3, 16, 16)
    assert torch.equal(opened.encode(image).latent_dist.mean, theirs.encode(image).latent_dist.mean)
