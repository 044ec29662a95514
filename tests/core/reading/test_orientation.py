"""What the place of an image in space says of its view, and what is said where it cannot be believed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cxr_grounding import Orientation, placed_orientation
from cxr_grounding.reading.orientation import check_place

LEFT, BACK, HEAD = np.eye(3)


def test_a_frontal_plane_gives_the_orientation() -> None:
    assert placed_orientation(LEFT, -HEAD, "It lies turned over") == (Orientation("L", "F", known=True), ())


def test_a_plane_across_the_body_says_nothing() -> None:
    assert placed_orientation(LEFT, BACK, "It lies turned over") == (Orientation(), ())


@pytest.mark.parametrize(("row", "column"), [(-LEFT, BACK), (LEFT, -BACK), (-LEFT, -BACK)])
def test_a_slice_across_the_body_that_lies_turned_over_is_doubted(row: np.ndarray, column: np.ndarray) -> None:
    orientation, (doubt,) = placed_orientation(row, column, "It lies turned over")
    assert orientation == Orientation()
    assert doubt == (
        "It lies turned over, as if it were a slice across the body; it was read as stored. "
        "Check left and right on the picture."
    )


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e6, -2e6])
def test_a_place_that_no_image_has_is_refused(number: float) -> None:
    check_place([0.0, -999_999.0])
    with pytest.raises(ValueError, match="places the image nowhere"):
        check_place([0.0, number])
