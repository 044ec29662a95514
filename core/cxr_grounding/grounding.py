"""The answer to one phrase on one radiograph. METHOD 5 (heatmap), DESIGN (what a result carries)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.frame import ModelFrame
from cxr_grounding.maps import Region
from cxr_grounding.phrase import Phrase
from cxr_grounding.radiograph import Box, Identifiers, Spacing
from cxr_grounding.recipe import ModelIdentity, Recipe


@dataclass(frozen=True)
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


@dataclass(frozen=True, eq=False)
class Grounding:
    """Where a phrase points on a radiograph.

    All places are on the radiograph as stored: x columns from its left edge, y rows from its top edge.

    Args:
        phrase: what was asked, and which of its tokens were used or cut.
        heatmap_frame: [size, size], float32, [0, 1]: the heatmap on the model frame, where it was computed (METHOD 5);
            0 where the model saw nothing of the phrase.
        regions: connected parts of the heatmap above 0 with their boxes, strongest first.
        peak: (x, y) of the centre of the frame pixel where the heatmap is highest; None for a heatmap
            that is 0 everywhere.
        frame: the mapping between radiograph and model frame.
        spacing: of the radiograph, for lengths and areas; None where unknown.
        identifiers: which image this is about.
        model: who answered.
        recipe: the numbers it was answered with.
        device: on which device, "cpu", "cuda:0", ...
        precision: in which the U-Net computed, "single" or "half".
        seconds: wall time by stage: "encoding" and "inversion" once per radiograph, "attention" and
            "postprocessing" for this phrase (phrases of one batch share theirs evenly).
        unet_calls: images through the U-Net: "full" for the radiograph, "partial" for this phrase.
        warnings: sentences for the user.
        token_maps: [tokens, size, size], float32, [0, 1], on the model frame, one per `phrase.tokens`,
            each smoothed and rescaled but not thresholded; None unless asked for.
        arrays: on the model frame; None unless asked for.
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
    warnings: tuple[str, ...] = ()
    token_maps: NDArray[np.float32] | None = None
    arrays: FrameArrays | None = None

    @cached_property
    def heatmap(self) -> NDArray[np.float32]:
        """The heatmap on the radiograph: [rows, columns], float32, [0, 1], NaN where the model did not look at all.

        Made when it is first asked for: the map on the frame is smaller by far, and all that is sent or kept.
        """
        return self.frame.to_radiograph(self.heatmap_frame)

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
        rows, columns = self.frame.shape
        boxes = [asdict(region.box) | {"strength": region.strength} for region in self.regions]
        boxes_mm = None if self.boxes_mm is None else [asdict(box) for box in self.boxes_mm]
        return {
            "phrase": self.phrase.text,
            "tokens": list(self.phrase.tokens),
            "cut": self.phrase.cut,
            "unknown": list(self.phrase.unknown),
            "image": {
                "rows": rows,
                "columns": columns,
                "study_instance_uid": self.identifiers.StudyInstanceUID,
                "series_instance_uid": self.identifiers.SeriesInstanceUID,
                "sop_instance_uid": self.identifiers.SOPInstanceUID,
            },
            "spacing_mm": None
            if self.spacing is None
            else {
                "row": self.spacing.row_mm,
                "column": self.spacing.column_mm,
                "source": self.spacing.source.value,
            },
            "seen_pixels": asdict(self.seen),
            "peak_pixels": _point(self.peak),
            "peak_mm": _point(self.peak_mm),
            "boxes_pixels": boxes,
            "boxes_mm": boxes_mm,
            "area_pixels": int(np.count_nonzero(self.region)),
            "area_mm2": self.area_mm2,
            "model": self.model.as_dict(),
            "recipe": self.recipe.as_dict(),
            "device": self.device,
            "precision": self.precision,
            "seconds": dict(self.seconds),
            "unet_calls": dict(self.unet_calls),
            "warnings": list(self.warnings),
        }


def _point(point: tuple[float, float] | None) -> dict[str, float] | None:
    return None if point is None else {"x": point[0], "y": point[1]}
