"""The composite as a Qt image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cxr_grounding_desktop.viewer.view.slice_image import composite_image
from slicer_application import Application


def test_the_image_is_what_the_slice_logic_composites(
    application: Application, logic: Any, label: Any, array_of: Callable
) -> None:
    logic.GetSliceNode().SetDimensions(310, 170, 1)
    image = array_of(composite_image(logic))
    assert image.shape == (170, 310, 4)
    np.testing.assert_array_equal(image[..., :3], application.composite())


def test_the_first_row_of_the_image_is_the_upper_one(
    application: Application, logic: Any, volume: Any, array_of: Callable
) -> None:
    image = array_of(composite_image(logic))
    top, middle = application.pixel_of(volume, 100, 5)
    bottom, _ = application.pixel_of(volume, 100, 115)
    assert top < bottom
    assert image[top, middle, 0] < image[bottom, middle, 0]  # the values rise from the first row to the last


def test_the_image_is_clear_around_the_radiograph_and_nowhere_else(logic: Any, label: Any, array_of: Callable) -> None:
    image = array_of(composite_image(logic))  # 256 x 256 for 200 x 120 pixels
    assert (image[[0, -1]] == 0).all()
    assert (image[55:200, :, 3] == 255).all()


def test_where_nothing_is_shown_there_is_no_image(logic: Any) -> None:
    assert composite_image(logic) is None


def test_the_image_stays_as_it_was_when_the_view_changes(logic: Any, volume: Any, array_of: Callable) -> None:
    image = composite_image(logic)
    before = array_of(image)
    volume.GetDisplayNode().SetWindowLevel(10.0, 20.0)
    assert (array_of(composite_image(logic)) != before).any()
    np.testing.assert_array_equal(array_of(image), before)


def test_without_the_label_map_it_is_the_radiograph_alone(logic: Any, label: Any, array_of: Callable) -> None:
    hidden = array_of(composite_image(logic, label_hidden=True))
    shown = array_of(composite_image(logic))
    logic.GetSliceCompositeNode().SetLabelVolumeID(None)
    alone = array_of(composite_image(logic))
    np.testing.assert_array_equal(hidden, alone)
    assert (shown != alone).any()


def test_leaving_the_label_map_out_changes_nothing_in_the_scene_or_for_other_readers(
    application: Application, scene: Any, logic: Any, label: Any
) -> None:
    shown = application.composite()
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    before = [node.GetMTime() for node in nodes]
    composite_image(logic, label_hidden=True)
    assert [node.GetMTime() for node in nodes] == before
    assert logic.GetSliceCompositeNode().GetLabelOpacity() == 0.7
    np.testing.assert_array_equal(application.composite(), shown)
