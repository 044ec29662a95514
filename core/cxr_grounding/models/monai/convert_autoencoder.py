"""MONAI's `AutoencoderKL` as `MonaiAutoencoderKL`, which is built of diffusers' blocks. METHOD 1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import torch

from cxr_grounding.errors import ModelError
from cxr_grounding.models.monai.config import MonaiConfig, norm_groups
from cxr_grounding.models.monai.weights import Weights, renamed, same_count

CONVOLUTION = re.compile(r"\.conv\.(weight|bias)$")
"""MONAI wraps each convolution in a module whose only child is "conv"."""

ATTENTION = ("to_q", "attn", "qkv")
"""What names attention inside a block of the encoder."""


def convert_autoencoder(weights: Weights, config: MonaiConfig) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Translate an autoencoder.

    Args:
        weights: in either layout.
        config: beside them; may be empty.

    Returns:
        The configuration of a `MonaiAutoencoderKL`, and the weights under its names.

    Raises:
        ModelError: when the network is not one that can be converted; see `renamed`.
    """
    from cxr_grounding.models.monai.network import MonaiAutoencoderKL

    described = _describe(weights, config)
    with torch.device("meta"):
        network = MonaiAutoencoderKL.from_config(described)
    modules = dict(_modules(described))
    return described, renamed(_one_quant_conv(weights), lambda name: _rename(name, modules), network)


def _describe(weights: Weights, config: MonaiConfig) -> dict[str, Any]:
    """Read the encoder's blocks in their order: a convolution, levels, a norm, a convolution."""
    channels: list[int] = []
    blocks = [0]
    for number in range(weights.count("encoder.blocks.{}.")):
        block = f"encoder.blocks.{number}"
        if any(weights.has(f"{block}.{name}") for name in ATTENTION):
            raise ModelError(
                f"The autoencoder in {weights.source} has attention ({block}), which the published one has not; it "
                "cannot be converted."
            )
        if f"{block}.conv1.conv.weight" in weights:
            width = weights[f"{block}.conv1.conv.weight"].shape[0]
            channels[len(blocks) - 1 :] = [width]
            blocks[-1] += 1
        elif f"{block}.conv.conv.weight" in weights:
            blocks.append(0)
    first, last = weights["encoder.blocks.0.conv.weight"], weights["quant_conv_mu.conv.weight"]
    if first.ndim != 4:
        raise ModelError(f"The autoencoder in {weights.source} works on {first.ndim - 2}-dimensional images.")
    decoder_end = weights.count("decoder.blocks.{}.") - 1
    found: dict[str, Any] = {
        "in_channels": first.shape[1],
        "out_channels": weights[f"decoder.blocks.{decoder_end}.conv.weight"].shape[0],
        "latent_channels": last.shape[0],
        "channels": channels,
        "num_res_blocks": blocks,
    }
    for name, value in found.items():
        config.require_agreement("autoencoder", name, value)
    return {
        "_class_name": "MonaiAutoencoderKL",
        "in_channels": found["in_channels"],
        "out_channels": found["out_channels"],
        "latent_channels": found["latent_channels"],
        "block_out_channels": channels,
        "layers_per_block": same_count(weights, "residual blocks", blocks),
        "norm_num_groups": norm_groups(config, "autoencoder", channels),
    }


def _modules(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """MONAI's numbered blocks and where each stands in diffusers' levels."""
    levels, layers = len(config["block_out_channels"]), config["layers_per_block"]
    for half, level_name, sampler in (
        ("encoder", "down_blocks", "downsamplers"),
        ("decoder", "up_blocks", "upsamplers"),
    ):
        targets = [f"{half}.conv_in"]
        for level in range(levels):
            targets += [f"{half}.{level_name}.{level}.resnets.{layer}" for layer in range(layers)]
            if level < levels - 1:
                targets.append(f"{half}.{level_name}.{level}.{sampler}.0")
        targets += [f"{half}.conv_norm_out", f"{half}.conv_out"]
        yield from ((f"{half}.blocks.{number}", target) for number, target in enumerate(targets))


def _rename(name: str, modules: dict[str, str]) -> str:
    """One weight's new name."""
    block = ".".join(name.split(".")[:3])
    if block in modules:
        name = modules[block] + name[len(block) :]
    # "postconv" is MONAI core's name for what GenerativeModels calls "conv".
    name = name.replace(".postconv.", ".conv.").replace(".nin_shortcut.", ".conv_shortcut.")
    return CONVOLUTION.sub(r".\1", name)


def _one_quant_conv(weights: Weights) -> Weights:
    """The convolutions of mean and log-variance as one, the mean's channels first."""
    joined = Weights(weights, weights.source, weights.network)
    for part in ("weight", "bias"):
        names = [f"quant_conv_{half}.conv.{part}" for half in ("mu", "log_sigma")]
        joined[f"quant_conv.{part}"] = torch.cat([weights[name] for name in names])
        for name in names:
            del joined[name]
    return joined
