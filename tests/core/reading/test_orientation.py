"""What the place of an image in space says of its view, and what is said where it cannot be believed."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_grounding import Orientation, placed_orientation

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
