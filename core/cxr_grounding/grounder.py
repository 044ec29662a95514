"""Give it a radiograph once, ask it many phrases. METHOD 2 to 5, 10, 11 and 13; docs/architecture.md, "One request"."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any, overload

import numpy as np

from cxr_grounding import maps
from cxr_grounding.ask import Ask, Stage
from cxr_grounding.diffusion.device import memory_errors
from cxr_grounding.diffusion.latent_cache import LatentCache
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.noised_passes import NoisedPasses
from cxr_grounding.diffusion.passes import ATTENTION, Passes
from cxr_grounding.engine import Asked, OpenedModel, Several
from cxr_grounding.errors import OrderError, PhraseError
from cxr_grounding.frame import ModelFrame, apply_intensity
from cxr_grounding.grounding import FrameArrays, Grounding
from cxr_grounding.inquiry import Found, Inquiry, Prepared, draw, shared_of
from cxr_grounding.models.registry import model_folder
from cxr_grounding.noised_inquiry import NoisedFound, NoisedInquiry, read_phrase
from cxr_grounding.phrase import Phrase
from cxr_grounding.presets import PRESETS
from cxr_grounding.progress import Progress, StopSwitch, report
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import IntensityChain, Method, Recipe
from cxr_grounding.signals.assertion import Sentence, read_sentence
from cxr_grounding.verdict import Seen, judge

ENCODING, POSTPROCESSING = "encoding", "postprocessing"
"""Stages, beside `inversion.STAGE` and `passes.ATTENTION`, in progress reports and timings."""


class Grounder:
    """Grounds phrases on a radiograph with one model: the `Engine` in this process.

        grounder = Grounder.open("models/my-model")
        grounder.set_radiograph(radiograph)
        grounding = grounder.ground("small left pleural effusion")

    The same input gives the same output; the batch changes it by rounding only. Global settings of torch and its
    random numbers are left alone. Not safe to use from two threads at once, but for `cancel`.

    Args:
        model: opened or built.
        ask: how questions are computed; None follows the recipe as it is.
        recipe: in place of the model's own, for example with another number of steps.
        batch: passes of the U-Net at a time; None for a number that suits the device.
        cache: where it keeps what phrases share, for one that several use; None for one of its own.

    Raises:
        RecipeError: when the model cannot follow the recipe.
    """

    def __init__(
        self,
        model: LatentDiffusionModel,
        ask: Ask | None = None,
        *,
        recipe: Recipe | None = None,
        batch: int | None = None,
        cache: LatentCache | None = None,
    ) -> None:
        self._own_recipe = recipe or model.recipe
        self.ask = ask or Ask.for_recipe(self._own_recipe)
        self.recipe = self._own_recipe if ask is None else ask.followed(self._own_recipe)
        model.check_recipe(self.recipe)
        self.cache = LatentCache() if cache is None else cache
        self._passes = Passes(model, batch)
        self._noised = NoisedPasses(self._passes)
        self._model: LatentDiffusionModel | None = model
        self._prepared: Prepared | None = None
        self._stop = StopSwitch()

    @classmethod
    def open(cls, ask: Ask | str | Path | None = None, *, cache: LatentCache | None = None, **changes: Any) -> Grounder:
        """Open a model.

        Args:
            ask: how questions are computed, or a model by its name or folder (a diffusers folder with its
                `grounding.json`).
            cache: as for the class.
            changes: fields of `Ask`.

        Raises:
            ModelError: when there is no such model, or something in its folder is missing or damaged.
            RecipeError: when its recipe cannot be used, or there is no such preset.
            DeviceError: when the device is not there or has too little memory, or there is no such precision.
        """
        asked = Ask.of(ask, **changes)
        model = LatentDiffusionModel.open(model_folder(asked.model), asked.device, asked.precision)
        return cls(model, asked, cache=cache)

    @property
    def model(self) -> LatentDiffusionModel:
        """The model.

        Raises:
            OrderError: after `close`.
        """
        if self._model is None:
            raise OrderError("This engine is closed. Open another one: Grounder.open(...).")
        return self._model

    @property
    def opened(self) -> OpenedModel:
        """What is open."""
        return OpenedModel(self.model.identity, self.recipe, str(self.model.device), self.model.precision)

    @property
    def has_radiograph(self) -> bool:
        """Whether `ground` can be called."""
        return self._prepared is not None

    def set_radiograph(
        self, radiograph: Radiograph, ask: Ask | None = None, *, progress: Progress | None = None, **changes: Any
    ) -> None:
        """Prepare a radiograph: frame, latent, and its inversion, which all phrases share (METHOD 2, 3).

        From the call on, the former radiograph is not set any more: after an error or a cancellation there is none, so
        that no answer can be about another image than the one given last. What phrases share of the radiographs that
        were set last is kept, so that to come back to one of them costs next to nothing.

        Args:
            radiograph: to ask about.
            ask: how, in place of the `Ask` that this object was opened with.
            progress: told after every pass of the U-Net.
            changes: fields of `Ask` that differ.

        Raises:
            Cancelled: when `progress`, or `cancel`, asks to stop.
            DeviceError: when memory runs out.
            ModelError: when the model's weights give values that are not numbers.
            OrderError: when it asks for another model, device or precision than is open.
            RecipeError: when there is no such preset, or the model cannot follow the recipe.
        """
        self._prepared = None
        progress = self._stop.watched(progress)
        asked = self.ask.later(ask, changes, Stage.MODEL)
        is_as_opened = asked.until(Stage.RADIOGRAPH) == self.ask.until(Stage.RADIOGRAPH)
        recipe = self.recipe if is_as_opened else asked.followed(self._own_recipe)
        if asked.intensity is not None:
            recipe = _with_chain(recipe, asked.intensity, radiograph, self.model)
        if recipe is not self.recipe:
            self.model.check_recipe(recipe)
        started = time.perf_counter()
        report(progress, ENCODING, 0, 1)
        frame = ModelFrame.of(radiograph, recipe)
        with memory_errors(self.model.device, "preparing the radiograph"):
            frame_image = frame.to_model(apply_intensity(radiograph.pixels, recipe.intensity))
        calls, encoded = self.model.unet_calls["full"], time.perf_counter()
        kept = None if asked.noise else self.cache.find(self.model.key, frame_image, recipe)
        if kept is None:
            posterior = self.model.posterior(frame_image, recipe)
            report(progress, ENCODING, 1, 1)
            encoded = time.perf_counter()
            if recipe.method is Method.NOISING:
                kept = self._noised.noise(posterior, recipe, asked.noise)
            else:
                kept = self._passes.invert(posterior.mean * recipe.latent_scale, recipe, progress)
            if not asked.noise:
                self.cache.keep(self.model.key, frame_image, recipe, kept)
        seconds = {ENCODING: encoded - started, recipe.method.value: time.perf_counter() - encoded}
        warnings = (*radiograph.warnings, *radiograph.doubts, *_changed(self.model.recipe, recipe))
        calls = self.model.unet_calls["full"] - calls
        shared = shared_of(kept.compared)
        self._prepared = Prepared(radiograph, asked, recipe, frame, frame_image, kept, seconds, calls, warnings, shared)

    @overload
    def ground(
        self, phrases: Asked, ask: Ask | None = None, *, progress: Progress | None = None, **changes: Any
    ) -> Grounding: ...

    @overload
    def ground(
        self,
        phrases: Several,
        ask: Ask | None = None,
        *,
        progress: Progress | None = None,
        **changes: Any,
    ) -> list[Grounding]: ...

    def ground(
        self,
        phrases: Asked | Several,
        ask: Ask | None = None,
        *,
        progress: Progress | None = None,
        **changes: Any,
    ) -> Grounding | list[Grounding]:
        """Find where phrases point on the radiograph that was set (METHOD 4, 5).

        Args:
            phrases: one, or several that are looked at together; each a text, or a `Sentence` of a report.
            ask: how, in place of the `Ask` that the radiograph was set with; it may differ in what is kept.
            progress: told after every pass of the U-Net.
            changes: fields of `Ask` that differ: `token_maps`, `keep_arrays`.

        Returns:
            One answer for one phrase, a list in the order of the phrases for several.

        Raises:
            OrderError: when no radiograph is set, or it was set in another way than is asked for now.
            PhraseError: when a phrase is empty, or there is none.
            Cancelled: when `progress`, or `cancel`, asks to stop; the radiograph stays set.
            DeviceError: when memory runs out.
            ModelError: when the model's weights give values that are not numbers.
        """
        prepared, progress = self._prepared, self._stop.watched(progress)
        if prepared is None:
            raise OrderError("No radiograph is set. Call set_radiograph(radiograph) before ground(...).")
        asked = prepared.ask.later(ask, changes, Stage.RADIOGRAPH)
        given = [phrases] if isinstance(phrases, Asked) else list(phrases)
        if not given:
            raise PhraseError("There is no phrase to ground. Give at least one.")
        texts, tokenizer = [one if isinstance(one, str) else one.text for one in given], self.model.tokenizer
        is_noised = prepared.recipe.method is Method.NOISING
        asking = [read_phrase(text, tokenizer) for text in texts] if is_noised else []
        read = [one.phrase for one in asking] or [Phrase.of(text, tokenizer) for text in texts]
        said = [
            read_sentence(one) if isinstance(one, str) else dataclasses.replace(one, text=phrase.text)
            for one, phrase in zip(given, read, strict=True)
        ]
        started = time.perf_counter()
        found: list[Found | NoisedFound] = []
        if is_noised:
            found += NoisedInquiry(prepared, self._noised, self.model, progress).found(asking, asked)
        else:
            found += Inquiry(prepared, self._passes, tokenizer, progress).found(read, said, asked.token_maps)
        seconds = (time.perf_counter() - started) / len(given)
        answers = [
            self._answer(prepared, one, sentence, seconds, asked.keep_arrays)
            for one, sentence in zip(found, said, strict=True)
        ]
        return answers[0] if isinstance(phrases, Asked) else answers

    def cancel(self) -> None:
        """Stop the call under way at its next report of progress; it raises `Cancelled`."""
        self._stop.press()

    def close(self) -> None:
        """Let go of the model and of the radiograph; what several share in a cache stays there."""
        self._model = self._prepared = None
        del self._passes, self._noised

    def _answer(
        self, prepared: Prepared, found: Found | NoisedFound, sentence: Sentence, seconds: float, keep_arrays: bool
    ) -> Grounding:
        """From what was seen of one phrase to its answer (METHOD 4, 5, 11, 12, 13)."""
        started = time.perf_counter()
        recipe, frame = prepared.recipe, prepared.frame
        drawn = draw(prepared, found) if isinstance(found, Found) else found.draw(prepared)
        on_frame, of_tokens = drawn.on_frame, drawn.of_tokens
        seen = Seen(drawn.evidence, drawn.agreement, not on_frame.any(), recipe, self.model.precision, drawn.placing)
        peak = frame.point_to_radiograph(*maps.find_peak(on_frame)) if on_frame.any() else None
        regions = tuple(maps.find_regions(frame.to_radiograph(on_frame)))
        notes = (
            *drawn.warnings,
            *(() if on_frame.any() else (_FLAT,)),
            *((_FELL_BACK,) if self.model.fell_back else ()),
        )
        return Grounding(
            phrase=drawn.phrase,
            heatmap_frame=on_frame,
            soft_frame=drawn.soft.astype(np.float16).astype(np.float32),  # half of it, once it is deflated
            regions=regions,
            peak=peak,
            frame=frame,
            spacing=prepared.radiograph.spacing,
            # Which image it is about, and not whom the image shows: answers are passed on.
            identifiers=dataclasses.replace(prepared.radiograph.identifiers, PatientID=""),
            model=self.model.identity,
            recipe=recipe,
            device=str(self.model.device),
            precision=self.model.precision,
            seconds=prepared.seconds | {ATTENTION: seconds, POSTPROCESSING: time.perf_counter() - started},
            unet_calls=drawn.calls,
            evidence=drawn.evidence,
            place=drawn.placing,
            agreement=drawn.agreement,
            verdict=judge(sentence, seen, self.model.calibration),
            warnings=(*prepared.warnings, *drawn.phrase.warnings, *notes),
            token_maps=np.stack([maps.min_max(one) for one in of_tokens]).astype(np.float32) if of_tokens else None,
            arrays=FrameArrays(prepared.frame_image, drawn.raw, on_frame) if keep_arrays else None,
            noised=drawn.noised,
        )


_FLAT = "The model's attention is even all over the image: the phrase points nowhere."
_FELL_BACK = "The model's numbers grow too large for half precision, so single precision was used, which is slower."


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
    preset = PRESETS.get(used.preset)
    if preset is None or preset.is_shortened:
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
