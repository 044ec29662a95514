"""What phrases share of the radiographs that were prepared last: to come back to one costs nothing."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cxr_grounding.recipe import Recipe

LIMIT_BYTES = 2**26
"""Of all latents together: twenty radiographs at the size of the paper's model, 3 MB each (60 steps of 3 x 64 x 64)."""


class Compared(NamedTuple):
    """Where the noise in latents is known, and what the U-Net says of it with the empty prompt (METHOD 10).

    Args:
        places: the kept steps among them, as indices of `Kept.timesteps`; they come first, drawn noise behind them.
        timesteps: of all.
        latents: [compared, channels, rows, columns].
        truth: likewise, the prediction that would undo the noise.
        empty: likewise, the prediction with the empty prompt.
    """

    places: list[int]
    timesteps: list[int]
    latents: torch.Tensor
    truth: torch.Tensor
    empty: torch.Tensor

    def first_step(self) -> Compared:
        """One step of the inversion and all drawn noise: what tells places apart (METHOD 12)."""
        which = [0, *range(len(self.places), len(self.timesteps))]
        return Compared(
            self.places[:1],
            [self.timesteps[index] for index in which],
            *(of_all[which] for of_all in (self.latents, self.truth, self.empty)),
        )

    @property
    def keys(self) -> list[tuple[str, int]]:
        """What stands for each, in a part of them too: a kept step's timestep, or the number of what is drawn."""
        walked = len(self.places)
        return [("kept", time) if i < walked else ("drawn", i - walked) for i, time in enumerate(self.timesteps)]

    @property
    def errors(self) -> NDArray[np.float32]:
        """e0 of METHOD 10: |v* - v0|^2 summed over channels, [compared, rows, columns]."""
        return np.asarray((self.truth - self.empty).square().sum(dim=1).cpu().numpy())


class Kept(NamedTuple):
    """What all phrases on one radiograph share.

    Args:
        timesteps: of the kept steps.
        latents: [steps, channels, rows, columns] (METHOD 3).
        compared: where noise is compared; None where it is not.
    """

    timesteps: list[int]
    latents: torch.Tensor
    compared: Compared | None = None

    @property
    def tensors(self) -> list[torch.Tensor]:
        """All of them."""
        beside = [] if self.compared is None else [self.compared.latents, self.compared.truth, self.compared.empty]
        return [self.latents, *beside]


_Key = tuple[Hashable, bytes, Recipe]


class LatentCache:
    """What was kept, by the model, the image on its frame and the recipe, which determine it.

    Models may share one, so that to come back to a model costs no more than opening it. Where a model is named,
    `LatentDiffusionModel.key` is meant.

    Args:
        limit_bytes: the radiographs that were asked for longest ago are forgotten beyond it.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._entries: OrderedDict[_Key, Kept] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """Of all latents together."""
        return sum(tensor.nbytes for entry in self._entries.values() for tensor in entry.tensors)

    def find(self, model: Hashable, frame_image: NDArray[np.float32], recipe: Recipe) -> Kept | None:
        """What was kept of an image [size, size], if it is still here."""
        key = _key(model, frame_image, recipe)
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key]

    def keep(self, model: Hashable, frame_image: NDArray[np.float32], recipe: Recipe, kept: Kept) -> None:
        """Add what was kept of an image [size, size]; one that is larger than the limit by itself is not taken."""
        self._entries[_key(model, frame_image, recipe)] = kept
        while self.size_bytes > self._limit_bytes:
            self._entries.popitem(last=False)


def _key(model: Hashable, frame_image: NDArray[np.float32], recipe: Recipe) -> _Key:
    return model, hashlib.blake2b(np.ascontiguousarray(frame_image).tobytes()).digest(), recipe
