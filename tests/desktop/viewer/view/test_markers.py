"""Left and right at the view's edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import slicer

from cxr_grounding import Orientation
from cxr_grounding_desktop.viewer.view.layers import shown_layer
from cxr_grounding_desktop.viewer.view.markers import edge_letters

STANDARD = Orientation("L", "F", known=True)


def turn(logic: Any, degrees: float) -> None:
    """Turn the slice view about its own middle: the image turns counter-clockwise."""
    node = logic.GetSliceNode()
    matrix = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())
    angle = math.radians(-degrees)
    rotation = np.eye(4)
    rotation[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    slicer.util.updateVTKMatrixFromArray(node.GetSliceToRAS(), matrix @ rotation)
    node.UpdateMatrices()


def place(volume: Any, *diagonal: float) -> None:
    volume.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(np.diag([*diagonal, 1.0])))


def test_in_the_standard_view_the_patients_right_is_at_the_left(logic: Any, volume: Any) -> None:
    assert edge_letters(shown_layer(logic), STANDARD) == ("R", "L")


def test_where_the_file_says_nothing_there_are_no_letters(logic: Any, volume: Any) -> None:
    assert edge_letters(shown_layer(logic), Orientation()) is None


@pytest.mark.parametrize(
    ("row", "column", "letters"),
    [("R", "F", ("L", "R")), ("A", "F", ("P", "A")), ("P", "F", ("A", "P")), ("F", "R", ("H", "F"))],
)
def test_the_letters_are_the_files(logic: Any, volume: Any, row: str, column: str, letters: tuple[str, str]) -> None:
    assert edge_letters(shown_layer(logic), Orientation(row, column, known=True)) == letters


def test_a_mirrored_volume_swaps_the_letters(logic: Any, volume: Any) -> None:
    place(volume, 0.5, -0.5, 1.0)
    assert edge_letters(shown_layer(logic), STANDARD) == ("L", "R")


def test_a_transform_over_the_volume_that_mirrors_it_swaps_the_letters(scene: Any, logic: Any, volume: Any) -> None:
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.diag([-1.0, 1.0, 1.0, 1.0])))
    volume.SetAndObserveTransformNodeID(transform.GetID())
    assert edge_letters(shown_layer(logic), STANDARD) == ("L", "R")


@pytest.mark.parametrize(
    ("degrees", "letters"),
    [(10, ("R", "L")), (90, ("H", "F")), (180, ("L", "R")), (270, ("F", "H")), (45, None), (135, None)],
)
def test_the_letters_follow_a_view_that_is_turned(
    logic: Any, volume: Any, degrees: float, letters: tuple[str, str] | None
) -> None:
    turn(logic, degrees)
    assert edge_letters(shown_layer(logic), STANDARD) == letters


def test_flat_pixels_do_not_bend_the_letters(logic: Any, volume: Any) -> None:
    place(volume, -0.1, -5.0, 1.0)
    turn(logic, 90)
    assert edge_letters(shown_layer(logic), STANDARD) == ("H", "F")


def test_an_image_seen_from_its_edge_has_no_letters(logic: Any, volume: Any) -> None:
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2], matrix[3, 3] = -0.5, -0.5, 1.0, 1.0  # columns run to the back, rows down
    volume.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(matrix))
    assert edge_letters(shown_layer(logic), STANDARD) is None
