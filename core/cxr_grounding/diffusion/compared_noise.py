"""Latents of a radiograph in which the noise is known: of the inversion, and with noise that is drawn. METHOD 10."""

from __future__ import annotations

import numpy as np
import torch

from cxr_grounding.diffusion.latent_cache import Compared, Kept
from cxr_grounding.diffusion.noise_schedule import NoiseSchedule
from cxr_grounding.recipe import Recipe


def known_noise(
    image: torch.Tensor, kept: Kept, places: list[int], recipe: Recipe, scheduler: NoiseSchedule
) -> Compared:
    """The latents in which a recipe compares noise: of the inversion, then with drawn noise; without `empty`.

    Args:
        image: z0, [1, channels, rows, columns].
        kept: its latents on the way of the inversion.
        places: which of them.
        recipe: at which levels noise is drawn beside them.
        scheduler: of the inversion.
    """
    walked, steps = kept.latents[places], [kept.timesteps[place] for place in places]
    noises = [scheduler.noise_in(walked[i : i + 1], image, timestep) for i, timestep in enumerate(steps)]
    drawn = [drawn_noise(image, recipe.drawn_seed, level) for level in recipe.drawn]
    noised = [scheduler.noised(image, noise, level) for noise, level in zip(drawn, recipe.drawn, strict=True)]
    timesteps = [*steps, *recipe.drawn]
    truth = [scheduler.true_prediction(image, *at) for at in zip([*noises, *drawn], timesteps, strict=True)]
    latents = torch.cat([walked, *noised])
    return Compared(places, timesteps, latents, torch.cat(truth), torch.empty_like(latents[:0]))


def drawn_noise(image: torch.Tensor, seed: int, level: int) -> torch.Tensor:
    """Gaussian noise shaped like a latent: the same for every radiograph and phrase, on every device (METHOD 10)."""
    drawn = np.random.default_rng([seed, level]).standard_normal(tuple(image.shape)).astype(np.float32)
    return torch.from_numpy(drawn).to(image.device)
