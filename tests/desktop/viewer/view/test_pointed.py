"""What is under the mouse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slicer
from numpy.typing import NDArray

from cxr_grounding import Spacing, SpacingSource
from cxr_grounding_desktop.viewer.view.pointed import Pointed, pointed_at
from slicer_application import Application

SPACING = Spacing(0.7, 0.2, SpacingSource.IMAGER_PIXEL_SPACING)
PLACES = [(0, 0), (199, 0), (0, 119), (199, 119), (60, 40), (190, 7), (101, 77)]


@pytest.fixture
def at(application: Application, logic: Any, volume: Any) -> Any:
    """Asks what is at the centre of a pixel (column, row), in a view of 4 device pixels to one of the image."""
    logic.GetSliceNode().SetDimensions(800, 600, 1)
    logic.FitSliceToAll()

    def ask(column: int, row: int, spacing: Spacing | None = SPACING, right: float = 0, down: float = 0) -> Any:
        at_row, at_column = application.pixel_of(volume, column, row)
        return pointed_at(logic, at_column + right, 599 - at_row - down, spacing)

    return ask


@pytest.mark.parametrize(("column", "row"), PLACES)
def test_the_value_is_the_arrays(at: Any, pixels: NDArray, column: int, row: int) -> None:
    found = at(column, row)
    assert (found.column, found.row, found.values) == (column, row, (pixels[row, column],))


@pytest.mark.parametrize(("column", "row"), PLACES)
def test_lengths_are_the_files_and_begin_at_the_images_corner(at: Any, column: int, row: int) -> None:
    x, y = at(column, row).mm
    assert x == pytest.approx((column + 0.5) * 0.2, abs=0.6 * 0.2 / 4)  # to a device pixel
    assert y == pytest.approx((row + 0.5) * 0.7, abs=0.6 * 0.7 / 4)


def test_a_quarter_of_a_pixel_further_is_a_quarter_further(at: Any) -> None:
    here, there = at(60, 40), at(60, 40, right=1, down=1)
    assert np.subtract(there.mm, here.mm) == pytest.approx((0.05, 0.175))
    assert (there.column, there.row) == (60, 40)


@pytest.mark.parametrize(("column", "row"), [(-1, 50), (200, 50), (50, -1), (50, 120)])
def test_beside_the_image_there_is_nothing(at: Any, column: int, row: int) -> None:
    assert at(column, row) is None


def test_off_the_images_plane_there_is_nothing(at: Any, logic: Any) -> None:
    logic.GetSliceNode().SetSliceOffset(20.0)
    assert at(60, 40) is None


def test_without_an_image_there_is_nothing(logic: Any) -> None:
    assert pointed_at(logic, 10, 10, SPACING) is None


def test_heat_has_the_levels_names(at: Any, label: Any) -> None:
    assert at(60, 40).heat == "70-80 %"
    assert at(10, 10).heat == "nothing"
    assert at(190, 10).heat == "not seen"


def test_a_value_beyond_the_color_table_has_no_name(at: Any, label: Any) -> None:
    slicer.util.arrayFromVolume(label)[0, 10, 10] = 200
    assert at(10, 10).heat == ""


def test_without_an_overlay_there_is_no_heat(at: Any) -> None:
    assert at(60, 40).heat == ""


def test_a_transform_over_the_volume_takes_the_values_along(scene: Any, at: Any, volume: Any, pixels: NDArray) -> None:
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.diag([-1.0, 1.0, 1.0, 1.0])))
    volume.SetAndObserveTransformNodeID(transform.GetID())
    transform_moves_it_out = at(60, 40)
    assert transform_moves_it_out.values == (pixels[40, 60],)


def test_a_color_image_has_all_its_values(scene: Any, application: Application, logic: Any) -> None:
    colors = np.zeros((1, 80, 90, 3), np.uint8)
    colors[0, 30, 20] = 1, 2, 3
    node = slicer.util.addVolumeFromArray(
        colors, ijkToRAS=np.diag([-1.0, -1, 1, 1]), nodeClassName="vtkMRMLVectorVolumeNode"
    )
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(node.GetID())
    logic.FitSliceToAll()
    row, column = application.pixel_of(node, 20, 30)
    assert pointed_at(logic, column, 255 - row, None).values == (1, 2, 3)


def test_it_is_said_in_one_line() -> None:
    assert Pointed(5, 7, (1234.0,), (123.44, 56.66), "60-70 %").text == (
        "value 1234 · x 123.4 mm, y 56.7 mm · heat: 60-70 %"
    )
    assert Pointed(5, 7, (0.25,), None, "").text == "value 0.25 · column 5, row 7 · pixel size unknown"
    assert Pointed(5, 7, (65535.0, 2, 3), (1, 2), "").text == "value 65535, 2, 3 · x 1.0 mm, y 2.0 mm"
