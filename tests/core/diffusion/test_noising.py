"""The noise of looks, and the run without an image, against diffusers and by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from cxr_grounding.diffusion.given_noise import read_noise
from cxr_grounding.diffusion.noise_schedule import NoiseSchedule
from cxr_grounding.diffusion.noising import drawn_looks, drawn_start, fits, generate, noised_latents, noised_timesteps
from cxr_grounding.errors import RecipeError
from cxr_grounding.recipe import Recipe

CONFIG = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
SCHEDULE = NoiseSchedule(CONFIG)
SHAPE = (4, 3, 3)


def test_the_timesteps_descend_from_981_to_1() -> None:
    assert noised_timesteps(50, 1000)[:2] + noised_timesteps(50, 1000)[-1:] == [981, 961, 1]
    assert noised_timesteps(6, 1000) == [831, 665, 499, 333, 167, 1]
    assert [fits(steps, 1000) for steps in (500, 1000, 1001)] == [True, False, False]


def test_each_look_is_at_the_posterior_drawn_and_noised_afresh() -> None:
    recipe = Recipe(noised_steps=5, looks=2, latent_scale=0.5)
    mean, std = torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(1)), torch.full((1, *SHAPE), 0.3)
    noise = drawn_looks(SHAPE, recipe, 1000)
    found = noised_latents(mean, std, noise, SCHEDULE, recipe)
    alpha = SCHEDULE.alphas_cumprod[found.timesteps[1]]
    plain = alpha.sqrt() * (mean[0] + 0.3 * noise.posterior[1]) * 0.5 + (1 - alpha).sqrt() * noise.noise[1]
    torch.testing.assert_close(found.latents[1], plain)
    assert not torch.equal(noise.posterior, noise.noise)


def test_a_seed_draws_the_same_at_a_timestep_whatever_the_others_are() -> None:
    recipe = Recipe(noised_steps=10, looks=10)
    ten, five = drawn_looks(SHAPE, recipe, 1000), drawn_looks(SHAPE, recipe.replace(noised_steps=5, looks=5), 1000)
    assert torch.equal(ten.noise[1], five.noise[0]), "801 is in both lists"
    other = drawn_looks(SHAPE, recipe.replace(seed=1), 1000)
    assert not torch.equal(ten.noise, other.noise)
    assert not torch.equal(drawn_start(SHAPE, recipe), drawn_start(SHAPE, recipe.replace(text_seed=1)))


def test_the_run_without_an_image_walks_as_diffusers_ddim_with_guidance() -> None:
    recipe = Recipe(noised_steps=6, looks=5)
    weights = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(2))

    def predict(latents: torch.Tensor, timestep: int) -> torch.Tensor:
        return weights * latents.cos() * (timestep / 1000)

    start = drawn_start(SHAPE, recipe)[None]
    theirs = DDIMScheduler(**CONFIG, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    theirs.set_timesteps(6)
    assert theirs.timesteps.tolist() == noised_timesteps(6, 1000)
    latent = start
    for found, timestep in zip(generate(start, predict, SCHEDULE, recipe), theirs.timesteps.tolist(), strict=True):
        empty, phrase = predict(latent, timestep).chunk(2)
        latent = theirs.step(empty + 16 * (phrase - empty), timestep, latent).prev_sample
        torch.testing.assert_close(found, latent, rtol=1e-4, atol=1e-4)


def test_noise_from_files_is_taken_only_where_it_fits(tmp_path: Path) -> None:
    recipe = Recipe(noised_steps=2, looks=1)
    with pytest.raises(RecipeError, match=r"posterior_noise\.npy cannot be read as noise"):
        read_noise(tmp_path, SHAPE, recipe)
    for name in ("posterior_noise", "noise"):
        np.save(tmp_path / f"{name}.npy", np.ones((2, *SHAPE), np.float32))
    assert read_noise(tmp_path, SHAPE, recipe).text is None
    with pytest.raises(RecipeError, match=r"text_noise\.npy cannot be read"):
        read_noise(tmp_path, SHAPE, recipe.replace(bbm=True))
    with pytest.raises(RecipeError, match=r"holds float32 of the shape \(2, 4, 3, 3\), but this question needs"):
        read_noise(tmp_path, SHAPE, recipe.replace(noised_steps=3))
