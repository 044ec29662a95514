"""The chest of one synthetic patient: sizes drawn at random, tissues as thickness along the beam."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxr_grounding.phantom.grid import FloatMap, Grid, ramp, tube

LEFT, RIGHT = 1.0, -1.0
"""Sign of x on the patient's left and right side."""

SIDES = {"left": LEFT, "right": RIGHT}

RIB_PAIRS = 9
VERTEBRA_HEIGHT = 2.5
"""Of a thoracic vertebra with its disc, in cm."""


@dataclass(frozen=True)
class Anatomy:
    """Sizes of one chest, all in cm; x from the midline, y from the top of the image.

    Per-side tuples are (left, right).
    """

    half_width: float
    apex_y: float
    dome_y: tuple[float, float]
    body_depth: float
    wall: float
    mediastinum: float
    heart_width: float
    heart_height: float
    heart_shift: float
    knob: float
    rib_slope: float
    rib_radius: float
    clavicle_y: float
    scapula_x: float
    gastric_bubble: float
    breast: float
    arm_angle: float
    vessel_seed: int

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Anatomy:
        """A chest of ordinary size with an ordinary heart (cardiothoracic ratio 0.39 to 0.47)."""
        half_width = rng.uniform(12.0, 14.8)
        apex_y = rng.uniform(3.5, 6.0)
        dome_right = apex_y + rng.uniform(19.5, 23.5)
        heart_width = 2 * half_width * rng.uniform(0.39, 0.47)
        return cls(
            half_width=half_width,
            apex_y=apex_y,
            dome_y=(dome_right + rng.uniform(0.4, 1.6), dome_right),
            body_depth=rng.uniform(18, 25),
            wall=rng.uniform(2.0, 4.0),
            mediastinum=rng.uniform(2.5, 3.4),
            heart_width=heart_width,
            heart_height=rng.uniform(11.0, 13.0),
            heart_shift=rng.uniform(0.11, 0.18) * heart_width,
            knob=rng.uniform(1.4, 2.0),
            rib_slope=rng.uniform(0.28, 0.45),
            rib_radius=rng.uniform(0.45, 0.65),
            clavicle_y=apex_y + rng.uniform(1.5, 3.2),
            scapula_x=half_width * rng.uniform(0.88, 1.08),
            gastric_bubble=rng.uniform(0, 2.6),
            breast=rng.choice([0.0, rng.uniform(1.0, 3.0)]),
            arm_angle=rng.uniform(0.15, 0.5),
            vessel_seed=int(rng.integers(2**31)),
        )

    def dome(self, side: float) -> float:
        """y of the top of one side's diaphragm."""
        return self.dome_y[0] if side == LEFT else self.dome_y[1]

    def hilum(self, side: float) -> tuple[float, float]:
        """(x, y) of one side's hilum; the left one lies a little higher."""
        y = self.apex_y + 0.46 * (self.dome(side) - self.apex_y)
        return side * (self.mediastinum + 1.2), y - (0.8 if side == LEFT else 0.0)

    def lateral_wall(self, y: FloatMap | float) -> FloatMap:
        """|x| of the inner chest wall at height y."""
        t = np.clip((np.asarray(y, dtype=np.float32) - self.apex_y) / (0.62 * (max(self.dome_y) - self.apex_y)), 0, 1)
        top = 0.42 * self.half_width
        return (top + (self.half_width - top) * np.sqrt(1 - (1 - t) ** 2)).astype(np.float32)


@dataclass
class Tissues:
    """Thickness along the beam of what the X-rays cross, each [rows, columns], in cm.

    `lung` is aerated lung at its normal density; `air` is gas without lung; both displace soft tissue.
    `margin` holds, per side, the distance from the lung's outer wall (lateral or apical, whichever
    is nearer), and `inside` a 0..1 map of the lung field: findings are placed with them.
    """

    body: FloatMap
    lung: FloatMap
    air: FloatMap
    bone: FloatMap
    vessels: FloatMap
    heart: FloatMap
    fluid: FloatMap
    inside: dict[float, FloatMap] = field(default_factory=dict)
    margin: dict[float, FloatMap] = field(default_factory=dict)


