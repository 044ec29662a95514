"""A map as readers see it: the heat and where it lies, without whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding import grounding_document as parts
from cxr_grounding.disk.json_array import array_entry
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError, read_json
from cxr_grounding.errors import RadiographError, StudyError
from cxr_grounding.frame import ModelFrame
from cxr_grounding.radiograph import Identifiers
from cxr_grounding.recipe import ModelIdentity
from cxr_grounding.reported import ReportedFinding, phrase_of

SCHEMA, SCHEMA_VERSION = "cxr-grounding/study-map", 1

SHADES = 255
"""To which all heat is rounded, since that of an evaluation is kept so: the grain of a map must not tell its source."""

NOBODY = ModelIdentity(name="", version="", label="", demonstration=False, licence="")


@dataclass(frozen=True, eq=False)
class StudyMap:
    """One map of a study.

    Args:
        phrase: that it is of.
        frame: the mapping between radiograph and model frame.
        heatmap_frame: [size, size], float32, [0, 1].
    """

    phrase: str
    frame: ModelFrame
    heatmap_frame: NDArray[np.float32]

    def to_document(self) -> dict[str, Any]:
        """As JSON knows it."""
        rows, columns = self.frame.shape
        orientation = self.frame.orientation
        shades = np.rint(self.heatmap_frame * SHADES) / SHADES
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "phrase": self.phrase,
            "image": {"rows": rows, "columns": columns},
            "kept": {
                "orientation": {"row": orientation.row, "column": orientation.column, "known": orientation.known},
                "frame": {"size": self.frame.size, "antialias": self.frame.antialias},
                "heatmap_frame": array_entry(shades.astype(np.float32)),
            },
        }

    def finding(self) -> ReportedFinding:
        """The map on the radiograph, as the scene takes findings; nobody's, and nobody judged it."""
        heatmap = self.frame.to_radiograph(self.heatmap_frame)
        return ReportedFinding(phrase_of(self.phrase), heatmap, (), NOBODY, Identifiers())


def read_study_map(path: Path) -> StudyMap:
    """What `StudyMap.to_document` wrote.

    Raises:
        StudyError: when it cannot be read, or is something else.
    """
    try:
        entries = JsonFields.of_document(read_json(path))
        if entries.text("schema") != SCHEMA or entries.whole("schema_version") != SCHEMA_VERSION:
            raise JsonError("it is no map of a study that this program knows")
        image, kept = entries.inner("image"), entries.inner("kept")
        frame = parts.read_frame(image, kept)
        shape, _ = parts.map_shapes(frame, 0, with_arrays=False)
        return StudyMap(entries.text("phrase"), frame, parts.read_map(kept.inner("heatmap_frame"), shape))
    except FileNotFoundError as error:
        raise StudyError(f"The map {path} is gone. Copy the study's folder again, or put the file back.") from error
    except (JsonError, RadiographError) as error:
        raise StudyError(f"The map {path} cannot be used ({error}). Copy the study's folder again.") from error
