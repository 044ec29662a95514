"""Who made a DICOM object, and what must be said beside what it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.disk.sentences import printable, shortened
from cxr_grounding.errors import RadiographError
from cxr_grounding.maps import Region, find_regions
from cxr_grounding.radiograph import Identifiers, Radiograph
from cxr_grounding.recipe import ModelIdentity
from cxr_grounding.reported import ReportedFinding, phrase_of
from cxr_grounding.verdict import Verdict, VerdictKind

OURS = "CXRGrounding"
"""Manufacturer of objects that this program made."""

LONGEST_TEXT = 4096
"""Letters that are taken of one text of an object."""

UNNAMED = "unnamed finding"


def is_ours(dataset: Dataset) -> bool:
    """Whether this program made an object, by what it says itself."""
    return text(dataset, "Manufacturer") == OURS


def is_demonstration(dataset: Dataset) -> bool:
    """Whether an object of this program says that its model is for demonstration."""
    return text(dataset, "SeriesDescription").startswith("Demonstration")


def foreign_model(dataset: Dataset, name: str = "") -> ModelIdentity:
    """The maker of an object that another program wrote."""
    who = text(dataset, "Manufacturer") or text(dataset, "ManufacturerModelName") or "an unnamed maker"
    return ModelIdentity(
        name=name or who, version=text(dataset, "SoftwareVersions"), label=f"Read from a DICOM object of {who}."
    )


def recipe_of(parameters: str) -> dict[str, Any]:
    """The recipe out of the parameters that an object of this program names; {} where there is none."""
    try:
        found = json.loads(parameters.removeprefix("recipe="))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def verdict_of(kind: str, reasons: Sequence[str]) -> Verdict | None:
    """A verdict by its words; None where they are none of this program's."""
    kinds = {one.value: one for one in VerdictKind}
    return Verdict(kinds[kind], tuple(map(printable, reasons))) if kind in kinds else None


def whole_text(dataset: Dataset, keyword: str) -> str:
    """A text of several lines, at most `LONGEST_TEXT` letters."""
    value = dataset.get(keyword)
    return str(value)[:LONGEST_TEXT] if value is not None else ""


def finding_on(
    radiograph: Radiograph, phrase: str, heatmap: NDArray[np.float32], model: ModelIdentity, **known: Any
) -> ReportedFinding:
    """A finding with its regions.

    Args:
        radiograph: that it is about.
        phrase: what it is called.
        heatmap: [rows, columns], float32, [0, 1].
        model: who found it.
        known: fields of `ReportedFinding` beside these.
    """
    uids = radiograph.identifiers
    regions: Sequence[Region] = known.pop("regions", None) or find_regions(heatmap)
    return ReportedFinding(
        phrase=phrase_of(shortened(phrase, LONGEST_TEXT) or UNNAMED),
        heatmap=heatmap,
        regions=tuple(regions),
        model=model,
        identifiers=Identifiers(
            StudyInstanceUID=uids.StudyInstanceUID,
            SeriesInstanceUID=uids.SeriesInstanceUID,
            SOPInstanceUID=uids.SOPInstanceUID,
        ),
        spacing=radiograph.spacing,
        **known,
    )


def check_is_about(uids: set[str], radiograph: Radiograph) -> None:
    """Refuse an object about other images alone.

    Args:
        uids: SOPInstanceUIDs of the images that it refers to.
        radiograph: that it shall be about.

    Raises:
        RadiographError: when that is not among them.
    """
    if radiograph.identifiers.SOPInstanceUID not in uids:
        about = ", ".join(sorted(map(shortened, uids))[:3]) or "no image at all"
        raise RadiographError(
            f"The object is about another image than this radiograph ({about}, not "
            f"{radiograph.identifiers.SOPInstanceUID}). Give the file that it was made of."
        )