def draw_tissues(anatomy: Anatomy, grid: Grid) -> Tissues:
    """The healthy chest."""
    body = _body(anatomy, grid)
    heart = _heart(anatomy, grid)
    tissues = Tissues(
        body=body,
        lung=np.zeros_like(body),
        air=_gas(anatomy, grid),
        bone=_bones(anatomy, grid),
        vessels=np.zeros_like(body),
        heart=heart,
        fluid=np.zeros_like(body),
    )
    for side in (LEFT, RIGHT):
        inside, margin = _lung_field(anatomy, grid, side)
        # The lung is thickest in its middle, thins toward the wall, and shares its depth with the heart.
        depth = 0.80 * anatomy.body_depth * ramp(margin + 0.4, 5.0) ** 0.5
        tissues.inside[side], tissues.margin[side] = inside, margin
        tissues.lung += np.clip(depth - heart, 0.12 * depth, None) * inside
    tissues.vessels = _vessels(anatomy, grid) * np.maximum(tissues.inside[LEFT], tissues.inside[RIGHT])
    return tissues


def _body(anatomy: Anatomy, grid: Grid) -> FloatMap:
    """Chest wall, shoulders, abdomen and breasts."""
    x, y = np.abs(grid.x), grid.y
    shoulder = 9.0 * ramp(anatomy.clavicle_y + 7.0 - y, 9.0)
    outer = anatomy.half_width + anatomy.wall + shoulder
    skin = anatomy.clavicle_y - 5.5 + 0.30 * np.clip(x - 5.0, 0, None)
    neck = ramp(y - skin, 5.0)
    torso = anatomy.body_depth * np.sqrt(np.clip(1 - (x / outer) ** 2, 0, None))
    torso *= 0.55 + 0.45 * ramp(y - anatomy.apex_y + 3.0, 9.0)
    torso *= np.maximum(neck, 0.8 * ramp(6.8 - x, 2.5))
    # Below the diaphragm the liver, stomach and fat make the body denser than the chest wall alone.
    torso *= 1 + 0.10 * ramp(y - min(anatomy.dome_y), 5.0)
    if anatomy.breast:
        down = y - (anatomy.apex_y + 17.5)
        for side in (LEFT, RIGHT):
            away = np.hypot((grid.x - side * 0.58 * anatomy.half_width) / 5.6, down / 5.2)
            torso += anatomy.breast * np.sqrt(np.clip(1 - away**2, 0, None))
    return torso.astype(np.float32)


def _lung_field(anatomy: Anatomy, grid: Grid, side: float) -> tuple[FloatMap, FloatMap]:
    x, y = side * grid.x, grid.y
    wall = anatomy.lateral_wall(y)
    across = np.clip((x - 0.42 * anatomy.half_width) / (0.62 * anatomy.half_width), -1, 1.2)
    apex = anatomy.apex_y + 3.2 * across**2
    margin = np.minimum(wall - x, (y - apex) * 0.85)
    medial = x - 0.25 * anatomy.mediastinum
    dome_x = 0.42 * anatomy.half_width
    drop = np.where(x > dome_x, 4.6 * (np.clip(x - dome_x, 0, None) / (anatomy.half_width - dome_x)) ** 2.2, 0)
    drop = drop + 1.6 * (np.clip(dome_x - x, 0, None) / dome_x) ** 2
    floor = anatomy.dome(side) + drop - y
    inside = ramp(margin, 0.35) * ramp(medial, 2.2) * ramp(floor, 0.45)
    # A little lung lies behind the diaphragm's dome and thins out downward.
    behind = 0.22 * ramp(margin, 0.35) * ramp(medial, 2.2) * ramp(floor + 3.5, 3.5)
    return np.maximum(inside, behind).astype(np.float32), margin.astype(np.float32)


