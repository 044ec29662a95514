"""Give it a radiograph once, ask it many phrases. METHOD 2 to 5 in their order; DESIGN, "One request"."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import torch
from numpy.typing import NDArray

from cxr_grounding import maps
from cxr_grounding.diffusion.device import memory_errors
from cxr_grounding.diffusion.inversion import inverse_scheduler, invert
from cxr_grounding.diffusion.latent_cache import Kept, LatentCache
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import ModelError, OrderError, PhraseError, RecipeError
from cxr_grounding.frame import ModelFrame, apply_intensity
from cxr_grounding.grounding import FrameArrays, Grounding
from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase, empty_prompt
from cxr_grounding.presets import PAPER, find_preset
from cxr_grounding.progress import Progress, report
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import IntensityChain, Recipe

ENCODING, ATTENTION, POSTPROCESSING = "encoding", "attention", "postprocessing"
"""Stages, beside `inversion.STAGE`, in progress reports and timings."""

BATCH = {"cpu": 4, "mps": 8, "cuda": 16}
"""Passes of the U-Net at a time while looking at phrases, by device; a bound on memory, not on phrases.

On a CPU more at a time are slower at full size: what they compute leaves its caches."""


@dataclass(frozen=True)
class _Prepared:
    """What is known of one radiograph before any phrase: the part of the work that phrases share."""

    radiograph: Radiograph
    recipe: Recipe
    frame: ModelFrame
    frame_image: NDArray[np.float32]
    timesteps: list[int]
    latents: torch.Tensor
    seconds: dict[str, float]
    unet_calls: int
    warnings: tuple[str, ...]


class Grounder:
    """Grounds phrases on a radiograph with one model.

        grounder = Grounder.open("models/my-model")
        grounder.set_radiograph(radiograph)
        grounding = grounder.ground("small left pleural effusion")

    The same input gives the same output; the batch changes it by rounding only. Global settings of
    torch and its random numbers are left alone. Not safe to use from two threads at once.

    Args:
        model: opened or built.
        recipe: in place of the model's own, for example with another number of steps.
        batch: passes of the U-Net at a time; None for a number that suits the device.
        cache: where it keeps what phrases share, for one that several use; None for one of its own.

    Raises:
        RecipeError: when the model cannot follow the recipe.
    """

    def __init__(
        self,
        model: LatentDiffusionModel,
        *,
        recipe: Recipe | None = None,
        batch: int | None = None,
        cache: LatentCache | None = None,
    ) -> None:
        self.model = model
        self.recipe = recipe or model.recipe
        model.check_recipe(self.recipe)
        if batch is not None and batch < 1:
            raise RecipeError(f"The batch is {batch}, but at least 1 pass of the U-Net is made at a time.")
        self._batch = batch or BATCH.get(model.device.type, 8)
        self._empty_context: torch.Tensor | None = None
        self._prepared: _Prepared | None = None
        self.cache = LatentCache() if cache is None else cache

    @classmethod
    def open(
        cls,
        model: str | Path,
        *,
        device: str = "auto",
        precision: str = "auto",
        steps: int | None = None,
        preset: str = PAPER.name,
        cache: LatentCache | None = None,
    ) -> Grounder:
        """Open a model folder.

        Args:
            model: a diffusers folder with its `grounding.json`.
            device: "cpu", "cuda", "cuda:1", "mps" or "auto".
            precision: "single", "half", or "auto" for half where the device is much faster in it. In half precision
                the U-Net is, unless its numbers grow too large for it.
            steps: of the inversion, in place of the model's own.
            preset: "paper", "balanced" or "fast"; `presets.PRESETS` says what each changes in the recipe.
            cache: as for the class.

        Raises:
            ModelError: when the folder or something in it is missing or damaged.
            RecipeError: when its recipe cannot be used, or there is no such preset.
            DeviceError: when the device is not there or has too little memory, or there is no such precision.
        """
        chosen = find_preset(preset)
        opened = LatentDiffusionModel.open(model, device, precision)
        recipe = chosen.applied(opened.recipe)
        return cls(opened, recipe=recipe if steps is None else recipe.replace(steps=steps), cache=cache)

    @property
    def has_radiograph(self) -> bool:
        """Whether `ground` can be called."""
        return self._prepared is not None

    def set_radiograph(
        self,
        radiograph: Radiograph,
        *,
        preset: str | None = None,
        intensity: IntensityChain | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Prepare a radiograph: frame, latent, and its inversion, which all phrases share (METHOD 2, 3).

        From the call on, the former radiograph is not set any more: after an error or a cancellation there is
        none, so that no answer can be about another image than the one given last. What phrases share of the
        radiographs that were set last is kept, so that to come back to one of them costs next to nothing.

        Args:
            radiograph: to ask about.
            preset: for this radiograph, in place of the one that this object was opened with.
            intensity: in place of the chain that the model was trained with, for research; noted in every
                result. `IDENTITY` says that the image is prepared already: a square one that is smaller
                than the frame then goes to the model as it is, rather than enlarged.
            progress: told after every pass of the U-Net.

        Raises:
            Cancelled: when `progress` asks to stop.
            DeviceError: when memory runs out.
            ModelError: when the model's weights give values that are not numbers.
            RecipeError: when there is no such preset.
        """
        self._prepared = None
        recipe = self.recipe if preset is None else find_preset(preset).applied(self.recipe)
        recipe = recipe if intensity is None else _with_chain(recipe, intensity, radiograph, self.model)
        started = time.perf_counter()
        report(progress, ENCODING, 0, 1)
        frame = ModelFrame.of(radiograph, recipe)
        with memory_errors(self.model.device, "preparing the radiograph"):
            frame_image = frame.to_model(apply_intensity(radiograph.pixels, recipe.intensity))
        calls, encoded = self.model.unet_calls["full"], time.perf_counter()
        kept = self.cache.find(self.model.key, frame_image, recipe)
        if kept is None:
            latent = self.model.encode(frame_image, recipe)
            report(progress, ENCODING, 1, 1)
            encoded = time.perf_counter()
            kept = Kept(*self._invert(latent, recipe, progress))
            self.cache.keep(self.model.key, frame_image, recipe, kept)
        seconds = {ENCODING: encoded - started, "inversion": time.perf_counter() - encoded}
        warnings = (*radiograph.warnings, *radiograph.doubts, *_changed(self.model.recipe, recipe))
        calls = self.model.unet_calls["full"] - calls
        self._prepared = _Prepared(radiograph, recipe, frame, frame_image, *kept, seconds, calls, warnings)

    @overload
    def ground(
        self, phrases: str, *, token_maps: bool = ..., keep_arrays: bool = ..., progress: Progress | None = ...
    ) -> Grounding: ...

    @overload
    def ground(
        self,
        phrases: list[str] | tuple[str, ...],
        *,
        token_maps: bool = ...,
        keep_arrays: bool = ...,
        progress: Progress | None = ...,
    ) -> list[Grounding]: ...

    def ground(
        self,
        phrases: str | list[str] | tuple[str, ...],
        *,
        token_maps: bool = False,
        keep_arrays: bool = False,
        progress: Progress | None = None,
    ) -> Grounding | list[Grounding]:
        """Find where phrases point on the radiograph that was set (METHOD 4, 5).

        Args:
            phrases: one, or several that are looked at together.
            token_maps: whether to keep a map of every token (`Grounding.token_maps`).
            keep_arrays: whether to keep the arrays on the model frame (`Grounding.arrays`).
            progress: told after every pass of the U-Net.

        Returns:
            One answer for one phrase, a list in the order of the phrases for several.

        Raises:
            OrderError: when no radiograph is set.
            PhraseError: when a phrase is empty, or there is none.
            Cancelled: when `progress` asks to stop; the radiograph stays set.
            DeviceError: when memory runs out.
            ModelError: when the model's weights give values that are not numbers.
        """
        if self._prepared is None:
            raise OrderError("No radiograph is set. Call set_radiograph(radiograph) before ground(...).")
        texts = [phrases] if isinstance(phrases, str) else list(phrases)
        if not texts:
            raise PhraseError("There is no phrase to ground. Give at least one.")
        asked = [Phrase.of(text, self.model.tokenizer) for text in texts]
        started = time.perf_counter()
        attention = self._attention(self._prepared, asked, token_maps, progress)
        seconds = (time.perf_counter() - started) / len(asked)
        answers = [
            self._answer(self._prepared, phrase, layers, seconds, keep_arrays)
            for phrase, layers in zip(asked, attention, strict=True)
        ]
        return answers[0] if isinstance(phrases, str) else answers

    def _invert(
        self, latent: torch.Tensor, recipe: Recipe, progress: Progress | None
    ) -> tuple[list[int], torch.Tensor]:
        """Timesteps and latents [steps, channels, rows, columns] of the kept steps (METHOD 3)."""
        model, real = self.model, _real_tokens([SPECIAL_TOKENS], recipe.max_tokens, self.model.device)
        if self._empty_context is None:
            seen = None if recipe.encode_padding else real
            self._empty_context = model.encode_text([empty_prompt(model.tokenizer)], seen)
        empty, attended = self._empty_context, None if recipe.attend_padding else real
        scheduler = inverse_scheduler(model.scheduler_config, recipe.steps)
        with torch.inference_mode():
            kept = list(invert(latent, lambda z, t: model.predict(z, t, empty, attended), scheduler, recipe, progress))
            latents = torch.cat([entry.latent for entry in kept])
            finite = bool(torch.isfinite(latents).all())
        if not finite:
            if model.widen():
                return self._invert(latent, recipe, progress)
            raise ModelError(_NOT_NUMBERS)
        return [entry.timestep for entry in kept], latents

    def _attention(
        self, prepared: _Prepared, phrases: list[Phrase], token_maps: bool, progress: Progress | None
    ) -> list[list[NDArray[np.float32]]]:
        """Per phrase and layer, [kept, steps, rows, columns]: the mean over tokens, then each token's own map.

        Every pair of a phrase and a step is one pass, independent of all others, so they are batched
        across phrases.
        """
        model, recipe, steps = self.model, prepared.recipe, len(prepared.timesteps)
        real = _real_tokens([len(phrase.token_ids) for phrase in phrases], recipe.max_tokens, model.device)
        context = model.encode_text([phrase.padded_ids for phrase in phrases], None if recipe.encode_padding else real)
        select = torch.from_numpy(_selection(phrases, token_maps)).to(model.device)
        attended = None if recipe.attend_padding else real
        pairs = [(phrase, step) for phrase in range(len(phrases)) for step in range(steps)]
        parts: list[list[torch.Tensor]] = []
        report(progress, ATTENTION, 0, len(pairs))
        for first in range(0, len(pairs), self._batch):
            chunk = pairs[first : first + self._batch]
            of_phrase, of_step = ([pair[i] for pair in chunk] for i in (0, 1))
            times = [prepared.timesteps[step] for step in of_step]
            parts.append(
                model.attention_maps(
                    prepared.latents[of_step],
                    times,
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
            if model.widen():
                return self._attention(prepared, phrases, token_maps, progress)
            raise ModelError(_NOT_NUMBERS)
        kept = [1 + len(phrase.tokens) if token_maps else 1 for phrase in phrases]
        return [
            [layer[i * steps : (i + 1) * steps, : kept[i]].swapaxes(0, 1) for layer in layers]
            for i in range(len(phrases))
        ]

    def _answer(
        self,
        prepared: _Prepared,
        phrase: Phrase,
        layers: list[NDArray[np.float32]],
        attention_seconds: float,
        keep_arrays: bool,
    ) -> Grounding:
        """From one phrase's attention maps to its answer (METHOD 4, 5)."""
        started = time.perf_counter()
        recipe, frame = prepared.recipe, prepared.frame
        raw, *of_tokens = (
            maps.smooth(maps.average([layer[i] for layer in layers], recipe.frame_size), recipe.smoothing_sigma)
            for i in range(len(layers[0]))
        )
        on_frame = maps.keep_above_otsu(raw)
        heatmap = frame.to_radiograph(on_frame)
        peak = frame.point_to_radiograph(*maps.find_peak(on_frame)) if on_frame.any() else None
        regions = tuple(maps.find_regions(heatmap))
        flat = (
            () if on_frame.any() else ("The model's attention is even all over the image: the phrase points nowhere.",)
        )
        return Grounding(
            phrase=phrase,
            heatmap_frame=on_frame,
            regions=regions,
            peak=peak,
            frame=frame,
            spacing=prepared.radiograph.spacing,
            identifiers=prepared.radiograph.identifiers,
            model=self.model.identity,
            recipe=recipe,
            device=str(self.model.device),
            precision=self.model.precision,
            seconds=prepared.seconds | {ATTENTION: attention_seconds, POSTPROCESSING: time.perf_counter() - started},
            unet_calls={"full": prepared.unet_calls, "partial": len(prepared.timesteps)},
            warnings=(*prepared.warnings, *phrase.warnings, *flat, *((_WIDENED,) if self.model.was_widened else ())),
            token_maps=np.stack([maps.min_max(one) for one in of_tokens]).astype(np.float32) if of_tokens else None,
            arrays=FrameArrays(prepared.frame_image, raw, on_frame) if keep_arrays else None,
        )


_NOT_NUMBERS = (
    "The model gave values that are not numbers, so its weights are damaged or its recipe does not fit them. "
    "Fetch or convert the model again."
)

_WIDENED = "The model's numbers grow too large for half precision, so single precision was used, which is slower."


def _selection(phrases: list[Phrase], token_maps: bool) -> NDArray[np.float32]:
    """Weights [phrases, kept, tokens]: first the mean over the wanted tokens, then each of them alone (METHOD 4)."""
    kept = 1 + max(len(phrase.tokens) for phrase in phrases) if token_maps else 1
    select = np.zeros((len(phrases), kept, len(phrases[0].padded_ids)), dtype=np.float32)
    for weights, phrase in zip(select, phrases, strict=True):
        weights[0, list(phrase.positions)] = 1 / len(phrase.positions)
        for row, position in enumerate(phrase.positions[: kept - 1], start=1):
            weights[row, position] = 1
    return select


def _real_tokens(lengths: list[int], max_tokens: int, device: torch.device) -> torch.Tensor:
    """Which tokens are no padding, [texts, max_tokens] bool, for texts of these lengths."""
    positions = torch.arange(max_tokens, device=device)
    return positions[None] < torch.tensor(lengths, device=device)[:, None]


def _with_chain(recipe: Recipe, chain: IntensityChain, radiograph: Radiograph, model: LatentDiffusionModel) -> Recipe:
    """The recipe with another intensity chain, and with the frame of an image that is prepared already."""
    rows, columns = radiograph.pixels.shape
    prepared = chain is IntensityChain.IDENTITY and rows == columns < recipe.frame_size
    if prepared and rows % model.frame_multiple == 0:
        return recipe.replace(intensity=chain, frame_size=rows)
    return recipe.replace(intensity=chain)


def _changed(trained: Recipe, used: Recipe) -> list[str]:
    """Sentences on where the model was used otherwise than it was trained, or less was computed."""
    found = []
    if used.preset != PAPER.name:
        found.append(
            f"Made with the preset {used.preset!r}, which computes less than the method asks for: "
            "the heatmap may differ a little."
        )
    if used.intensity is not trained.intensity:
        found.append(
            f"The grey values went through the chain {used.intensity.value!r}, but the model was trained with "
            f"{trained.intensity.value!r}."
        )
    if used.frame_size != trained.frame_size:
        found.append(
            f"The model looked at {used.frame_size} x {used.frame_size} pixels, the size of the image, but was trained "
            f"on {trained.frame_size} x {trained.frame_size}."
        )
    return found
