"""How a question is computed: with which model, where, how exactly, and what is kept of it.

Every door makes one `Ask` of what its user wants, and it goes whole to the engine; nobody on the way names its fields.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxr_grounding.errors import OrderError, RecipeError
from cxr_grounding.presets import FULL, PRESETS, find_preset
from cxr_grounding.recipe import IntensityChain, Method, Places, Recipe

SINGLE, HALF, BFLOAT16 = PRECISIONS = ("single", "half", "bfloat16")
"""What the U-Net may compute in: float32, float16, or bfloat16 with float32 where a heatmap needs it."""


class Stage(enum.IntEnum):
    """The calls of an engine in their order; each field of an `Ask` is settled by one of them."""

    MODEL = 0
    RADIOGRAPH = 1
    PHRASES = 2

    @property
    def call(self) -> str:
        """The call, as sentences name it."""
        return ("open(...)", "set_radiograph(...)", "ground(...)")[self]


_MODEL, _RADIOGRAPH, _PHRASES = ({"stage": stage} for stage in Stage)


@dataclass(frozen=True)
class Ask:
    """How a question is computed; the phrase and the radiograph are not part of it.

    Args:
        model: name or folder, as `find_model` takes it; None for the bundled demonstration model.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".
        precision: "single", "half", "bfloat16", or "auto" for the one of 16 bits in which the device is much faster,
            else single. Only the U-Net's work is in it, and not that either where its numbers grow too large for half.
        preset: "full" (the model's recipe as it is), "paper" (as published), "balanced" or "fast"; `presets.PRESETS`
            says what each changes in the recipe.
        steps: of the inversion, in place of the model's own; with the method `NOISING` those of its list, of which the
            same share is looked at.
        intensity: in place of the chain that the model was trained with, for research; noted in every result.
            `IDENTITY` says that the image is prepared already: a square one that is smaller than the frame then goes to
            the model as it is, rather than enlarged.
        places: whether a phrase that names no place is asked at every one; None for what recipe and preset say.
        method: in place of the recipe's (METHOD 13).
        seed: of the method `NOISING`, in place of the recipe's.
        bbm: whether that method merges the biases; None for what the recipe says.
        noise: a file or folder with the noise, in place of what `seed` draws, for comparison with other programs
            (`diffusion.given_noise`).
        token_maps: whether to keep a map of every token (`Grounding.token_maps`); each phrase is then asked as it
            stands.
        keep_arrays: whether to keep the arrays on the model frame (`Grounding.arrays`).

    Raises:
        RecipeError: when there is no such preset.
        TypeError: for a field that there is not.
    """

    model: str | Path | None = field(default=None, metadata=_MODEL)
    device: str = field(default="auto", metadata=_MODEL)
    precision: str = field(default="auto", metadata=_MODEL)
    preset: str = field(default=FULL.name, metadata=_RADIOGRAPH)
    steps: int | None = field(default=None, metadata=_RADIOGRAPH)
    intensity: IntensityChain | None = field(default=None, metadata=_RADIOGRAPH)
    places: Places | None = field(default=None, metadata=_RADIOGRAPH)
    method: Method | None = field(default=None, metadata=_RADIOGRAPH)
    seed: int | None = field(default=None, metadata=_RADIOGRAPH)
    bbm: bool | None = field(default=None, metadata=_RADIOGRAPH)
    noise: str | Path | None = field(default=None, metadata=_RADIOGRAPH)
    token_maps: bool = field(default=False, metadata=_PHRASES)
    keep_arrays: bool = field(default=False, metadata=_PHRASES)

    def __post_init__(self) -> None:
        find_preset(self.preset)
        for name in ("model", "noise"):
            if getattr(self, name) is not None:  # as text, so that a path and its text are the same question
                object.__setattr__(self, name, str(getattr(self, name)))

    @classmethod
    def for_recipe(cls, recipe: Recipe) -> Ask:
        """What asks for a recipe as it is."""
        return cls(preset=recipe.preset if recipe.preset in PRESETS else FULL.name)

    @classmethod
    def of(cls, given: Ask | str | Path | None = None, **changes: Any) -> Ask:
        """What the arguments of a door mean.

        Args:
            given: an `Ask`, or a model by its name or folder; None for the defaults.
            changes: fields that differ from it.
        """
        ask = given if isinstance(given, Ask) else cls(model=given)
        return dataclasses.replace(ask, **changes)

    def followed(self, recipe: Recipe) -> Recipe:
        """A model's own recipe as this question wants it followed, but for the intensity, which depends on the image.

        Raises:
            RecipeError: when the steps cannot be used, or something is asked that is of the other method.
        """
        recipe = find_preset(self.preset).applied(recipe)
        asked = {name: getattr(self, name) for name in ("places", "method", "seed", "bbm")}
        recipe = recipe.replace(**{name: value for name, value in asked.items() if value is not None})
        is_noised = recipe.method is Method.NOISING
        given: dict[str, object] = {"bbm": self.bbm or None, "seed": self.seed, "noise": self.noise}
        whose = Method.NOISING
        if is_noised:
            given, whose = {"places": None if self.places is Places.NEVER else self.places}, Method.INVERSION
        for other in (name for name, value in given.items() if value is not None):
            raise RecipeError(
                f"{other} belongs to the method {whose.value!r}, but the method is {recipe.method.value!r}. Ask for "
                f"that method too, or leave {other} out."
            )
        if is_noised:
            return self._with_looks(recipe.replace(evidence=False, refine=False, places=Places.NEVER))
        if self.steps is None:
            return recipe
        try:
            return recipe.replace(steps=self.steps)
        except RecipeError as error:
            raise RecipeError(
                f"Of {self.steps} inversion steps none lies in the window whose attention is read. Ask for "
                f"{_fewest_steps(recipe)} steps or more, or for no number to take the model's own, {recipe.steps}."
            ) from error

    def _with_looks(self, recipe: Recipe) -> Recipe:
        """With as many steps as asked for, and the same share of them looked at."""
        if self.steps is None:
            return recipe
        share = recipe.looks / recipe.noised_steps
        return recipe.replace(noised_steps=self.steps, looks=max(1, int(self.steps * share + 0.5)))

    def until(self, stage: Stage) -> Ask:
        """The same as far as it matters up to a stage: the fields of later ones have their defaults."""
        later: dict[str, Any] = {f.name: f.default for f in dataclasses.fields(self) if f.metadata["stage"] > stage}
        return dataclasses.replace(self, **later)

    def later(self, given: Ask | None, changes: Mapping[str, Any], settled: Stage) -> Ask:
        """The `Ask` of a call that follows one with this `Ask`.

        Args:
            given: in place of this one; None for this one.
            changes: fields that differ from it.
            settled: the call before: what it has settled cannot be asked otherwise, and is not ignored in silence.

        Raises:
            OrderError: when it is asked otherwise; the message names the call to make again.
        """
        ask = dataclasses.replace(given or self, **changes)
        for own in dataclasses.fields(self):
            before, now, stage = vars(self)[own.name], vars(ask)[own.name], own.metadata["stage"]
            if stage <= settled and before != now:
                raise OrderError(
                    f"{own.name} is {now!r} now, but was {before!r} when {stage.call} was called. Call that again to "
                    "change it."
                )
        return ask


def _fewest_steps(recipe: Recipe) -> int:
    """The smallest number of steps from which on a recipe can be followed with any."""
    fewest = recipe.steps
    with suppress(RecipeError):
        while fewest > 1:
            recipe.replace(steps=fewest - 1)
            fewest -= 1
    return fewest
