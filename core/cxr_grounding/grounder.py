"""Give it a radiograph once, ask it many phrases. METHOD 2 to 5, 10 and 11; docs/architecture.md, "One request"."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from cxr_grounding import maps
from cxr_grounding.ask import Ask, Stage
from cxr_grounding.diffusion.device import memory_errors
from cxr_grounding.diffusion.latent_cache import LatentCache
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.passes import ATTENTION, Looked, Passes
from cxr_grounding.engine import Asked, OpenedModel, Several
from cxr_grounding.errors import OrderError, PhraseError
from cxr_grounding.evidence import sharpened
from cxr_grounding.frame import ModelFrame, apply_intensity
from cxr_grounding.grounding import FrameArrays, Grounding
from cxr_grounding.inquiry import Found, Inquiry, Prepared, shared_of
from cxr_grounding.models.registry import model_folder
from cxr_grounding.phrase import Phrase
from cxr_grounding.presets import PRESETS
from cxr_grounding.progress import Progress, StopSwitch, report
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import IntensityChain, Recipe
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
        kept = self.cache.find(self.model.key, frame_image, recipe)
        if kept is None:
            latent = self.model.encode(frame_image, recipe)
            report(progress, ENCODING, 1, 1)
            encoded = time.perf_counter()
            kept = self._passes.invert(latent, recipe, progress)
            self.cache.keep(self.model.key, frame_image, recipe, kept)
        seconds = {ENCODING: encoded - started, "inversion": time.perf_counter() - encoded}
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
        read = [Phrase.of(one if isinstance(one, str) else one.text, self.model.tokenizer) for one in given]
        said = [
            read_sentence(one) if isinstance(one, str) else dataclasses.replace(one, text=phrase.text)
            for one, phrase in zip(given, read, strict=True)
        ]
        started = time.perf_counter()
        found = Inquiry(prepared, self._passes, self.model.tokenizer, progress).found(read, said, asked.token_maps)
        seconds = (time.perf_counter() - started) / len(read)
        answers = [self._answer(prepared, *one, seconds, asked.keep_arrays) for one in zip(found, said, strict=True)]
        return answers[0] if isinstance(phrases, Asked) else answers

    def cancel(self) -> None:
        """Stop the call under way at its next report of progress; it raises `Cancelled`."""
        self._stop.press()

    def close(self) -> None:
        """Let go of the model and of the radiograph; what several share in a cache stays there."""
        self._model = self._prepared = None
        del self._passes

    def _answer(
        self, prepared: Prepared, found: Found, sentence: Sentence, seconds: float, keep_arrays: bool
    ) -> Grounding:
        """From what was seen of one phrase to its answer (METHOD 4, 5, 11, 12)."""
        started = time.perf_counter()
        recipe, frame = prepared.recipe, prepared.frame
        drawn = [_maps(prepared, looked) for looked in found.looked]
        soft = np.max([one.soft for one in drawn], axis=0)
        raw, of_tokens, agreement = drawn[0].raw, drawn[0].of_tokens, drawn[0].agreement
        on_frame = maps.keep_above_otsu(soft)
        seen = Seen(found.evidence, agreement, not on_frame.any(), recipe, self.model.precision, found.placing)
        peak = frame.point_to_radiograph(*maps.find_peak(on_frame)) if on_frame.any() else None
        regions = tuple(maps.find_regions(frame.to_radiograph(on_frame)))
        notes = (
            *(() if on_frame.any() else (_FLAT,)),
            *((_FELL_BACK,) if self.model.fell_back else ()),
        )
        return Grounding(
            phrase=found.phrase,
            heatmap_frame=on_frame,
            soft_frame=soft.astype(np.float16).astype(np.float32),  # half of it, once it is deflated
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
            unet_calls=_calls(prepared, found),
            evidence=found.evidence,
            place=found.placing,
            agreement=agreement,
            verdict=judge(sentence, seen, self.model.calibration),
            warnings=(*prepared.warnings, *found.phrase.warnings, *notes),
            token_maps=np.stack([maps.min_max(one) for one in of_tokens]).astype(np.float32) if of_tokens else None,
            arrays=FrameArrays(prepared.frame_image, raw, on_frame) if keep_arrays else None,
        )


class _Maps(NamedTuple):
    """Of one phrase that was looked at, each [size, size]: before and after min-max, or sharpened; of its tokens."""

    raw: NDArray[np.float32]
    soft: NDArray[np.floating]
    of_tokens: list[NDArray[np.float32]]
    agreement: float | None


def _maps(prepared: Prepared, looked: Looked) -> _Maps:
    """The maps of METHOD 4 and 11."""
    recipe = prepared.recipe
    raw, *of_tokens = (
        maps.average([layer[i] for layer in looked.layers], recipe.frame_size, recipe.smoothing_sigma)
        for i in range(len(looked.layers[0]))
    )
    soft = maps.min_max(raw)
    if not recipe.refine or prepared.shared is None or looked.noise is None:
        return _Maps(raw, soft, of_tokens, None)
    sharp = sharpened(raw, prepared.shared.gain(looked.noise.errors), recipe)
    agreement = maps.overlap(maps.keep_above_otsu(soft) > 0, maps.keep_above_otsu(sharp) > 0)
    return _Maps(raw, sharp, of_tokens, agreement)


def _calls(prepared: Prepared, found: Found) -> dict[str, int]:
    """Images through the U-Net for the radiograph and for one phrase."""
    kept, compared, texts = len(prepared.kept.timesteps), prepared.kept.compared, len(found.looked)
    if compared is None:
        return {"full": prepared.unet_calls, "partial": kept * texts}
    calls = {
        "full": prepared.unet_calls,
        "partial": (kept - len(compared.places)) * texts,
        "compared": len(compared.timesteps) * (texts + found.new_rivals),
    }
    if found.placing is not None:
        calls["places"] = found.place_passes
    return calls


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
