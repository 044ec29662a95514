"""What was kept of radiographs is found again, and the oldest is forgotten first."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cxr_grounding.diffusion.latent_cache import LIMIT_BYTES, Kept, LatentCache
from cxr_grounding.recipe import Recipe

RECIPE, MODEL = Recipe(), "a model"


def image(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((16, 16), dtype=np.float32)


def kept(floats: int = 256) -> Kept:
    return Kept([1, 2], torch.zeros(floats))


def test_what_was_kept_is_found_by_its_model_and_an_equal_image_and_recipe() -> None:
    cache, entry = LatentCache(), kept()
    cache.keep(MODEL, image(1), RECIPE, entry)
    assert cache.find(MODEL, image(1).copy(), Recipe()) is entry
    assert cache.find(MODEL, image(2), RECIPE) is None
    assert cache.find(MODEL, image(1), RECIPE.replace(steps=50)) is None
    assert cache.find("another model", image(1), RECIPE) is None


def test_beyond_the_limit_the_one_not_asked_for_longest_goes() -> None:
    cache = LatentCache(limit_bytes=3 * 1024)
    for seed in (1, 2, 3):
        cache.keep(MODEL, image(seed), RECIPE, kept())
    assert cache.find(MODEL, image(1), RECIPE) is not None
    cache.keep(MODEL, image(4), RECIPE, kept())
    assert [seed for seed in (1, 2, 3, 4) if cache.find(MODEL, image(seed), RECIPE) is not None] == [1, 3, 4]
    assert cache.size_bytes == 3 * 1024


def test_the_same_image_is_kept_once() -> None:
    cache = LatentCache()
    for _ in range(3):
        cache.keep(MODEL, image(1), RECIPE, kept())
    assert cache.size_bytes == 1024


def test_what_is_too_large_alone_is_not_taken() -> None:
    cache = LatentCache(limit_bytes=100)
    cache.keep(MODEL, image(1), RECIPE, kept())
    assert (cache.find(MODEL, image(1), RECIPE), cache.size_bytes) == (None, 0)


@pytest.mark.parametrize("radiographs", [20])
def test_several_radiographs_of_the_papers_model_fit(radiographs: int) -> None:
    start, stop = RECIPE.window
    of_one = (stop - start) * 3 * (RECIPE.frame_size // 8) ** 2 * 4
    assert radiographs * of_one <= LIMIT_BYTES
