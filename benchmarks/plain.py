"""The published procedure done plainly, as METHOD 3 and 4 describe it: what the engine is measured beside.

Both branches run at every step of the whole list, the probabilities of every self- and cross-attention layer of both
are kept in the host's memory until the last step is done, and only then those are read that are wanted. Nothing of the
engine is used: the networks are opened by their libraries, and the arithmetic is written out.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy.ndimage import gaussian_filter
from transformers.models.clip.modeling_clip import CLIPTextModel

from cxr_grounding.models.monai.network import MonaiAutoencoderKL
from cxr_grounding.recipe import Recipe

AUTOENCODERS = {"AutoencoderKL": AutoencoderKL, "MonaiAutoencoderKL": MonaiAutoencoderKL}
NETWORK_ORDER = ("down_blocks", "mid", "up_blocks")
WEIGHTS = "diffusion_pytorch_model.safetensors"


@dataclass(frozen=True)
class PlainRun:
    """What a run took.

    Args:
        before_seconds: encoding the image and the two texts.
        step_seconds: of each step that ran.
        after_seconds: from the kept maps to the heatmap; 0 where not all steps ran.
        steps: of a whole run.
        bytes_per_step: of the attention maps that each step keeps, of both branches.
        heatmap_raw: [size, size], before METHOD 5; None where not all steps ran.
    """

    before_seconds: float
    step_seconds: tuple[float, ...]
    after_seconds: float
    steps: int
    bytes_per_step: int
    heatmap_raw: NDArray[np.float32] | None


@dataclass
class KeepEverything:
    """An attention processor of diffusers that keeps the probabilities of every call, [batch x heads, pixels, keys]."""

    kept: list[torch.Tensor] = field(default_factory=list)

    def __call__(
        self, attn: Any, hidden_states: Any, encoder_hidden_states: Any = None, attention_mask: Any = None, **_: Any
    ) -> Any:
        source = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (
            attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(source), attn.to_v(source))
        )
        scores = query @ key.transpose(1, 2) / key.shape[-1] ** 0.5
        if attention_mask is not None:
            scores = scores + attention_mask.repeat_interleave(attn.heads, dim=0)
        probabilities = scores.softmax(dim=-1)
        self.kept.append(probabilities if probabilities.is_meta else probabilities.cpu())
        return attn.to_out[0](attn.batch_to_head_dim(probabilities @ value))


def keep_everything(unet: Any) -> dict[str, KeepEverything]:
    """Make every attention layer of a U-Net keep what it looks at; by the layer's name."""
    keepers = {name: KeepEverything() for name in unet.attn_processors}
    unet.set_attn_processor(dict(keepers))
    return keepers


class PlainModel:
    """The networks of a model folder.

    Args:
        folder: with grounding.json.
        device: to compute on.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        self.device = device
        kind = AUTOENCODERS[json.loads((folder / "vae" / "config.json").read_text())["_class_name"]]
        self.autoencoder = _open(kind, folder / "vae", device)
        self.unet = _open(UNet2DConditionModel, folder / "unet", device)
        self.text_encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32)
        self.text_encoder.to(device)  # type: ignore[arg-type] # which its own types take for the module
        schedule = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
        if schedule["prediction_type"] != "v_prediction":
            raise ValueError("only a U-Net that predicts v is run plainly here")
        betas = np.linspace(schedule["beta_start"] ** 0.5, schedule["beta_end"] ** 0.5, 1000) ** 2
        self.alphas = np.cumprod(1 - betas)

    @torch.no_grad()
    def run(
        self,
        recipe: Recipe,
        frame_image: NDArray[np.float32],
        ids: list[list[int]],
        lengths: list[int],
        run_steps: int | None,
    ) -> PlainRun:
        """Ground one phrase.

        Args:
            recipe: of the model.
            frame_image: [size, size] in [0, 1].
            ids: [2, tokens], padded, of the empty prompt and of the phrase.
            lengths: of the two without padding, start and end token included.
            run_steps: how many steps to run; None for all.
        """
        clock = [time.perf_counter()]
        pixels = torch.tensor(frame_image, device=self.device)[None, None]
        pixels = pixels * (recipe.pixel_high - recipe.pixel_low) + recipe.pixel_low
        z = self.autoencoder.encode(pixels).latent_dist.mean * recipe.latent_scale
        context = self.text_encoder(torch.tensor(ids, device=self.device)).last_hidden_state
        places = torch.arange(recipe.max_tokens, device=self.device)
        attended = None if recipe.attend_padding else places < torch.tensor(lengths, device=self.device)[:, None]
        ratio = 1000 // recipe.steps
        every = (np.round(np.arange(1000, 0, -ratio)) - 1).astype(int)[::-1]
        keepers = keep_everything(self.unet)
        clock.append(time.perf_counter())
        for t in every[:run_steps]:
            out = self.unet(torch.cat([z, z]), int(t), context, encoder_attention_mask=attended).sample[:1]
            a, after = self.alphas[t], t + ratio
            b = self.alphas[after] if after < 1000 else 0.0
            z = b**0.5 * (a**0.5 * z - (1 - a) ** 0.5 * out) + (1 - b) ** 0.5 * (a**0.5 * out + (1 - a) ** 0.5 * z)
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)
            clock.append(time.perf_counter())
        whole = len(clock) - 2 == len(every)
        heatmap = _read_maps(keepers, recipe, lengths[1]) if whole else None
        after_seconds = time.perf_counter() - clock[-1]
        return PlainRun(
            before_seconds=clock[1] - clock[0],
            step_seconds=tuple(np.diff(clock[1:]).tolist()),
            after_seconds=after_seconds if whole else 0.0,
            steps=len(every),
            bytes_per_step=bytes_per_step(keepers),
            heatmap_raw=heatmap,
        )


def bytes_per_step(keepers: dict[str, KeepEverything]) -> int:
    """Of all maps that one step keeps."""
    return sum(keeper.kept[0].nbytes for keeper in keepers.values())


def _read_maps(keepers: dict[str, KeepEverything], recipe: Recipe, tokens: int) -> NDArray[np.float32]:
    """METHOD 4: the phrase's branch of the wanted layers and steps, averaged and smoothed."""
    names = [name for part in NETWORK_ORDER for name in keepers if name.startswith(part) and "attn2" in name]
    middle, half = (
        percent * recipe.steps // 100 for percent in (recipe.window_center_percent, recipe.window_half_width_percent)
    )
    size = (recipe.frame_size, recipe.frame_size)
    total = np.zeros(size)
    for layer in recipe.layers:
        for step in range(middle - half, middle + half):
            kept = keepers[names[layer]].kept[step]
            mean = kept.reshape(2, -1, *kept.shape[1:])[1].mean(dim=0)[:, 1 : tokens - 1].mean(dim=-1)
            side = int(mean.numel() ** 0.5)
            image = mean.reshape(1, 1, side, side)
            image = (image - image.min()) / (image.max() - image.min())
            total += torch.nn.functional.interpolate(image, size=size, mode="bilinear")[0, 0].numpy()
    average = (total / (len(recipe.layers) * 2 * half)).astype(np.float32)
    return gaussian_filter(average, recipe.smoothing_sigma)


def _open(kind: Any, folder: Path, device: torch.device) -> Any:
    """A network of diffusers without the memory that drawing weights first would take."""
    with torch.device("meta"):
        network = kind.from_config(json.loads((folder / "config.json").read_text()))
    weights = {name: weight.float() for name, weight in load_file(folder / WEIGHTS).items()}
    network.load_state_dict(weights, assign=True)
    return network.eval().to(device)
