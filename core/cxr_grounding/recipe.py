"""Every number of the method, once, each with its source; saved as `grounding.json` beside a model.

The defaults are the published ones (Vilouras et al., arXiv 2404.12920, as their program runs it; for the second method
Nützel et al., arXiv 2507.12236, likewise). A model that was trained otherwise ships its own values; the code does not
change.
"""

from __future__ import annotations

import dataclasses
import enum
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxr_grounding.disk.json_file import JsonError, read_json, write_json
from cxr_grounding.disk.sentences import can_be_shown, shortened
from cxr_grounding.errors import RecipeError

FILE_NAME = "grounding.json"

SMALLEST_MAP = 8
"""Side of a grid that two maps can be compared on (METHOD 13.7)."""


class IntensityChain(enum.Enum):
    """How the grey values of a radiograph become the [0, 1] values that a model was trained on."""

    IDENTITY = "identity"
    """Already [0, 1]; used as it is."""
    MIN_MAX = "min-max"
    """The lowest value becomes 0, the highest 1."""
    MIMIC_CXR_JPG = "mimic-cxr-jpg"
    """Min-max to 8 bits, then histogram-equalised, as the MIMIC-CXR-JPG images were made."""


class Method(enum.Enum):
    """How the model is made to look at a radiograph."""

    INVERSION = "inversion"
    """The radiograph is inverted into noise, and looked at on the way (METHOD 3 to 5)."""
    NOISING = "noising"
    """It is noised afresh for every look (METHOD 13)."""


class Places(enum.Enum):
    """Whether a phrase without a place is asked at every place that it may mean (METHOD 12)."""

    AUTO = "auto"
    """Where it names one of the known findings."""
    NEVER = "never"
    """As published: a phrase is asked as it stands."""


