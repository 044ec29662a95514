"""The passes of a model's U-Net that a grounding needs: what they see, and how many go at a time. METHOD 3, 4, 10."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cxr_grounding.diffusion.begun import SHORT, WHOLE, Begun
from cxr_grounding.diffusion.compared_noise import known_noise
from cxr_grounding.diffusion.device import memory_errors
from cxr_grounding.diffusion.inversion import STAGE as INVERSION
from cxr_grounding.diffusion.inversion import inverse_scheduler, invert
from cxr_grounding.diffusion.latent_cache import Compared, Kept
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.networks.unet import Trunk
from cxr_grounding.errors import ModelError, RecipeError
from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase, empty_prompt
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import Recipe

ATTENTION, PLACES = "attention", "places"
"""Stages of looking at phrases, and of telling places apart, in progress reports and timings; one unit is one pass."""

BATCH = {"cpu": 4, "mps": 8, "cuda": 16}
"""Passes at a time while looking at phrases, by device; a bound on memory, not on phrases.

On a CPU more at a time are slower at full size: what they compute leaves its caches."""

NOT_NUMBERS = (
    "The model gave values that are not numbers, so its weights are damaged or its recipe does not fit them. "
    "Fetch or convert the model again."
)


class SeenNoise(NamedTuple):
    """What the U-Net made of the noise with a phrase (METHOD 10).

    Args:
        layers: per layer, [steps, rows, columns]: the attention, mean over tokens, at the inversion's compared steps.
        errors: [compared, rows, columns] of the latent, |v* - vp|^2 summed over channels, in the order of
            `Compared.timesteps`.
        changes: likewise, |vp - v0|^2.
    """

    layers: list[NDArray[np.float32]]
    errors: NDArray[np.float32]
    changes: NDArray[np.float32]


class Looked(NamedTuple):
    """What the U-Net made of one phrase.

    Args:
        layers: per layer, [maps, steps, rows, columns], the attention at the kept steps: the mean over tokens, then
            each token's own map (METHOD 4); none for a rival.
        noise: where it is compared; None where it is not.
    """

    layers: list[NDArray[np.float32]]
    noise: SeenNoise | None


class Texts(NamedTuple):
    """What passes see of the texts, on the device: [texts, ...], as `LatentDiffusionModel.attention_maps` has them."""

    context: torch.Tensor
    select: torch.Tensor
    attended: torch.Tensor | None

    def first(self, count: int) -> Texts:
        """The first, so many."""
        return Texts(*self.of(slice(count)))

    def of(self, texts: torch.Tensor | slice) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Those of a batch."""
        return self.context[texts], self.select[texts], None if self.attended is None else self.attended[texts]


class _Noise(NamedTuple):
    """`SeenNoise` of several: layers [texts, compared, maps, rows, columns], the others [texts, compared, ...]."""

    layers: list[NDArray[np.float32]]
    errors: NDArray[np.float32]
    changes: NDArray[np.float32]

    @property
    def arrays(self) -> list[NDArray[np.float32]]:
        """All of them."""
        return [*self.layers, self.errors, self.changes]

    def of(self, text: int, steps: int) -> SeenNoise:
        """That of one text; `steps` says how many of the compared are the inversion's."""
        return SeenNoise([layer[text, :steps, 0] for layer in self.layers], self.errors[text], self.changes[text])


class _Start(NamedTuple):
    """What a batch of passes begins with, and the layers that are read, where it ends at the last of them."""

    latents: torch.Tensor
    times: torch.Tensor
    layers: Sequence[int] | None

    def of(self, part: slice) -> _Start:
        """That of a part of the batch."""
        return _Start(self.latents[part], self.times[part], self.layers)


