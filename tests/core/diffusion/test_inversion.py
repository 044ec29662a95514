"""Timesteps and steps of the inversion, against METHOD 3 written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from cxr_grounding.diffusion.inversion import inverse_scheduler, invert, timesteps
from cxr_grounding.errors import Cancelled, ModelError
from cxr_grounding.recipe import Recipe

SCHEDULE = {
    "_class_name": "PNDMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.0015,
    "beta_end": 0.0205,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "skip_prk_steps": True,
    "clip_sample": True,
}
ALPHAS = np.cumprod(1 - np.linspace(0.0015**0.5, 0.0205**0.5, 1000) ** 2)


def test_three_hundred_steps_are_334() -> None:
    steps = timesteps(300)
    assert len(steps) == 334
    assert steps[:3] == [0, 3, 6]
    assert steps[-2:] == [996, 999]


def test_fifty_steps_are_fifty() -> None:
    assert timesteps(50) == list(range(19, 1000, 20))


@pytest.mark.parametrize(("steps", "trained", "count"), [(1, 1000, 1), (30, 1000, 31), (1000, 1000, 1000), (7, 100, 8)])
def test_at_least_as_many_steps_come_out_as_were_asked_for(steps: int, trained: int, count: int) -> None:
    found = timesteps(steps, trained)
    assert len(found) == count >= steps
    assert found[0] >= 0
    assert found[-1] == trained - 1


def latent_walk(kind: str, steps: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """The latents of `invert` and those of METHOD 3 in double precision, with a made-up predictor."""
    z0 = torch.linspace(-3, 5, 48, dtype=torch.float64).reshape(1, 3, 4, 4)

    def predict(z: torch.Tensor, t: int) -> torch.Tensor:
        return torch.sin(z + t / 300)

    recipe = Recipe(steps=steps, window_center_percent=50, window_half_width_percent=50)
    scheduler = inverse_scheduler(SCHEDULE | {"prediction_type": kind}, steps)
    found = [kept.latent for kept in invert(z0, predict, scheduler, recipe)]
    ratio, z, expected = 1000 // steps, z0, [z0]
    for t in timesteps(steps)[: steps - 1]:
        z = stepped(kind, t, t + ratio, z, predict(z, t))
        expected.append(z)
    return found, expected


def stepped(kind: str, t: int, n: int, z: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """METHOD 3's step from t to n, for what the U-Net said at t."""
    a, b = ALPHAS[t], ALPHAS[n]
    if kind == "v_prediction":
        x0, noise = a**0.5 * z - (1 - a) ** 0.5 * out, a**0.5 * out + (1 - a) ** 0.5 * z
    elif kind == "epsilon":
        x0, noise = (z - (1 - a) ** 0.5 * out) / a**0.5, out
    else:
        x0, noise = out, (z - a**0.5 * out) / (1 - a) ** 0.5
    return b**0.5 * x0 + (1 - b) ** 0.5 * noise


@pytest.mark.parametrize("kind", ["v_prediction", "epsilon", "sample"])
@pytest.mark.parametrize("steps", [300, 50, 30])
def test_every_latent_equals_method_3_for_every_prediction_type(kind: str, steps: int) -> None:
    found, expected = latent_walk(kind, steps)
    assert len(found) == len(expected) == steps
    for z, z_expected in zip(found, expected, strict=True):
        # The schedule itself is single precision in diffusers.
        torch.testing.assert_close(z, z_expected, rtol=2e-5, atol=2e-5)


def test_one_step_gives_these_numbers() -> None:
    scheduler = inverse_scheduler(SCHEDULE, 50)
    z, v = torch.tensor([2.0]), torch.tensor([-1.0])
    a, b = ALPHAS[19], ALPHAS[39]
    x0, noise = a**0.5 * 2 + (1 - a) ** 0.5, -(a**0.5) + (1 - a) ** 0.5 * 2
    assert scheduler.step(z, v, 19, 39).item() == pytest.approx(b**0.5 * x0 + (1 - b) ** 0.5 * noise, rel=1e-6)
    assert (a, b) == pytest.approx((0.968903, 0.935572), abs=1e-6)


