"""The U-Net of a latent diffusion model, for grounding: diffusers' `UNet2DConditionModel` of the usual kind. METHOD 1.

diffusers' own class brings some two thousand modules with it, which take longer to import than a small model takes
to answer. This one has the weights and the numbers of that class, for the configurations that `suits` lets through.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.functional import interpolate, silu

from cxr_grounding.diffusion.networks.configuration import filled
from cxr_grounding.diffusion.networks.layers import (
    Attention,
    Convolution,
    ImageTransformer,
    Linear,
    ResidualBlock,
    Resize,
)

DEFAULTS: dict[str, Any] = {
    "in_channels": 4,
    "out_channels": 4,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "norm_num_groups": 32,
    "norm_eps": 1e-5,
    "cross_attention_dim": 1280,
    "transformer_layers_per_block": 1,
    "attention_head_dim": 8,
    "use_linear_projection": False,
}
"""Of diffusers, for what its folder does not say."""

ONLY: dict[str, Any] = {
    "act_fn": "silu",
    "addition_embed_type": None,
    "attention_type": "default",
    "center_input_sample": False,
    "class_embed_type": None,
    "class_embeddings_concat": False,
    "conv_in_kernel": 3,
    "conv_out_kernel": 3,
    "cross_attention_norm": None,
    "downsample_padding": 1,
    "dual_cross_attention": False,
    "encoder_hid_dim": None,
    "encoder_hid_dim_type": None,
    "mid_block_only_cross_attention": None,
    "mid_block_scale_factor": 1,
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "num_attention_heads": None,
    "num_class_embeds": None,
    "only_cross_attention": False,
    "resnet_out_scale_factor": 1.0,
    "resnet_skip_time_act": False,
    "resnet_time_scale_shift": "default",
    "time_cond_proj_dim": None,
    "time_embedding_act_fn": None,
    "time_embedding_dim": None,
    "time_embedding_type": "positional",
    "timestep_post_act": None,
    "upcast_attention": False,
}
"""What a configuration may say only so: the other variants are diffusers' own."""

IGNORED = {
    "addition_embed_type_num_heads",
    "addition_time_embed_dim",
    "dropout",
    "projection_class_embeddings_input_dim",
    "reverse_transformer_layers_per_block",
    "sample_size",
}
"""What says nothing where the entries above are as they must be."""

DOWN = {"DownBlock2D": False, "CrossAttnDownBlock2D": True}
UP = {"UpBlock2D": False, "CrossAttnUpBlock2D": True}
"""Whether the blocks of a level look at the context."""

NOT_ATTENDED = -10000.0
"""Added to the score of a token that may not be looked at; its share is then 0 in single precision."""


def suits(config: Mapping[str, Any]) -> bool:
    """Whether `UNet` is the network that a configuration describes, rather than a variant that only diffusers has."""
    known = vars(filled(DEFAULTS, config))
    channels = known["block_out_channels"]
    heads = known["attention_head_dim"]
    per_level = [known["down_block_types"], known["up_block_types"], *([] if isinstance(heads, int) else [heads])]
    return (
        all(key.startswith("_") or key in {*DEFAULTS, *ONLY, *IGNORED} for key in config)
        and all(config.get(key, only) == only for key, only in ONLY.items())
        and all(isinstance(each, list | tuple) and len(each) == len(channels) for each in [channels, *per_level])
        and set(known["down_block_types"]) <= set(DOWN)
        and set(known["up_block_types"]) <= set(UP)
        and all(isinstance(known[key], int) for key in ("layers_per_block", "transformer_layers_per_block"))
        and isinstance(known["cross_attention_dim"], int)
    )


class Prediction(NamedTuple):
    """What comes out, to be taken by name or by place, as from diffusers."""

    sample: torch.Tensor


class Trunk(NamedTuple):
    """What a pass computes before it first looks at the context: the same for every phrase at a latent and a timestep.

    Args:
        time: [batch, width], the embedded timestep.
        image: [batch, channels, rows, columns], so far.
        skipped: likewise, what the way up takes over; None for one that is not needed.
    """

    time: torch.Tensor
    image: torch.Tensor
    skipped: tuple[torch.Tensor | None, ...]

    @property
    def tensors(self) -> list[torch.Tensor]:
        """All that it holds."""
        return [self.time, self.image, *(image for image in self.skipped if image is not None)]

    def at(self, place: int) -> Trunk:
        """That of one of the batch."""
        one = slice(place, place + 1)
        skipped = tuple(None if image is None else image[one] for image in self.skipped)
        return Trunk(self.time[one], self.image[one], skipped)

    @classmethod
    def joined(cls, trunks: Sequence[Trunk]) -> Trunk:
        """Several as one batch."""
        images = zip(*(trunk.skipped for trunk in trunks), strict=True)
        skipped = [[image for image in of_all if image is not None] for of_all in images]
        return cls(
            torch.cat([trunk.time for trunk in trunks]),
            torch.cat([trunk.image for trunk in trunks]),
            tuple(torch.cat(of_all) if of_all else None for of_all in skipped),
        )


