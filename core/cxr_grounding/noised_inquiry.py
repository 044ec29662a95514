"""What a model says to phrases on one noised radiograph, and the maps that are made of it. METHOD 13."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxr_grounding import noised_maps as parts
from cxr_grounding.ask import Ask
from cxr_grounding.content_words import keep_words
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.noised_passes import Asking, NoisedLook, NoisedPasses, Wanted
from cxr_grounding.inquiry import Drawn, Prepared
from cxr_grounding.maps import enlarge
from cxr_grounding.noised import Noised
from cxr_grounding.phrase import Phrase, Tokenizer
from cxr_grounding.progress import Progress
from cxr_grounding.recipe import Recipe

PARTS_BETWEEN = "|"
"""In the published program's phrases; what follows the first is not read."""

ONLY_FIRST_PART = f"Of the phrase only what stands before the first {PARTS_BETWEEN!r} was looked at."


class NoisedFound(NamedTuple):
    """What was seen of one phrase.

    Args:
        asking: the phrase, and its kept words.
        look: what the U-Net made of it.
        stages: what was made before any map, by name; None where no arrays are kept.
    """

    asking: Asking
    look: NoisedLook
    stages: dict[str, NDArray[Any]] | None

    def draw(self, prepared: Prepared) -> Drawn:
        """The map of the phrase (METHOD 13.6 to 13.9)."""
        recipe, look, stages = prepared.recipe, self.look, {} if self.stages is None else dict(self.stages)
        size, places = recipe.map_size, recipe.activating
        mean = parts.mean_map([layer[places] for layer in look.words], size)
        activation = parts.unit(mean, recipe)
        values, alike = activation, None
        stages |= {"activation_mean": mean, "activation": activation}
        if recipe.bbm:
            found = parts.biases(look.start, look.text, size)
            merged = parts.merge(activation, found, recipe)
            values, alike = merged.map, merged.alike
            stages |= {"image_bias_mean": found.image, "text_bias_mean": found.text, "merged_mean": found.merged}
            stages |= {"image_bias": merged.image, "text_bias": merged.text, "merged_bias": merged.merged}
        parted = parts.part_in_two(values)
        stages |= {"map": values, "binary": parted.mask}
        on_frame = parts.on_frame(values, parted.mask, recipe.frame_size)
        wide = {name: array.astype(np.float32) for name, array in stages.items()}
        return Drawn(
            phrase=self.asking.phrase,
            raw=enlarge(values, recipe.frame_size, 0).astype(np.float32),
            soft=on_frame.soft,
            on_frame=on_frame.heatmap,
            of_tokens=self._of_tokens(recipe),
            calls={"full": 0, "partial": len(recipe.looked)} | ({"text": look.text_passes} if recipe.bbm else {}),
            noised=Noised(
                kept_words=self.asking.words.words,
                map=values.astype(np.float32),
                mask=parted.mask,
                threshold=parted.threshold,
                alike=alike,
                stages=None if self.stages is None else wide,
            ),
            warnings=self.asking.warnings,
        )

    def _of_tokens(self, recipe: Recipe) -> list[NDArray[np.float32]]:
        """Each token's own map on the frame."""
        count = len(self.look.of_tokens[0]) if self.look.of_tokens else 0
        means = (
            parts.mean_map([layer[token, recipe.activating] for layer in self.look.of_tokens], recipe.map_size)
            for token in range(count)
        )
        return [enlarge(mean, recipe.frame_size, 0).astype(np.float32) for mean in means]


class NoisedInquiry:
    """Phrases asked of one radiograph.

    Args:
        prepared: the radiograph.
        passes: of the model.
        model: opened.
        progress: told after every batch.
    """

    def __init__(
        self, prepared: Prepared, passes: NoisedPasses, model: LatentDiffusionModel, progress: Progress | None
    ) -> None:
        self._prepared, self._passes, self._model, self._progress = prepared, passes, model, progress

    def found(self, asked: Sequence[Asking], ask: Ask) -> list[NoisedFound]:
        """What is seen of phrases.

        Args:
            asked: one or more.
            ask: what is kept.
        """
        prepared = self._prepared
        wanted = Wanted(ask.token_maps, text_latents=ask.keep_arrays and prepared.recipe.bbm)
        looks = self._passes.look(prepared.kept, prepared.recipe, asked, wanted, ask.noise, self._progress)
        return [
            NoisedFound(one, look, self._stages(one, look) if ask.keep_arrays else None)
            for one, look in zip(asked, looks, strict=True)
        ]

    def _stages(self, one: Asking, look: NoisedLook) -> dict[str, NDArray[Any]]:
        """What stands before the maps, for comparison with other programs."""
        prepared, model = self._prepared, self._model
        recipe = prepared.recipe
        posterior = model.posterior(prepared.frame_image, recipe)
        context = self._passes.context(one.phrase, recipe)
        low, high = recipe.pixel_low, recipe.pixel_high
        stages: dict[str, NDArray[Any]] = {
            "frame": prepared.frame_image * (high - low) + low,
            "context": context.cpu().numpy(),
            "posterior_mean": posterior.mean[0].cpu().numpy(),
            "posterior_std": posterior.std[0].cpu().numpy(),
            "noisy_latents": prepared.kept.latents.cpu().numpy(),
        }
        if look.text_latents is not None:
            stages |= {
                "context_empty": self._passes.empty_context()[0].cpu().numpy(),
                "text_latents": look.text_latents,
            }
        of_layers = {"image_tokens": look.words, "image_cls": look.start, "text_tokens": look.text}
        stages |= {f"{name}_{number}": layer for name, of in of_layers.items() for number, layer in enumerate(of)}
        return stages


def read_phrase(text: str, tokenizer: Tokenizer) -> Asking:
    """A phrase up to its first part's end, and its kept words (METHOD 13.3).

    Raises:
        PhraseError: when it is empty.
    """
    first, bar, _ = text.partition(PARTS_BETWEEN)
    phrase = Phrase.of(first, tokenizer)
    words = keep_words(phrase, tokenizer.tokenize(phrase.text))
    return Asking(phrase, words, (*((ONLY_FIRST_PART,) if bar else ()), *words.warnings))
