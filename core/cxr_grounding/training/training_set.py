"""The training set: phantoms as the model sees them, drawn once and kept in a file."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.frame import ModelFrame, apply_intensity
from cxr_grounding.phantom.drawing import draw_phantom, findings_of
from cxr_grounding.phantom.findings import Finding
from cxr_grounding.recipe import Recipe

SHORT_SIDE = 256
"""Pixels along the shorter side of a training phantom, before it is shrunk to the frame."""


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Frames and what is in them.

    Args:
        frames: [count, size, size] uint8, 0 to 255 for the frame's 0 to 1.
        findings: per frame, what was drawn.
    """

    frames: NDArray[np.uint8]
    findings: list[tuple[Finding, ...]]


def load_or_draw(path: Path, count: int, recipe: Recipe, processes: int) -> TrainingSet:
    """The frames of the seeds 0 to count - 1; drawn, where `path` does not hold them, in this process or in several."""
    if path.exists():
        frames = np.load(path)["frames"]
        if frames.shape == (count, recipe.frame_size, recipe.frame_size):
            return TrainingSet(frames, [findings_of(seed) for seed in range(count)])
    draw = partial(_draw_frame, recipe=recipe)
    if processes == 1:
        drawn = list(map(draw, range(count)))
    else:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            drawn = pool.map(draw, range(count), chunksize=50)
    frames = np.stack([frame for frame, _ in drawn])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, frames=frames)
    return TrainingSet(frames, [findings for _, findings in drawn])


def _draw_frame(seed: int, recipe: Recipe) -> tuple[NDArray[np.uint8], tuple[Finding, ...]]:
    phantom = draw_phantom(seed, SHORT_SIDE)
    radiograph = phantom.radiograph
    grey = apply_intensity(radiograph.pixels, recipe.intensity)
    frame = ModelFrame.of(radiograph, recipe).to_model(grey)
    return np.rint(frame * 255).astype(np.uint8), tuple(drawn.finding for drawn in phantom.drawn)
