"""The eight pathologies of MS-CXR, drawn into a chest's tissues; each says where it was put.

What a finding looks like is a caricature of the textbook sign, no more: the point is that each
of the eight looks different, has a side, a zone and a severity, and lies where its sentence says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.anatomy import LEFT, RIGHT, SIDES, Anatomy, Tissues
from cxr_grounding.phantom.grid import FloatMap, Grid, ramp

SEVERITIES = ("small", "moderate", "large")

ZONES = {"upper": 0.24, "middle": 0.52, "lower": 0.78}
"""Height of each zone's middle, as a fraction of the way from the apex to the diaphragm's dome."""

ZONES_OF = {
    Pathology.ATELECTASIS: ("lower",),
    Pathology.CONSOLIDATION: ("upper", "middle", "lower"),
    Pathology.LUNG_OPACITY: ("upper", "middle", "lower"),
    Pathology.PNEUMONIA: ("upper", "middle", "lower"),
}
"""Pathologies that are said to lie in a zone; the others have a place of their own."""

BOTH_SIDED = frozenset({Pathology.CARDIOMEGALY, Pathology.EDEMA})
"""Pathologies that have no side."""

OPAQUE_CM = 0.35
"""A soft finding's mask holds what adds at least this much tissue, in cm, or half of its peak if that is less."""


@dataclass(frozen=True)
class Finding:
    """One finding, before it is drawn.

    Args:
        pathology: which of the eight.
        side: "left", "right", or "" for a finding without a side.
        zone: "upper", "middle", "lower", or "".
        severity: "small", "moderate" or "large".
        seed: of its own shape, so that it does not depend on what else is drawn.
    """

    pathology: Pathology
    side: str
    zone: str
    severity: str
    seed: int

    @property
    def grade(self) -> int:
        """0, 1 or 2 for small, moderate, large."""
        return SEVERITIES.index(self.severity)

    @property
    def place(self) -> tuple[str, str]:
        """Side and zone that the finding fills; two findings of one phantom never share it."""
        fixed = {Pathology.PLEURAL_EFFUSION: "lower", Pathology.PNEUMOTHORAX: "upper"}
        return self.side, self.zone or fixed.get(self.pathology, "")

    @classmethod
    def sample(cls, pathology: Pathology, rng: np.random.Generator, side: str = "") -> Finding:
        """A finding of this pathology, on `side` where it has one and one was asked for."""
        if pathology in BOTH_SIDED:
            side = ""
        elif not side:
            side = str(rng.choice(list(SIDES)))
        zones = ZONES_OF.get(pathology, ("",))
        return cls(pathology, side, str(rng.choice(zones)), str(rng.choice(SEVERITIES)), int(rng.integers(2**31)))


def prepare(anatomy: Anatomy, findings: tuple[Finding, ...]) -> Anatomy:
    """The chest in which these findings are drawn: an enlarged heart, a raised diaphragm."""
    for finding in findings:
        rng = np.random.default_rng(finding.seed)
        if finding.pathology is Pathology.CARDIOMEGALY:
            ratio = (0.57, 0.63, 0.70)[finding.grade] + rng.uniform(-0.02, 0.02)
            width = 2 * anatomy.half_width * ratio
            anatomy = dataclasses.replace(
                anatomy, heart_width=width, heart_height=12.0 + 1.0 * finding.grade, heart_shift=0.15 * width
            )
        if finding.pathology is Pathology.ATELECTASIS:
            left, right = anatomy.dome_y
            rise = rng.uniform(0.3, 0.8) + 0.6 * finding.grade
            domes = (left - rise, right) if finding.side == "left" else (left, right - rise)
            anatomy = dataclasses.replace(anatomy, dome_y=domes)
    return anatomy


def draw_finding(finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues) -> NDArray[np.bool_]:
    """Draw one finding into `tissues` and return its mask [rows, columns], bool."""
    rng = np.random.default_rng(finding.seed)
    return _DRAW[finding.pathology](finding, anatomy, grid, tissues, rng)


def _visible(added: FloatMap) -> NDArray[np.bool_]:
    return added > min(OPAQUE_CM, 0.5 * float(added.max()))


def _add_fluid(tissues: Tissues, added: FloatMap) -> None:
    """Put soft tissue where aerated lung was; no more than the lung leaves room for."""
    added = np.minimum(added, tissues.lung)
    tissues.fluid += added * 0.12
    tissues.lung -= added


