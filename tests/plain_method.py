"""METHOD 3, 4, 10 and 11 done plainly and slowly, to hold the engine to.

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
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from cxr_grounding.recipe import Recipe

NETWORK_ORDER = ("down_blocks", "mid", "up_blocks")


class PlainNetworks(Protocol):
    """An autoencoder, and a U-Net with the contexts of the empty prompt and of one phrase."""

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """Grey pixels [1, 1, size, size] in the model's range -> mean of the posterior."""

    def predict(self, z: torch.Tensor, timestep: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """What the U-Net says with the empty prompt and with the phrase, [2, channels, rows, columns], and the phrase's
        probabilities of every cross-attention layer in network order, [heads, pixels, tokens]."""


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
    _, maps, _ = plain_walk(networks, recipe, kind, frame_image)
    middle, half = recipe.steps // 2, 10 * recipe.steps // 100
    every_map = []
    for layer in recipe.layers:
        for step in range(middle - half, middle + half):
            every_map.append(plain_map(maps[step][layer], tokens, recipe.frame_size))
    return gaussian_filter(torch.stack(every_map).mean(dim=0).numpy(), recipe.smoothing_sigma)


@torch.no_grad()
def plain_walk(
    networks: PlainNetworks, recipe: Recipe, kind: str, frame_image: NDArray, last: int | None = None
) -> tuple[list[torch.Tensor], list[list[torch.Tensor]], torch.Tensor]:
    """METHOD 3: the latent at every step before `last`, the phrase's probabilities there, and z0."""
    pixels = torch.from_numpy(frame_image)[None, None] * (recipe.pixel_high - recipe.pixel_low) + recipe.pixel_low
    z = networks.encode(pixels) * recipe.latent_scale
    alphas = plain_alphas()
    ratio = 1000 // recipe.steps
    start = z
    latents: list[torch.Tensor] = []
    maps: list[list[torch.Tensor]] = []
    for t in (np.round(np.arange(1000, 0, -ratio)) - 1).astype(int)[::-1][:last]:
        latents.append(z)
        out, of_phrase = networks.predict(z, int(t))  # the phrase is only looked at
        maps.append(of_phrase)
        after = t + ratio
        a, b = alphas[t], alphas[after] if after < 1000 else 0.0
        x0, noise = predicted_x0_and_noise(kind, a, z, out[:1])
        z = b**0.5 * x0 + (1 - b) ** 0.5 * noise

    return latents, maps, start


def plain_alphas() -> NDArray[np.float64]:
    return np.cumprod(1 - np.linspace(0.0015**0.5, 0.0205**0.5, 1000) ** 2)


def plain_map(probabilities: torch.Tensor, tokens: int, size: int) -> torch.Tensor:
    """One layer's map at one step, from its own extremes 0 to 1, on a grid of this size."""
    mean = probabilities.mean(dim=0)[:, 1 : tokens - 1].mean(dim=-1)
    side = int(mean.numel() ** 0.5)
    image = mean.reshape(1, 1, side, side)
    image = (image - image.min()) / (image.max() - image.min())
    return torch.nn.functional.interpolate(image, size=(size, size), mode="bilinear")[0, 0]


@dataclass(frozen=True)
class PlainNoise:
    """METHOD 10 for one phrase, each [rows, columns] of the latent.

    Args:
        weight: w.
        errors, empty: ep and e0, the mean over the inversion's steps plus that over drawn noise.
        gain: G of METHOD 11.
    """

    weight: NDArray
    errors: NDArray
    empty: NDArray
    gain: NDArray

    @property
    def explained(self) -> float:
        return float(1 - (self.weight * self.errors).sum() / (self.weight * self.empty).sum())


def plain_compared(recipe: Recipe) -> list[int]:
    """The steps where METHOD 10 compares noise."""
    middle, half = recipe.steps // 2, 10 * recipe.steps // 100
    return [middle - half + (2 * i + 1) * 2 * half // (2 * recipe.compared_steps) for i in range(recipe.compared_steps)]


Walked = tuple[list[torch.Tensor], list[list[torch.Tensor]], torch.Tensor]
"""What `plain_walk` gives."""


@torch.no_grad()
def plain_noise(networks: PlainNetworks, recipe: Recipe, kind: str, walked: Walked, tokens: int) -> PlainNoise:
    """What a phrase explains of the noise; the walk to the last step that is compared, else as for `plain_heatmap`."""
    alphas, ratio = plain_alphas(), 1000 // recipe.steps
    steps = plain_compared(recipe)
    latents, _, z0 = walked
    at = [(int(np.round(np.arange(1000, 0, -ratio))[::-1][step]) - 1, latents[step]) for step in steps]
    for level in recipe.drawn_levels:
        noise = np.random.default_rng([recipe.drawn_seed, level]).standard_normal(tuple(z0.shape)).astype(np.float32)
        a = alphas[level]
        at.append((level, (a**0.5 * z0 + (1 - a) ** 0.5 * torch.from_numpy(noise)).float()))
    e0, ep, changes, attention = [], [], [], []
    for t, z in at:
        a = alphas[t]
        noise_there = (z - a**0.5 * z0) / (1 - a) ** 0.5
        truth = {"epsilon": noise_there, "sample": z0, "v_prediction": a**0.5 * noise_there - (1 - a) ** 0.5 * z0}[kind]
        both, maps = networks.predict(z, t)
        e0.append(((truth - both[:1]) ** 2).sum(dim=1)[0].numpy())
        ep.append(((truth - both[1:]) ** 2).sum(dim=1)[0].numpy())
        changes.append(((both[1:] - both[:1]) ** 2).sum(dim=1)[0].sqrt().numpy())
        attention.append([plain_map(maps[layer], tokens, z0.shape[-1]).numpy() for layer in recipe.layers])
    count = len(steps)
    focus = plain_min_max(np.mean(attention[:count], axis=(0, 1)))
    changed = plain_min_max(gaussian_filter(np.mean(changes[:count], axis=0), 1.25))
    both_means = [np.mean(kept[:count], axis=0) + np.mean(kept[count:], axis=0) for kept in (ep, e0)]
    gains = [np.maximum(e0[i] - ep[i], 0) for i in range(count)]
    return PlainNoise(focus * changed, *both_means, np.mean(gains, axis=0))


def plain_contested(phrase: PlainNoise, rivals: list[PlainNoise]) -> float:
    """P* of METHOD 10."""
    where = np.max([one.weight for one in (phrase, *rivals)], axis=0)
    total = (where * phrase.empty).sum()
    margins = [((where * rival.errors).sum() - (where * phrase.errors).sum()) / total for rival in rivals]
    return phrase.explained + 2 * min(0, *margins)


def plain_refined(heatmap: NDArray, gain: NDArray) -> NDArray:
    """R of METHOD 11, from the heatmap of METHOD 4 and G."""
    size = len(heatmap)
    wide = torch.nn.functional.interpolate(torch.from_numpy(gain)[None, None], size=(size, size), mode="bilinear")
    gain = wide[0, 0].numpy()
    probed = gaussian_filter(gain, 0.0234 * size)
    spread = probed.sum() ** 2 / (size**2 * (probed**2).sum())
    sigma = min(max(0.273 * spread**0.75, 0.0195), 0.1875)
    both = np.sqrt(plain_min_max(heatmap) * plain_min_max(gaussian_filter(gain, sigma * size)))
    reach = int(0.085 * size)
    padded = np.pad(both, ((0, 0), (2 * reach, 2 * reach)))
    widened = sliding_window_view(padded, 2 * reach + 1, axis=1).max(axis=-1)
    return plain_min_max(sliding_window_view(widened, 2 * reach + 1, axis=1).min(axis=-1))


def plain_min_max(values: NDArray) -> NDArray:
    return (values - values.min()) / (values.max() - values.min())


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
        return out, [maps.reshape(2, -1, *maps.shape[1:])[1] for maps in both]


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
        return out, [layer.att_mat[1] for layer in self.layers]
