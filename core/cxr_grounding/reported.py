"""An answer as others are told of it: what leaves the program as DICOM objects, and what comes back from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cxr_grounding import grounding_document as parts
from cxr_grounding import maps
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.evidence import Evidence
from cxr_grounding.grounding import Grounding
from cxr_grounding.maps import Region
from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase
from cxr_grounding.radiograph import Box, Identifiers, Spacing
from cxr_grounding.recipe import ModelIdentity
from cxr_grounding.verdict import Verdict

SCHEMA = "cxr-grounding/reported-finding"
SCHEMA_VERSION = 1

UNTOKENIZED = tuple(range(SPECIAL_TOKENS))
"""Token ids of a phrase whose tokens nobody knows any more."""


@dataclass(frozen=True, eq=False)
class ReportedFinding:
    """Where a phrase points on a radiograph, without what only the engine that answered knows.

    Args:
        phrase: what was asked, or what the finding is called; its tokens are not known.
        heatmap: [rows, columns] on the radiograph as stored, float32, [0, 1], NaN where nobody looked; 1 in the region
            of a finding that has no heat.
        regions: connected parts of the heatmap above 0 with their boxes, strongest first.
        model: who answered.
        recipe: the numbers it was answered with, as `Recipe.as_dict` gives them; {} where they are not known.
        evidence: None where there is none.
        verdict: None where there is none.
        identifiers: which image this is about.
        spacing: of the radiograph; None where unknown.
        warnings: sentences for the user.
        asked: what was asked in the stead of a phrase that names no place (`Placing.phrase`); "" where that was asked
            itself.
    """

    phrase: Phrase
    heatmap: NDArray[np.float32]
    regions: tuple[Region, ...]
    model: ModelIdentity
    identifiers: Identifiers
    recipe: Mapping[str, Any] = field(default_factory=dict)
    evidence: Evidence | None = None
    verdict: Verdict | None = None
    spacing: Spacing | None = None
    warnings: tuple[str, ...] = ()
    asked: str = ""

    @property
    def place_said(self) -> str:
        """What was asked in the phrase's stead, for people; "" where that was asked itself."""
        return f'The map is of "{self.asked}", asked in its stead.' if self.asked else ""

    @classmethod
    def of(cls, answer: Grounding | Self) -> Self:
        """An engine's answer; what is reported already stays as it is."""
        if isinstance(answer, cls):
            return answer
        assert isinstance(answer, Grounding)
        return cls(
            answer.phrase,
            answer.heatmap,
            answer.regions,
            answer.model,
            answer.identifiers,
            answer.recipe.as_dict(),
            answer.evidence,
            answer.verdict,
            answer.spacing,
            answer.warnings,
            answer.asked,
        )

    @classmethod
    def from_summary(cls, summary: Any, heatmap: NDArray[np.float32]) -> Self:
        """What a scene keeps of an answer (`Grounding.to_dict`, or `to_dict` of this), with its heat.

        Args:
            summary: from anywhere, nothing in it is trusted.
            heatmap: [rows, columns], as in the fields above.

        Raises:
            OutputError: when it is anything else.
        """
        try:
            entries = JsonFields.of_document(summary)
            image = entries.inner("image")
            return cls(
                phrase=phrase_of(entries.text("phrase")),
                heatmap=heatmap,
                regions=tuple(parts.read_region(entry) for entry in entries.inners("boxes_pixels")),
                model=parts.read_model(entries.inner("model")),
                identifiers=Identifiers(
                    StudyInstanceUID=image.text("study_instance_uid"),
                    SeriesInstanceUID=image.text("series_instance_uid"),
                    SOPInstanceUID=image.text("sop_instance_uid"),
                ),
                recipe=entries.object("recipe"),
                evidence=entries.optional("evidence", parts.read_evidence) if "evidence" in entries else None,
                verdict=entries.optional("verdict", parts.read_verdict) if "verdict" in entries else None,
                spacing=entries.optional("spacing_mm", parts.read_spacing),
                warnings=entries.texts("warnings"),
                asked=_asked(entries),
            )
        except JsonError as error:
            raise parts.refused("The finding", error) from error

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the radiograph."""
        rows, columns = self.heatmap.shape
        return rows, columns

    @property
    def region(self) -> NDArray[np.bool_]:
        """Where the heatmap is above 0: [rows, columns], bool."""
        return self.heatmap > 0

    @property
    def seen(self) -> None:
        """What the model saw, as `Grounding.seen`: it is not known any more."""
        return None

    @property
    def boxes(self) -> list[Box]:
        """Around each connected part of `region`, in pixels, strongest first."""
        return [region.box for region in self.regions]

    @property
    def peak(self) -> tuple[float, float] | None:
        """(x, y) of the centre of the pixel where the heatmap is highest; None where it is 0 everywhere."""
        return maps.find_peak(self.heatmap) if self.region.any() else None

    def to_document(self, **beside: Any) -> dict[str, Any]:
        """`to_dict`, and entries of the file's own; the heat is not in it: it is in the volumes, and in the object."""
        return self.to_dict() | beside

    def to_dict(self) -> dict[str, Any]:
        """Everything but the heat, as JSON knows it, with the names of `Grounding.to_dict`."""
        pixels = int(np.count_nonzero(self.region))
        spacing = self.spacing
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "phrase": self.phrase.text,
            "image": parts.image_entry(self.shape, self.identifiers),
            "spacing_mm": parts.spacing_entry(spacing),
            "peak_pixels": parts.point_entry(self.peak),
            "boxes_pixels": [parts.region_entry(region) for region in self.regions],
            "area_pixels": pixels,
            "area_mm2": None if spacing is None else pixels * spacing.row_mm * spacing.column_mm,
            "verdict": None if self.verdict is None else parts.verdict_entry(self.verdict),
            "evidence": None if self.evidence is None else parts.evidence_entry(self.evidence),
            "model": asdict(self.model),
            "recipe": dict(self.recipe),
            "warnings": list(self.warnings),
            "asked": self.asked,
        }


def phrase_of(text: str) -> Phrase:
    """A phrase of which only the text is known."""
    return Phrase(text=text, token_ids=UNTOKENIZED, tokens=(), cut="", unknown=(), padded_ids=())


def _asked(entries: JsonFields) -> str:
    """What was asked in the phrase's stead, by a summary of either kind."""
    if "asked" in entries:
        return entries.text("asked")
    place = entries.optional("place", parts.read_place) if "place" in entries else None
    return "" if place is None else place.phrase
