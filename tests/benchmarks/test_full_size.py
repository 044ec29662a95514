"""The full-size model's folder, tried on small tensors: the format, and that the same seed gives the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from benchmarks import full_size
from cxr_grounding.models.monai.convert import layers_read
from cxr_grounding.recipe import Recipe

SHAPES = {"conv.weight": (8, 4, 3, 3), "conv.bias": (8,), "norm.weight": (8,), "words.weight": (50, 16)}


def test_the_file_is_one_that_safetensors_reads(tmp_path: Path) -> None:
    full_size.write_random_weights(tmp_path / "some.safetensors", SHAPES, seed=3)
    weights = load_file(tmp_path / "some.safetensors")
    assert {name: tuple(weight.shape) for name, weight in weights.items()} == SHAPES
    assert all(weight.dtype == torch.float32 for weight in weights.values())
    assert weights["conv.weight"].std() == pytest.approx(1 / 6, rel=0.15)
    assert (weights["norm.weight"].unique().tolist(), weights["conv.bias"].unique().tolist()) == ([1], [0])


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    written = []
    for seed in (3, 3, 4):
        full_size.write_random_weights(tmp_path / "some.safetensors", SHAPES, seed)
        written.append((tmp_path / "some.safetensors").read_bytes())
    assert written[0] == written[1] != written[2]
    weights = np.frombuffer(written[0][-4 * 800 :], dtype="<f4")
    assert np.unique(weights).size > 700


def test_the_published_layers_are_where_the_recipe_reads_them() -> None:
    blocks = len(full_size.UNET["block_out_channels"])
    assert layers_read(full_size.UNET | {"layers_per_block": [2] * blocks}) == Recipe().layers