class UNet(nn.Module):
    """Predicts noise from a noisy latent, a timestep and a context.

    Args:
        config: one that `suits`.

    Attributes:
        config: its entries as attributes, what it does not say as diffusers has it.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.config = filled(DEFAULTS, config)
        given, channels = self.config, list(self.config.block_out_channels)
        heads = [given.attention_head_dim] * len(channels)
        if not isinstance(given.attention_head_dim, int):
            heads = list(given.attention_head_dim)
        time_width, first, last = 4 * channels[0], channels[0], len(channels) - 1
        self.conv_in = Convolution(given.in_channels, first, 3, padding=1)
        self.time_embedding = _TimeEmbedding(first, time_width)
        self.down_blocks = nn.ModuleList()
        for level, kind in enumerate(given.down_block_types):
            widths = [channels[max(level - 1, 0)], *[channels[level]] * given.layers_per_block]
            self.down_blocks.append(_Level(given, list(pairwise(widths)), heads[level] if DOWN[kind] else None))
            if level < last:
                self.down_blocks[-1].downsamplers = nn.ModuleList([Resize(channels[level], stride=2)])
        self.mid_block = _Level(given, [(channels[-1], channels[-1])] * 2, heads[-1], transformers=1)
        self.up_blocks = nn.ModuleList()
        for level, kind in zip(range(last, -1, -1), given.up_block_types, strict=True):
            width, before, skipped = channels[level], channels[min(level + 1, last)], channels[max(level - 1, 0)]
            carried = [before, *[width] * given.layers_per_block]
            skips = [*[width] * given.layers_per_block, skipped]
            pairs = [(a + b, width) for a, b in zip(carried, skips, strict=True)]
            self.up_blocks.append(_Level(given, pairs, heads[level] if UP[kind] else None))
            if level > 0:
                self.up_blocks[-1].upsamplers = nn.ModuleList([Resize(width, stride=1)])
        levels: list[Any] = list(self.down_blocks)
        # The first one that looks at the context, or the middle.
        self._looking = next((i for i, level in enumerate(levels) if len(level.attentions)), last + 1)
        self.conv_norm_out = nn.GroupNorm(given.norm_num_groups, first, given.norm_eps)
        self.conv_out = Convolution(first, given.out_channels, 3, padding=1)

    @property
    def cross_attention_layers(self) -> list[Attention]:
        """In network order: down, middle, up (METHOD 4)."""
        blocks = [*self.down_blocks, self.mid_block, *self.up_blocks]
        found = [module for block in blocks for module in block.modules() if isinstance(module, Attention)]
        return [layer for layer in found if layer.is_cross_attention]

    def trunk(self, latents: torch.Tensor, timestep: int | torch.Tensor, layer: int | None = None) -> Trunk:
        """How a pass begins.

        Args:
            latents, timestep: as for `forward`.
            layer: of `cross_attention_layers`, at which the pass will end; None for one that goes on to its end.
        """
        time = self._time(timestep, latents)
        image = self.conv_in(latents)
        skipped = [image]
        blocks: list[Any] = list(self.down_blocks)
        for block in blocks[: self._looking]:
            for layer_of_block in block.resnets:
                image = layer_of_block(image, time)
                skipped.append(image)
            for halve in block.downsamplers:
                image = halve(image)
                skipped.append(image)
        if self._looking < len(blocks):
            image = blocks[self._looking].resnets[0](image, time)
        unread = 0 if layer is None else self._unread(layer)
        return Trunk(time, image, tuple(None if i < unread else one for i, one in enumerate(skipped)))

    def forward(
        self,
        latents: torch.Tensor | Trunk,
        timestep: int | torch.Tensor,
        context: torch.Tensor,
        encoder_attention_mask: torch.Tensor | None = None,
        return_dict: bool = False,
    ) -> Prediction:
        """One pass.

        Args:
            latents: [batch, channels, rows, columns], or how the pass begins with them, which is not computed again.
            timestep: one for all, or [batch]; that of the beginning where there is one.
            context: [batch, tokens, width].
            encoder_attention_mask: [batch, tokens], bool, the tokens that may be looked at; None for all.
            return_dict: taken for diffusers' sake; what comes out serves both ways.

        Returns:
            Shaped like `latents`.
        """
        time, image, skipped = latents if isinstance(latents, Trunk) else self.trunk(latents, timestep)
        mask = None
        if encoder_attention_mask is not None:
            mask = (~encoder_attention_mask).to(image.dtype)[:, None] * NOT_ATTENDED
        kept: list[Any] = list(skipped)
        del latents, skipped  # so that each image is let go of once it is read
        is_begun = True  # by the first of these residual blocks
        blocks: list[Any] = list(self.down_blocks)
        block: Any
        for block in blocks[self._looking :]:
            for layer, residual in enumerate(block.resnets):
                image = block.look(layer, image if is_begun else residual(image, time), context, mask)
                is_begun = False
                kept.append(image)
            for halve in block.downsamplers:
                image = halve(image)
                kept.append(image)
        middle = self.mid_block
        image = middle.resnets[1](middle(0, image, time, context, mask), time)
        for block in self.up_blocks:
            for layer in range(len(block.resnets)):
                image = block(layer, torch.cat([image, kept.pop()], dim=1), time, context, mask)
            for sharpen in block.upsamplers:
                image = sharpen(interpolate(image, size=kept[-1].shape[-2:], mode="nearest"))
        return Prediction(self.conv_out(silu(self.conv_norm_out(image))))

    def _unread(self, layer: int) -> int:
        """How many of the images that the way up takes over, the first ones, are not yet taken where a layer looks."""
        down: list[Any] = list(self.down_blocks)
        up: list[Any] = list(self.up_blocks)
        wanted = self.cross_attention_layers[layer]
        every = left = 1 + sum(len(block.resnets) + len(block.downsamplers) for block in down)
        for block in up:
            for place in range(len(block.resnets)):
                left -= 1
                if len(block.attentions) and wanted in list(block.attentions[place].modules()):
                    return left
        return every

    def _time(self, timestep: int | torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """The embedded timestep of each of the batch."""
        # Filled rather than copied there: on a GPU a copy of one number would wait for all that was asked before.
        times = timestep
        if not isinstance(times, torch.Tensor):
            times = torch.full((len(latents),), times, device=latents.device)
        half = self.config.block_out_channels[0] // 2
        rates = torch.arange(half, dtype=torch.float32, device=latents.device) * -math.log(10000)
        angles = times[:, None].float() * torch.exp(rates / (half - self.config.freq_shift))
        waves = [torch.cos(angles), torch.sin(angles)]
        return self.time_embedding(
            torch.cat(waves if self.config.flip_sin_to_cos else waves[::-1], 1).to(latents.dtype)
        )


class _TimeEmbedding(nn.Module):
    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.linear_1 = Linear(taken, given)
        self.linear_2 = Linear(given, given)

    def forward(self, waves: torch.Tensor) -> torch.Tensor:
        return self.linear_2(silu(self.linear_1(waves)))


class _Level(nn.Module):
    """The residual blocks of one level, each with a transformer behind it where the level looks at the context.

    Args:
        config: of the U-Net.
        widths: channels in and out of each residual block.
        heads: of the attention; None for none.
        transformers: how many, if not one a residual block.
    """

    def __init__(
        self, config: Any, widths: list[tuple[int, int]], heads: int | None, transformers: int | None = None
    ) -> None:
        super().__init__()
        groups, time_width = config.norm_num_groups, 4 * config.block_out_channels[0]
        self.resnets = nn.ModuleList(ResidualBlock(*pair, groups, config.norm_eps, time_width) for pair in widths)
        self.attentions = nn.ModuleList()
        self.downsamplers = nn.ModuleList()
        self.upsamplers = nn.ModuleList()
        if heads is not None:
            self.attentions.extend(
                ImageTransformer(
                    widths[-1][1],
                    heads,
                    config.cross_attention_dim,
                    config.transformer_layers_per_block,
                    groups,
                    config.use_linear_projection,
                )
                for _ in range(transformers or len(widths))
            )

    def forward(
        self, layer: int, image: torch.Tensor, time: torch.Tensor, context: torch.Tensor, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """One residual block and its transformer."""
        return self.look(layer, self.resnets[layer](image, time), context, mask)

    def look(self, layer: int, image: torch.Tensor, context: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """The transformer behind a residual block, where there is one."""
        return self.attentions[layer](image, context, mask) if len(self.attentions) else image
