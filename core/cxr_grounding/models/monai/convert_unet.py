"""MONAI's `DiffusionModelUNet` as diffusers' `UNet2DConditionModel`: the same network under other names. METHOD 1."""

from __future__ import annotations

import re
from typing import Any

import torch

from cxr_grounding.errors import ModelError
from cxr_grounding.models.monai.config import NORM_EPS, MonaiConfig, norm_groups
from cxr_grounding.models.monai.weights import Weights, renamed

HEAD_WIDTH = 8
"""Channels a head, where a configuration of the network leaves them out: the default of MONAI's class."""

RENAMES = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        # In both layouts. MONAI wraps each convolution in a module whose only child is "conv".
        (r"\.conv\.(weight|bias)$", r".\1"),
        (r"\.upsampler\.(?:conv|postconv)\.", ".upsamplers.0.conv."),
        (r"\.downsampler\.op\.", ".downsamplers.0.conv."),
        (r"^time_embed\.0\.", "time_embedding.linear_1."),
        (r"^time_embed\.2\.", "time_embedding.linear_2."),
        (r"^out\.0\.", "conv_norm_out."),
        (r"^out\.2\.", "conv_out."),
        (r"^middle_block\.resnet_1\.", "mid_block.resnets.0."),
        (r"^middle_block\.resnet_2\.", "mid_block.resnets.1."),
        (r"^middle_block\.attention\.", "mid_block.attentions.0."),
        (r"\.skip_connection\.", ".conv_shortcut."),
        (r"\.ff\.linear1\.", ".ff.net.0.proj."),
        (r"\.ff\.linear2\.", ".ff.net.2."),
        # In MONAI core only; GenerativeModels has the name that diffusers has.
        (r"\.(attn[12])\.out_proj\.", r".\1.to_out.0."),
    )
)
"""From MONAI's names to diffusers', one after the other; the wrapper goes first."""

UNSUPPORTED = {"spatial_dims": 2, "with_conditioning": True, "resblock_updown": False, "num_class_embeds": None}
"""Arguments with the only value that can be converted."""


def convert_unet(weights: Weights, config: MonaiConfig) -> tuple[dict[str, Any], dict[str, torch.Tensor], list[str]]:
    """Translate a U-Net.

    Args:
        weights: in either layout: GenerativeModels 0.2 or MONAI core >= 1.4.
        config: beside them; may be empty.

    Returns:
        diffusers' configuration, the weights under its names, and sentences on what had to be taken as published.

    Raises:
        ModelError: when the network is not one that can be converted; see `renamed`.
    """
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    described, notes = _describe(weights, config)
    with torch.device("meta"):
        network = UNet2DConditionModel.from_config(described)
    return described, renamed(weights, _rename, network), notes


def _describe(weights: Weights, config: MonaiConfig) -> tuple[dict[str, Any], list[str]]:
    for name, only in UNSUPPORTED.items():
        if config.unet.get(name, only) != only:
            raise ModelError(
                f"{config.source} says {name} = {config.unet[name]} for the U-Net; only {only} can be converted."
            )
    levels = weights.count("down_blocks.{}.")
    level = range(levels)
    channels = [weights[f"down_blocks.{i}.resnets.0.conv1.conv.weight"].shape[0] for i in level]
    blocks = [weights.count(f"down_blocks.{i}.resnets.{{}}.") for i in level]
    attention = [weights.has(f"down_blocks.{i}.attentions.0.") for i in level]
    first = weights["conv_in.conv.weight"]
    if first.ndim != 4:
        raise ModelError(
            f"The U-Net in {weights.source} works on {first.ndim - 2}-dimensional images, not on pictures."
        )
    transformer = "middle_block.attention.transformer_blocks"
    cross_width = weights[f"{transformer}.0.attn2.to_k.weight"].shape[1]
    found = {
        "in_channels": first.shape[1],
        "out_channels": weights["out.2.conv.weight"].shape[0],
        "channels": channels,
        "num_res_blocks": blocks,
        "attention_levels": attention,
        "cross_attention_dim": cross_width,
        "transformer_num_layers": weights.count(f"{transformer}.{{}}."),
    }
    for name, value in found.items():
        config.require_agreement("unet", name, value)
    heads, notes = _heads(weights, config, channels, attention)
    return {
        "_class_name": "UNet2DConditionModel",
        "in_channels": found["in_channels"],
        "out_channels": found["out_channels"],
        "block_out_channels": channels,
        "layers_per_block": blocks,
        "down_block_types": ["CrossAttnDownBlock2D" if on else "DownBlock2D" for on in attention],
        "mid_block_type": "UNetMidBlock2DCrossAttn",
        "up_block_types": ["CrossAttnUpBlock2D" if on else "UpBlock2D" for on in reversed(attention)],
        "cross_attention_dim": cross_width,
        "transformer_layers_per_block": found["transformer_num_layers"],
        "attention_head_dim": heads,  # diffusers' name for how many heads there are
        "norm_num_groups": norm_groups(config, "unet", channels),
        "norm_eps": NORM_EPS,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
    }, notes


def _heads(
    weights: Weights, config: MonaiConfig, channels: list[int], attention: list[bool]
) -> tuple[list[int], list[str]]:
    """How many heads the attention of each level has, which its weights do not show."""
    said = config.unet.get("num_head_channels", HEAD_WIDTH if config.unet else None)
    if said is None:
        return [1] * len(channels), [
            f"Nothing says how many heads the attention in {weights.source} has: one, as published, was taken. Give "
            "the model's configuration with --config if it has more."
        ]
    widths = list(said) if isinstance(said, list) else [said] * len(channels)
    # The middle block has attention even where the last level has none, with the last level's heads.
    used = [*attention[:-1], True]
    fits = len(widths) == len(channels) and all(
        type(width) is int and width > 0 and channel % width == 0
        for on, width, channel in zip(used, widths, channels, strict=True)
        if on
    )
    if not fits:
        raise ModelError(
            f"{config.source} says num_head_channels = {said}, which does not divide the U-Net's channels {channels}. "
            "Give the configuration that belongs to these weights."
        )
    return [c // w if on else 1 for on, w, c in zip(used, widths, channels, strict=True)], []


def _rename(name: str) -> str:
    for pattern, new in RENAMES:
        name = pattern.sub(new, name)
    return name
