"""Radiograph grid to model square and back: every size, every orientation, both ways."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cxr_grounding.frame import ModelFrame, apply_intensity, equalize_histogram
from cxr_grounding.radiograph import Box, Orientation, Radiograph
from cxr_grounding.recipe import IntensityChain, Recipe

ORIENTATIONS = [
    Orientation(row, column, known=True)
    for row, column in itertools.chain(itertools.product("LR", "HF"), itertools.product("HF", "LR"))
]
frames = st.builds(
    ModelFrame,
    shape=st.tuples(st.integers(64, 230), st.integers(64, 230)),
    orientation=st.sampled_from(ORIENTATIONS),
    size=st.sampled_from([16, 64, 65, 128]),
    antialias=st.booleans(),
)
coordinates = st.floats(-50, 300)
sizes = st.floats(0, 200)


def frame_of(rows: int, columns: int, size: int, orientation: Orientation = ORIENTATIONS[1]) -> ModelFrame:
    return ModelFrame((rows, columns), orientation, size, antialias=False)


def test_there_are_eight_orientations_and_the_standard_one_changes_nothing() -> None:
    assert len(set(ORIENTATIONS)) == 8
    assert [o for o in ORIENTATIONS if o.is_standard] == [Orientation("L", "F", known=True)]


@given(frame=frames)
@settings(max_examples=80, deadline=None)
def test_exactly_what_the_model_did_not_see_is_nan(frame: ModelFrame) -> None:
    back = frame.to_radiograph(np.zeros((frame.size, frame.size), dtype=np.float32))
    assert back.shape == frame.shape
    assert back.dtype == np.float32
    np.testing.assert_array_equal(~np.isnan(back), frame.seen_stored.mask(frame.shape))


@given(frame=frames)
@settings(max_examples=80, deadline=None)
def test_the_model_sees_the_largest_centred_square(frame: ModelFrame) -> None:
    rows, columns = frame.shape
    seen = frame.seen_stored
    assert seen.width == seen.height == min(rows, columns)
    assert abs(seen.x - (columns - seen.x - seen.width)) <= 1
    assert abs(seen.y - (rows - seen.y - seen.height)) <= 1


@given(frame=frames, x=coordinates, y=coordinates, width=sizes, height=sizes)
@settings(max_examples=150, deadline=None)
def test_boxes_and_points_return_to_where_they_came_from(
    frame: ModelFrame, x: float, y: float, width: float, height: float
) -> None:
    box = frame.box_to_radiograph(frame.box_to_model(Box(x, y, width, height)))
    assert (box.x, box.y, box.width, box.height) == pytest.approx((x, y, width, height), abs=1e-9)
    assert frame.point_to_radiograph(*frame.point_to_model(x, y)) == pytest.approx((x, y), abs=1e-9)
    assert frame.point_to_model(*frame.point_to_radiograph(x, y)) == pytest.approx((x, y), abs=1e-9)


@given(frame=frames, data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_pixel_of_the_map_lands_where_its_box_lands(frame: ModelFrame, data: st.DataObject) -> None:
    column, row = (data.draw(st.integers(0, frame.size - 1)) for _ in range(2))
    values = np.zeros((frame.size, frame.size), dtype=np.float32)
    values[row, column] = 1
    on_radiograph = frame.box_to_radiograph(Box(column, row, 1, 1)).mask(frame.shape)
    lit = frame.to_radiograph(values) == 1
    # A pixel whose centre lies on the box's very edge may fall to either side.
    grown = frame.box_to_radiograph(Box(column - 1e-6, row - 1e-6, 1 + 2e-6, 1 + 2e-6)).mask(frame.shape)
    assert not (on_radiograph & ~lit).any()
    assert not (lit & ~grown).any()


@given(shape=st.tuples(st.integers(64, 180), st.integers(64, 180)), orientation=st.sampled_from(ORIENTATIONS))
@settings(max_examples=60, deadline=None)
def test_the_model_sees_the_standard_view_however_the_image_is_stored(
    shape: tuple[int, int], orientation: Orientation
) -> None:
    standard = np.random.default_rng(1).random(shape).astype(np.float32)
    stored = orientation.from_standard(standard)
    np.testing.assert_array_equal(orientation.to_standard(stored), standard)
    seen = ModelFrame(stored.shape, orientation, 48, antialias=False).to_model(stored)
    np.testing.assert_array_equal(seen, frame_of(*shape, 48).to_model(standard))


@given(frame=frames)
@settings(max_examples=40, deadline=None)
def test_an_image_survives_the_way_there_and_back(frame: ModelFrame) -> None:
    rows, columns = frame.shape
    ramp = np.add.outer(np.arange(rows), 2 * np.arange(columns)).astype(np.float32)
    back = frame.to_radiograph(frame.to_model(ramp))
    pixels_apart = max(1.0, min(rows, columns) / frame.size)
    assert np.nanmax(np.abs(back - ramp)) <= 3 * (pixels_apart + 1)


@pytest.mark.parametrize(("side", "size"), [(101, 64), (200, 64), (97, 128), (64, 65)])
def test_resizing_is_torchs_bilinear_with_half_pixel_centres(side: int, size: int) -> None:
    image = np.random.default_rng(side).random((side, side)).astype(np.float32)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(image)[None, None], size=(size, size), mode="bilinear", align_corners=False, antialias=False
    )
    np.testing.assert_allclose(frame_of(side, side, size).to_model(image), expected[0, 0], rtol=0, atol=1e-5)


def test_antialiasing_averages_over_the_dropped_pixels() -> None:
    stripes = np.tile(np.array([0, 0, 1, 1], dtype=np.float32), (256, 64))
    averaged = ModelFrame((256, 256), Orientation(), 64, antialias=True).to_model(stripes)
    picked = ModelFrame((256, 256), Orientation(), 64, antialias=False).to_model(stripes)
    assert np.ptp(averaged[:, 8:-8]) < 0.1
    np.testing.assert_allclose(averaged[:, 8:-8], 0.5, atol=0.05)
    np.testing.assert_allclose(picked, 0.5)


def test_a_frame_of_the_radiographs_own_size_is_its_centre() -> None:
    image = np.arange(100 * 71, dtype=np.float32).reshape(100, 71)
    np.testing.assert_array_equal(frame_of(100, 71, 71).to_model(image), image[14:85])


def test_the_frame_of_a_radiograph_takes_size_and_antialiasing_from_the_recipe() -> None:
    radiograph = Radiograph(np.eye(70), orientation=Orientation("R", "F", known=True))
    frame = ModelFrame.of(radiograph, Recipe(frame_size=256, antialias=True))
    assert frame == ModelFrame((70, 70), Orientation("R", "F", known=True), 256, antialias=True)


def test_a_map_of_another_size_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"\(3, 4\).*\(64, 64\)"):
        frame_of(100, 100, 64).to_radiograph(np.zeros((3, 4)))


PUBLISHED_BLOCK = """
    52 55 61 59 79 61 76 61    62 59 55 104 94 85 59 71     63 65 66 113 144 104 63 72   64 70 70 126 154 109 71 69
    67 73 68 106 122 88 68 68  68 79 60 70 77 66 58 75      69 85 64 58 55 61 65 83      70 87 69 68 65 73 78 90
