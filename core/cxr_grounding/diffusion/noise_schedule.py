"""The noise schedule of a model, and the arithmetic of the inversion on it: METHOD 3, in diffusers' precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import torch


class NoiseSchedule:
    """As much of diffusers' `DDIMInverseScheduler`, without clipping, as the inversion needs.

    diffusers' own brings torch's compiler with it when it is imported. The two are held to each other, digit by
    digit, in tests/core/diffusion/test_noise_schedule.py.

    Args:
        config: of `scheduler/scheduler_config.json`.

    Attributes:
        alphas_cumprod: [trained steps], float32, how much of the image is left at each.
        timesteps: of the walk, ascending; to be set.
        prediction_type: "epsilon", "v_prediction" or "sample".

    Raises:
        KeyError, NotImplementedError, TypeError, ValueError, RuntimeError: where it describes no such schedule.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        betas = _betas(config)
        if config.get("rescale_betas_zero_snr"):
            betas = _without_signal_at_the_end(betas)
        self.alphas_cumprod = torch.cumprod(1.0 - betas, dim=0)
        self.prediction_type = config.get("prediction_type", "epsilon")
        self.timesteps = torch.arange(config["num_train_timesteps"])

    def step(self, latent: torch.Tensor, prediction: torch.Tensor, start: int, end: int) -> torch.Tensor:
        """The latent at the timestep `end`, made of the image and the noise that a prediction saw in it at `start`.

        Args:
            latent: at `start`, [batch, channels, rows, columns].
            prediction: of the U-Net, for that latent.
            start, end: for METHOD 3 one step of the list apart; farther for presets.
        """
        near, far = self.alphas_cumprod[start], self.alphas_cumprod[end]
        image, noise = self._image_and_noise(prediction, near, latent)
        return far**0.5 * image + (1 - far) ** 0.5 * noise

    def noised(self, image: torch.Tensor, noise: torch.Tensor, timestep: int) -> torch.Tensor:
        """An image's latent [..., channels, rows, columns] with noise of the same shape, as it stands at a timestep."""
        alpha = self.alphas_cumprod[timestep]
        return alpha**0.5 * image + (1 - alpha) ** 0.5 * noise

    def noise_in(self, latent: torch.Tensor, image: torch.Tensor, timestep: int) -> torch.Tensor:
        """The noise in a latent at a timestep, where its image is known: the inverse of `noised`."""
        alpha = self.alphas_cumprod[timestep]
        return (latent - alpha**0.5 * image) / (1 - alpha) ** 0.5

    def true_prediction(self, image: torch.Tensor, noise: torch.Tensor, timestep: int) -> torch.Tensor:
        """What a U-Net would predict that knew the image and the noise in a latent (METHOD 10)."""
        if self.prediction_type == "epsilon":
            return noise
        if self.prediction_type == "sample":
            return image
        alpha = self.alphas_cumprod[timestep]
        return alpha**0.5 * noise - (1 - alpha) ** 0.5 * image

    def _image_and_noise(
        self, prediction: torch.Tensor, alpha: torch.Tensor, latent: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What a prediction says of the latent's two parts, where the cumulative alpha is `alpha`."""
        signal, rest = alpha**0.5, (1 - alpha) ** 0.5
        if self.prediction_type == "epsilon":
            return (latent - rest * prediction) / signal, prediction
        if self.prediction_type == "sample":
            return prediction, (latent - signal * prediction) / rest
        return signal * latent - rest * prediction, signal * prediction + rest * latent


def _betas(config: Mapping[str, Any]) -> torch.Tensor:
    if config.get("trained_betas") is not None:
        return torch.tensor(config["trained_betas"], dtype=torch.float32)
    first, last, trained = config["beta_start"], config["beta_end"], config["num_train_timesteps"]
    kind = config["beta_schedule"]
    if kind == "linear":
        return torch.linspace(first, last, trained, dtype=torch.float32)
    if kind == "scaled_linear":
        return torch.linspace(first**0.5, last**0.5, trained, dtype=torch.float32) ** 2
    if kind == "squaredcos_cap_v2":
        left = [math.cos((step / trained + 0.008) / 1.008 * math.pi / 2) ** 2 for step in range(trained + 1)]
        return torch.tensor([min(1 - after / now, 0.999) for now, after in pairwise(left)])
    raise NotImplementedError(f"the beta_schedule {kind!r} is not known")


def _without_signal_at_the_end(betas: torch.Tensor) -> torch.Tensor:
    """Betas that leave nothing of the image at the last step (Lin et al. 2024, algorithm 1)."""
    signal = torch.cumprod(1.0 - betas, dim=0).sqrt()
    scaled = (signal - signal[-1]) * (signal[0] / (signal[0] - signal[-1]))
    left = scaled**2
    return 1 - torch.cat([left[:1], left[1:] / left[:-1]])
