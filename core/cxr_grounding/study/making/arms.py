"""What is compared: answers of one model with one recipe, whatever folders they lie in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.frame import ModelFrame
from cxr_grounding.radiograph import Box


@dataclass(frozen=True)
class Arm:
    """One of the things compared.

    Args:
        name: in the results; unknown to readers.
        model: name and version.
        recipe: the numbers it answered with.
        source: the folder of its results.
    """

    name: str
    model: str
    recipe: Mapping[str, Any]
    source: str

    @property
    def identity(self) -> str:
        """The same for answers of one model with one recipe."""
        return json.dumps([self.model, dict(self.recipe)], sort_keys=True)


@dataclass(frozen=True, eq=False)
class FoundAnswer:
    """One answer out of a folder of results.

    Args:
        image: the radiograph's file.
        phrase: that was asked.
        heatmap_frame: [size, size], float32, [0, 1].
        soft_frame: likewise before its threshold; None where it was not kept.
        frame: the mapping between radiograph and model frame; None where only the radiograph tells.
        pathology: under which it is counted; "" where the results do not say.
        metrics: figures by their names, without those that are not defined.
        verdict: the program's own, in words; "" for none.
        truth: 1 where the finding is known to be there, 0 where it is known not to be; None where nobody said.
        boxes: where it is; empty where nobody said.
        sop_instance_uid: of the radiograph as the answer knows it; "" where it does not.
    """

    image: Path
    phrase: str
    heatmap_frame: NDArray[np.float32]
    frame: ModelFrame | None
    soft_frame: NDArray[np.float32] | None = None
    pathology: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    verdict: str = ""
    truth: int | None = None
    boxes: tuple[Box, ...] = ()
    sop_instance_uid: str = ""


@dataclass(frozen=True, eq=False)
class Found:
    """What one folder of results holds.

    Args:
        arm: whose answers they are.
        answers: at least one.
    """

    arm: Arm
    answers: tuple[FoundAnswer, ...]
