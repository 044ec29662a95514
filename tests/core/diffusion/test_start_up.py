"""What a fresh process loads before its first answer. Each of the heavy ones takes as long as the answer itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cxr_grounding

BUNDLED = Path(cxr_grounding.__file__).parent / "models" / "bundled" / "phantom-ldm"

HEAVY = (
    "diffusers",
    "transformers",
    "huggingface_hub",
    "requests",
    "sympy",
    "torch._dynamo",
    "torch._inductor",
    "torch.distributed.tensor",
    "scipy.stats",
    "scipy.optimize",
    "matplotlib",
    "pydicom",
    "SimpleITK",
    "skimage",
    "typer",
)

PROGRAM = """
import json, sys
import torch
light = set(sys.modules)
import numpy as np
from cxr_grounding.grounder import Grounder
from cxr_grounding.radiograph import Radiograph
grounder = Grounder.open(sys.argv[1], device="cpu", steps=10)
grounder.set_radiograph(Radiograph(np.arange(128 * 128, dtype=np.float32).reshape(128, 128)))
grounder.ground("left pleural effusion")
print(json.dumps([sorted(light), sorted(sys.modules)]))
"""


def test_the_first_answer_loads_nothing_heavy_beyond_torch() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(BUNDLED)], capture_output=True, text=True, check=True, timeout=200
    )
    with_torch, in_the_end = (set(names) for names in json.loads(told.stdout))
    assert sorted(set(HEAVY) & in_the_end - with_torch) == []
    # Of these, two thirds are scipy's and numpy's, for the smoothing of the heatmap.
    assert len(in_the_end - with_torch) < 400