def test_large_latents_are_not_clipped_although_the_model_s_own_scheduler_clips() -> None:
    z = torch.tensor([50.0])
    assert inverse_scheduler(SCHEDULE, 50).step(z, torch.tensor([0.0]), 19, 39).item() > 45


def test_the_walk_keeps_the_window_and_predicts_nothing_after_it() -> None:
    calls: list[int] = []

    def predict(z: torch.Tensor, t: int) -> torch.Tensor:
        calls.append(t)
        return z

    kept = list(invert(torch.ones(1, 1, 2, 2), predict, inverse_scheduler(SCHEDULE, 300), Recipe()))
    assert [entry.timestep for entry in kept] == list(range(360, 540, 3))
    assert calls == list(range(0, 537, 3))
    assert len(calls) == 179


@pytest.mark.parametrize("kind", ["v_prediction", "epsilon", "sample"])
def test_with_fewer_predictions_each_is_walked_to_the_next_and_to_the_kept_steps_between(kind: str) -> None:
    """METHOD 3's step with another n, in double precision: z0 at 19 predicts, then 119 and 219 and 339 and 439."""
    recipe = Recipe(steps=50, predictions=5, kept_steps=3)
    assert ([timesteps(50)[i] for i in recipe.kept], recipe.predicted) == ([439, 519, 579], [0, 5, 11, 16, 22])
    z0, asked = torch.linspace(-3, 5, 48, dtype=torch.float64).reshape(1, 3, 4, 4), []

    def predict(z: torch.Tensor, t: int) -> torch.Tensor:
        asked.append(t)
        return torch.sin(z + t / 300)

    found = list(invert(z0, predict, inverse_scheduler(SCHEDULE | {"prediction_type": kind}, 50), recipe))
    assert asked == [19, 119, 239, 339, 459]
    z, expected = z0, {}
    for t, following in zip(asked, [[119], [239], [339], [439, 459], [519, 579]], strict=True):
        out = torch.sin(z + t / 300)
        for n in following:
            expected[n] = stepped(kind, t, n, z, out)
        z = expected[following[-1]]
    assert [kept.timestep for kept in found] == [439, 519, 579]
    for kept in found:
        torch.testing.assert_close(kept.latent, expected[kept.timestep], rtol=2e-5, atol=2e-5)


def test_the_walk_is_told_of_as_many_predictions_as_there_are() -> None:
    told: list[tuple[int, int]] = []
    recipe = Recipe(predictions=3, kept_steps=2)
    list(
        invert(
            torch.ones(1, 1, 2, 2),
            lambda z, t: z,
            inverse_scheduler(SCHEDULE, 300),
            recipe,
            lambda stage, done, total: told.append((done, total)),
        )
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_the_walk_is_told_at_every_step_and_stops_when_asked() -> None:
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int) -> bool:
        told.append((stage, done, total))
        return done < 3

    walk = invert(torch.ones(1, 1, 2, 2), lambda z, t: z, inverse_scheduler(SCHEDULE, 50), Recipe(steps=50), progress)
    with pytest.raises(Cancelled, match="during inversion, after 3 of 29"):
        list(walk)
    assert told == [("inversion", done, 29) for done in range(4)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"beta_start": None}, "beta_start"),
        ({"num_train_timesteps": None}, "num_train_timesteps"),
        ({"beta_schedule": "magic"}, "magic"),
        ({"prediction_type": "flow"}, "'flow'"),
        ({"num_train_timesteps": "many"}, "no noise schedule"),
        ({"num_train_timesteps": 0}, "no noise schedule"),
        ({"num_train_timesteps": -5}, "no noise schedule"),
        ({"beta_start": "low"}, "no noise schedule"),
        ({"trained_betas": ["x"]}, "no noise schedule"),
    ],
)
def test_a_schedule_that_cannot_be_used_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        inverse_scheduler(SCHEDULE | change, 50)


def test_betas_may_be_given_one_by_one() -> None:
    betas = [0.1, 0.2, 0.3, 0.4]
    scheduler = inverse_scheduler({"num_train_timesteps": 4, "trained_betas": betas}, 2)
    assert scheduler.timesteps.tolist() == [1, 3]
    np.testing.assert_allclose(scheduler.alphas_cumprod.numpy(), [0.9, 0.72, 0.504, 0.3024], rtol=1e-6)
