"""The schedule and its steps are diffusers', digit by digit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.schedulers.scheduling_ddim_inverse import DDIMInverseScheduler

from cxr_grounding.diffusion.noise_schedule import NoiseSchedule

LINEAR = {"num_train_timesteps": 1000, "beta_start": 0.0015, "beta_end": 0.0205, "beta_schedule": "linear"}
SCHEDULES: dict[str, dict[str, Any]] = {
    "linear": LINEAR,
    "scaled linear": LINEAR | {"beta_schedule": "scaled_linear"},
    "cosine": LINEAR | {"beta_schedule": "squaredcos_cap_v2"},
    "trained betas": LINEAR | {"num_train_timesteps": 3, "trained_betas": [0.1, 0.2, 0.4]},
    "no signal at the end": LINEAR | {"rescale_betas_zero_snr": True},
}


@pytest.mark.parametrize("kind", ["epsilon", "sample", "v_prediction"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_step_is_that_of_diffusers(schedule: str, kind: str) -> None:
    config = SCHEDULES[schedule] | {"prediction_type": kind}
    theirs, ours = DDIMInverseScheduler.from_config(config, clip_sample=False), NoiseSchedule(config)
    assert torch.equal(ours.alphas_cumprod, theirs.alphas_cumprod)
    theirs.num_inference_steps = min(50, len(ours.alphas_cumprod))
    ratio = len(ours.alphas_cumprod) // theirs.num_inference_steps
    draw = torch.Generator().manual_seed(1)
    latent, prediction = torch.randn(2, 1, 3, 4, 4, generator=draw)
    for end in range(ratio, len(ours.alphas_cumprod), ratio):
        found = ours.step(latent, prediction, end - ratio, end)
        expected = theirs.step(prediction, end, latent, return_dict=False)[0]
        torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"beta_schedule": "sigmoid"}, NotImplementedError),
        ({"beta_start": "small"}, TypeError),
        ({"num_train_timesteps": None}, TypeError),
    ],
)
def test_a_configuration_that_describes_none_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        NoiseSchedule(LINEAR | change)
