"""Noise from files, in place of what seeds draw: for comparison with other programs. METHOD 13.4 and 13.5."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from cxr_grounding.diffusion.noising import GivenNoise
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import RecipeError
from cxr_grounding.recipe import Recipe

POSTERIOR, NOISE, TEXT = "posterior_noise.npy", "noise.npy", "text_noise.npy"
"""The files, float32: of all steps the first two, [steps, channels, rows, columns]; the third [channels, rows, columns]
and only needed for BBM."""


def read_noise(folder: Path, shape: Sequence[int], recipe: Recipe) -> GivenNoise:
    """The noise in a folder.

    Args:
        folder: with the files.
        shape: of a latent, [channels, rows, columns].
        recipe: how many steps it has, and whether it needs a text run.

    Raises:
        RecipeError: when a file is missing, is none, or holds noise of another shape.
    """
    of_steps = (recipe.noised_steps, *shape)
    posterior, noise = (_read(folder / name, of_steps) for name in (POSTERIOR, NOISE))
    return GivenNoise(posterior, noise, _read(folder / TEXT, tuple(shape)) if recipe.bbm else None)


def _read(path: Path, shape: tuple[int, ...]) -> torch.Tensor:
    try:
        # Mapped, so that a file of any size is looked at before it is read.
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise RecipeError(f"{path} cannot be read as noise ({reason(error)}). Name a folder that holds it.") from error
    if not isinstance(stored, np.ndarray) or stored.shape != shape or stored.dtype.kind != "f":
        held = f"{stored.dtype} of the shape {stored.shape}" if isinstance(stored, np.ndarray) else "several arrays"
        raise RecipeError(f"{path} holds {held}, but this question needs float32 of the shape {shape}.")
    return torch.from_numpy(np.array(stored, dtype=np.float32))
