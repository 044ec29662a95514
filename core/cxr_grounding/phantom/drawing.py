"""One synthetic radiograph from one seed: pixels, findings, sentences, masks, boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.acquisition import Acquisition, expose
from cxr_grounding.phantom.anatomy import Anatomy, draw_tissues
from cxr_grounding.phantom.findings import Finding, draw_finding, prepare
from cxr_grounding.phantom.grid import Grid
from cxr_grounding.phantom.wording import report
from cxr_grounding.radiograph import Box, Identifiers, Orientation, Radiograph, Spacing, SpacingSource, default_affine

TRAINING_SEEDS = 1_000_000
"""Seeds below this are for training; evaluation draws only from this one on."""

FINDING_COUNTS = (0.08, 0.34, 0.40, 0.18)
"""Probability of none, one, two and three findings."""

SMALLEST_PART = 0.04
"""A part of a mask below this share of the largest one is dust and gets no box."""


@dataclass(frozen=True, eq=False)
class DrawnFinding:
    """A finding as it was drawn.

    Args:
        finding: what it is.
        sentence: how the report says it.
        mask: [rows, columns] bool on the phantom's grid.
        boxes: around the mask's parts, in pixels; two for a finding in both lungs.
    """

    finding: Finding
    sentence: str
    mask: NDArray[np.bool_]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, eq=False)
class Phantom:
    """A synthetic frontal chest radiograph.

    Args:
        seed: what it was drawn from.
        values: [rows, columns] uint16 stored values, dense tissue bright.
        bits: how many bits of a value are used.
        pixel_mm: side of a pixel at the detector, in mm.
        left: [rows, columns] bool, the pixels on the patient's left of the midline.
        drawn: the findings, in the report's order.
        report: sentences; one that says "normal" where there is no finding.
    """

    seed: int
    values: NDArray[np.uint16]
    bits: int
    pixel_mm: float
    left: NDArray[np.bool_]
    drawn: tuple[DrawnFinding, ...]
    report: tuple[str, ...]

    @property
    def radiograph(self) -> Radiograph:
        """The phantom as the core reads it from its DICOM file."""
        spacing = Spacing(self.pixel_mm, self.pixel_mm, SpacingSource.IMAGER_PIXEL_SPACING)
        return Radiograph(
            self.values.astype(np.float32),
            spacing=spacing,
            orientation=Orientation("L", "F", known=True),
            affine=default_affine(spacing),
            view="PA",
            body_part="CHEST",
            identifiers=Identifiers(PatientID=f"PHANTOM-{self.seed}", Modality="DX"),
        )


def sample_findings(rng: np.random.Generator, count: int | None = None) -> tuple[Finding, ...]:
    """Findings of different pathologies, no two in the same place."""
    if count is None:
        count = int(rng.choice(len(FINDING_COUNTS), p=FINDING_COUNTS))
    findings: list[Finding] = []
    order = rng.permutation(np.array(list(Pathology), dtype=object))
    for pathology in order:
        if len(findings) == count:
            break
        finding = Finding.sample(pathology, rng)
        taken = {other.place for other in findings if other.side}
        if finding.side and finding.place in taken:
            continue
        findings.append(finding)
    return tuple(findings)


def draw_phantom(seed: int, short_side: int = 512, findings: tuple[Finding, ...] | None = None) -> Phantom:
    """Draw the phantom of a seed.

    The seed fixes the patient, the findings and the acquisition; `short_side` only how finely they
    are sampled (the noise differs, as it would between two detectors).

    Args:
        seed: any non-negative integer.
        short_side: pixels along the shorter side.
        findings: to draw instead of the seed's own.
    """
    rng = np.random.default_rng([seed, 0])
    anatomy = Anatomy.sample(rng)
    findings = findings_of(seed) if findings is None else findings
    acquisition = Acquisition.sample(rng)
    grid = _sample_grid(anatomy, short_side, rng)
    anatomy = prepare(anatomy, findings)
    tissues = draw_tissues(anatomy, grid)
    masks = [draw_finding(finding, anatomy, grid, tissues) for finding in findings]
    sentences = report_of(seed, findings)
    values = expose(tissues, grid, acquisition, np.random.default_rng([seed, 2]))
    drawn = tuple(
        DrawnFinding(finding, text, mask, _boxes(mask, finding))
        for finding, text, mask in zip(findings, sentences, masks, strict=False)
    )
    return Phantom(seed, values, acquisition.bits, grid.pixel_cm * 10, grid.x > 0, drawn, sentences)


def findings_of(seed: int) -> tuple[Finding, ...]:
    """What `draw_phantom` draws for this seed."""
    return sample_findings(np.random.default_rng([seed, 4]))


def report_of(seed: int, findings: tuple[Finding, ...] | None = None) -> tuple[str, ...]:
    """The sentences that `draw_phantom` gives this seed, without drawing; of its own findings where none are given."""
    return report(findings_of(seed) if findings is None else findings, np.random.default_rng([seed, 1]))


def _sample_grid(anatomy: Anatomy, short_side: int, rng: np.random.Generator) -> Grid:
    field = 2 * anatomy.half_width + rng.uniform(5.5, 9.5)
    aspect = rng.uniform(0.84, 1.2)
    pixel = field / short_side
    rows, columns = (short_side, round(short_side * aspect)) if aspect > 1 else (round(short_side / aspect), short_side)
    center = columns * pixel / 2 + rng.uniform(-1.0, 1.0)
    return Grid(rows, columns, pixel, center, rng.uniform(-0.045, 0.045))


def _boxes(mask: NDArray[np.bool_], finding: Finding) -> tuple[Box, ...]:
    """One box around the mask, or one a part for a finding in both lungs."""
    labels, _ = ndimage.label(mask)
    sizes = np.bincount(labels.ravel())[1:]
    if not sizes.size:
        return ()
    kept = np.flatnonzero(sizes >= SMALLEST_PART * sizes.max()) + 1
    if finding.pathology is not Pathology.EDEMA:
        labels, kept = np.isin(labels, kept).astype(int), np.array([1])
    slices = ndimage.find_objects(labels)
    return tuple(_box(slices[label - 1]) for label in kept)


def _box(where: tuple[slice, ...]) -> Box:
    rows, columns = where
    return Box(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
