"""Noise a radiograph's latent afresh for every look, and generate from a phrase alone. METHOD 13.4 and 13.5."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from cxr_grounding.diffusion.noise_schedule import NoiseSchedule
from cxr_grounding.recipe import Recipe

OFFSET = 1
"""Of the timesteps, as Stable Diffusion's schedule has it."""


class GivenNoise(NamedTuple):
    """Noise in place of what seeds draw, on the CPU; one of steps in the order of `noised_timesteps`.

    Args:
        posterior: [steps, channels, rows, columns], of the posterior.
        noise: likewise, that is added.
        text: [channels, rows, columns], that the run without the image starts from; None where there is none.
    """

    posterior: torch.Tensor
    noise: torch.Tensor
    text: torch.Tensor | None = None


class NoisedLatents(NamedTuple):
    """What looks see.

    Args:
        timesteps: of all steps.
        latents: [steps, channels, rows, columns], on the device of the posterior.
    """

    timesteps: list[int]
    latents: torch.Tensor


def noised_timesteps(steps: int, trained: int) -> list[int]:
    """The timesteps of the looks, descending (METHOD 13.4).

    Args:
        steps: 1 to `trained`.
        trained: training steps of the model's noise schedule.
    """
    ratio = trained // steps
    return [ratio * step + OFFSET for step in reversed(range(steps))]


def fits(steps: int, trained: int) -> bool:
    """Whether a schedule of so many steps has so many timesteps for looks."""
    return 1 <= steps <= trained and noised_timesteps(steps, trained)[0] < trained


def drawn_looks(shape: Sequence[int], recipe: Recipe, trained: int) -> GivenNoise:
    """The noise that a recipe's seed draws: the same on every device, for every phrase, and however passes are batched.

    Each timestep draws from a stream of its own, so that it sees the same whatever the other steps are.

    Args:
        shape: of a latent, [channels, rows, columns].
        recipe: its seed and steps.
        trained: training steps of the model's noise schedule.
    """
    pairs = [_normal((2, *shape), recipe.seed, step) for step in noised_timesteps(recipe.noised_steps, trained)]
    both = torch.stack(pairs)
    return GivenNoise(both[:, 0], both[:, 1])


def drawn_start(shape: Sequence[int], recipe: Recipe) -> torch.Tensor:
    """What the run without the image starts from, [channels, rows, columns] (METHOD 13.5)."""
    return _normal(tuple(shape), recipe.text_seed, 0)


def _normal(shape: tuple[int, ...], seed: int, stream: int) -> torch.Tensor:
    drawn = np.random.default_rng([seed, stream]).standard_normal(shape)
    return torch.from_numpy(drawn.astype(np.float32))


def noised_latents(
    mean: torch.Tensor, std: torch.Tensor, noise: GivenNoise, schedule: NoiseSchedule, recipe: Recipe
) -> NoisedLatents:
    """A radiograph's latent at every step, drawn from its posterior and noised, each time afresh (METHOD 13.4).

    Args:
        mean, std: of the posterior, unscaled, [1, channels, rows, columns].
        noise: for every step.
        schedule: of the model.
        recipe: its steps and latent scale.
    """
    steps = noised_timesteps(recipe.noised_steps, len(schedule.alphas_cumprod))
    drawn = (mean + std * noise.posterior.to(mean.device)) * recipe.latent_scale
    added = noise.noise.to(mean.device)
    return NoisedLatents(
        steps,
        torch.stack([schedule.noised(drawn[i], added[i], timestep) for i, timestep in enumerate(steps)]),
    )


def generate(
    start: torch.Tensor,
    predict: Callable[[torch.Tensor, int], torch.Tensor],
    schedule: NoiseSchedule,
    recipe: Recipe,
) -> Iterator[torch.Tensor]:
    """Walk from noise to a picture that nobody needs, by a phrase alone (METHOD 13.5).

    Args:
        start: noise, [1, channels, rows, columns].
        predict: the U-Net's predictions with the empty text and with the phrase, [2, channels, rows, columns], at a
            latent that is given twice, and a timestep. It is called as the next latent is asked for.
        schedule: of the model.
        recipe: its steps and guidance.

    Yields:
        The latent after each step.
    """
    trained, latent = len(schedule.alphas_cumprod), start
    for timestep in noised_timesteps(recipe.noised_steps, trained):
        empty, phrase = predict(latent.expand(2, -1, -1, -1), timestep).chunk(2)
        guided = empty + recipe.guidance * (phrase - empty)
        latent = schedule.step(latent, guided, timestep, max(timestep - trained // recipe.noised_steps, 0))
        yield latent
