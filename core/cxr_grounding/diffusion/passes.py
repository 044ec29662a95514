"""The passes of a model's U-Net that a grounding needs: what they see, and how many go at a time. METHOD 3, 4."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from cxr_grounding.diffusion.device import memory_errors
from cxr_grounding.diffusion.inversion import inverse_scheduler, invert
from cxr_grounding.diffusion.latent_cache import Kept
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import ModelError, RecipeError
from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase, empty_prompt
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import Recipe

ATTENTION = "attention"
"""Stage of looking at phrases in progress reports and timings; one unit is one pass."""

BATCH = {"cpu": 4, "mps": 8, "cuda": 16}
"""Passes at a time while looking at phrases, by device; a bound on memory, not on phrases.

On a CPU more at a time are slower at full size: what they compute leaves its caches."""

NOT_NUMBERS = (
    "The model gave values that are not numbers, so its weights are damaged or its recipe does not fit them. "
    "Fetch or convert the model again."
)


class Passes:
    """What one model computes for radiographs and phrases.

    Where its numbers grow too large for half precision, it is opened again in single precision and the work done again.

    Args:
        model: opened or built.
        batch: passes at a time while looking at phrases; None for a number that suits the device.

    Raises:
        RecipeError: for a batch below 1.
    """

    def __init__(self, model: LatentDiffusionModel, batch: int | None = None) -> None:
        if batch is not None and batch < 1:
            raise RecipeError(f"The batch is {batch}, but at least 1 pass of the U-Net is made at a time.")
        self._model = model
        self._batch = batch or BATCH.get(model.device.type, 8)
        self._empty_context: torch.Tensor | None = None

    def invert(self, latent: torch.Tensor, recipe: Recipe, progress: Progress | None) -> Kept:
        """The latents of the kept steps, under the empty prompt (METHOD 3).

        Args:
            latent: z0, [1, channels, rows, columns].
            recipe: which steps are predicted and kept.
            progress: told after every pass.

        Raises:
            ModelError: when they are not numbers.
            Cancelled: when `progress` asks to stop.
        """
        model, own = self._model, _own_tokens([SPECIAL_TOKENS], recipe.max_tokens, self._model.device)
        if self._empty_context is None:
            seen = None if recipe.encode_padding else own
            self._empty_context = model.encode_text([empty_prompt(model.tokenizer)], seen)
        empty, attended = self._empty_context, None if recipe.attend_padding else own
        scheduler = inverse_scheduler(model.scheduler_config, recipe.steps)
        with torch.inference_mode():
            kept = list(invert(latent, model.predictor(empty, attended), scheduler, recipe, progress))
            latents = torch.cat([entry.latent for entry in kept])
            finite = bool(torch.isfinite(latents).all())
        if not finite:
            if model.fall_back_to_single():
                return self.invert(latent, recipe, progress)
            raise ModelError(NOT_NUMBERS)
        return Kept([entry.timestep for entry in kept], latents)

    def attend(
        self, kept: Kept, recipe: Recipe, phrases: Sequence[Phrase], token_maps: bool, progress: Progress | None
    ) -> list[list[NDArray[np.float32]]]:
        """The attention to phrases at the kept steps (METHOD 4).

        Every pair of a phrase and a step is one pass, independent of all others, so they are batched across phrases.

        Args:
            kept: of `invert`.
            recipe: which layers are read.
            phrases: one or more.
            token_maps: whether each token's own map is wanted too.
            progress: told after every batch.

        Returns:
            Per phrase and layer, [maps, steps, rows, columns]: the mean over tokens, then each token's own map.

        Raises:
            ModelError: when it is not numbers.
            Cancelled: when `progress` asks to stop.
        """
        model, steps = self._model, len(kept.timesteps)
        own = _own_tokens([len(phrase.token_ids) for phrase in phrases], recipe.max_tokens, model.device)
        context = model.encode_text([phrase.padded_ids for phrase in phrases], None if recipe.encode_padding else own)
        select = torch.from_numpy(_selection(phrases, token_maps)).to(model.device)
        attended = None if recipe.attend_padding else own
        # Brought to the device before the first batch: on a GPU each such copy would wait for the batch before.
        pairs = torch.arange(len(phrases) * steps, device=model.device)
        times = torch.tensor(kept.timesteps, device=model.device)
        parts: list[list[torch.Tensor]] = []
        report(progress, ATTENTION, 0, len(pairs))
        for first in range(0, len(pairs), self._batch):
            chunk = pairs[first : first + self._batch]
            of_phrase, of_step = chunk // steps, chunk % steps
            parts.append(
                model.attention_maps(
                    kept.latents[of_step],
                    times[of_step],
                    context[of_phrase],
                    select[of_phrase],
                    recipe.layers,
                    None if attended is None else attended[of_phrase],
                )
            )
            report(progress, ATTENTION, first + len(chunk), len(pairs))
        with memory_errors(model.device, "collecting the attention maps"):
            layers = [torch.cat(of_layer).cpu().numpy() for of_layer in zip(*parts, strict=True)]
        if not all(np.isfinite(layer).all() for layer in layers):
            if model.fall_back_to_single():
                return self.attend(kept, recipe, phrases, token_maps, progress)
            raise ModelError(NOT_NUMBERS)
        maps = [1 + len(phrase.tokens) if token_maps else 1 for phrase in phrases]
        return [
            [layer[i * steps : (i + 1) * steps, : maps[i]].swapaxes(0, 1) for layer in layers]
            for i in range(len(phrases))
        ]


def _selection(phrases: Sequence[Phrase], token_maps: bool) -> NDArray[np.float32]:
    """Weights [phrases, maps, tokens]: first the mean over the wanted tokens, then each of them alone (METHOD 4)."""
    maps = 1 + max(len(phrase.tokens) for phrase in phrases) if token_maps else 1
    select = np.zeros((len(phrases), maps, len(phrases[0].padded_ids)), dtype=np.float32)
    for weights, phrase in zip(select, phrases, strict=True):
        weights[0, list(phrase.positions)] = 1 / len(phrase.positions)
        for row, position in enumerate(phrase.positions[: maps - 1], start=1):
            weights[row, position] = 1
    return select


def _own_tokens(lengths: list[int], max_tokens: int, device: torch.device) -> torch.Tensor:
    """Which tokens are no padding, [texts, max_tokens] bool, for texts of these lengths."""
    positions = torch.arange(max_tokens, device=device)
    return positions[None] < torch.tensor(lengths, device=device)[:, None]