def _cardiomegaly(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    # The heart itself was enlarged by `prepare`; the mask is the heart without the vessels above it.
    base = min(anatomy.dome_y)
    return (tissues.heart > 3.0) & (grid.y > base - 0.30 * anatomy.heart_height - 5.2) & (grid.y < base + 2.0)


def _pleural_effusion(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    side = SIDES[finding.side]
    lateral = np.clip(side * grid.x / anatomy.half_width, 0, 1.1)
    bottom = anatomy.dome(side) + 4.6
    height = (6.2, 8.6, 12.5)[finding.grade] + rng.uniform(-0.5, 0.8)
    meniscus = bottom - height + (3.8 + 0.6 * finding.grade) * (1 - lateral**2.5)
    # The space below the wall's curve holds the fluid, also where the lung does not reach.
    space = ramp(tissues.margin[side], 0.35) * ramp(side * grid.x - 1.5, 1.5) * ramp(bottom + 1.0 - grid.y, 2.0)
    depth = ramp(grid.y - meniscus, 2.2)
    room = space * depth * (grid.y > anatomy.apex_y + 4)
    replaced = tissues.lung * room
    tissues.lung -= replaced
    tissues.vessels *= 1 - room
    tissues.fluid += 0.12 * replaced
    return (room * tissues.inside[side] > 0.35) & (side * grid.x > 0)


def _pneumothorax(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    side = SIDES[finding.side]
    gap = (2.2, 3.6, 5.4)[finding.grade] + rng.uniform(-0.3, 0.4)
    length = (8.0, 13.0, 19.0)[finding.grade] + rng.uniform(-1, 1.5)
    down = np.clip((grid.y - anatomy.apex_y) / length, 0, 1)
    edge = gap * np.sqrt(np.clip(1 - down**2, 0, None)) + 0.25 * np.sin(1.1 * grid.y + rng.uniform(0, 6))
    edge = np.where(down < 1, edge, -1).astype(np.float32)
    beyond = ramp(edge - tissues.margin[side], 0.25) * tissues.inside[side] * (side * grid.x > 0.8)
    depth = tissues.lung * beyond
    tissues.air += 1.25 * depth
    tissues.lung -= depth
    tissues.vessels *= 1 - beyond
    # The pleura itself, seen edge on, and the lung behind it, a little denser for having collapsed.
    line = ramp(0.16 - np.abs(edge - tissues.margin[side]), 0.12) * tissues.inside[side] * (down < 0.98)
    tissues.fluid += 0.9 * line
    collapsed = ramp(tissues.margin[side] - edge, 1.5) * tissues.inside[side] * (edge > 0)
    tissues.fluid += (0.15 + 0.1 * finding.grade) * collapsed * ramp(edge, 2.0)
    return (beyond > 0.5) & (edge > 0)


def _edema(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    strength = (2.6, 4.2, 6.0)[finding.grade] * rng.uniform(0.9, 1.1)
    mottle = np.clip(1 + 0.35 * grid.texture(rng, 0.7) + 0.25 * grid.texture(rng, 1.8), 0.1, 2.2)
    haze = np.zeros_like(grid.x)
    for side in (LEFT, RIGHT):
        hilum_x, hilum_y = anatomy.hilum(side)
        across, down = (side * (grid.x - hilum_x) - 1.0) / 5.2, (grid.y - hilum_y - 1.0) / 6.2
        haze += np.exp(-(np.abs(across) ** 2.5) - np.abs(down) ** 2.5) * tissues.inside[side]
    _add_fluid(tissues, strength * haze * mottle)
    septa = []
    for side in (LEFT, RIGHT):
        for _ in range(7):
            y = anatomy.dome(side) - rng.uniform(0.5, 6.5)
            wall = float(anatomy.lateral_wall(y))
            xs = side * np.array([wall - rng.uniform(1.4, 2.6), wall - 0.2])
            septa.append((xs, np.array([y, y + rng.uniform(-0.2, 0.2)]), 0.14))
    tissues.fluid += 3.0 * grid.lines(septa) * np.maximum(tissues.inside[LEFT], tissues.inside[RIGHT])
    tissues.vessels *= 1.5
    return haze > 0.30


def _blob(
    finding: Finding,
    anatomy: Anatomy,
    grid: Grid,
    tissues: Tissues,
    rng: np.random.Generator,
    radii: tuple,
    edge: float,
) -> tuple[FloatMap, float, float]:
    """A warped ellipse in the finding's zone: 0..1 map with an edge of `edge` cm, and its centre (x, y)."""
    side = SIDES[finding.side]
    span = anatomy.dome(side) - anatomy.apex_y
    y = anatomy.apex_y + span * (ZONES[finding.zone] + rng.uniform(-0.04, 0.04))
    wall = float(anatomy.lateral_wall(y))
    inner = anatomy.mediastinum + 2.2 + (2.2 if finding.side == "left" and finding.zone == "lower" else 0.0)
    x = side * rng.uniform(inner + 0.3 * radii[0], max(wall - 0.75 * radii[0], inner + 0.35 * radii[0]))
    warp = 1 + 0.16 * grid.texture(rng, 2.6)
    away = np.hypot((grid.x - x) / radii[0], (grid.y - y) / radii[1]) * warp
    size = min(radii)
    return ramp((1 - away) * size + edge / 2, edge) * tissues.inside[side], x, y


def _consolidation(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    size = (2.7, 3.5, 4.4)[finding.grade]
    radii = (size * rng.uniform(1.0, 1.25), size * rng.uniform(0.9, 1.1))
    shape, x, y = _blob(finding, anatomy, grid, tissues, rng, radii, 0.8)
    # One border is a fissure: straight and sharp.
    fissure = y + (0.55 if finding.zone == "upper" else -0.55) * radii[1]
    keep = fissure - grid.y if finding.zone == "upper" else grid.y - fissure
    shape = shape * ramp(keep + 0.12 * (grid.x - x) + 0.2, 0.4)
    _add_fluid(tissues, (9.0 + 1.0 * finding.grade) * shape * (1 + 0.08 * grid.texture(rng, 1.2)))
    tissues.vessels *= 1 - shape
    bronchi = []
    for heading in rng.uniform(-0.9, 0.9, 4):
        away = SIDES[finding.side] * np.cos(heading) * radii[0] * 1.1, np.sin(heading) * radii[1] * 1.1
        start = x - 0.5 * away[0], y - 0.5 * away[1]
        bronchi.append((np.array([start[0], start[0] + away[0]]), np.array([start[1], start[1] + away[1]]), 0.35))
    tissues.air += 3.2 * grid.lines(bronchi) * shape
    return shape > 0.4


def _pneumonia(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    size = (3.0, 3.8, 4.6)[finding.grade]
    region, x, y = _blob(finding, anatomy, grid, tissues, rng, (size, 1.1 * size), 1.8)
    patches = np.zeros_like(region)
    for _ in range(9 + 3 * finding.grade):
        angle, reach = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1)) * size
        radius = rng.uniform(0.55, 1.1)
        away = np.hypot(grid.x - x - reach * np.cos(angle), grid.y - y - 1.1 * reach * np.sin(angle))
        patches = np.maximum(patches, rng.uniform(0.7, 1.0) * np.exp(-((away / radius) ** 2)))
    speckle = np.clip(1 + 0.4 * grid.texture(rng, 0.5), 0.2, 2)
    _add_fluid(tissues, (1.2 * region + 6.5 * patches * ramp(region, 0.5) * speckle))
    return (region > 0.35) & _visible(grid.blur(patches, 0.8) + 0.4 * region)


def _lung_opacity(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    size = (2.4, 3.2, 4.0)[finding.grade]
    shape, _, _ = _blob(finding, anatomy, grid, tissues, rng, (size * rng.uniform(0.9, 1.2), size), 0.9 * size)
    _add_fluid(tissues, (4.6 + 0.5 * finding.grade) * shape)
    return shape > 0.30


def _atelectasis(
    finding: Finding, anatomy: Anatomy, grid: Grid, tissues: Tissues, rng: np.random.Generator
) -> NDArray[np.bool_]:
    side = SIDES[finding.side]
    bands = np.zeros_like(grid.x)
    count = 2 + finding.grade
    center = side * rng.uniform(0.50, 0.64) * anatomy.half_width
    half_length = (2.9, 3.5, 4.2)[finding.grade]
    tilt = side * rng.uniform(-0.05, 0.30)
    for number in range(count):
        x = center + rng.uniform(-0.6, 0.6)
        y = anatomy.dome(side) - 1.1 - 1.35 * number + rng.uniform(-0.25, 0.25)
        along = (grid.x - x) * np.cos(tilt) + (grid.y - y) * np.sin(tilt)
        tilted = tilt + rng.uniform(-0.1, 0.1)
        across = -(grid.x - x) * np.sin(tilted) + (grid.y - y) * np.cos(tilted)
        thickness = rng.uniform(0.30, 0.45)
        ends = ramp(half_length * rng.uniform(0.75, 1.05) - np.abs(along), 1.2)
        bands = np.maximum(bands, np.exp(-((across / thickness) ** 2)) * ends)
    bands *= tissues.inside[side]
    _add_fluid(tissues, rng.uniform(5.5, 8.0) * bands)
    near = grid.blur((bands > 0.35).astype(np.float32), 0.7)
    _add_fluid(tissues, 1.6 * near)
    return near > 0.22


_DRAW: dict[Pathology, Callable[[Finding, Anatomy, Grid, Tissues, np.random.Generator], NDArray[np.bool_]]] = {
    Pathology.ATELECTASIS: _atelectasis,
    Pathology.CARDIOMEGALY: _cardiomegaly,
    Pathology.CONSOLIDATION: _consolidation,
    Pathology.EDEMA: _edema,
    Pathology.LUNG_OPACITY: _lung_opacity,
    Pathology.PLEURAL_EFFUSION: _pleural_effusion,
    Pathology.PNEUMONIA: _pneumonia,
    Pathology.PNEUMOTHORAX: _pneumothorax,
}
