"""From attention maps to a heatmap and its regions, against torch, scipy and scikit-image."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from cxr_grounding import maps
from cxr_grounding.radiograph import Box


@pytest.fixture
def noise() -> NDArray[np.float64]:
    return np.random.default_rng(0).random((16, 16))


def test_min_max_rescales_each_map_on_its_own() -> None:
    two = np.array([[[1.0, 2.0], [3.0, 5.0]], [[-1.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_array_equal(maps.min_max(two), [[[0, 0.25], [0.5, 1]], [[0, 0.5], [0.5, 1]]])


def test_min_max_of_a_constant_map_is_zero_and_not_nan() -> None:
    np.testing.assert_array_equal(maps.min_max(np.full((2, 3, 3), 0.7)), np.zeros((2, 3, 3)))


@pytest.mark.parametrize(("side", "size"), [(16, 512), (16, 64), (7, 30), (8, 8), (2, 5), (1, 4)])
def test_resize_is_torchs_bilinear_with_half_pixel_centres(side: int, size: int) -> None:
    values = np.random.default_rng(side).random((side, side))
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(values)[None, None], size=(size, size), mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(maps.enlarge(values, size, 0), expected[0, 0].numpy(), atol=1e-12)


def test_resize_by_two_gives_these_numbers() -> None:
    row = maps.enlarge(np.array([[0.0, 4.0], [0.0, 4.0]]), 4, 0)[0]
    np.testing.assert_allclose(row, [0, 1, 3, 4])


def test_average_gives_every_layer_and_step_the_same_weight(noise: NDArray[np.float64]) -> None:
    fine, coarse = np.stack([noise, noise**2]), np.random.default_rng(1).random((2, 8, 8))
    every_map = [maps.enlarge(maps.min_max(one), 32, 0) for one in (*fine, *coarse, *fine)]
    expected = ndimage.gaussian_filter(np.mean(every_map, axis=0), 1.5, mode="reflect")
    found = maps.average([fine, coarse, fine], 32, 1.5)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize(("shape", "size", "sigma"), [((16, 16), 512, 2.5), ((32, 16), 64, 0.7), ((5, 5), 20, 30.0)])
def test_what_is_enlarged_is_blurred_as_scipy_blurs_it(shape: tuple[int, int], size: int, sigma: float) -> None:
    values = np.random.default_rng(size).random(shape)
    blurred = ndimage.gaussian_filter(maps.enlarge(values, size, 0), sigma, mode="reflect")
    np.testing.assert_allclose(maps.enlarge(values, size, sigma), blurred, atol=1e-12)


def test_blurring_spreads_a_point_as_a_gaussian_and_keeps_its_mass() -> None:
    point = np.zeros((41, 41))
    point[20, 20] = 1
    blurred = maps.enlarge(point, 41, 2.5)
    assert blurred.sum() == pytest.approx(1, abs=1e-5)
    assert blurred[20, 20] == pytest.approx(1 / (2 * np.pi * 2.5**2), rel=1e-3)
    assert blurred[20, 25] / blurred[20, 20] == pytest.approx(np.exp(-2.0), rel=1e-3)


def test_blurring_reflects_at_the_border() -> None:
    np.testing.assert_allclose(maps.enlarge(np.ones((10, 10)), 10, 2.5), 1, atol=1e-6)


@given(seed=st.integers(0, 2**31), power=st.floats(0.2, 6), offset=st.floats(-3, 3))
@settings(max_examples=60, deadline=None)
def test_otsu_equals_scikit_image(seed: int, power: float, offset: float) -> None:
    rng = np.random.default_rng(seed)
    values = ndimage.gaussian_filter(rng.random((40, 50)) ** power, 1.0) + offset
    assert maps.otsu_threshold(values) == pytest.approx(threshold_otsu(values), abs=1e-6)


def test_otsu_parts_two_levels_in_the_lowest_bin_between_them() -> None:
    values = np.repeat([[0.0, 1.0]], 50, axis=0)
    assert maps.otsu_threshold(values) == pytest.approx(1 / 512)
    assert threshold_otsu(values) == pytest.approx(1 / 512)


def test_otsu_of_a_constant_map_is_its_value() -> None:
    assert maps.otsu_threshold(np.full((4, 4), 0.3)) == 0.3


def test_what_is_not_above_the_threshold_becomes_zero(noise: NDArray[np.float64]) -> None:
    kept = maps.keep_above_otsu(3 * noise - 1)
    threshold = threshold_otsu(maps.min_max(noise))
    assert kept.dtype == np.float32
    assert kept.max() == 1
    assert kept[kept > 0].min() > threshold
    assert (kept > 0).sum() == (maps.min_max(noise) > threshold).sum()


def test_a_constant_map_keeps_nothing() -> None:
    kept = maps.keep_above_otsu(np.full((8, 8), 0.4))
    assert not kept.any()
    assert maps.find_regions(kept) == []


def test_regions_come_strongest_first_and_the_larger_first_among_equals() -> None:
    values = np.zeros((10, 12), dtype=np.float32)
    values[0:2, 0:3] = 0.5
    values[5:9, 4:6] = 0.9
    values[0, 8] = 0.9
    values[9, 11] = 0.2
    found = maps.find_regions(values)
    assert [region.box for region in found] == [Box(4, 5, 2, 4), Box(8, 0, 1, 1), Box(0, 0, 3, 2), Box(11, 9, 1, 1)]
    assert [region.strength for region in found] == pytest.approx([0.9, 0.9, 0.5, 0.2])


def test_pixels_that_touch_at_a_corner_are_one_region_and_nan_is_none() -> None:
    values = np.zeros((4, 4))
    values[0, 0] = values[1, 1] = 1
    values[:, 3] = np.nan
    assert [region.box for region in maps.find_regions(values)] == [Box(0, 0, 2, 2)]


def test_regions_are_those_that_scipy_measures_on_the_whole_map() -> None:
    rng = np.random.default_rng(8)
    values = np.where(rng.random((60, 90)) < 0.2, rng.random((60, 90)), 0).astype(np.float32)
    values[:5] = values[:, 80:] = 0
    values[:, :3] = np.nan
    labels, count = ndimage.label(values > 0, np.ones((3, 3)))
    places = ndimage.find_objects(labels)
    expected = {
        (x.start, y.start, x.stop - x.start, y.stop - y.start, ndimage.maximum(values, labels, number))
        for number, (y, x) in enumerate(places, start=1)
    }
    assert count > 20
    assert {(*astuple(region.box), region.strength) for region in maps.find_regions(values)} == expected


def test_a_map_without_heat_has_no_regions() -> None:
    assert maps.find_regions(np.array([[0.0, np.nan], [0.0, 0.0]])) == []


def test_the_peak_is_the_centre_of_the_highest_pixel_and_ignores_nan() -> None:
    values = np.zeros((5, 7))
    values[2, 4] = 3
    values[0, 0] = np.nan
    assert maps.find_peak(values) == (4.5, 2.5)