"""
"""The 8 x 8 example by which textbooks explain histogram equalisation."""


@pytest.fixture
def block() -> NDArray[np.uint8]:
    return np.array(PUBLISHED_BLOCK.split(), dtype=np.uint8).reshape(8, 8)


def test_equalisation_of_the_textbook_block_gives_the_textbook_numbers(block: NDArray[np.uint8]) -> None:
    equalized = equalize_histogram(block)
    assert equalized.dtype == np.uint8
    np.testing.assert_array_equal(equalized[0], [0, 12, 53, 32, 190, 53, 174, 53])
    np.testing.assert_array_equal(equalized[2], [65, 85, 93, 239, 251, 227, 65, 158])
    np.testing.assert_array_equal(equalized[7], [146, 206, 130, 117, 85, 166, 182, 215])
    assert (equalized.min(), equalized.max()) == (0, 255)


@given(seed=st.integers(0, 2**31), levels=st.integers(2, 256))
@settings(max_examples=40, deadline=None)
def test_equalisation_keeps_the_order_and_uses_the_whole_range(seed: int, levels: int) -> None:
    image = (np.random.default_rng(seed).random((60, 60)) ** 2 * levels).astype(np.uint8)
    image[0, :2] = 0, levels - 1
    equalized = equalize_histogram(image)
    order = np.argsort(image, axis=None)
    assert (np.diff(equalized.ravel()[order].astype(int)) >= 0).all()
    assert (equalized.min(), equalized.max()) == (0, 255)


def test_an_image_of_one_level_is_returned_as_it_is() -> None:
    np.testing.assert_array_equal(equalize_histogram(np.full((4, 4), 9, dtype=np.uint8)), np.full((4, 4), 9))


def test_the_chains_give_these_values() -> None:
    pixels = np.array([[-100.0, 0.0], [100.0, 300.0]])
    np.testing.assert_array_equal(apply_intensity(pixels, IntensityChain.MIN_MAX), [[0, 0.25], [0.5, 1]])
    np.testing.assert_array_equal(apply_intensity(pixels, IntensityChain.IDENTITY), [[0, 0], [1, 1]])
    equalized = apply_intensity(pixels, IntensityChain.MIMIC_CXR_JPG)
    np.testing.assert_array_equal(equalized, np.array([[0, 85], [170, 255]], dtype=np.float32) / np.float32(255))


@pytest.mark.parametrize("chain", list(IntensityChain))
@pytest.mark.parametrize(("low", "high"), [(-3e38, 3e38), (0, 1e-38), (40000, 40001)])
def test_every_chain_stays_within_zero_and_one_for_extreme_values(
    chain: IntensityChain, low: float, high: float
) -> None:
    values = apply_intensity(np.linspace(low, high, 4096).reshape(64, 64).astype(np.float32), chain)
    assert values.dtype == np.float32
    assert 0 <= values.min() <= values.max() <= 1
