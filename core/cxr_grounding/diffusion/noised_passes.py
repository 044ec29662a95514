"""The passes of a model's U-Net for looks at a noised radiograph, and for a run without one. METHOD 13.4 and 13.5."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cxr_grounding.content_words import KeptWords
from cxr_grounding.diffusion.given_noise import read_noise
from cxr_grounding.diffusion.inversion import inverse_scheduler
from cxr_grounding.diffusion.latent_cache import Kept
from cxr_grounding.diffusion.networks.encoder import Posterior
from cxr_grounding.diffusion.noising import (
    drawn_looks,
    drawn_start,
    generate,
    noised_latents,
    noised_timesteps,
)
from cxr_grounding.diffusion.passes import ATTENTION, NOT_NUMBERS, Passes, Texts, Told
from cxr_grounding.diffusion.text_runs import Run, TextRuns, run_key
from cxr_grounding.errors import ModelError
from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase, empty_prompt
from cxr_grounding.progress import Progress
from cxr_grounding.recipe import Recipe

START_TOKEN = 0
"""Its position, in every text."""


class Asking(NamedTuple):
    """A phrase, which of its words are looked at, and sentences for the user on what is not."""

    phrase: Phrase
    words: KeptWords
    warnings: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """What is wanted of phrases beside what the map is made of.

    Args:
        token_maps: each token's own map.
        text_latents: the latents of the run without the image; it is then made anew, and to its end.
    """

    token_maps: bool = False
    text_latents: bool = False


class NoisedLook(NamedTuple):
    """What the U-Net made of one phrase; lists have an entry a layer.

    Args:
        words: [steps, rows, columns], the attention at the looks, mean over the kept words.
        start: likewise, to the start token; none without BBM.
        of_tokens: [tokens, steps, rows, columns]; none unless wanted.
        text: as `words`, of the run without the image, at the same steps; none without BBM.
        text_passes: images through the U-Net for that run; 0 for one that was made before.
        text_latents: [steps, channels, rows, columns], after each of its steps; None unless wanted.
    """

    words: list[NDArray[np.float32]]
    start: list[NDArray[np.float32]]
    of_tokens: list[NDArray[np.float32]]
    text: list[NDArray[np.float32]]
    text_passes: int
    text_latents: NDArray[np.float32] | None = None


class NoisedPasses:
    """What one model computes for noised radiographs and phrases.

    Args:
        passes: of the model.
        runs: where runs without an image are kept; None for a place of its own.
    """

    def __init__(self, passes: Passes, runs: TextRuns | None = None) -> None:
        self._passes = passes
        self.model = passes.model
        self._runs = TextRuns() if runs is None else runs

    def noise(self, posterior: Posterior, recipe: Recipe, given: str | Path | None) -> Kept:
        """The latents that are looked at (METHOD 13.4).

        Args:
            posterior: of the radiograph.
            recipe: the steps, the seed, and which are looked at.
            given: a folder with noise in place of what the seed draws.

        Raises:
            RecipeError: when that folder holds no such noise.
        """
        schedule = inverse_scheduler(self.model.scheduler_config, recipe.steps)
        shape, trained = posterior.mean.shape[1:], len(schedule.alphas_cumprod)
        noise = drawn_looks(shape, recipe, trained) if given is None else read_noise(Path(given), shape, recipe)
        with torch.inference_mode():
            every = noised_latents(posterior.mean, posterior.std, noise, schedule, recipe)
            if not bool(torch.isfinite(every.latents).all()):
                raise ModelError(NOT_NUMBERS)
            return Kept([every.timesteps[step] for step in recipe.looked], every.latents[recipe.looked])

    def look(
        self,
        kept: Kept,
        recipe: Recipe,
        asked: Sequence[Asking],
        wanted: Wanted,
        given: str | Path | None,
        progress: Progress | None,
    ) -> list[NoisedLook]:
        """The attention to phrases, each by itself: its looks are many enough to fill a batch (METHOD 13.4, 13.5).

        Args:
            kept: of `noise`.
            recipe: whether there is BBM.
            asked: one or more.
            wanted: beside.
            given: as for `noise`.
            progress: told after every batch.

        Raises:
            ModelError: when it is not numbers.
            Cancelled: when `progress` asks to stop.
        """
        # What noise from elsewhere makes is not mixed with what seeds make.
        is_shared = given is None and not wanted.text_latents
        keys = [run_key(self.model, one.phrase, one.words.positions, recipe) if recipe.bbm else "" for one in asked]
        found = {key: self._runs.find(key) if is_shared and key else None for key in keys}
        runs = {key: run for key, run in found.items() if run is not None}
        new = (len(set(keys) - set(runs)) if is_shared else len(keys)) * recipe.bbm
        told = Told(progress, ATTENTION, len(asked) * len(kept.timesteps) + new * text_passes(recipe, wanted))
        looks = []
        for key, one in zip(keys, asked, strict=True):
            seen = self._passes.seen([one.phrase], recipe, _selection(one, recipe, wanted))
            look = self._image_run(kept, seen, recipe, wanted, told)
            if recipe.bbm:
                run = runs.get(key)
                is_new = run is None
                latents: NDArray[np.float32] | None = None
                if run is None:
                    start = self._start(kept.latents.shape[1:], recipe, given)
                    run, latents = self._text_run(seen, start, recipe, wanted, told)
                look = look._replace(
                    text=[layer[recipe.looked] for layer in run],
                    text_passes=text_passes(recipe, wanted) if is_new else 0,
                    text_latents=latents,
                )
                if is_new and is_shared and _are_numbers(run):
                    runs[key] = run
                    self._runs.keep(key, run, on_disk=self.model.is_of_folder)
            if not _are_numbers([*look.words, *look.start, *look.text]):
                if self.model.fall_back_to_single():
                    return self.look(kept, recipe, asked, wanted, given, progress)
                raise ModelError(NOT_NUMBERS)
            looks.append(look)
        return looks

    def context(self, phrase: Phrase, recipe: Recipe) -> torch.Tensor:
        """The context of a phrase, [tokens, width]."""
        return self._passes.seen([phrase], recipe, np.zeros((1, 1, recipe.max_tokens), np.float32)).context[0]

    def empty_context(self) -> torch.Tensor:
        """The context of the empty text, of which the text encoder sees the padding too (METHOD 13.3)."""
        return self.model.encode_text([empty_prompt(self.model.tokenizer)])

    @property
    def _every_layer(self) -> range:
        return range(len(self.model.layers))

    def _image_run(self, kept: Kept, seen: Texts, recipe: Recipe, wanted: Wanted, told: Told) -> NoisedLook:
        """The attention to one phrase at all looks."""
        steps = list(range(len(kept.timesteps)))
        layers = self._passes.short_passes(kept, steps, self._every_layer, seen, told, once=True)
        maps = [np.moveaxis(layer[0], 1, 0) for layer in layers]  # [maps, steps, rows, columns]
        return NoisedLook(
            words=[of_layer[0] for of_layer in maps],
            start=[of_layer[1] for of_layer in maps] if recipe.bbm else [],
            of_tokens=[of_layer[1 + recipe.bbm :] for of_layer in maps] if wanted.token_maps else [],
            text=[],
            text_passes=0,
        )

    def _start(self, shape: Sequence[int], recipe: Recipe, given: str | Path | None) -> torch.Tensor:
        start = drawn_start(shape, recipe) if given is None else read_noise(Path(given), shape, recipe).text
        assert start is not None
        return start[None].to(self.model.device)

    def _text_run(
        self, phrase: Texts, start: torch.Tensor, recipe: Recipe, wanted: Wanted, told: Told
    ) -> tuple[Run, NDArray[np.float32] | None]:
        """The attention to a phrase while a picture is generated from it, and the latents, where they are wanted.

        The last step is a look alone, for its picture is thrown away.
        """
        model = self.model
        schedule = inverse_scheduler(model.scheduler_config, recipe.steps)
        both = self._beside_empty(phrase, recipe)
        steps: list[list[torch.Tensor]] = []

        def predict(latents: torch.Tensor, timestep: int) -> torch.Tensor:
            times = torch.full((2,), timestep, device=model.device)
            maps, prediction = model.attention_and_prediction(
                latents, times, both.context, both.select, self._every_layer, both.attended, once=True
            )
            steps.append([layer[1, 0] for layer in maps])
            told(2)
            return prediction

        walk, latents = generate(start, predict, schedule, recipe), [start]
        with torch.inference_mode():
            for _ in range(recipe.noised_steps - (not wanted.text_latents)):
                latents.append(next(walk))
            if not wanted.text_latents:
                one = Texts(phrase.context, phrase.select[:, :1], phrase.attended)
                last = noised_timesteps(recipe.noised_steps, len(schedule.alphas_cumprod))[-1]
                maps = model.attention_maps(
                    latents[-1], [last], one.context, one.select, self._every_layer, one.attended, once=True
                )
                steps.append([layer[0, 0] for layer in maps])
                told(1)
            run = [torch.stack(of_layer).cpu().numpy() for of_layer in zip(*steps, strict=True)]
            return run, torch.cat(latents[1:]).cpu().numpy() if wanted.text_latents else None

    def _beside_empty(self, phrase: Texts, recipe: Recipe) -> Texts:
        """The empty text and a phrase, of which the mean over the kept words is read."""
        select = phrase.select[:, :1]
        attended = None
        if phrase.attended is not None:
            ends = torch.arange(recipe.max_tokens, device=self.model.device)[None] < SPECIAL_TOKENS
            attended = torch.cat([ends, phrase.attended])
        context = torch.cat([self.empty_context(), phrase.context])
        return Texts(context, torch.cat([torch.zeros_like(select), select]), attended)


def text_passes(recipe: Recipe, wanted: Wanted) -> int:
    """Images through the U-Net for a run without the image: two a step, and one at the last."""
    return 2 * recipe.noised_steps - (not wanted.text_latents)


def _are_numbers(arrays: Sequence[NDArray[np.float32]]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _selection(one: Asking, recipe: Recipe, wanted: Wanted) -> NDArray[np.float32]:
    """Weights [1, maps, tokens]: the mean over the kept words, with BBM the start token, where wanted each token."""
    own = list(one.phrase.positions) if wanted.token_maps else []
    select = np.zeros((1, 1 + recipe.bbm + len(own), len(one.phrase.padded_ids)), dtype=np.float32)
    select[0, 0, list(one.words.positions)] = 1 / len(one.words.positions)
    if recipe.bbm:
        select[0, 1, START_TOKEN] = 1
    for row, position in enumerate(own, start=1 + recipe.bbm):
        select[0, row, position] = 1
    return select
