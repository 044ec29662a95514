"""Segments of a DICOM Segmentation as findings (PS3.3 A.51): BINARY, FRACTIONAL and LABELMAP, of one image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr_grounding.disk.dicom_elements import item, number, text
from cxr_grounding.errors import RadiographError
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.dicom.objects.made_by import (
    check_is_about,
    finding_on,
    foreign_model,
    is_demonstration,
    is_ours,
    recipe_of,
    verdict_of,
    whole_text,
)
from cxr_grounding.reading.guard import check_decoded_size, check_pixel_count
from cxr_grounding.recipe import ModelIdentity
from cxr_grounding.reported import ReportedFinding

MOST_FRAMES = 256
"""Of a segmentation of one radiograph: a frame a segment."""


class _Frame(NamedTuple):
    segment: int
    pixels: NDArray


def findings_of_segmentation(dataset: Dataset, radiograph: Radiograph) -> list[ReportedFinding]:
    """One finding a segment that has pixels, in their order.

    Raises:
        RadiographError: when it is about another image, of another size, or compressed.
        Any other exception on damaged bytes: call it inside `guard.untrusted`.
    """
    check_is_about(set(_images_of(dataset)), radiograph)
    heat: dict[int, NDArray[np.float32]] = {}
    for frame in _frames(dataset, radiograph):
        former = heat.get(frame.segment)
        scaled = frame.pixels.astype(np.float32)
        heat[frame.segment] = scaled if former is None else np.maximum(former, scaled)
    segments = {int(one.SegmentNumber): one for one in dataset.SegmentSequence}
    return [
        _finding(dataset, segments[segment], heat[segment], radiograph)
        for segment in sorted(heat)
        if segment in segments and heat[segment].any()
    ]


def _images_of(dataset: Dataset) -> Iterator[str]:
    """SOPInstanceUIDs of all that it refers to as its source."""
    for series in dataset.get("ReferencedSeriesSequence") or []:
        for instance in series.get("ReferencedInstanceSequence") or []:
            yield text(instance, "ReferencedSOPInstanceUID")
    groups = [
        *(dataset.get("SharedFunctionalGroupsSequence") or []),
        *(dataset.get("PerFrameFunctionalGroupsSequence") or []),
    ]
    for group in groups[: MOST_FRAMES + 1]:
        for derivation in group.get("DerivationImageSequence") or []:
            for source in derivation.get("SourceImageSequence") or []:
                yield text(source, "ReferencedSOPInstanceUID")


def _frames(dataset: Dataset, radiograph: Radiograph) -> Iterator[_Frame]:
    """Each frame with the number of its segment, its pixels in [0, 1]; of a label map a frame a segment."""
    pixels = _pixels(dataset, radiograph)
    kind = text(dataset, "SegmentationType").upper()
    if kind == "LABELMAP":
        for plane in pixels:
            for segment in np.unique(plane[plane > 0]).tolist()[:MOST_FRAMES]:
                yield _Frame(int(segment), plane == segment)
        return
    highest = number(dataset, "MaximumFractionalValue") if kind == "FRACTIONAL" else 1
    shared = item(dataset, "SharedFunctionalGroupsSequence")
    for plane, group in zip(pixels, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        identified = item(group, "SegmentIdentificationSequence")
        if identified is None and shared is not None:
            identified = item(shared, "SegmentIdentificationSequence")
        segment = None if identified is None else number(identified, "ReferencedSegmentNumber")
        if segment is not None and _is_about(group, radiograph):
            yield _Frame(int(segment), np.clip(plane / (highest or 255), 0, 1))


def _is_about(group: Dataset, radiograph: Radiograph) -> bool:
    """Whether a frame is of this image: it says so, or does not say."""
    derivation = item(group, "DerivationImageSequence")
    sources = [] if derivation is None else derivation.get("SourceImageSequence") or []
    uids = {text(source, "ReferencedSOPInstanceUID") for source in sources}
    return not uids or radiograph.identifiers.SOPInstanceUID in uids


def _pixels(dataset: Dataset, radiograph: Radiograph) -> NDArray:
    """[frames, rows, columns], as stored; only of what needs no decoder of C."""
    if dataset.file_meta.TransferSyntaxUID not in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        raise RadiographError(
            "The segmentation is compressed, and only uncompressed ones are read here. Have its program write it "
            "uncompressed."
        )
    rows, columns = int(number(dataset, "Rows") or 0), int(number(dataset, "Columns") or 0)
    frames, bits = int(number(dataset, "NumberOfFrames") or 1), int(number(dataset, "BitsAllocated") or 0)
    if (rows, columns) != radiograph.shape:
        raise RadiographError(
            f"The segmentation has {columns} x {rows} pixels, and the radiograph has "
            f"{radiograph.shape[1]} x {radiograph.shape[0]}. Give the file that it was made of."
        )
    if bits not in (1, 8, 16) or not 1 <= frames <= MOST_FRAMES:
        raise RadiographError(f"The segmentation has {frames} frames of {bits} bits, which none of a radiograph has.")
    name = Path("The segmentation")
    check_pixel_count(name, rows, columns)
    check_decoded_size(name, rows * columns * frames * max(bits // 8, 1))
    data, count = dataset.PixelData, frames * rows * columns
    if len(data) * 8 < count * bits:
        raise RadiographError("The segmentation was cut off: it has fewer pixels than it says. Copy it again.")
    if bits == 1:  # packed from the lowest bit on, across rows and frames (PS3.5 8.1.1)
        values = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little", count=count)
    else:
        values = np.frombuffer(data, f"<u{bits // 8}", count=count)
    return values.reshape(frames, rows, columns)


def _finding(dataset: Dataset, segment: Dataset, heat: NDArray[np.float32], radiograph: Radiograph) -> ReportedFinding:
    label = text(segment, "SegmentLabel")
    if not is_ours(dataset):
        return finding_on(radiograph, label, heat, foreign_model(dataset, text(segment, "SegmentAlgorithmName")))
    phrase, verdict, *_ = [*whole_text(segment, "SegmentDescription").splitlines(), "", ""]
    kind, _, reasons = verdict.partition(":")
    algorithm = item(segment, "SegmentationAlgorithmIdentificationSequence") or Dataset()
    name, comments = text(algorithm, "AlgorithmName") or "unnamed", whole_text(dataset, "ImageComments")
    model = ModelIdentity(
        name=name,
        version=text(algorithm, "AlgorithmVersion"),
        label=comments.partition(f"{name}: ")[2] or comments,
        demonstration=is_demonstration(dataset),
    )
    recipe = recipe_of(str(algorithm.get("AlgorithmParameters") or ""))
    said = verdict_of(kind.strip(), [reasons.strip()] if reasons.strip() else [])
    return finding_on(radiograph, phrase or label, heat, model, recipe=recipe, verdict=said)