def _heart(anatomy: Anatomy, grid: Grid) -> FloatMap:
    """Heart, great vessels and mediastinum as soft tissue inside the lung's depth."""
    center_y = min(anatomy.dome_y) - 0.30 * anatomy.heart_height
    dx, dy = grid.x - anatomy.heart_shift, grid.y - center_y
    angle = 0.50
    long_axis = dx * np.cos(angle) + dy * np.sin(angle)
    short_axis = -dx * np.sin(angle) + dy * np.cos(angle)
    away = np.hypot(long_axis / (0.55 * anatomy.heart_width), short_axis / (0.44 * anatomy.heart_height))
    heart = 11.5 * np.sqrt(np.clip(1 - away**2.6, 0, None))
    width = anatomy.mediastinum + 0.6 * ramp(grid.y - anatomy.apex_y - 8.0, 8.0)
    column = 10.5 * np.sqrt(np.clip(1 - (np.abs(grid.x) / width) ** 2, 0, None)) * (0.6 + 0.4 * ramp(grid.y - 3.0, 6.0))
    knob_y = anatomy.apex_y + 6.3
    knob = np.hypot(grid.x - anatomy.mediastinum + 0.1, grid.y - knob_y) / anatomy.knob
    aorta = 5.5 * np.sqrt(np.clip(1 - knob**2, 0, None))
    outflow = np.hypot((grid.x - anatomy.mediastinum + 0.5) / 1.9, (grid.y - knob_y - 4.2) / 3.6)
    artery = 6.0 * np.sqrt(np.clip(1 - outflow**2, 0, None))
    shadow = np.maximum.reduce([heart, column, aorta, artery]).astype(np.float32)
    return grid.blur(shadow, 0.22)


def _gas(anatomy: Anatomy, grid: Grid) -> FloatMap:
    """Trachea and stomach bubble."""
    carina = anatomy.apex_y + 7.5
    trachea = tube(np.abs(grid.x + 0.2), 0.85) * ramp(carina - grid.y, 1.5)
    for side, slope in ((LEFT, 1.25), (RIGHT, 0.8)):
        along = grid.y - carina
        bronchus = (
            tube((side * grid.x - along * slope - 0.3) * 0.66, 0.55) * ramp(along + 0.6, 0.6) * ramp(3.4 - along, 1.2)
        )
        trachea = np.maximum(trachea, bronchus)
    bubble_y = anatomy.dome(LEFT) + 2.6
    away = np.hypot((grid.x - 0.42 * anatomy.half_width) / 3.2, (grid.y - bubble_y) / 1.6)
    bubble = anatomy.gastric_bubble * 2.2 * np.sqrt(np.clip(1 - away**2, 0, None))
    return (trachea + bubble).astype(np.float32)


def _bones(anatomy: Anatomy, grid: Grid) -> FloatMap:
    """Thickness of mineralised bone: shells of ribs and clavicles, spine, scapulae, humeral heads."""
    x, y = np.abs(grid.x), grid.y
    bone = np.zeros_like(x)
    wall = anatomy.lateral_wall(y) + 0.5
    pitch = (max(anatomy.dome_y) - anatomy.apex_y + 3.0) / RIB_PAIRS
    for pair in range(RIB_PAIRS + 1):
        start = anatomy.apex_y + 0.6 + pair * pitch
        reach = np.clip(x / anatomy.half_width, 0, 1.1)
        # Posterior ribs rise from the spine and fall to the side; anterior ones run on, steeper and inward.
        posterior = start - 1.3 * np.sin(np.pi * np.clip(reach * 1.35, 0, 1)) + anatomy.rib_slope * 9.0 * reach**2
        distance = (y - posterior) * (1 - 0.32 * reach)
        bone += _shell(distance, anatomy.rib_radius, 0.16) * ramp(x - 1.2, 0.8) * ramp(wall - x, 0.4)
        if pair >= 1:
            anterior = start + 9.0 * anatomy.rib_slope * (1 + 1.15 * (1 - np.minimum(reach, 1)) ** 0.8)
            distance = (y - anterior) * 0.80
            visible = ramp(x - 0.42 * anatomy.half_width, 2.0) * ramp(wall - x, 0.4)
            bone += 0.55 * _shell(distance, anatomy.rib_radius, 0.12) * visible
    bone += _spine(anatomy, grid)
    clavicle = anatomy.clavicle_y + 1.4 - 2.6 * np.clip(x / 15, 0, 1.3) + 0.45 * np.sin(x / 2.3)
    bone += _shell((y - clavicle) * 0.95, 0.62, 0.22) * ramp(x - 1.8, 1.0) * ramp(17.0 - x, 1.5)
    bone += _scapula(anatomy, x, y)
    return bone.astype(np.float32)


