"""Maps of noised looks against scikit-image and scikit-learn, and against the sheet done plainly."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import structural_similarity
from sklearn.mixture import GaussianMixture

from cxr_grounding import noised_maps as parts
from cxr_grounding.recipe import Recipe

SINGLE, HALF = Recipe(), Recipe(float16_casts=True)


def blob(seed: int, size: int = 64) -> NDArray[np.float32]:
    """A spot in noise, both at places of the seed's."""
    rng = np.random.default_rng(seed)
    row, column = rng.uniform(0.3, 0.7, 2) * size
    y, x = np.mgrid[:size, :size]
    spot = np.exp(-((y - row) ** 2 + (x - column) ** 2) / (size / 6) ** 2)
    return (spot + 0.2 * rng.random((size, size))).astype(np.float32)


def test_layers_are_repeated_and_averaged_as_they_are() -> None:
    small, large = np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.zeros((1, 8, 8))
    found = parts.mean_map([small, large], 8)
    np.testing.assert_array_equal(found, np.kron(small[0], np.ones((4, 4))) / 2)
    assert parts.repeated(np.arange(3.0)[None] * np.ones((3, 1)), 8)[0].tolist() == [0, 0, 0, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("length", [8, 16, 64, 24], ids=lambda length: f"{length}")
def test_products_are_those_of_the_repeated_maps(length: int) -> None:
    rng = np.random.default_rng(length)
    start, text = rng.random((2, 3, length, length))
    plain = np.mean([parts.repeated(a, 64) @ parts.repeated(b, 64) for a, b in zip(start, text, strict=True)], axis=0)
    np.testing.assert_allclose(parts.biases([start], [text], 64).merged, plain, rtol=1e-12)


def test_a_map_is_stretched_in_float16_only_where_the_recipe_casts() -> None:
    values = np.linspace(0.2, 0.8, 64 * 64).reshape(64, 64)
    assert (parts.unit(values, SINGLE).dtype, parts.unit(values, HALF).dtype) == (np.float32, np.float16)
    assert 0 < np.abs(parts.unit(values, SINGLE) - parts.unit(values, HALF)).max() < 2e-3
    assert parts.level(values, SINGLE)[0, 30] == int(255 * 30 / 4095), "cut, and not rounded"
    assert not parts.unit(np.full((8, 8), 0.3), HALF).any(), "an even map says nothing"


def test_likeness_is_scikit_images() -> None:
    one, other = (parts.level(blob(seed), SINGLE) for seed in (1, 2))
    assert parts.similarity(one, other) == pytest.approx(structural_similarity(one, other, data_range=255), abs=1e-12)
    assert parts.similarity(one, one) == pytest.approx(1)


def test_unlike_biases_leave_the_activation_as_it_is_and_equal_ones_replace_it() -> None:
    activation = parts.unit(blob(1), SINGLE)
    merged = parts.merge(activation, parts.Biases(blob(2), 1 - blob(2), blob(3)), SINGLE)
    assert merged.alike == 0
    np.testing.assert_array_equal(merged.map, activation)
    merged = parts.merge(activation, parts.Biases(blob(2), blob(2), blob(3)), SINGLE)
    assert merged.alike == pytest.approx(1)
    np.testing.assert_allclose(merged.map, parts.level(blob(3), SINGLE) / 255, atol=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_the_threshold_is_that_of_scikit_learns_mixture(seed: int, kind: type[np.floating]) -> None:
    values = parts.unit(blob(seed), SINGLE).astype(kind)
    fitted = GaussianMixture(2, random_state=0).fit(values.reshape(-1, 1))
    assert parts.part_in_two(values).threshold == pytest.approx(float(fitted.means_.mean()), abs=4e-4)


def test_the_mask_goes_by_the_majority_of_nine_but_on_the_rim() -> None:
    values = np.zeros((8, 8), dtype=np.float32)
    values[2:6, 2:6] = 1
    values[0, 7] = values[7, 3] = 1  # alone on the rim, and kept
    values[3, 3] = 0  # a hole
    mask = parts.part_in_two(values).mask
    assert mask[3, 3]
    assert not mask[2, 2], "four of nine"
    assert (mask[0, 7], mask[7, 3]) == (True, True)
    assert not parts.part_in_two(np.full((8, 8), 0.5, np.float32)).mask.any()


def test_on_the_frame_all_of_the_mask_is_warm_and_nothing_else() -> None:
    values = parts.unit(blob(1), SINGLE)
    mask = np.zeros((64, 64), dtype=bool)
    mask[10:20, 30:50] = True
    framed = parts.on_frame(values * ~mask, mask, 128)
    np.testing.assert_array_equal(framed.heatmap > 0, np.kron(mask, np.ones((2, 2), bool)))
    assert (framed.soft.min(), framed.soft.max()) == (0, pytest.approx(1, abs=0.05))