class Told:
    """Counts the passes for phrases and tells of them."""

    def __init__(self, progress: Progress | None, stage: str, total: int) -> None:
        self._progress, self._stage, self._total, self._done = progress, stage, total, 0
        self(0)

    def __call__(self, passes: int) -> None:
        """So many more are made."""
        self._done += passes
        report(self._progress, self._stage, self._done, self._total)


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
        self.model = model
        self._batch = batch or BATCH.get(model.device.type, 8)
        self._empty_context: torch.Tensor | None = None

    def invert(self, latent: torch.Tensor, recipe: Recipe, progress: Progress | None) -> Kept:
        """The latents of the kept steps, under the empty prompt, and what it says of the noise (METHOD 3, 10).

        Args:
            latent: z0, [1, channels, rows, columns].
            recipe: which steps are predicted and kept, and where noise is compared.
            progress: told after every pass.

        Raises:
            ModelError: when they are not numbers.
            Cancelled: when `progress` asks to stop.
        """
        model, own = self.model, own_tokens([SPECIAL_TOKENS], recipe.max_tokens, self.model.device)
        if self._empty_context is None:
            seen = None if recipe.encode_padding else own
            self._empty_context = model.encode_text([empty_prompt(model.tokenizer)], seen)
        predictor = model.predictor(self._empty_context, None if recipe.attend_padding else own)
        scheduler = inverse_scheduler(model.scheduler_config, recipe.steps)
        steps, said = scheduler.timesteps.tolist(), dict[int, torch.Tensor]()
        wanted = {steps[step] for step in recipe.compared}
        missing = len(set(recipe.compared) - set(recipe.predicted)) + len(recipe.drawn)
        total = len(recipe.predicted) + missing

        def predict(z: torch.Tensor, timestep: int) -> torch.Tensor:
            prediction = predictor(z, timestep)
            if timestep in wanted:
                said[timestep] = prediction
            return prediction

        def told(stage: str, done: int, _: int) -> None:
            report(progress, stage, done, total)

        with torch.inference_mode():
            kept = list(invert(latent, predict, scheduler, recipe, told))
            result = Kept([entry.timestep for entry in kept], torch.cat([entry.latent for entry in kept]))
            if recipe.compared:
                places = [recipe.kept.index(step) for step in recipe.compared]
                known = known_noise(latent, result, places, recipe, scheduler)
                empties: list[torch.Tensor] = []
                for i, timestep in enumerate(known.timesteps):
                    # What is drawn may stand at a timestep of the inversion, but is another latent.
                    before = said.get(timestep) if i < len(places) else None
                    empties.append(predictor(known.latents[i : i + 1], timestep) if before is None else before)
                    missing -= before is None
                    report(progress, INVERSION, total - missing, total)
                result = result._replace(compared=known._replace(empty=torch.cat(empties)))
            finite = all(bool(torch.isfinite(tensor).all()) for tensor in result.tensors)
        if not finite:
            if model.fall_back_to_single():
                return self.invert(latent, recipe, progress)
            raise ModelError(NOT_NUMBERS)
        return result

    def look(
        self,
        kept: Kept,
        recipe: Recipe,
        phrases: Sequence[Phrase],
        token_maps: bool,
        progress: Progress | None,
        rivals: Sequence[Phrase] = (),
        begun: Begun | None = None,
    ) -> list[Looked]:
        """The attention to phrases at the kept steps, and their predictions where noise is compared (METHOD 4, 10).

        Every pair of a phrase and a step is one pass, independent of all others, so they are batched across phrases.

        Args:
            kept: of `invert`.
            recipe: which layers are read.
            phrases: one or more.
            token_maps: whether each token's own map is wanted too.
            progress: told after every batch.
            rivals: phrases that are looked at only where noise is compared.
            begun: how passes on this radiograph begin, as far as it was computed; None computes it for this call.

        Returns:
            One for each of the phrases, then one for each of the rivals.

        Raises:
            ModelError: when it is not numbers.
            Cancelled: when `progress` asks to stop.
        """
        begun = Begun() if begun is None else begun
        model, compared, texts = self.model, kept.compared, [*phrases, *rivals]
        seen = self.seen(texts, recipe, _selection(texts, token_maps))
        places = [] if compared is None else compared.places
        short = [step for step in range(len(kept.timesteps)) if step not in places]
        whole = 0 if compared is None else len(compared.timesteps)
        told = Told(progress, ATTENTION, len(phrases) * len(short) + len(texts) * whole)
        attention = self.short_passes(kept, short, recipe.layers, seen.first(len(phrases)), told, begun)
        noise = None if compared is None else self._whole_passes(compared, recipe, seen, told, begun)
        if not all(np.isfinite(array).all() for array in (*attention, *(() if noise is None else noise.arrays))):
            if model.fall_back_to_single():
                begun.forget()
                return self.look(kept, recipe, phrases, token_maps, progress, rivals, begun)
            raise ModelError(NOT_NUMBERS)
        looked = []
        for number, phrase in enumerate(texts):
            layers = []
            if number < len(phrases):
                maps = 1 + len(phrase.tokens) if token_maps else 1
                whole_layers = [] if noise is None else [layer[number, : len(places), :maps] for layer in noise.layers]
                short_layers = [layer[number, :, :maps] for layer in attention]
                layers = _in_order(short, short_layers, places, whole_layers)
            looked.append(Looked(layers, None if noise is None else noise.of(number, len(places))))
        return looked

    def tell_apart(
        self,
        compared: Compared,
        recipe: Recipe,
        phrases: Sequence[Phrase],
        progress: Progress | None,
        begun: Begun | None = None,
    ) -> list[SeenNoise]:
        """What phrases say of the noise where it is compared, and nothing else of them (METHOD 12).

        Args:
            compared: where.
            recipe: which layers are read.
            phrases: one or more.
            progress: told after every batch.
            begun: as for `look`.

        Raises:
            ModelError: when it is not numbers.
            Cancelled: when `progress` asks to stop.
        """
        begun = Begun() if begun is None else begun
        told = Told(progress, PLACES, len(phrases) * len(compared.timesteps))
        seen = self.seen(phrases, recipe, _selection(phrases, False))
        noise = self._whole_passes(compared, recipe, seen, told, begun)
        if not all(np.isfinite(array).all() for array in noise.arrays):
            if self.model.fall_back_to_single():
                begun.forget()
                return self.tell_apart(compared, recipe, phrases, progress, begun)
            raise ModelError(NOT_NUMBERS)
        return [noise.of(number, len(compared.places)) for number in range(len(phrases))]

    def short_passes(
        self,
        kept: Kept,
        steps: list[int],
        layers: Sequence[int],
        seen: Texts,
        told: Told,
        begun: Begun | None = None,
        once: bool = False,
    ) -> list[NDArray[np.float32]]:
        """The attention to texts at kept steps, in passes that end at the deepest of the layers.

        Args:
            kept, steps: of the radiograph's latents those at these places.
            layers: to read.
            seen: the texts.
            told: after every batch.
            begun: how the passes begin, as far as it was computed; None for passes that each compute it themselves.
            once: as for `AttentionRecorder`.

        Returns:
            Per layer, [texts, steps, maps, rows, columns]; none without steps.
        """
        device, texts = self.model.device, len(seen.context)
        # Brought to the device before the first batch: on a GPU each such copy would wait for the batch before.
        pairs = torch.arange(texts * len(steps), device=device)
        times, places = (torch.tensor(of, device=device) for of in (kept.timesteps, steps))

        parts: list[list[torch.Tensor]] = []
        for first in range(0, len(pairs), self._batch):
            chunk = pairs[first : first + self._batch]
            text, step = chunk // len(steps), places[chunk % len(steps)]
            context, select, attended = seen.of(text)
            latents = kept.latents[step]
            start: torch.Tensor | Trunk = latents
            if begun is not None:
                keys = [steps[(first + i) % len(steps)] for i in range(len(chunk))]
                start = self._begun(begun, SHORT, keys, len(steps), _Start(latents, times[step], layers))
            parts.append(self.model.attention_maps(start, times[step], context, select, layers, attended, once))
            told(len(chunk))
        return _collected(parts, texts, device)

    def seen(self, texts: Sequence[Phrase], recipe: Recipe, select: NDArray[np.float32]) -> Texts:
        """What passes see of texts, with the weights [texts, maps, tokens] of their tokens in the maps."""
        model = self.model
        own = own_tokens([len(phrase.token_ids) for phrase in texts], recipe.max_tokens, model.device)
        return Texts(
            model.encode_text([phrase.padded_ids for phrase in texts], None if recipe.encode_padding else own),
            torch.from_numpy(select).to(model.device),
            None if recipe.attend_padding else own,
        )

    def _whole_passes(self, compared: Compared, recipe: Recipe, seen: Texts, told: Told, begun: Begun) -> _Noise:
        """The attention to all texts and what they say of the noise, where it is compared."""
        device, count, texts = self.model.device, len(compared.timesteps), len(seen.context)
        pairs, times = torch.arange(texts * count, device=device), torch.tensor(compared.timesteps, device=device)
        layers: list[list[torch.Tensor]] = []
        noise: list[list[torch.Tensor]] = []
        for first in range(0, len(pairs), self._batch):
            chunk = pairs[first : first + self._batch]
            text, which = chunk // count, chunk % count
            context, select, attended = seen.of(text)
            keys = [compared.keys[(first + i) % count] for i in range(len(chunk))]
            latents = self._begun(begun, WHOLE, keys, count, _Start(compared.latents[which], times[which], None))
            attention, prediction = self.model.attention_and_prediction(
                latents, times[which], context, select, recipe.layers, attended
            )
            with torch.inference_mode():
                held = [prediction - than[which] for than in (compared.truth, compared.empty)]
                noise.append([difference.square().sum(dim=1) for difference in held])
            layers.append(attention)
            told(len(chunk))
        errors, changes = _collected(noise, texts, device)
        return _Noise(_collected(layers, texts, device), errors, changes)

    def _begun(
        self, begun: Begun, kind: str, keys: Sequence[Hashable], count: int, start: _Start
    ) -> torch.Tensor | Trunk:
        """How a batch of passes begins, or its latents, where that is not kept; arguments as for `Begun.of`."""
        trunk = begun.of(kind, keys, count, lambda part: self.model.trunk(*start.of(part)))
        return start.latents if trunk is None else trunk


