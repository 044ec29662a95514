"""Tiny random models of the layouts in which other chest X-ray diffusion models are published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import cxr_grounding
from tiny_stable_diffusion import write_cxr_bert, write_stable_diffusion

RECIPES = Path(cxr_grounding.__file__).parent / "models" / "recipes"


@pytest.fixture
def stable_diffusion_folder(
    tmp_path: Path, tiny_model_folder: Path, change_json: Callable[..., None]
) -> Callable[[str, str], Path]:
    """Write a model laid out like Stable Diffusion 1: text "clip" or "bert", and the prediction type."""

    def write(text: str, prediction_type: str) -> Path:
        folder = tmp_path / text
        folder.mkdir()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            write_stable_diffusion(folder)
            if text == "bert":
                write_cxr_bert(folder)
        for part in ("scheduler", *(() if text == "bert" else ("text_encoder", "tokenizer"))):
            shutil.copytree(tiny_model_folder / part, folder / part)
        change_json(folder / "scheduler" / "scheduler_config.json", prediction_type=prediction_type)
        shipped = json.loads(
            (RECIPES / f"{'stable-diffusion-bert' if text == 'bert' else 'stable-diffusion'}.json").read_text()
        )
        shipped["recipe"] |= {"frame_size": 64, "intensity": "min-max"}
        (folder / "grounding.json").write_text(json.dumps(shipped))
        return folder

    return write
