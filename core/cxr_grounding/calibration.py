"""What a model's evidence means: thresholds that were fitted on phrases known to be true or absent.

They are data of the model, in the section `calibration` of its `grounding.json`. What P says depends on the model and
on the radiographs, so a model without that section has none, and its evidence is a rank (METHOD 10).
"""

from __future__ import annotations

import dataclasses
import enum
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cxr_grounding.ask import PRECISIONS
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError, write_json
from cxr_grounding.disk.sentences import can_be_shown
from cxr_grounding.errors import RecipeError
from cxr_grounding.recipe import Places, Recipe, read_grounding_entries

SECTION = "calibration"
"""Of `grounding.json`."""
PLACED = "placed"
"""Of that section, and in it the same again."""

ROUNDING = 1e-4
"""Evidence of this size, and differences, are what rounding makes where the model does not heed what it is asked."""


class FittedWith(NamedTuple):
    """How the evidence was measured that a calibration was fitted to.

    Args:
        recipe: as it was followed.
        precision: that the U-Net computed in, one of `ask.PRECISIONS`.
    """

    recipe: Recipe
    precision: str

    def otherwise(self, recipe: Recipe) -> tuple[str, ...]:
        """What evidence depends on and another recipe has otherwise, in words: "steps 50, here 20"."""
        own, other = vars(_as_evidence_sees(self.recipe)), vars(_as_evidence_sees(recipe))
        return tuple(
            f"{name} {_said(own[name])}, here {_said(other[name])}" for name in own if own[name] != other[name]
        )

    @property
    def asks_at_places(self) -> bool:
        """Whether phrases that name no place were asked at every place (METHOD 12)."""
        return self.recipe.places is Places.AUTO

    def as_dict(self) -> dict[str, Any]:
        """The values as JSON knows them."""
        return {"recipe": self.recipe.as_dict(), "precision": self.precision}

    @classmethod
    def from_dict(cls, entries: JsonFields) -> FittedWith:
        """The inverse of `as_dict`.

        Raises:
            JsonError, RecipeError: for anything else.
        """
        return cls(Recipe.from_dict(entries.object("recipe")), entries.text("precision"))


def _as_evidence_sees(recipe: Recipe) -> Recipe:
    """The recipe without what evidence does not depend on, and with the numbers of steps that are really made.

    Where phrases without a place are asked is left out, too: it makes no difference to others, and `asks_at_places`
    tells it.
    """
    return recipe.replace(
        predictions=len(recipe.predicted),
        kept_steps=len(recipe.kept),
        compared_steps=min(recipe.compared_steps, len(recipe.kept)),
        evidence=True,
        refine=True,
        places=Places.NEVER,
        place_sharpness=1.0,
        second_place_from=0.0,
        preset="",
        **{name: getattr(_PUBLISHED, name) for name in _OF_NOISING},
    )


_PUBLISHED = Recipe()
_OF_NOISING = (
    *("noised_steps", "looks", "map_size", "seed", "bbm", "text_seed", "guidance"),
    "float16_casts",
)
"""Entries of the other method, with which no evidence is measured."""


def _said(value: object) -> str:
    return str(value.value if isinstance(value, enum.Enum) else value)


