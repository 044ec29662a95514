"""Ways to follow a model's recipe, from all that it asks for to quick.

What each costs and loses: docs/method.md, "Presets". Why these numbers, and what else was tried:
docs/decisions/0040-presets.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxr_grounding.errors import RecipeError
from cxr_grounding.recipe import Places, Recipe


@dataclass(frozen=True)
class Preset:
    """What a preset changes in a recipe; all else stays the model's own.

    Args:
        name: as in `--preset` and `Recipe.preset`.
        summary: for a person who chooses.
        changes: entries of the recipe.
    """

    name: str
    summary: str
    changes: Mapping[str, int | bool | Places]

    @property
    def is_shortened(self) -> bool:
        """Whether it leaves steps out that the recipe asks for."""
        return any(self.changes.get(name) for name in ("predictions", "kept_steps"))

    def applied(self, recipe: Recipe) -> Recipe:
        """A model's own recipe as this preset follows it."""
        changes: dict[str, Any] = dict(self.changes)
        return recipe.replace(preset=self.name, **changes)


FULL = Preset("full", "every step, and all that the model's recipe asks for", {"predictions": 0, "kept_steps": 0})
PAPER = Preset(
    "paper",
    "as published: every step, no evidence, no sharper map, each phrase as it stands",
    {
        "predictions": 0,
        "kept_steps": 0,
        "evidence": False,
        "refine": False,
        "places": Places.NEVER,
        "float16_casts": True,
    },
)
BALANCED = Preset("balanced", "nearly the same heatmap", {"predictions": 20, "kept_steps": 20})
FAST = Preset(
    "fast",
    "a first look, no evidence: 12 passes of the U-Net or fewer",
    {"predictions": 6, "kept_steps": 6, "evidence": False, "compared_steps": 1},
)
"""Even if every kept step took a whole pass, the first phrase would cost 6 + 6 = 12 forwards' worth with any model, and
one more with the sharper map."""

PRESETS = {preset.name: preset for preset in (FULL, PAPER, BALANCED, FAST)}
"""By name, from exact to quick."""


def find_preset(name: str) -> Preset:
    """A preset by its name.

    Raises:
        RecipeError: when there is none, naming those there are.
    """
    if name not in PRESETS:
        raise RecipeError(f"There is no preset {name!r}. Known are: {', '.join(PRESETS)}.")
    return PRESETS[name]
