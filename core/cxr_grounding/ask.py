"""How a question is computed: with which model, where, how exactly, and what is kept of it.

Every door makes one `Ask` of what its user wants, and it goes whole to the engine; nobody on the way names its fields.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxr_grounding.presets import PAPER, find_preset
from cxr_grounding.recipe import IntensityChain


class Stage(enum.IntEnum):
    """How far an engine must go back when a field of an `Ask` changes."""

    MODEL = 0
    """The model is opened again."""
    RADIOGRAPH = 1
    """The radiograph is prepared again."""
    PHRASES = 2
    """Only the phrases are looked at again."""


_MODEL, _RADIOGRAPH, _PHRASES = ({"stage": stage} for stage in Stage)


@dataclass(frozen=True)
class Ask:
    """How a question is computed; the phrase and the radiograph are not part of it.

    Args:
        model: name or folder, as `find_model` takes it; None for the bundled demonstration model.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".
        precision: "single", "half", or "auto" for half where the device is much faster in it. In half precision the
            U-Net is, unless its numbers grow too large for it.
        preset: "paper" (exact), "balanced" or "fast"; `presets.PRESETS` says what each changes in the recipe.
        steps: of the inversion, in place of the model's own.
        intensity: in place of the chain that the model was trained with, for research; noted in every result.
            `IDENTITY` says that the image is prepared already: a square one that is smaller than the frame then goes to
            the model as it is, rather than enlarged.
        token_maps: whether to keep a map of every token (`Grounding.token_maps`).
        keep_arrays: whether to keep the arrays on the model frame (`Grounding.arrays`).

    Raises:
        RecipeError: when there is no such preset.
        TypeError: for a field that there is not.
    """

    model: str | Path | None = field(default=None, metadata=_MODEL)
    device: str = field(default="auto", metadata=_MODEL)
    precision: str = field(default="auto", metadata=_MODEL)
    preset: str = field(default=PAPER.name, metadata=_RADIOGRAPH)
    steps: int | None = field(default=None, metadata=_RADIOGRAPH)
    intensity: IntensityChain | None = field(default=None, metadata=_RADIOGRAPH)
    token_maps: bool = field(default=False, metadata=_PHRASES)
    keep_arrays: bool = field(default=False, metadata=_PHRASES)

    def __post_init__(self) -> None:
        find_preset(self.preset)
        if self.model is not None:  # as text, so that a path and its text are the same question
            object.__setattr__(self, "model", str(self.model))

    @classmethod
    def of(cls, given: Ask | str | Path | None = None, **changes: Any) -> Ask:
        """What the arguments of a door mean.

        Args:
            given: an `Ask`, or a model by its name or folder; None for the defaults.
            changes: fields that differ from it.
        """
        ask = given if isinstance(given, Ask) else cls(model=given)
        return dataclasses.replace(ask, **changes)

    def until(self, stage: Stage) -> Ask:
        """The same as far as it matters up to a stage: the fields of later ones have their defaults."""
        later: dict[str, Any] = {f.name: f.default for f in dataclasses.fields(self) if f.metadata["stage"] > stage}
        return dataclasses.replace(self, **later)
