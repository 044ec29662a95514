"""The autoencoder of MONAI's latent diffusion models, built of diffusers' blocks. METHOD 1.

diffusers' own class differs from MONAI's in four places, none of which a configuration can mend: MONAI has no
activation between the last norm and the last convolution of either half (with it, the latents are 55 % off), no block
in the middle, one residual block less a level in the decoder, and the mean and log-variance come out of two
convolutions behind a single one. Here those four are as MONAI has them, so that every weight keeps its own place.

This is the whole autoencoder that a converted folder holds. Grounding needs its first half only, and opens that without
diffusers (`networks.encoder`); the two are held to each other, and to MONAI, by the tests.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from diffusers.configuration_utils import register_to_config
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL


class MonaiAutoencoderKL(AutoencoderKL):
    """`monai.networks.nets.AutoencoderKL` without attention.

    Args:
        in_channels, out_channels: of the image.
        latent_channels: of the latent.
        block_out_channels: width of each level, from the image inwards.
        layers_per_block: residual blocks a level, in the encoder and in the decoder.
        norm_num_groups: of the group norms.
    """

    @register_to_config  # type: ignore[untyped-decorator]  # diffusers has types in part
    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        latent_channels: int = 3,
        block_out_channels: tuple[int, ...] = (64, 128, 128, 128),
        layers_per_block: int = 2,
        norm_num_groups: int = 32,
    ) -> None:
        levels = len(block_out_channels)
        super().__init__(
            in_channels=in_channels,
            out_channels=out_channels,
            latent_channels=latent_channels,
            block_out_channels=tuple(block_out_channels),
            layers_per_block=layers_per_block,
            norm_num_groups=norm_num_groups,
            down_block_types=("DownEncoderBlock2D",) * levels,
            up_block_types=("UpDecoderBlock2D",) * levels,
            mid_block_add_attention=False,
        )
        encoder, decoder = cast("tuple[Any, Any]", (self.encoder, self.decoder))  # typed for diffusers' own layers
        for half in (encoder, decoder):
            half.mid_block = _Nothing()
            half.conv_act = torch.nn.Identity()
        encoder.conv_out = torch.nn.Conv2d(block_out_channels[-1], latent_channels, 3, padding=1)
        self.quant_conv = torch.nn.Conv2d(latent_channels, 2 * latent_channels, 1)
        for block in decoder.up_blocks:
            del block.resnets[-1]


class _Nothing(torch.nn.Module):
    """In the place of the middle block: what comes in goes out."""

    def forward(self, sample: torch.Tensor, *_: object) -> torch.Tensor:
        return sample
