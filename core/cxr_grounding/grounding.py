"""The answer to one phrase on one radiograph, and its document, there and back. METHOD 5 (heatmap).

`Grounding.to_dict` is the summary that programs print and scenes carry; `to_document` adds what the way back needs, and
`load` goes it. docs/files.md describes the document, `answers/grounding.schema.json` is its JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cxr_grounding import grounding_document as parts
from cxr_grounding.disk.json_array import array_entry, read_array
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.errors import OutputError, RadiographError, RecipeError
from cxr_grounding.evidence import Evidence
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounding_document import SCHEMA, SCHEMA_VERSION
from cxr_grounding.maps import Region
from cxr_grounding.noised import Noised, noised_arrays, noised_entry, read_noised
from cxr_grounding.phrase import Phrase
from cxr_grounding.placing import Placing
from cxr_grounding.radiograph import Box, Identifiers, Radiograph, Spacing
from cxr_grounding.recipe import ModelIdentity, Recipe
from cxr_grounding.verdict import Verdict


@dataclass(frozen=True, eq=False)
class FrameArrays:
    """The arrays on the model frame behind a heatmap, for comparison with other programs.

    Args:
        frame_image: [size, size], float32, [0, 1]: what the model saw.
        heatmap_raw: [size, size], float32: smoothed mean of the attention maps, the result of METHOD 4.
        heatmap_frame: [size, size], float32, [0, 1]: after min-max and Otsu (METHOD 5).
    """

    frame_image: NDArray[np.float32]
    heatmap_raw: NDArray[np.float32]
    heatmap_frame: NDArray[np.float32]

    def __eq__(self, other: object) -> bool:
        return _same_fields(self, other) if isinstance(other, FrameArrays) else NotImplemented


@dataclass(frozen=True, eq=False)
class Grounding:
    """Where a phrase points on a radiograph.

    All places are on the radiograph as stored: x columns from its left edge, y rows from its top edge. Two answers are
    equal when all that they hold is, arrays to the last bit.

    Args:
        phrase: what was asked, and which of its tokens were used or cut.
        heatmap_frame: [size, size], float32, [0, 1]: the heatmap on the model frame, where it was computed (METHOD 5);
            0 where the model saw nothing of the phrase.
        soft_frame: [size, size], float32, [0, 1]: the same before the threshold, which is what an AUC is of, with the
            digits of half precision; None in an answer that was saved before there was one.
        regions: connected parts of the heatmap above 0 with their boxes, strongest first.
        peak: (x, y) of the centre of the frame pixel where the heatmap is highest; None for a heatmap
            that is 0 everywhere.
        frame: the mapping between radiograph and model frame.
        spacing: of the radiograph, for lengths and areas; None where unknown.
        identifiers: which image this is about.
        model: who answered.
        recipe: the numbers it was answered with.
        device: on which device, "cpu", "cuda:0", ...
        precision: in which the U-Net computed, one of `ask.PRECISIONS`.
        seconds: wall time by stage: "encoding" and "inversion" or "noising" once per radiograph, "attention" and
            "postprocessing" for this phrase (phrases of one batch share theirs evenly).
        unet_calls: images through the U-Net: "text", with BBM, for the run without the image, if it was not made
            before; "full" for the radiograph, "partial" for this phrase's attention, and
            "compared", where noise is compared, to the end for this phrase and for those of its rivals that no phrase
            before had; and "places", for those where it was asked that no phrase before had.
        evidence: whether the phrase is there (METHOD 10); None where the recipe does not ask for it.
        place: where the phrase is best explained, if it names a finding and no place, and what was asked in its stead
            (METHOD 12); the maps are of that. None where it was asked as it stands.
        agreement: of the regions of the attention's map and of the sharpened one, their overlap over all that either
            marks, [0, 1] (METHOD 11); None where the map was not sharpened.
        verdict: how far the answer is to be believed; None in one that was saved before there was any.
        warnings: sentences for the user.
        token_maps: [tokens, size, size], float32, [0, 1], on the model frame, one per `phrase.tokens`,
            each smoothed and rescaled but not thresholded; None unless asked for.
        arrays: on the model frame; None unless asked for.
        noised: what looks at the noised radiograph gave beside the heatmap, the kept words first (METHOD 13); None
            where it was inverted.
    """

    phrase: Phrase
    heatmap_frame: NDArray[np.float32]
    regions: tuple[Region, ...]
    peak: tuple[float, float] | None
    frame: ModelFrame
    spacing: Spacing | None
    identifiers: Identifiers
    model: ModelIdentity
    recipe: Recipe
    device: str
    precision: str
    seconds: Mapping[str, float]
    unet_calls: Mapping[str, int]
    soft_frame: NDArray[np.float32] | None = None
    evidence: Evidence | None = None
    place: Placing | None = None
    agreement: float | None = None
    verdict: Verdict | None = None
    warnings: tuple[str, ...] = ()
    token_maps: NDArray[np.float32] | None = None
    arrays: FrameArrays | None = None
    noised: Noised | None = None

    def __eq__(self, other: object) -> bool:
        return _same_fields(self, other) if isinstance(other, Grounding) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.phrase, self.regions, self.peak, self.frame, self.identifiers, self.model, self.recipe))

    @cached_property
    def heatmap(self) -> NDArray[np.float32]:
        """The heatmap on the radiograph: [rows, columns], float32, [0, 1], NaN where the model did not look at all.

        Made when it is first asked for: the map on the frame is smaller by far, and all that is sent or kept.
        """
        return self.frame.to_radiograph(self.heatmap_frame)

    @cached_property
    def soft_heatmap(self) -> NDArray[np.float32] | None:
        """`soft_frame` on the radiograph, as `heatmap`; None where it is None."""
        return None if self.soft_frame is None else self.frame.to_radiograph(self.soft_frame)

    @property
    def asked(self) -> str:
        """What was asked in the stead of a phrase that names no place; "" where that was asked itself."""
        return "" if self.place is None else self.place.phrase

    @property
    def place_said(self) -> str:
        """Where it is best explained, and what was asked, for people; likewise."""
        return "" if self.place is None else self.place.sentence

    @property
    def region(self) -> NDArray[np.bool_]:
        """Where the heatmap is above 0: [rows, columns], bool; False where the model did not look."""
        return self.heatmap > 0

    @property
    def boxes(self) -> list[Box]:
        """Around each connected part of `region`, in pixels, strongest first."""
        return [region.box for region in self.regions]

    @property
    def seen(self) -> Box:
        """The part of the radiograph that the model saw, in pixels."""
        return self.frame.seen_stored

    @property
    def peak_mm(self) -> tuple[float, float] | None:
        """`peak` in mm from the radiograph's top left corner; None where the spacing is unknown."""
        if self.peak is None or self.spacing is None:
            return None
        return self.peak[0] * self.spacing.column_mm, self.peak[1] * self.spacing.row_mm

    @property
    def boxes_mm(self) -> list[Box] | None:
        """`boxes` in mm from the radiograph's top left corner; None where the spacing is unknown."""
        if self.spacing is None:
            return None
        across, down = self.spacing.column_mm, self.spacing.row_mm
        return [Box(box.x * across, box.y * down, box.width * across, box.height * down) for box in self.boxes]

    @property
    def area_mm2(self) -> float | None:
        """Area of `region`, in the plane that `spacing.source` names; None where the spacing is unknown."""
        if self.spacing is None:
            return None
        return float(np.count_nonzero(self.region)) * self.spacing.row_mm * self.spacing.column_mm

    def token_map(self, index: int) -> NDArray[np.float32]:
        """One token's own map on the radiograph: [rows, columns], float32, [0, 1], NaN where not seen.

        Args:
            index: of the token in `phrase.tokens`.

        Raises:
            ValueError: when no token maps were asked for.
        """
        if self.token_maps is None:
            raise ValueError("there are no token maps; call ground(..., token_maps=True)")
        return self.frame.to_radiograph(self.token_maps[index])

    def to_dict(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON knows it, without NaN; lengths carry their unit in the name."""
        boxes_mm = None if self.boxes_mm is None else [asdict(box) for box in self.boxes_mm]
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "phrase": self.phrase.text,
            "tokens": list(self.phrase.tokens),
            "cut": self.phrase.cut,
            "unknown": list(self.phrase.unknown),
            "image": parts.image_entry(self.frame.shape, self.identifiers),
            "spacing_mm": parts.spacing_entry(self.spacing),
            "seen_pixels": asdict(self.seen),
            "peak_pixels": parts.point_entry(self.peak),
            "peak_mm": parts.point_entry(self.peak_mm),
            "boxes_pixels": [parts.region_entry(region) for region in self.regions],
            "boxes_mm": boxes_mm,
            "area_pixels": int(np.count_nonzero(self.region)),
            "area_mm2": self.area_mm2,
            "verdict": None if self.verdict is None else parts.verdict_entry(self.verdict),
            "evidence": None if self.evidence is None else parts.evidence_entry(self.evidence),
            "place": None if self.place is None else parts.place_entry(self.place),
            "agreement": self.agreement,
            "noised": None if self.noised is None else noised_entry(self.noised),
            "model": self.model.as_dict(),
            "recipe": self.recipe.as_dict(),
            "device": self.device,
            "precision": self.precision,
            "seconds": dict(self.seconds),
            "unet_calls": dict(self.unet_calls),
            "warnings": list(self.warnings),
        }

    def to_document(self, **beside: Any) -> dict[str, Any]:
        """Everything, as JSON knows it: `to_dict`, and last an entry "kept" with what the way back needs, maps too.

        The patient is not named in it: `identifiers.PatientID`, which is "" in every engine's answers, is left out.

        Args:
            beside: entries of the file's own, put between the two.

        Raises:
            OutputError: when the maps are larger than `from_document` would take.
        """
        arrays = self.arrays
        try:
            parts.map_shapes(self.frame, 0 if self.token_maps is None else len(self.token_maps), arrays is not None)
        except JsonError as error:
            raise OutputError(
                f"The result cannot be written ({error}). Ground again without token maps, or a smaller image."
            ) from error
        kept = {
            "token_ids": list(self.phrase.token_ids),
            "padded_ids": list(self.phrase.padded_ids),
            "sop_class_uid": self.identifiers.SOPClassUID,
            "modality": self.identifiers.Modality,
            "orientation": asdict(self.frame.orientation),
            "frame": {"size": self.frame.size, "antialias": self.frame.antialias, "whole": self.frame.whole},
            "token_maps": None if self.token_maps is None else array_entry(self.token_maps),
            "arrays": None
            if arrays is None
            else {f.name: array_entry(getattr(arrays, f.name)) for f in fields(arrays)},
            "soft_frame": None if self.soft_frame is None else array_entry(self.soft_frame),
            "noised": None if self.noised is None else noised_arrays(self.noised),
            "heatmap_frame": array_entry(self.heatmap_frame),
        }
        return self.to_dict() | beside | {"kept": kept}

    def save(self, folder: Path | str, radiograph: Radiograph, **how: Any) -> Mapping[str, str | list[str]]:
        """Save this answer as files; several of one radiograph are saved by `cxr_grounding.save_answers`.

        Args:
            folder: for the files; made where it is missing. Files of the same name are replaced.
            radiograph: that was grounded.
            how: fields of `cxr_grounding.Saving`: formats="png,json", "seg,sr,sc", ...

        Returns:
            The names of the files by what they hold.

        Raises:
            OutputError: when it cannot be saved so; the folder is then as it was.
            TypeError: for a name that is no such field.
        """
        from cxr_grounding import Saving, save_answers  # by the doorway, since an answer knows none of its forms

        (files,) = save_answers([self], radiograph, folder, Saving(**how))
        return files

    def _repr_html_(self) -> str:
        """How a notebook shows it; `_repr_png_` is the picture alone."""
        return import_module("cxr_grounding.answers.in_notebook").as_html(self)  # by name, as `save` by the doorway

    def _repr_png_(self) -> bytes:
        return import_module("cxr_grounding.answers.in_notebook").as_png(self)

    @classmethod
    def from_document(cls, document: Any, name: str = "The document") -> Self:
        """The answer that `to_document` wrote: equal to the one that was written. No model is asked.

        Args:
            document: as `json` reads it; from anywhere, nothing in it is trusted.
            name: of it, for errors.

        Raises:
            OutputError: when it is anything else, or was written by a newer program.
        """
        try:
            parts.check_version(JsonFields(document), name)
            return cls._read(JsonFields.of_document(document))
        except (JsonError, RadiographError, RecipeError) as error:
            raise parts.refused(name, error) from error

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """A saved answer with its maps, to be drawn, exported or scored again without a model.

        Args:
            path: a JSON file that `cxr-ground ground` wrote, or a folder that holds one such file.

        Raises:
            OutputError: when there is none, more than one, or it cannot be opened.
        """
        found = parts.read_documents(path)
        if len(found) > 1:
            names = parts.listed([file for file, _ in found])
            raise OutputError(
                f"{parts.named(path)} holds {len(found)} results: {names}. Name one of them, or open all with "
                "Grounding.load_all."
            )
        file, document = found[0]
        return cls.from_document(document, parts.named(file))

    @classmethod
    def load_all(cls, folder: Path | str) -> list[Self]:
        """All saved answers of a folder, in the order of their files' names; otherwise as `load`."""
        return [cls.from_document(document, parts.named(file)) for file, document in parts.read_documents(folder)]

    @classmethod
    def _read(cls, entries: JsonFields) -> Self:
        kept, image = entries.inner("kept"), entries.inner("image")
        phrase, frame = parts.read_phrase(entries, kept), parts.read_frame(image, kept)
        tokens = 0 if kept.raw("token_maps") is None else len(phrase.tokens)
        one, of_tokens = parts.map_shapes(frame, tokens, kept.raw("arrays") is not None)
        return cls(
            phrase=phrase,
            heatmap_frame=parts.read_map(kept.inner("heatmap_frame"), one),
            regions=tuple(parts.read_region(entry) for entry in entries.inners("boxes_pixels")),
            peak=entries.optional("peak_pixels", parts.read_point),
            frame=frame,
            spacing=entries.optional("spacing_mm", parts.read_spacing),
            identifiers=parts.read_identifiers(image, kept),
            model=parts.read_model(entries.inner("model")),
            recipe=Recipe.from_dict(entries.object("recipe")),
            device=entries.text("device"),
            precision=entries.text("precision"),
            seconds=entries.numbers_by_name("seconds"),
            unet_calls=entries.numbers_by_name("unet_calls"),
            soft_frame=kept.optional("soft_frame", lambda entry: parts.read_map(entry, one))
            if "soft_frame" in kept
            else None,
            evidence=entries.optional("evidence", parts.read_evidence) if "evidence" in entries else None,
            place=entries.optional("place", parts.read_place) if "place" in entries else None,
            agreement=entries.number_or_none("agreement") if "agreement" in entries else None,
            verdict=entries.optional("verdict", parts.read_verdict) if "verdict" in entries else None,
            noised=entries.optional("noised", lambda entry: read_noised(entry, kept.inner("noised")))
            if "noised" in entries
            else None,
            warnings=entries.texts("warnings"),
            token_maps=kept.optional("token_maps", lambda maps: parts.read_map(maps, of_tokens)),
            arrays=kept.optional(
                "arrays", lambda maps: FrameArrays(*(read_array(maps.inner(f.name), one) for f in fields(FrameArrays)))
            ),
        )


def _same_fields(one: Any, other: Any) -> bool:
    """Whether two values of one dataclass hold the same, arrays to the last bit."""
    return all(_same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return one is not None and other is not None and np.array_equal(one, other)
    return bool(one == other)
