"""What an image's place in space says of it, and where that is not to be believed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cxr_grounding.radiograph import Orientation
from cxr_grounding.reading.orientation import TURNED_OVER, check_place, orientation_from_place

X, Y, Z = np.eye(3)


def test_a_frontal_plane_names_the_sides() -> None:
    assert orientation_from_place(-X, -Z) == (Orientation("R", "F", known=True), ())


def test_a_plane_across_the_body_means_the_usual_view_and_is_doubted_only_where_it_is_turned_over() -> None:
    assert orientation_from_place(X, Y) == (Orientation(), ())
    assert orientation_from_place(-X, Y) == (Orientation(), (TURNED_OVER,))
    assert orientation_from_place(X, -Y) == (Orientation(), (TURNED_OVER,))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e6, -2e6])
def test_a_place_that_no_image_has_is_refused(number: float) -> None:
    check_place([0.0, -999_999.0])
    with pytest.raises(ValueError, match="places the image nowhere"):
        check_place([0.0, number])