@dataclass(frozen=True)
class Calibration:
    """How evidence was found to go with truth. "Evidence" is `Evidence.contested`.

    Args:
        fitted_on: the set, in a few words.
        fitted: the day, YYYY-MM-DD.
        present, absent: how many phrases of each there were.
        nowhere_below: 5 % of the true phrases had less evidence.
        here_from: 5 % of the absent phrases had as much evidence, or more; not below `nowhere_below`.
        agreement_from: from this agreement (`Grounding.agreement`) on, maps of true phrases mostly lay right; None
            where agreement did not tell them apart.
        knots: (evidence, share of true phrases), both ascending, were true and absent phrases equally many; straight in
            between.
        auroc: of the evidence, true against absent phrases.
        calibration_error: the mean difference between the share above and the share that was seen, on phrases of images
            that were left out of the fit.
        fitted_with: how the evidence was measured; None in one that was written before that was kept.
        placed: the same of phrases that were asked at every place in their stead (METHOD 12), whose evidence lies
            elsewhere; None where they were not told from the others.

    Raises:
        RecipeError: when one of the numbers cannot be.
    """

    fitted_on: str
    fitted: str
    present: int
    absent: int
    nowhere_below: float
    here_from: float
    agreement_from: float | None
    knots: tuple[tuple[float, float], ...]
    auroc: float
    calibration_error: float
    fitted_with: FittedWith | None = None
    placed: Calibration | None = None

    def __post_init__(self) -> None:
        numbers = [self.nowhere_below, self.here_from, self.auroc, self.calibration_error, *sum(self.knots, ())]
        evidence, shares = [knot[0] for knot in self.knots], [knot[1] for knot in self.knots]
        if not (
            all(math.isfinite(number) for number in numbers)
            and all(map(can_be_shown, (self.fitted_on, self.fitted)))
            and self.nowhere_below <= self.here_from
            and min(self.present, self.absent) >= 1
            and len(self.knots) >= 2
            and evidence == sorted(evidence)
            and shares == sorted(shares)
            and 0 <= shares[0] <= shares[-1] <= 1
            and (self.agreement_from is None or 0 <= self.agreement_from <= 1)
            and (self.fitted_with is None or self.fitted_with.precision in PRECISIONS)
            and (self.placed is None or self.placed.placed is None)
        ):
            raise RecipeError(
                f"The section {SECTION!r} of the model does not hold together. Calibrate the model again with "
                "`cxr-ground calibrate`, or remove the section."
            )

    def of(self, is_placed: bool) -> Calibration:
        """The one for phrases that were asked at every place, or as they stand; this one where there is one for all."""
        return self.placed if is_placed and self.placed is not None else self

    def share_of(self, evidence: float) -> float:
        """The share of true phrases among those with this evidence, were true and absent phrases equally many."""
        known, shares = np.array(self.knots).T
        return float(np.interp(evidence, known, shares))

    def as_dict(self) -> dict[str, Any]:
        """The values as JSON knows them."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        values["knots"] = [list(knot) for knot in self.knots]
        if self.fitted_with is None:
            del values["fitted_with"]
        else:
            values["fitted_with"] = self.fitted_with.as_dict()
        if self.placed is None:
            del values[PLACED]
        else:
            values[PLACED] = self.placed.as_dict()
        return values

    @classmethod
    def from_dict(cls, values: Any) -> Calibration:
        """The inverse of `as_dict`.

        Raises:
            RecipeError: for anything else.
        """
        if isinstance(values, dict) and PLACED in values:
            own = cls.from_dict({name: value for name, value in values.items() if name != PLACED})
            return dataclasses.replace(own, placed=cls.from_dict(values[PLACED]))
        names = {field.name for field in dataclasses.fields(cls)} - {"fitted_with", PLACED}
        try:
            entries = JsonFields(values)
            if set(values) - {"fitted_with"} != names:
                raise JsonError("it has other entries")
            known = {
                "fitted_on": entries.text("fitted_on"),
                "fitted": entries.text("fitted"),
                "present": entries.whole("present"),
                "absent": entries.whole("absent"),
                "agreement_from": entries.number_or_none("agreement_from"),
                "knots": tuple((float(evidence), float(share)) for evidence, share in entries.raw("knots")),
            }
            if "fitted_with" in entries:
                known["fitted_with"] = FittedWith.from_dict(entries.inner("fitted_with"))
            numbers = {name: entries.number(name) for name in names - set(known)}
        except (JsonError, RecipeError, TypeError, ValueError, OverflowError):
            raise RecipeError(
                f"The section {SECTION!r} of the model needs exactly the entries {', '.join(sorted(names))} and may "
                "have fitted_with. Calibrate the model again with `cxr-ground calibrate`, or remove the section."
            ) from None
        values_of: dict[str, Any] = known | numbers
        return cls(**values_of)


def read_calibration(path: Path) -> Calibration | None:
    """The calibration in a model's `grounding.json`; None where it has none.

    Raises:
        RecipeError: when it is damaged, or the file cannot be read.
    """
    values = read_grounding_entries(path).get(SECTION)
    return None if values is None else Calibration.from_dict(values)


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Put a calibration into a model's `grounding.json`, in the place of the one that it had; all else stays.

    Raises:
        RecipeError: when the file cannot be read.
        OutputError: when it cannot be written.
    """
    write_json(path, read_grounding_entries(path) | {SECTION: calibration.as_dict()})
