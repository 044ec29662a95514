"""What a model says to phrases on one radiograph: where they may lie, what they look like, what speaks against them.

METHOD 4, 10 and 12. The maps and the verdict are made of it in `grounder`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxr_grounding import maps
from cxr_grounding.ask import Ask
from cxr_grounding.diffusion.begun import Begun
from cxr_grounding.diffusion.latent_cache import Compared, Kept
from cxr_grounding.diffusion.passes import Looked, Passes
from cxr_grounding.evidence import Evidence, Rival, Shared, Weighed, evidence_of, explained_by, sharpened
from cxr_grounding.frame import ModelFrame
from cxr_grounding.noised import Noised
from cxr_grounding.phrase import Phrase, Tokenizer
from cxr_grounding.placing import Group, Placing, choose, groups_of
from cxr_grounding.progress import Progress
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import Places, Recipe
from cxr_grounding.rivals import Rivals
from cxr_grounding.sides import mirrored
from cxr_grounding.signals.assertion import Sentence


@dataclass(frozen=True)
class Prepared:
    """What is known of one radiograph before any phrase: the part of the work that phrases share.

    `weighed` holds the rivals that were looked at, by their texts, `explained` the places: many phrases have the same.
    `begun` holds how passes begin, before they look at a phrase.
    """

    radiograph: Radiograph
    ask: Ask
    recipe: Recipe
    frame: ModelFrame
    frame_image: NDArray[np.float32]
    kept: Kept
    seconds: dict[str, float]
    unet_calls: int
    warnings: tuple[str, ...]
    shared: Shared | None
    weighed: dict[str, Weighed] = field(default_factory=dict)
    explained: dict[str, float] = field(default_factory=dict)
    begun: Begun = field(default_factory=Begun)


class Found(NamedTuple):
    """What was seen of one phrase.

    Args:
        phrase: that was asked.
        placing: where it was asked in its stead; None where it was asked as it stands.
        looked: of it, or of each phrase that was asked in its stead.
        evidence: None where none is measured.
        new_rivals: how many were looked at for it that no phrase before had.
        place_passes: passes that told places apart which no phrase before had.
    """

    phrase: Phrase
    placing: Placing | None
    looked: tuple[Looked, ...]
    evidence: Evidence | None
    new_rivals: int
    place_passes: int


class Drawn(NamedTuple):
    """What an answer is made of.

    Args:
        phrase: that was asked.
        raw: [size, size], before min-max.
        soft: likewise, after it, or sharpened.
        on_frame: likewise, after the threshold.
        of_tokens: each token's own map.
        calls: images through the U-Net for the radiograph and for the phrase.
        agreement, evidence, placing, noised: as in `Grounding`.
        warnings: sentences for the user.
    """

    phrase: Phrase
    raw: NDArray[np.float32]
    soft: NDArray[np.floating]
    on_frame: NDArray[np.float32]
    of_tokens: list[NDArray[np.float32]]
    calls: dict[str, int]
    agreement: float | None = None
    evidence: Evidence | None = None
    placing: Placing | None = None
    noised: Noised | None = None
    warnings: tuple[str, ...] = ()


def draw(prepared: Prepared, found: Found) -> Drawn:
    """The map of a phrase, or of all that was asked in its stead (METHOD 4, 5, 11, 12)."""
    drawn = [_maps(prepared, looked) for looked in found.looked]
    first, soft = drawn[0], np.max([one.soft for one in drawn], axis=0)
    return Drawn(
        phrase=found.phrase,
        raw=first.raw,
        soft=soft,
        on_frame=maps.keep_above_otsu(soft),
        of_tokens=first.of_tokens,
        calls=_calls(prepared, found),
        agreement=first.agreement,
        evidence=found.evidence,
        placing=found.placing,
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


def shared_of(compared: Compared | None) -> Shared | None:
    """What the empty prompt leaves of the noise, where it is compared."""
    if compared is None:
        return None
    walked = len(compared.places)
    return Shared(compared.errors, tuple(compared.timesteps[:walked]), tuple(compared.timesteps[walked:]))


class _AtPlaces(NamedTuple):
    """Of a phrase that names no place.

    Args:
        placing: where it is asked in its stead.
        mirrored: the phrase about the other side, asked at its own places in the same way; None where it names no side.
    """

    placing: Placing
    mirrored: Rival | None

    @classmethod
    def of(
        cls,
        groups: Sequence[Group],
        text_across: str | None,
        groups_across: Sequence[Group],
        explained: Mapping[str, float],
        recipe: Recipe,
    ) -> _AtPlaces:
        """Choose among the places of a phrase, and among those of its mirrored phrase where there is one."""
        placing = choose(groups, explained, recipe)
        if text_across is None:
            return cls(placing, None)
        other = choose(groups_across, explained, recipe).explained
        return cls(placing, Rival(text_across, other, placing.explained - other))


class Inquiry:
    """Asks one model phrases about one radiograph.

    Args:
        prepared: the radiograph.
        passes: of the model.
        tokenizer: of the model.
        progress: told after every batch.
    """

    def __init__(self, prepared: Prepared, passes: Passes, tokenizer: Tokenizer, progress: Progress | None) -> None:
        self._prepared, self._passes, self._tokenizer, self._progress = prepared, passes, tokenizer, progress

    def found(self, phrases: Sequence[Phrase], said: Sequence[Sentence], token_maps: bool) -> list[Found]:
        """Look at phrases, or at what is asked in their stead, and where evidence is asked for at their rivals.

        Args:
            phrases: one or more.
            said: what each of them says, by which its places and its rivals are chosen.
            token_maps: whether each token's own map is wanted too; then every phrase is asked as it stands.
        """
        recipe, shared, weighed = self._prepared.recipe, self._prepared.shared, self._prepared.weighed
        at_places, place_passes = self._at_places(said, recipe.places is Places.AUTO and not token_maps)
        asked = [
            [phrase] if placed is None else [self._phrase(place.spot.phrase) for place in placed.placing.chosen]
            for phrase, placed in zip(phrases, at_places, strict=True)
        ]
        rivals = [
            Rivals.of(sentence, recipe) if recipe.evidence and placed is None else Rivals()
            for sentence, placed in zip(said, at_places, strict=True)
        ]
        texts = {one.text: one for ones in asked for one in ones}
        new, first = dict[str, Phrase](), Counter[int]()  # the rivals, and for which phrase each was looked at first
        for number, of_one in enumerate(rivals):
            for text in of_one.all:
                if text not in texts and text not in weighed and text not in new:
                    new[text] = self._phrase(text)
                    first[number] += 1
        every = [*texts.values(), *new.values()]
        looked = self._passes.look(
            self._prepared.kept,
            recipe,
            [*texts.values()],
            token_maps,
            self._progress,
            [*new.values()],
            self._prepared.begun,
        )
        of_text = dict(zip((one.text for one in every), looked, strict=True))
        if shared is not None and recipe.evidence:
            for text, one in of_text.items():
                if one.noise is not None:
                    weighed[text] = Weighed.of(*one.noise, shared, recipe)
        return [
            Found(
                phrase,
                None if placed is None else placed.placing,
                tuple(of_text[one.text] for one in asked[number]),
                self._evidence(asked[number][0].text, rivals[number], placed),
                first[number],
                place_passes[number],
            )
            for number, (phrase, placed) in enumerate(zip(phrases, at_places, strict=True))
        ]

    def _at_places(self, said: Sequence[Sentence], are_placed: bool) -> tuple[list[_AtPlaces | None], Counter[int]]:
        """Where each phrase is best explained, if it names no place; and the passes that it took with each."""
        recipe, explained, compared = self._prepared.recipe, self._prepared.explained, self._prepared.kept.compared
        new, first = dict[str, Phrase](), Counter[int]()  # the places, and with which phrase each was asked at first
        if not are_placed or compared is None:
            return [None for _ in said], first
        groups = [groups_of(sentence) for sentence in said]
        texts_across = [
            mirrored(sentence.text) if own and recipe.evidence else None
            for sentence, own in zip(said, groups, strict=True)
        ]
        across = [
            tuple(group.across for group in own) if text is not None else ()
            for own, text in zip(groups, texts_across, strict=True)
        ]
        for number, of_one in enumerate(zip(groups, across, strict=True)):
            for spot in (spot for both in of_one for group in both for spot in group.spots):
                if spot.phrase not in explained and spot.phrase not in new:
                    new[spot.phrase] = self._phrase(spot.phrase)
                    first[number] += 1
        passes = Counter[int]()
        if new:
            told_by = compared.first_step()
            passes.update({number: count * len(told_by.timesteps) for number, count in first.items()})
            shared = shared_of(told_by)
            assert shared is not None
            seen = self._passes.tell_apart(told_by, recipe, [*new.values()], self._progress, self._prepared.begun)
            for text, noise in zip(new, seen, strict=True):
                explained[text] = explained_by(Weighed.of(*noise, shared, recipe), shared)
        return [
            _AtPlaces.of(own, text, other, explained, recipe) if own else None
            for own, text, other in zip(groups, texts_across, across, strict=True)
        ], passes

    def _evidence(self, text: str, rivals: Rivals, placed: _AtPlaces | None) -> Evidence | None:
        """Of a phrase, or of the one that is asked in its stead: then what all its places say together is its P."""
        shared, recipe = self._prepared.shared, self._prepared.recipe
        if shared is None or not recipe.evidence:
            return None
        evidence = evidence_of(text, rivals, self._prepared.weighed, shared, recipe.rival_factor)
        if placed is None:
            return evidence
        explained = placed.placing.explained
        return dataclasses.replace(evidence, explained=explained, contested=explained, mirrored=placed.mirrored)

    def _phrase(self, text: str) -> Phrase:
        return Phrase.of(text, self._tokenizer)
