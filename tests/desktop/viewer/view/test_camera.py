"""Fit, zoom and pan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slicer

from cxr_grounding_desktop.viewer.view.camera import FARTHEST, NEAREST, Camera
from cxr_grounding_desktop.viewer.view.layers import Place, place_at, shown_layer

LAYOUTS = [(400, 300), (300, 400), (900, 200), (111, 777)]


@pytest.fixture
def camera(logic: Any, volume: Any) -> Camera:
    return Camera(logic)


def corners(logic: Any) -> tuple[Place, Place]:
    """What of the image lies at the outer edges of the view's upper left and lower right pixel."""
    layer, (columns, rows, _) = shown_layer(logic), logic.GetSliceNode().GetDimensions()
    return place_at(layer, 0, rows), place_at(layer, columns, 0)


@pytest.mark.parametrize(("width", "height"), LAYOUTS)
def test_a_fitted_view_shows_the_whole_image_as_large_as_it_fits(
    camera: Camera, logic: Any, width: int, height: int
) -> None:
    camera.match(width, height)
    camera.fit()
    assert camera.is_fitted()
    (left, top), (right, bottom) = corners(logic)
    assert (left + right, top + bottom) == pytest.approx((199, 119), abs=1e-6)
    across, down = right - left, bottom - top
    assert across / down == pytest.approx(width / height)
    assert (across == pytest.approx(200) and down >= 120) or (down == pytest.approx(120) and across >= 200)


@pytest.mark.parametrize(("width", "height"), LAYOUTS)
def test_a_fitted_view_stays_fitted_in_another_size(camera: Camera, logic: Any, width: int, height: int) -> None:
    camera.match(640, 480)
    camera.match(width, height)
    assert logic.GetSliceNode().GetDimensions() == (width, height, 1)
    assert camera.is_fitted()


def test_any_other_view_keeps_its_middle_and_its_scale_in_another_size(camera: Camera, logic: Any) -> None:
    camera.match(400, 300)
    camera.zoom(3, 250, 100)
    (left, top), (right, bottom) = corners(logic)
    camera.match(600, 200)
    (new_left, new_top), (new_right, new_bottom) = corners(logic)
    assert (new_left + new_right, new_top + new_bottom) == pytest.approx((left + right, top + bottom))
    assert (new_right - new_left) / 600 == pytest.approx((right - left) / 400)
    assert (new_bottom - new_top) / 200 == pytest.approx((bottom - top) / 300)


@pytest.mark.parametrize("factor", [1.2, 0.7, 5.0])
@pytest.mark.parametrize("place", [(0, 0), (399, 299), (130, 222), (200, 150)])
def test_what_lies_under_the_mouse_stays_there_when_zooming(
    camera: Camera, logic: Any, factor: float, place: tuple[int, int]
) -> None:
    camera.match(400, 300)
    layer = shown_layer(logic)
    before, across = place_at(layer, *place), logic.GetSliceNode().GetFieldOfView()[0]
    camera.zoom(factor, *place)
    assert place_at(layer, *place) == pytest.approx(before, abs=1e-6)
    assert logic.GetSliceNode().GetFieldOfView()[0] == pytest.approx(across / factor)
    assert not camera.is_fitted()


def test_zooming_in_ends_where_a_pixel_is_as_large_as_a_thumbnail(camera: Camera, logic: Any) -> None:
    camera.match(400, 300)
    for _ in range(50):
        camera.zoom(2, 10, 20)
    layer = shown_layer(logic)
    assert place_at(layer, 10 + NEAREST, 20).column - place_at(layer, 10, 20).column == pytest.approx(1)


def test_zooming_out_ends_before_the_image_is_lost(camera: Camera, logic: Any) -> None:
    camera.match(400, 300)
    for _ in range(50):
        camera.zoom(0.5, 200, 150)
    (left, _), (right, _) = corners(logic)
    assert right - left == pytest.approx(FARTHEST * 200)


def test_zooming_in_and_out_again_is_the_fit_again(camera: Camera) -> None:
    camera.match(400, 300)
    camera.zoom(1.2, 30, 40)
    camera.zoom(1 / 1.2, 30, 40)
    assert camera.is_fitted()


def test_the_image_follows_the_mouse(camera: Camera, logic: Any) -> None:
    camera.match(400, 300)
    camera.zoom(2.5, 100, 100)
    layer = shown_layer(logic)
    before = place_at(layer, 100, 100)
    camera.pan(37, -12)
    assert place_at(layer, 137, 88) == pytest.approx(before, abs=1e-6)
    assert not camera.is_fitted()


def test_one_can_look_where_one_looked_before(camera: Camera, logic: Any) -> None:
    camera.match(400, 300)
    camera.zoom(2, 100, 100)
    sight, matrix = camera.sight(), slicer.util.arrayFromVTKMatrix(logic.GetSliceNode().GetXYToRAS()).copy()
    camera.zoom(3, 1, 2)
    camera.pan(50, 60)
    camera.look(sight)
    np.testing.assert_allclose(slicer.util.arrayFromVTKMatrix(logic.GetSliceNode().GetXYToRAS()), matrix, atol=1e-9)


def test_a_view_that_others_moved_is_not_taken_for_fitted(camera: Camera, logic: Any) -> None:
    camera.match(400, 300)
    logic.GetSliceNode().JumpSliceByCentering(-10.0, -20.0, 0.0)
    assert not camera.is_fitted()


def test_without_an_image_nothing_moves(logic: Any) -> None:
    camera = Camera(logic)
    camera.match(400, 300)
    sight = camera.sight()
    camera.zoom(2, 10, 10)
    camera.fit()
    assert camera.sight() == sight
    assert not camera.is_fitted()
    assert logic.GetSliceNode().GetDimensions() == (400, 300, 1)
