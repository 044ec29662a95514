"""Segmentations and reports about a radiograph, of this program and as others write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.uid import UID

from cxr_grounding.answers.dicom.objects import dicom_objects
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.maps import find_regions
from cxr_grounding.radiograph import Identifiers
from cxr_grounding.recipe import ModelIdentity
from cxr_grounding.reported import ReportedFinding, phrase_of
from cxr_grounding.verdict import Verdict, VerdictKind
from fuzzing.dicom_layouts import Coding, deep_elements, elements
from fuzzing.layouts import PLAIN
from fuzzing.seeds.dicom import data_set, data_set_start, written
from fuzzing.seeds.seed import COLUMNS, ROWS, Seed, picture

IMAGE = "chest.dcm"
"""The radiograph that they are about, which lies beside each."""

_WHEN = {"DA": "20240229", "TM": "120000", "DT": "20240229120000"}
"""In place of the moment at which they are made, so that they are the same at each run."""


def segmentation_seeds() -> list[Seed]:
    """BINARY with bits packed, FRACTIONAL, and a LABELMAP; one that names no maker of ours."""
    image = data_set(picture())
    findings = _findings(image)
    seeds = []
    for kind, count in (("BINARY", 2), ("FRACTIONAL", 2), ("LABELMAP", 1)):
        (made,) = dicom_objects(image, findings[:count], kinds=["seg"], segmentation=kind, stable_uids=True)
        seeds.append(_seed(made, image, f"{kind.lower()}.dcm"))
    (foreign,) = dicom_objects(image, findings, kinds=["seg"], stable_uids=True)
    foreign.Manufacturer = "Another"
    for segment in foreign.SegmentSequence:
        del segment.SegmentationAlgorithmIdentificationSequence
    return [*seeds, _seed(foreign, image, "foreign.dcm")]


def report_seeds() -> list[Seed]:
    """TID 1500 with boxes, evidence and verdicts; one of another maker, with a circle and an ellipse."""
    image = data_set(picture())
    (own,) = dicom_objects(image, _findings(image), kinds=["sr"], stable_uids=True)
    (foreign,) = dicom_objects(image, _findings(image), kinds=["sr"], stable_uids=True)
    foreign.Manufacturer = "Another"
    shapes = iter((("CIRCLE", [30.0, 30.0, 40.0, 30.0]), ("ELLIPSE", [10.0, 20.0, 30.0, 20.0, 20.0, 10.0, 20.0, 30.0])))
    for item in _items(foreign):
        if item.get("ValueType") == "SCOORD" and (shape := next(shapes, None)):
            item.GraphicType, item.GraphicData = shape
    return [_seed(own, image, "own.dcm"), _seed(foreign, image, "foreign.dcm")]


def _findings(image: Dataset) -> list[ReportedFinding]:
    """Two, one with all that can be known of it; their regions do not meet in one pixel."""
    heat = np.zeros((ROWS, COLUMNS), np.float32)
    heat[5:25, 8:30] = np.linspace(0.2, 1, 22, dtype=np.float32)
    heat[40:50, 40:60] = 0.5
    about = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    uids = Identifiers(**{keyword: image[keyword].value for keyword in about})
    evidence = Evidence(0.4, -0.1, Rival("right effusion", 0.5, -0.1), (Rival("edema", 0.0, 0.3),), (459,), ())
    full = ReportedFinding(
        phrase_of("Großer linksseitiger Erguss"),
        heat,
        tuple(find_regions(heat)),
        ModelIdentity("toy", "1", "Research use only.", demonstration=True),
        uids,
        recipe={"steps": 50, "layers": [1, 2]},
        evidence=evidence,
        verdict=Verdict(VerdictKind.IN_DOUBT, ("Because.", "And so."), 0.25),
        asked="left pleural effusion",
    )
    other = np.roll(heat, 30, axis=1)
    return [full, replace(full, phrase=phrase_of("edema"), heatmap=other, regions=tuple(find_regions(other)))]


def _seed(made: Dataset, image: Dataset, name: str) -> Seed:
    """Written so that no length tells what is inside: parts can be left out, and the rest is still read."""
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.file_meta.ImplementationClassUID = UID("1.2.826.0.1.3680043.8.498.9")
    for item in _items(made):
        item.is_undefined_length_sequence_item = True
        for element in item:
            if element.VR == "SQ":
                element.is_undefined_length = True
            elif element.VR in _WHEN and element.value:
                element.value = _WHEN[element.VR]
    content = written(made)
    start = data_set_start(content)
    deep = deep_elements(start)
    return Seed(name, content, (deep, deep, elements(Coding(), start), PLAIN), {IMAGE: written(image)})


def _items(made: Dataset) -> Iterator[Any]:
    """A data set, and all that are nested in it."""
    yield made
    for element in made:
        if element.VR == "SQ":
            for item in element.value:
                yield from _items(item)
