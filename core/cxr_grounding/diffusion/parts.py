"""What a latent diffusion model is made of, and how its folder is opened. METHOD 1."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from cxr_grounding.diffusion import components
from cxr_grounding.diffusion.device import stays_open, suited_precision
from cxr_grounding.diffusion.text import FrozenTextEncoder, TextEncoder, TextTokenizer
from cxr_grounding.diffusion.tokenizer_files import FAMILIES
from cxr_grounding.phrase import Tokenizer


@dataclass(frozen=True)
class Parts:
    """What a model is made of.

    Args:
        autoencoder: diffusers' `AutoencoderKL` or a subclass, or this package's own.
        unet: diffusers' `UNet2DConditionModel`, or this package's own; its weights' types are what it computes in.
        text_encoder: gives the U-Net's context.
        tokenizer: of that text encoder.
        scheduler_config: of the noise schedule the U-Net was trained with, as diffusers writes it.
    """

    autoencoder: Any
    unet: Any
    text_encoder: TextEncoder
    tokenizer: Tokenizer
    scheduler_config: dict[str, Any]


def open_parts(folder: Path, max_tokens: int, device: torch.device, precision: str) -> Parts:
    """All parts in a model folder, the U-Net in a precision by its name, or in the one that suits it."""
    described = components.read_config(folder / "text_encoder" / "config.json")
    text_encoder = _open_text_encoder(folder / "text_encoder", described, device)
    family = FAMILIES[components.class_named_by(described)]
    return Parts(
        autoencoder=components.load_network(folder / "vae", components.AUTOENCODERS, torch.float32),
        unet=components.load_network(
            folder / "unet", components.UNETS, lambda unet: suited_precision(precision, unet, device)
        ),
        text_encoder=text_encoder,
        tokenizer=TextTokenizer.open(folder / "tokenizer", max_tokens, family),
        scheduler_config=components.read_config(folder / "scheduler" / "scheduler_config.json"),
    )


def _open_text_encoder(folder: Path, config: dict[str, Any], device: torch.device) -> FrozenTextEncoder:
    """Read whole, so that a damaged one is found now, and closed again where it is too large to stay."""
    reopen = partial(components.load_network, folder, components.TEXT_ENCODERS, torch.float32, config)
    network = reopen()
    return FrozenTextEncoder(network, None if stays_open(network, device) else reopen)


def stamp(folder: Path) -> tuple[Hashable, ...]:
    """Which files lie in a folder, and that they are the same as before."""
    found = ((path, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file())
    return str(folder.resolve()), *((str(path), at.st_size, at.st_mtime_ns, at.st_ino) for path, at in found)
