"""Walk a latent from the image toward noise, under the empty prompt, and keep it at some steps. METHOD 3 and 7."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import torch

from cxr_grounding.diffusion.components import FOREIGN_ERRORS, NEXT_STEP
from cxr_grounding.diffusion.noise_schedule import NoiseSchedule
from cxr_grounding.errors import ModelError
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import Recipe

STAGE = "inversion"
"""Name of this work in progress reports; one unit is one U-Net forward."""

PREDICTION_TYPES = ("epsilon", "v_prediction", "sample")
"""What a U-Net may have been trained to predict; diffusers' names."""


class KeptLatent(NamedTuple):
    """The latent [1, channels, rows, columns] as it stands at `timestep`, before that step's prediction."""

    timestep: int
    latent: torch.Tensor


class _Predicted(NamedTuple):
    """A step, as index of the list of steps, with the latent there and what the U-Net said of it."""

    step: int
    latent: torch.Tensor
    prediction: torch.Tensor


def timesteps(steps: int, trained: int = 1000) -> list[int]:
    """The timesteps of the inversion, ascending (METHOD 3).

    Args:
        steps: as asked for, 1 to `trained`. Where it does not divide `trained`, more come out: 334 for 300.
        trained: training steps of the model's noise schedule.
    """
    ratio = trained // steps
    return [timestep - 1 for timestep in range(trained, 0, -ratio)][::-1]


def inverse_scheduler(config: Mapping[str, Any], steps: int) -> NoiseSchedule:
    """A model's own noise schedule, set up for METHOD 3 (docs/decisions/0002-inversion-scheduler.md).

    Args:
        config: of `scheduler/scheduler_config.json`, whatever scheduler that is for.
        steps: as asked for, 1 to the number of training steps.

    Raises:
        ModelError: when the configuration does not describe a schedule of betas.
    """
    needed = (
        ("trained_betas",) if config.get("trained_betas") is not None else ("beta_start", "beta_end", "beta_schedule")
    )
    absent = [name for name in ("num_train_timesteps", *needed) if config.get(name) is None]
    if absent:
        raise ModelError(
            f"scheduler/scheduler_config.json lacks {absent[0]}, without which nothing can be inverted. {NEXT_STEP}"
        )
    kind = config.get("prediction_type", "epsilon")
    if kind not in PREDICTION_TYPES:
        raise ModelError(
            f"The prediction_type in scheduler/scheduler_config.json is {kind!r}, "
            f"but known here are: {', '.join(PREDICTION_TYPES)}."
        )
    try:
        scheduler = NoiseSchedule(config)
        scheduler.timesteps = torch.tensor(timesteps(steps, len(scheduler.alphas_cumprod)))
    except FOREIGN_ERRORS as error:
        raise ModelError(
            f"scheduler/scheduler_config.json describes no noise schedule ({error}). {NEXT_STEP}"
        ) from error
    return scheduler


def invert(
    latent: torch.Tensor,
    predict: Callable[[torch.Tensor, int], torch.Tensor],
    scheduler: NoiseSchedule,
    recipe: Recipe,
    progress: Progress | None = None,
) -> Iterator[KeptLatent]:
    """Yield the latent at each kept step, and stop after the last (METHOD 3, 4, 7).

    With the published recipe the U-Net predicts at every step. Where it predicts at fewer, each prediction is walked on
    to the next one, and to the kept steps up to it.

    Args:
        latent: z0, [1, channels, rows, columns]; taken as if it stood at the first timestep.
        predict: the U-Net's unconditional prediction at a latent and a timestep.
        scheduler: from `inverse_scheduler`, for the recipe's number of steps.
        recipe: says which steps are kept, and at which the U-Net predicts. Nothing is predicted after the last that
            is kept, nor at it.
        progress: told after every prediction.

    Raises:
        Cancelled: when `progress` asks to stop.
    """
    kept, asked = recipe.kept, recipe.predicted
    steps: list[int] = scheduler.timesteps.tolist()
    former: _Predicted | None = None
    report(progress, STAGE, 0, len(asked))
    for index in sorted({*kept, *asked}):
        if former is not None:
            latent = scheduler.step(former.latent, former.prediction, steps[former.step], steps[index])
        if index in kept:
            yield KeptLatent(steps[index], latent)
        if index in asked:
            former = _Predicted(index, latent, predict(latent, steps[index]))
            report(progress, STAGE, asked.index(index) + 1, len(asked))
