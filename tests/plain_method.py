"""METHOD 3 and 4 done plainly and slowly, to hold the engine to.

Nothing is shared with the engine: the networks are opened by their libraries' own loaders, both branches run at every
step of the whole list, every attention map is kept, and the arithmetic is written out from METHOD.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from cxr_grounding.recipe import Recipe

NETWORK_ORDER = ("down_blocks", "mid", "up_blocks")


class PlainNetworks(Protocol):
    """An autoencoder, and a U-Net with the contexts of the empty prompt and of one phrase."""

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """Grey pixels [1, 1, size, size] in the model's range -> mean of the posterior."""

    def predict(self, z: torch.Tensor, timestep: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """What the U-Net says with the empty prompt, and the phrase's probabilities of every cross-attention layer in
        network order, [heads, pixels, tokens]."""


@torch.no_grad()
def plain_heatmap(
    networks: PlainNetworks, recipe: Recipe, kind: str, frame_image: NDArray, tokens: int
) -> NDArray[np.float32]:
    """The result of METHOD 4: [size, size].

    Args:
        networks: of the model.
        recipe: its numbers.
        kind: the prediction type.
        frame_image: [size, size] in [0, 1].
        tokens: of the phrase, unpadded, start and end included.
    """
    pixels = torch.from_numpy(frame_image)[None, None] * (recipe.pixel_high - recipe.pixel_low) + recipe.pixel_low
    z = networks.encode(pixels) * recipe.latent_scale
    alphas = np.cumprod(1 - np.linspace(0.0015**0.5, 0.0205**0.5, 1000) ** 2)
    ratio = 1000 // recipe.steps
    maps: list[list[torch.Tensor]] = []
    for t in (np.round(np.arange(1000, 0, -ratio)) - 1).astype(int)[::-1]:
        out, of_phrase = networks.predict(z, int(t))  # the phrase is only looked at
        maps.append(of_phrase)
        after = t + ratio
        a, b = alphas[t], alphas[after] if after < 1000 else 0.0
        x0, noise = predicted_x0_and_noise(kind, a, z, out)
        z = b**0.5 * x0 + (1 - b) ** 0.5 * noise

    middle, half = recipe.steps // 2, 10 * recipe.steps // 100
    every_map = []
    for layer in recipe.layers:
        for step in range(middle - half, middle + half):
            mean = maps[step][layer].mean(dim=0)[:, 1 : tokens - 1].mean(dim=-1)
            side = int(mean.numel() ** 0.5)
            image = mean.reshape(1, 1, side, side)
            image = (image - image.min()) / (image.max() - image.min())
            size = (recipe.frame_size, recipe.frame_size)
            every_map.append(torch.nn.functional.interpolate(image, size=size, mode="bilinear")[0, 0])
    return gaussian_filter(torch.stack(every_map).mean(dim=0).numpy(), recipe.smoothing_sigma)


def predicted_x0_and_noise(
    kind: str, a: float, z: torch.Tensor, out: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    if kind == "v_prediction":
        return a**0.5 * z - (1 - a) ** 0.5 * out, a**0.5 * out + (1 - a) ** 0.5 * z
    if kind == "epsilon":
        return (z - (1 - a) ** 0.5 * out) / a**0.5, out
    return out, (z - a**0.5 * out) / (1 - a) ** 0.5


def in_network_order(names: list[str]) -> list[str]:
    """Names of cross-attention layers: down, middle, up."""
    return [name for part in NETWORK_ORDER for name in names if name.startswith(part) and "attn2" in name]


@dataclass
class KeepProbabilities:
    """An attention processor of diffusers that keeps what its last call looked at."""

    last: torch.Tensor = field(default_factory=lambda: torch.empty(0))

    def __call__(self, attn: Any, hidden_states: torch.Tensor, encoder_hidden_states: Any = None, **_: Any) -> Any:
        source = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (
            attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(source), attn.to_v(source))
        )
        self.last = (query @ key.transpose(1, 2) / key.shape[-1] ** 0.5).softmax(dim=-1)
        return attn.to_out[0](attn.batch_to_head_dim(self.last @ value))


class DiffusersNetworks:
    """Those in a folder, opened by diffusers.

    Args:
        folder: the model.
        context: [2, tokens, width] of the empty prompt and of the phrase.
    """

    def __init__(self, folder: Path, context: torch.Tensor) -> None:
        self.autoencoder = AutoencoderKL.from_pretrained(folder / "vae", use_safetensors=True)
        self.unet = UNet2DConditionModel.from_pretrained(folder / "unet", use_safetensors=True)
        self.context = context
        self.keepers = {name: KeepProbabilities() for name in self.unet.attn_processors}
        self.unet.set_attn_processor(dict(self.keepers))

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.autoencoder.encode(
            torch.cat([pixels] * self.autoencoder.config.in_channels, dim=1)
        ).latent_dist.mean

    def predict(self, z: torch.Tensor, timestep: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        out = self.unet(torch.cat([z, z]), timestep, self.context).sample
        both = [self.keepers[name].last for name in in_network_order(list(self.keepers))]
        return out[:1], [maps.reshape(2, -1, *maps.shape[1:])[1] for maps in both]


class MonaiNetworks:
    """MONAI's own, which keep their probabilities when they are told to.

    Args:
        autoencoder: `monai.networks.nets.AutoencoderKL`.
        unet: `monai.networks.nets.DiffusionModelUNet`.
        context: as in `DiffusersNetworks`.
    """

    def __init__(self, autoencoder: Any, unet: Any, context: torch.Tensor) -> None:
        self.autoencoder, self.unet, self.context = autoencoder, unet, context
        blocks = {name: block for name, block in unet.named_modules() if name.endswith("attn2")}
        self.layers = [blocks[name] for name in in_network_order(list(blocks))]
        for layer in self.layers:
            layer.save_attn, layer.use_flash_attention = True, False

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.autoencoder.encode(pixels)[0]

    def predict(self, z: torch.Tensor, timestep: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        out = self.unet(torch.cat([z, z]), torch.tensor([timestep, timestep]), self.context)
        return out[:1], [layer.att_mat[1] for layer in self.layers]
