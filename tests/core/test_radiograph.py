"""A radiograph is valid once it is built."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_grounding.errors import RadiographError
from cxr_grounding.radiograph import Box, Orientation, Radiograph, Spacing, SpacingSource, default_affine


def pixels(rows: int = 64, columns: int = 80) -> np.ndarray:
    return np.arange(rows * columns).reshape(rows, columns)


def test_pixels_become_float32_of_their_own_and_cannot_be_changed() -> None:
    given = pixels().astype(np.float32)
    radiograph = Radiograph(given)
    given[0, 0] = 99
    assert radiograph.pixels.dtype == np.float32
    assert radiograph.pixels[0, 0] == 0
    assert radiograph.shape == (64, 80)
    with pytest.raises(ValueError, match="read-only"):
        radiograph.pixels[0, 0] = 1


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float64, bool])
def test_every_kind_of_number_is_taken(dtype: type) -> None:
    assert Radiograph((pixels() % 2).astype(dtype)).pixels.max() == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.zeros(100), "1 axes"),
        (np.zeros((64, 64, 3)), "3 axes"),
        (pixels().astype(str), "numbers are needed"),
        (pixels().astype(complex), "numbers are needed"),
        (pixels(63, 80), "80 x 63 pixels, but at least 64"),
        (pixels(80, 63), "63 x 80 pixels, but at least 64"),
        (np.full((64, 64), 7), "Every pixel of the image has the value 7"),
        (np.where(pixels() == 3, np.nan, pixels()), "NaN or infinite"),
        (np.where(pixels() == 3, -np.inf, pixels()), "NaN or infinite"),
        (pixels() * 1e300, "beyond the range"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_pixels_that_cannot_be_grounded_are_refused(given: np.ndarray, told: str) -> None:
    with pytest.raises(RadiographError, match=told):
        Radiograph(given)


@pytest.mark.parametrize("affine", [np.eye(3), np.full((4, 4), np.nan)])
def test_a_placement_is_a_finite_four_by_four_matrix(affine: np.ndarray) -> None:
    with pytest.raises(RadiographError, match="4 x 4"):
        Radiograph(pixels(), affine=affine)


def test_the_default_placement_scales_columns_then_rows() -> None:
    spacing = Spacing(row_mm=0.5, column_mm=0.25, source=SpacingSource.PIXEL_SPACING)
    np.testing.assert_array_equal(default_affine(spacing), np.diag([0.25, 0.5, 1, 1]))
    np.testing.assert_array_equal(default_affine(), np.eye(4))


@pytest.mark.parametrize("value", [0.0, -0.1, 1e308, float("nan"), float("inf")])
def test_a_spacing_is_above_zero_and_no_kilometre(value: float) -> None:
    with pytest.raises(RadiographError, match="Leave the spacing out"):
        Spacing(value, 0.1, SpacingSource.PIXEL_SPACING)
    with pytest.raises(RadiographError, match="column"):
        Spacing(0.1, value, SpacingSource.PIXEL_SPACING)


@pytest.mark.parametrize(("row", "column"), [("L", "R"), ("H", "F"), ("X", "F"), ("", ""), ("LF", "F")])
def test_an_orientation_has_two_different_directions(row: str, column: str) -> None:
    with pytest.raises(RadiographError, match="PatientOrientation"):
        Orientation(row, column)


@pytest.mark.parametrize(
    ("row", "column", "stored"),
    [
        ("L", "F", [[1, 2], [3, 4]]),
        ("R", "F", [[2, 1], [4, 3]]),
        ("L", "H", [[3, 4], [1, 2]]),
        ("R", "H", [[4, 3], [2, 1]]),
        ("F", "L", [[1, 3], [2, 4]]),
        ("F", "R", [[2, 4], [1, 3]]),
        ("H", "L", [[3, 1], [4, 2]]),
        ("H", "R", [[4, 2], [3, 1]]),
    ],
)
def test_each_orientation_is_turned_into_the_standard_view(row: str, column: str, stored: list[list[int]]) -> None:
    orientation = Orientation(row, column)
    np.testing.assert_array_equal(orientation.to_standard(np.array(stored)), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(orientation.from_standard(np.array([[1, 2], [3, 4]])), stored)


def test_a_box_covers_the_pixels_whose_centres_lie_inside() -> None:
    mask = Box(1, 0, 2, 3).mask((4, 5))
    np.testing.assert_array_equal(np.argwhere(mask), [[0, 1], [0, 2], [1, 1], [1, 2], [2, 1], [2, 2]])
    assert Box(-10, -10, 100, 100).mask((4, 5)).all()
    assert not Box(0.6, 0, 0.8, 4).mask((4, 5)).any()


@pytest.mark.parametrize(
    ("radiograph", "lateral"),
    [
        (Radiograph(pixels()), False),
        (Radiograph(pixels(), view="PA"), False),
        (Radiograph(pixels(), view="LL"), True),
        (Radiograph(pixels(), orientation=Orientation("A", "F", known=True)), True),
    ],
)
def test_a_view_from_the_side_is_known_by_view_or_orientation(radiograph: Radiograph, lateral: bool) -> None:
    assert radiograph.is_lateral is lateral


def test_an_orientation_names_the_image_s_edges() -> None:
    assert (Orientation().across, Orientation().down) == (("R", "L"), ("H", "F"))
    transposed = Orientation("F", "R", known=True)
    assert (transposed.across, transposed.down) == (("H", "F"), ("L", "R"))
    lateral = Orientation("A", "F", known=True)
    assert (lateral.across, lateral.down) == (("P", "A"), ("H", "F"))
