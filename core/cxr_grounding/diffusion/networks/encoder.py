"""The encoder half of an autoencoder, for grounding: that of diffusers' `AutoencoderKL`, or MONAI's. METHOD 1.

The other half, which makes images, is never needed here. As for the U-Net, diffusers' class has the same weights and
numbers, and is there for what `suits` does not let through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.functional import pad, silu

from cxr_grounding.diffusion.networks.configuration import filled
from cxr_grounding.diffusion.networks.layers import Attention, ResidualBlock, Resize

DEFAULTS: dict[str, Any] = {
    "in_channels": 3,
    "latent_channels": 4,
    "block_out_channels": (64,),
    "down_block_types": ("DownEncoderBlock2D",),
    "layers_per_block": 1,
    "norm_num_groups": 32,
    "mid_block_add_attention": True,
    "use_quant_conv": True,
}
MONAI_DEFAULTS = DEFAULTS | {
    "in_channels": 1,
    "latent_channels": 3,
    "block_out_channels": (64, 128, 128, 128),
    "layers_per_block": 2,
}
"""Of the two classes, for what a folder does not say."""

IGNORED = {
    "force_upcast",
    "latents_mean",
    "latents_std",
    "out_channels",
    "sample_size",
    "scaling_factor",
    "shift_factor",
    "up_block_types",
    "use_post_quant_conv",
}
"""What concerns the decoder, or what others do with the latent."""

EPS = 1e-6
"""Of the norms."""


LOWEST_LOG_VARIANCE, HIGHEST_LOG_VARIANCE = -30.0, 20.0
"""What diffusers and MONAI cut the posterior's log-variance to."""


class Posterior(NamedTuple):
    """What the encoder says of an image."""

    mean: torch.Tensor
    log_variance: torch.Tensor

    @property
    def std(self) -> torch.Tensor:
        """The deviation, which looks at a noised image draw from (METHOD 13.4)."""
        return torch.exp(0.5 * self.log_variance.clamp(LOWEST_LOG_VARIANCE, HIGHEST_LOG_VARIANCE))


class Encoded(NamedTuple):
    """As diffusers gives it."""

    latent_dist: Posterior


def suits(config: Mapping[str, Any]) -> bool:
    """Whether `Encoder` is the one that a configuration describes, rather than a variant that only diffusers has."""
    known = filled(DEFAULTS, config)
    channels, kinds = known.block_out_channels, known.down_block_types
    return (
        all(key.startswith("_") or key in {*DEFAULTS, *IGNORED, "act_fn"} for key in config)
        and config.get("act_fn", "silu") == "silu"
        and isinstance(channels, list | tuple)
        and isinstance(kinds, list | tuple)
        and len(kinds) == len(channels)
        and set(kinds) == {"DownEncoderBlock2D"}
    )


class Encoder(nn.Module):
    """Image to latent.

    Args:
        config: one that `suits`, or any of `MonaiAutoencoderKL`.
        is_monai: whether to leave out the block in the middle and the last activation, as MONAI does
            (docs/decisions/0004-monai-autoencoder.md).
    """

    def __init__(self, config: Mapping[str, Any], is_monai: bool = False) -> None:
        super().__init__()
        given = self.config = filled(MONAI_DEFAULTS if is_monai else DEFAULTS, config)
        self._is_monai = is_monai
        channels, groups = list(given.block_out_channels), given.norm_num_groups
        encoder = self.encoder = nn.Module()
        encoder.conv_in = nn.Conv2d(given.in_channels, channels[0], 3, padding=1)
        encoder.down_blocks = nn.ModuleList()
        for level, width in enumerate(channels):
            widths = [channels[max(level - 1, 0)], *[width] * given.layers_per_block]
            block = nn.Module()
            block.resnets = nn.ModuleList(
                ResidualBlock(taken, width, groups, EPS) for taken in widths[: given.layers_per_block]
            )
            block.downsamplers = nn.ModuleList(
                [Resize(width, stride=2, padding=0)] if level < len(channels) - 1 else []
            )
            encoder.down_blocks.append(block)
        if not is_monai:
            middle = encoder.mid_block = nn.Module()
            middle.resnets = nn.ModuleList(ResidualBlock(channels[-1], channels[-1], groups, EPS) for _ in range(2))
            middle.attentions = nn.ModuleList(
                [_ImageAttention(channels[-1], groups)] if given.mid_block_add_attention else []
            )
        encoder.conv_norm_out = nn.GroupNorm(groups, channels[-1], EPS)
        moments = 2 * given.latent_channels
        encoder.conv_out = nn.Conv2d(channels[-1], given.latent_channels if is_monai else moments, 3, padding=1)
        if given.use_quant_conv or is_monai:
            self.quant_conv = nn.Conv2d(encoder.conv_out.out_channels, moments, 1)

    def encode(self, pixels: torch.Tensor) -> Encoded:
        """[batch, channels, rows, columns] -> the posterior, whose mean is [batch, latent channels, rows, columns]."""
        encoder: Any = self.encoder
        image = encoder.conv_in(pixels)
        for block in encoder.down_blocks:
            for residual in block.resnets:
                image = residual(image)
            for halve in block.downsamplers:
                image = halve(pad(image, (0, 1, 0, 1)))
        if not self._is_monai:
            image = encoder.mid_block.resnets[0](image)
            for attention in encoder.mid_block.attentions:
                image = attention(image)
            image = encoder.mid_block.resnets[1](image)
        image = encoder.conv_norm_out(image)
        moments = encoder.conv_out(image if self._is_monai else silu(image))
        if hasattr(self, "quant_conv"):
            moments = self.quant_conv(moments)
        return Encoded(Posterior(*moments.split(self.config.latent_channels, dim=1)))


class _ImageAttention(Attention):
    """Every pixel looks at all others, beside a shortcut."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__(width, heads=1, bias=True)
        self.group_norm = nn.GroupNorm(groups, width, EPS)

    def forward(self, image: torch.Tensor, *_: object) -> torch.Tensor:
        sequence = self.group_norm(image).flatten(2).transpose(1, 2)
        return image + super().forward(sequence).transpose(1, 2).reshape(image.shape)