def _shell(distance: FloatMap, radius: float, cortex: float) -> FloatMap:
    """A tube whose cortex is dense and whose marrow is not: bright edges, as ribs show."""
    return tube(distance, radius) - 0.72 * tube(distance, radius - cortex)


def _spine(anatomy: Anatomy, grid: Grid) -> FloatMap:
    phase = np.mod(grid.y - anatomy.apex_y, VERTEBRA_HEIGHT) / VERTEBRA_HEIGHT
    body = 0.55 + 0.45 * ramp(np.minimum(phase, 1 - phase) - 0.06, 0.12)
    column = 1.0 * np.sqrt(np.clip(1 - (np.abs(grid.x) / 1.75) ** 3, 0, None)) * body
    pedicle = np.hypot((np.abs(grid.x) - 1.1) / 0.38, (phase - 0.4) / 0.24)
    process = np.hypot(grid.x / 0.28, (phase - 0.7) / 0.3)
    return column + 0.35 * np.clip(1 - pedicle**2, 0, None) + 0.3 * np.clip(1 - process**2, 0, None)


def _scapula(anatomy: Anatomy, x: FloatMap, y: FloatMap) -> FloatMap:
    top = anatomy.clavicle_y + 0.8
    down = np.clip((y - top) / 12.5, 0, 1)
    medial_edge = anatomy.scapula_x - 0.5 + 2.2 * down
    lateral_edge = anatomy.scapula_x + 5.5 - 3.0 * down
    blade = ramp(x - medial_edge, 0.5) * ramp(lateral_edge - x, 0.8) * ramp(y - top, 1.0) * ramp(top + 12.5 - y, 2.0)
    rim = blade * (1 - ramp(x - medial_edge - 0.35, 0.5))
    head = np.hypot(x - anatomy.scapula_x - 6.2, y - top - 1.2)
    shaft_x = anatomy.scapula_x + 6.6 + anatomy.arm_angle * np.clip(y - top, 0, None)
    shaft = _shell(x - shaft_x, 1.25, 0.4) * ramp(y - top - 1.5, 1.0)
    return 0.32 * blade + 0.5 * rim + np.maximum(0.9 * np.sqrt(np.clip(1 - (head / 2.4) ** 2, 0, None)), 0.8 * shaft)


def _vessels(anatomy: Anatomy, grid: Grid) -> FloatMap:
    """Pulmonary arteries and veins: trees that leave the hila and thin toward the wall."""
    rng = np.random.default_rng(anatomy.vessel_seed)
    paths = []
    for side in (LEFT, RIGHT):
        hilum_x, hilum_y = anatomy.hilum(side)
        for _ in range(18):
            heading = rng.uniform(-1.35, 1.45)
            paths += _branch(rng, side, hilum_x, hilum_y + rng.normal(0, 1.0), heading, rng.uniform(0.7, 1.15), 0)
    return grid.blur(grid.lines(paths), 0.06)


def _branch(
    rng: np.random.Generator, side: float, x: float, y: float, heading: float, diameter: float, depth: int
) -> list[tuple]:
    """One vessel and its children; heading 0 points to the side, positive down."""
    steps = 5
    turns = heading + np.cumsum(rng.normal(0, 0.12, steps))
    length = rng.uniform(2.2, 4.2) * (0.85**depth)
    xs = x + np.concatenate([[0], np.cumsum(side * np.cos(turns) * length / steps)])
    ys = y + np.concatenate([[0], np.cumsum(np.sin(turns) * length / steps)])
    paths = [(xs, ys, diameter)]
    if depth < 3:
        for spread in (-0.38, 0.38):
            child = turns[-1] + spread + rng.normal(0, 0.15)
            paths += _branch(rng, side, xs[-1], ys[-1], child, diameter * rng.uniform(0.6, 0.76), depth + 1)
    return paths
