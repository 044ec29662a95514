"""Regions of a structured report by TID 1500 as findings: this program's, and boxes of others'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import item, number, numbers, text
from cxr_grounding.evidence import Evidence
from cxr_grounding.maps import Region
from cxr_grounding.radiograph import Box, Radiograph
from cxr_grounding.reading.dicom.objects.made_by import (
    LONGEST_TEXT,
    check_is_about,
    finding_on,
    foreign_model,
    is_demonstration,
    is_ours,
    recipe_of,
    verdict_of,
)
from cxr_grounding.recipe import ModelIdentity
from cxr_grounding.reported import ReportedFinding

MOST_ITEMS = 20_000
"""Of a report's tree that are looked at."""

MEASUREMENT_GROUP, FINDING, TRACKING_IDENTIFIER = ("125007", "DCM"), ("121071", "DCM"), ("112039", "DCM")
ALGORITHM_NAME, ALGORITHM_VERSION, ALGORITHM_PARAMETERS = ("111001", "DCM"), ("111003", "DCM"), ("111002", "DCM")
PHRASE, ASKED, REASON, LABEL, VERDICT, STRENGTH, CONTESTED, EXPLAINED = (
    (name, "99CXRG") for name in ("phrase", "asked", "reason", "label", "verdict", "strength", "contested", "explained")
)
"""This program's own; `answers.dicom.own_codes` has the scheme."""

WITH_AREA = ("POLYLINE", "CIRCLE", "ELLIPSE")
"""Graphic types that enclose something (PS3.3 C.18.6)."""


class _Group(NamedTuple):
    """A measurement group's own items, and its boxes on the radiograph."""

    items: list[Dataset]
    boxes: list[Box]

    def value(self, name: tuple[str, str]) -> str:
        """The text, or the meaning of the code, by that name; "" where there is none."""
        return next(iter(self.values(name)), "")

    def values(self, name: tuple[str, str]) -> list[str]:
        """All of them, in their order."""
        return [_value(one) for one in self.items if _name(one) == name]

    def number(self, name: tuple[str, str]) -> float | None:
        """The measured value by that name, or None."""
        measured = next((item(one, "MeasuredValueSequence") for one in self.items if _name(one) == name), None)
        return None if measured is None else number(measured, "NumericValue")

    @property
    def strength(self) -> float:
        """The heat of its boxes, (0, 1]."""
        value = self.number(STRENGTH)
        return value if value is not None and 0 < value <= 1 else 1.0

    @property
    def evidence(self) -> Evidence | None:
        """As far as a report tells it."""
        explained, contested = self.number(EXPLAINED), self.number(CONTESTED)
        if explained is None or contested is None:
            return None
        return Evidence(explained, contested, mirrored=None, rivals=(), steps=(), noise=())


def findings_of_report(dataset: Dataset, radiograph: Radiograph) -> list[ReportedFinding]:
    """One finding a phrase, or a group where another program wrote it; groups without a region have none.

    Raises:
        RadiographError: when it is about another image.
        Any other exception on damaged bytes: call it inside `guard.untrusted`.
    """
    tree = list(_walk(dataset))
    check_is_about({uid for one in tree for uid in _images(one)}, radiograph)
    ours = is_ours(dataset)
    groups: dict[str, list[_Group]] = {}
    for number_, one in enumerate(tree):
        if _name(one) != MEASUREMENT_GROUP:
            continue
        group = _Group(list(one.get("ContentSequence") or []), list(_boxes(one, radiograph)))
        if group.boxes:
            groups.setdefault(group.value(PHRASE) if ours else str(number_), []).append(group)
    return [_finding(dataset, together, radiograph, ours) for together in groups.values()]


def _finding(dataset: Dataset, groups: list[_Group], radiograph: Radiograph, ours: bool) -> ReportedFinding:
    first = groups[0]
    regions = [Region(box, group.strength) for group in groups for box in group.boxes]
    heat = np.zeros(radiograph.shape, np.float32)
    for region in regions:
        inside = region.box.mask(radiograph.shape)
        heat[inside] = np.maximum(heat[inside], region.strength)
    known: dict[str, Any] = {"regions": sorted(regions, key=lambda one: -one.strength)}
    if not ours:
        called = first.value(TRACKING_IDENTIFIER) or first.value(FINDING)
        return finding_on(radiograph, called, heat, foreign_model(dataset, first.value(ALGORITHM_NAME)), **known)
    model = ModelIdentity(
        name=first.value(ALGORITHM_NAME) or "unnamed",
        version=first.value(ALGORITHM_VERSION),
        label=first.value(LABEL),
        demonstration=is_demonstration(dataset),
    )
    verdict = verdict_of(first.value(VERDICT), first.values(REASON))
    recipe = recipe_of(first.value(ALGORITHM_PARAMETERS))
    known |= {"verdict": verdict, "recipe": recipe, "evidence": first.evidence, "asked": first.value(ASKED)}
    return finding_on(radiograph, first.value(PHRASE), heat, model, **known)


def _walk(dataset: Dataset) -> Iterator[Dataset]:
    """All items of a report's tree; without a function that calls itself, since trees may be nested deeply."""
    waiting, seen = list(reversed(dataset.get("ContentSequence") or [])), 0
    while waiting and seen < MOST_ITEMS:
        one = waiting.pop()
        seen += 1
        yield one
        waiting += reversed(one.get("ContentSequence") or [])


def _name(one: Dataset) -> tuple[str, str]:
    """(value, scheme) of an item's concept name."""
    code = item(one, "ConceptNameCodeSequence") or Dataset()
    return text(code, "CodeValue"), text(code, "CodingSchemeDesignator")


def _value(one: Dataset) -> str:
    code = item(one, "ConceptCodeSequence")
    return text(code, "CodeMeaning") if code is not None else str(one.get("TextValue") or "")[:LONGEST_TEXT]


def _images(one: Dataset) -> Iterator[str]:
    """SOPInstanceUIDs of an item that is a reference to images."""
    for reference in one.get("ReferencedSOPSequence") or []:
        yield text(reference, "ReferencedSOPInstanceUID")


def _boxes(group: Dataset, radiograph: Radiograph) -> Iterator[Box]:
    """Around each region of a group that lies on the radiograph, as far as it does."""
    for one in group.get("ContentSequence") or []:
        if text(one, "ValueType") != "SCOORD" or text(one, "GraphicType") not in WITH_AREA:
            continue
        selected = {uid for each in one.get("ContentSequence") or [] for uid in _images(each)}
        if radiograph.identifiers.SOPInstanceUID in selected:
            box = _box(text(one, "GraphicType"), numbers(one, "GraphicData"), radiograph.shape)
            if box.width > 0 and box.height > 0:
                yield box


def _box(kind: str, data: list[float], shape: tuple[int, int]) -> Box:
    """Around a graphic, cut off at the image's edges; empty where it is malformed."""
    if len(data) < 4 or len(data) % 2:
        return Box(0, 0, 0, 0)
    points = np.array(data, dtype=np.float64).reshape(-1, 2)
    if kind == "CIRCLE":  # its centre, and a point on it
        radius = float(np.hypot(*(points[1] - points[0])))
        points = np.array([points[0] - radius, points[0] + radius])
    rows, columns = shape
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    left, right = max(float(left), 0.0), min(float(right), float(columns))
    top, bottom = max(float(top), 0.0), min(float(bottom), float(rows))
    return Box(left, top, max(right - left, 0.0), max(bottom - top, 0.0))