@dataclass(frozen=True)
class Recipe:
    """What to do with a model to read its cross-attention as a heatmap.

    Args:
        frame_size: side of the square that the model sees, in pixels (METHOD 2.1).
        antialias: whether shrinking to the frame averages over the pixels that it drops (METHOD 2.1).
        intensity: the chain from grey values to [0, 1] (METHOD 2.2).
        pixel_low, pixel_high: the range in which the autoencoder takes its pixels (METHOD 1).
        latent_scale: factor from the posterior's mean to the U-Net's latent (METHOD 1, 3).
        steps: inversion steps asked for; how many run is in `inversion.timesteps` (METHOD 3).
        window_center_percent, window_half_width_percent: which steps are kept (METHOD 4).
        layers: cross-attention layers read, counted from 0 in network order (METHOD 4).
        smoothing_sigma: of the Gaussian, in frame pixels (METHOD 4).
        max_tokens: length of the text encoder's input, start and end token included (METHOD 1).
        encode_padding: whether the text encoder sees the padding behind a phrase, as Stable Diffusion's and the
            published model's do (METHOD 1); False for one that was run with an attention mask.
        attend_padding: whether cross-attention sees the padding behind a phrase, as in Stable Diffusion and
            the published model (METHOD 1); False for a model that was trained with the padding masked.
        predictions: of the U-Net at most on the way to the last kept step, evenly spread; 0 for one at every step, as
            published (METHOD 3). With fewer, each is walked further (docs/decisions/0040-presets.md).
        kept_steps: of the window at most, evenly spread; 0 for all, as published (METHOD 4).
        evidence: whether what a phrase explains of the noise is measured (METHOD 10); not in the published method.
        refine: whether the map is sharpened by it (METHOD 11); likewise.
        compared_steps: of the kept ones at most, evenly spread, where noise is compared (METHOD 10).
        drawn_levels: timesteps where it is compared in noise that is drawn, beside them; none for () (METHOD 10).
        drawn_seed: of that noise.
        evidence_sigma: of the Gaussian over what the phrase changes, in latent pixels (METHOD 10).
        airspace_rivals: whether findings in the air spaces are held against each other, beside the phrase with its side
            swapped (METHOD 10).
        rival_factor: how much a rival that explains more takes away (METHOD 10).
        refine_probe_sigma: of the Gaussian under which the spread of what is explained is measured; this and the other
            lengths below as a share of the frame's side (METHOD 11).
        refine_factor, refine_power: from that spread to the Gaussian that smooths (METHOD 11).
        refine_narrowest, refine_widest: that one's limits (METHOD 11).
        refine_closing: gaps between two parts side by side are filled up to this width (METHOD 11).
        places: whether a phrase that names a finding and no place is asked at every place (METHOD 12).
        place_sharpness: f, how much the best place counts more than the others (METHOD 12).
        second_place_from: P from which a finding is taken to be on the other side too (METHOD 12).
        method: what is done; the entries below are of `NOISING`, and the steps, the window, layers, smoothing and what
            METHOD 10 to 12 ask for of `INVERSION`.
        noised_steps: of the noise schedule's list of steps (METHOD 13.4).
        looks: at the last of them, so many, of which the map is made (METHOD 13.6); thinned by `kept_steps` too.
        map_size: side of the grid that all layers are repeated to (METHOD 13.6).
        seed: of the noise in the looks (METHOD 13.4).
        bbm: whether the biases are merged into the map (METHOD 13.7).
        text_seed: of the noise that the run without the image starts from (METHOD 13.5).
        guidance: how much that run goes by the phrase (METHOD 13.5).
        float16_casts: whether maps are cast to float16 where the published program does it (METHOD 13.6 to 13.8).
        preset: which of `presets.PRESETS` was applied; a name, nothing depends on it.
    """

    frame_size: int = 512
    antialias: bool = False
    intensity: IntensityChain = IntensityChain.MIMIC_CXR_JPG
    pixel_low: float = 0.0
    pixel_high: float = 1.0
    latent_scale: float = 0.3
    steps: int = 300
    window_center_percent: int = 50
    window_half_width_percent: int = 10
    layers: tuple[int, ...] = (3, 4, 6, 7)
    smoothing_sigma: float = 2.5
    max_tokens: int = 77
    encode_padding: bool = True
    attend_padding: bool = True
    predictions: int = 0
    kept_steps: int = 0
    evidence: bool = False
    refine: bool = False
    compared_steps: int = 2
    drawn_levels: tuple[int, ...] = (399, 599)
    drawn_seed: int = 2
    evidence_sigma: float = 1.25
    airspace_rivals: bool = True
    rival_factor: float = 2.0
    refine_probe_sigma: float = 0.0234
    refine_factor: float = 0.273
    refine_power: float = 0.75
    refine_narrowest: float = 0.0195
    refine_widest: float = 0.1875
    refine_closing: float = 0.17
    places: Places = Places.NEVER
    place_sharpness: float = 15.0
    second_place_from: float = 0.02
    method: Method = Method.INVERSION
    noised_steps: int = 50
    looks: int = 40
    map_size: int = 64
    seed: int = 0
    bbm: bool = False
    text_seed: int = 4200
    guidance: float = 16.0
    float16_casts: bool = False
    preset: str = "full"

    def __post_init__(self) -> None:
        _require(self.frame_size >= 16, "frame_size", self.frame_size, "16 or more")
        _require(self.pixel_low < self.pixel_high, "pixel_low", self.pixel_low, f"below pixel_high, {self.pixel_high}")
        _require(self.latent_scale > 0, "latent_scale", self.latent_scale, "above 0")
        _require(self.smoothing_sigma >= 0, "smoothing_sigma", self.smoothing_sigma, "0 or more")
        _require(self.max_tokens >= 3, "max_tokens", self.max_tokens, "3 or more")
        _require(len(self.layers) > 0, "layers", list(self.layers), "one layer or more")
        _require(min(self.layers) >= 0, "layers", list(self.layers), "numbers from 0")
        _require(len(set(self.layers)) == len(self.layers), "layers", list(self.layers), "each named once")
        _require(self.predictions >= 0, "predictions", self.predictions, "0 or more")
        _require(self.kept_steps >= 0, "kept_steps", self.kept_steps, "0 or more")
        _require(self.compared_steps >= 1, "compared_steps", self.compared_steps, "1 or more")
        levels = list(self.drawn_levels)
        _require(min(levels, default=0) >= 0, "drawn_levels", levels, "timesteps from 0")
        _require(len(set(levels)) == len(levels), "drawn_levels", levels, "each named once")
        for name in (
            "drawn_seed",
            "evidence_sigma",
            "rival_factor",
            "refine_probe_sigma",
            "refine_factor",
            "refine_closing",
        ):
            _require(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        _require(self.place_sharpness > 0, "place_sharpness", self.place_sharpness, "above 0")
        _require(self.refine_power >= 0, "refine_power", self.refine_power, "0 or more")
        _require(
            0 <= self.refine_narrowest <= self.refine_widest,
            "refine_narrowest",
            self.refine_narrowest,
            f"from 0 to refine_widest, {self.refine_widest}",
        )
        _require(
            1 <= self.looks <= self.noised_steps,
            "looks",
            self.looks,
            f"from 1 to noised_steps, {self.noised_steps}",
        )
        _require(self.map_size >= SMALLEST_MAP, "map_size", self.map_size, f"{SMALLEST_MAP} or more")
        for name in ("seed", "text_seed"):
            _require(0 <= getattr(self, name) < 2**63, name, getattr(self, name), "a whole number from 0, below 2^63")
        _require(
            bool(self.activating), "kept_steps", self.kept_steps, f"so many that some are of the last {self.looks}"
        )
        start, stop = self.window
        _require(
            0 <= start < stop <= self.steps,
            "steps, window_center_percent, window_half_width_percent",
            [self.steps, self.window_center_percent, self.window_half_width_percent],
            f"a window that holds a step and lies inside the inversion (it is {start} to {stop} of {self.steps})",
        )

    @property
    def window(self) -> tuple[int, int]:
        """First step that may be kept and the one after the last, as indices of the ascending list (METHOD 4)."""
        center = self.window_center_percent * self.steps // 100
        half_width = self.window_half_width_percent * self.steps // 100
        return center - half_width, center + half_width

    @property
    def kept(self) -> list[int]:
        """The steps whose attention is read, as ascending indices of the list of steps: `kept_steps` of the window."""
        start, stop = self.window
        count = min(self.kept_steps or stop - start, stop - start)
        return [start + place for place in _middles(stop - start, count)]

    @property
    def compared(self) -> list[int]:
        """The kept steps where noise is compared, likewise: `compared_steps` of `kept`; none if nothing asks for it."""
        if self.method is Method.NOISING or not (self.evidence or self.refine or self.places is Places.AUTO):
            return []
        kept = self.kept
        return [kept[place] for place in _middles(len(kept), min(self.compared_steps, len(kept)))]

    @property
    def predicted(self) -> list[int]:
        """The steps at which the U-Net predicts, likewise: `predictions` of those before the last kept one."""
        last = self.kept[-1]
        count = min(self.predictions or last, last)
        return [part * last // count for part in range(count)]

    @property
    def drawn(self) -> tuple[int, ...]:
        """The timesteps where noise is drawn: `drawn_levels`, where evidence is measured."""
        return self.drawn_levels if self.evidence and self.method is Method.INVERSION else ()

    @property
    def looked(self) -> list[int]:
        """The steps of `NOISING` that are looked at, as indices of its descending list: the last `looks`, or with BBM
        all; of them `kept_steps` at most, evenly spread (METHOD 13.4)."""
        first = 0 if self.bbm else self.noised_steps - self.looks
        there = self.noised_steps - first
        return [first + place for place in _middles(there, min(self.kept_steps or there, there))]

    @property
    def activating(self) -> list[int]:
        """Those of `looked` that the map is made of, as indices of `looked` (METHOD 13.6)."""
        return [place for place, step in enumerate(self.looked) if step >= self.noised_steps - self.looks]

    def replace(self, **changes: Any) -> Recipe:
        """A copy with other values, checked like a new one."""
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """The values as JSON knows them."""
        values = dataclasses.asdict(self)
        lists = {"layers": list(self.layers), "drawn_levels": list(self.drawn_levels)}
        enums = {name: getattr(self, name).value for name in ("intensity", "places", "method")}
        return values | lists | enums

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """A recipe from JSON values; what is left out keeps the published value.

        Raises:
            RecipeError: for an unknown name, a value of another type, or one that cannot be used.
        """
        types = {f.name: type(f.default) for f in dataclasses.fields(cls)}
        unknown = sorted(set(values) - set(types))
        if unknown:
            raise RecipeError(
                f"The recipe holds the unknown name {shortened(unknown[0])!r}. Known are: {', '.join(sorted(types))}. "
                "Correct the spelling or remove it."
            )
        return cls(**{name: _converted(name, value, types[name]) for name, value in values.items()})


@dataclass(frozen=True)
class ModelIdentity:
    """Which model made a result, and what must be said beside it.

    Args:
        name: short name, as in `cxr-ground models list`.
        version: of the weights.
        label: a sentence that accompanies every result of this model.
        demonstration: True when its results say nothing about real patients.
        licence: SPDX identifier or name of the weights' licence.
    """

    name: str
    version: str = ""
    label: str = "Research use only."
    demonstration: bool = False
    licence: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The values as JSON knows them."""
        return dataclasses.asdict(self)


def read_grounding_file(path: Path) -> tuple[ModelIdentity, Recipe]:
    """Read a model folder's `grounding.json`: {"model": {...}, "recipe": {...}}, and perhaps a calibration.

    Raises:
        RecipeError: when the file is missing, is not JSON, or holds something that is not known.
    """
    document = read_grounding_entries(path)
    model, recipe = document["model"], document["recipe"]
    known = {f.name: bool if f.name == "demonstration" else str for f in dataclasses.fields(ModelIdentity)}
    fits = all(isinstance(value, known.get(name, ())) and can_be_shown(str(value)) for name, value in model.items())
    if not fits or "name" not in model:
        raise RecipeError(
            f'The entry "model" of {path} needs a "name" and may hold the texts {", ".join(sorted(known))} '
            "(demonstration: true or false)."
        )
    return ModelIdentity(**model), Recipe.from_dict(recipe)


def read_grounding_entries(path: Path) -> dict[str, dict[str, Any]]:
    """The entries of a model folder's `grounding.json`, each an object: "model", "recipe", and perhaps "calibration".

    Raises:
        RecipeError: when the file is missing, is not JSON, or has other entries.
    """
    try:
        document = read_json(path)
    except FileNotFoundError:
        raise RecipeError(
            f"{path.parent} has no {FILE_NAME}, so it is not known how to use the model in it. "
            "docs/models.md says what to write there."
        ) from None
    except JsonError as error:
        raise RecipeError(f"{path} cannot be read as JSON ({error}). Restore the file.") from error
    if not isinstance(document, dict) or set(document) - {"calibration"} != {"model", "recipe"}:
        raise RecipeError(
            f'{path} must hold exactly the two entries "model" and "recipe", and may hold a "calibration".'
        )
    if not all(isinstance(entry, dict) for entry in document.values()):
        raise RecipeError(f"The entries of {path} must be JSON objects.")
    return document


def write_grounding_file(path: Path, model: ModelIdentity, recipe: Recipe) -> None:
    """Write what `read_grounding_file` reads.

    Raises:
        OutputError: when it cannot be written.
    """
    write_json(path, {"model": model.as_dict(), "recipe": recipe.as_dict()})


def _middles(length: int, count: int) -> list[int]:
    """The middles of `count` equal parts of a list, as indices."""
    return [(2 * part + 1) * length // (2 * count) for part in range(count)]


def _require(condition: bool, name: str, given: object, expected: str) -> None:
    if not condition:
        raise RecipeError(
            f"The recipe's {name} is {shortened(str(given))}; expected is {shortened(expected)}. Correct it in the "
            "recipe."
        )


def _converted(name: str, value: Any, kind: type) -> Any:
    """`value` as the field's type, refusing what JSON would let pass silently (true for 1, 2.5 for an int)."""
    if issubclass(kind, enum.Enum):
        known = [one.value for one in kind]
        _require(isinstance(value, str) and value in known, name, repr(value), "one of " + ", ".join(known))
        return kind(value)
    if kind is tuple:
        whole = isinstance(value, list) and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
        _require(whole, name, repr(value), "a list of whole numbers")
        return tuple(value)
    if kind is bool:
        _require(isinstance(value, bool), name, repr(value), "true or false")
        return value
    if kind is str:
        _require(isinstance(value, str), name, repr(value), "a text")
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    _require(number and (kind is float or isinstance(value, int)), name, repr(value), f"a number ({kind.__name__})")
    if kind is int:
        return value
    # JSON as Python reads it knows Infinity and NaN, and whole numbers of any length.
    finite = abs(value) <= sys.float_info.max
    _require(finite, name, str(value)[:40], "a finite number")
    return float(value)