def _collected(parts: list[list[torch.Tensor]], texts: int, device: torch.device) -> list[NDArray[np.float32]]:
    """Per kind of what batches gave, all of them: [texts, passes of each, ...]."""
    with memory_errors(device, "collecting the attention maps"):
        whole = [torch.cat(of_kind).cpu().numpy() for of_kind in zip(*parts, strict=True)]
    return [array.reshape(texts, -1, *array.shape[1:]) for array in whole]


def _in_order(
    short: list[int], short_layers: list[NDArray], whole: list[int], whole_layers: list[NDArray]
) -> list[NDArray[np.float32]]:
    """Per layer, [maps, steps, rows, columns]: the steps of short passes and of whole ones, each [steps, maps, ...]."""
    if not short_layers or not whole_layers:
        return [layer.swapaxes(0, 1) for layer in short_layers or whole_layers]
    order = np.argsort([*short, *whole])
    return [np.concatenate(of)[order].swapaxes(0, 1) for of in zip(short_layers, whole_layers, strict=True)]


def _selection(phrases: Sequence[Phrase], token_maps: bool) -> NDArray[np.float32]:
    """Weights [phrases, maps, tokens]: first the mean over the wanted tokens, then each of them alone (METHOD 4)."""
    maps = 1 + max(len(phrase.tokens) for phrase in phrases) if token_maps else 1
    select = np.zeros((len(phrases), maps, len(phrases[0].padded_ids)), dtype=np.float32)
    for weights, phrase in zip(select, phrases, strict=True):
        weights[0, list(phrase.positions)] = 1 / len(phrase.positions)
        for row, position in enumerate(phrase.positions[: maps - 1], start=1):
            weights[row, position] = 1
    return select


def own_tokens(lengths: list[int], max_tokens: int, device: torch.device) -> torch.Tensor:
    """Which tokens are no padding, [texts, max_tokens] bool, for texts of these lengths."""
    positions = torch.arange(max_tokens, device=device)
    return positions[None] < torch.tensor(lengths, device=device)[:, None]
