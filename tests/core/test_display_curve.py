"""How a file wants its grey values shown."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_grounding.radiograph import DisplayCurve


def test_between_its_points_a_curve_is_straight_and_beyond_them_flat() -> None:
    curve = DisplayCurve(np.array([0.0, 10.0, 20.0]), np.array([0.0, 0.2, 1.0]))
    shades = curve.shade(np.array([[-5, 5], [15, 99]]))
    assert shades.dtype == np.float32
    np.testing.assert_allclose(shades, [[0, 0.1], [0.6, 1]], rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "shades", "message"),
    [
        ([1.0], [0.0], "two equal lists"),
        ([1.0, 2.0], [0.0, 0.5, 1.0], "two equal lists"),
        ([2.0, 1.0], [0.0, 1.0], "ascend"),
        ([1.0, np.inf], [0.0, 1.0], "finite"),
        ([1.0, 2.0], [0.0, 1.1], "0 to 1"),
        ([1.0, 2.0], [0.0, np.nan], "0 to 1"),
    ],
)
def test_a_curve_that_is_none_is_a_mistake(values: list[float], shades: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DisplayCurve(np.array(values), np.array(shades))


def test_a_curve_cannot_be_changed() -> None:
    curve = DisplayCurve(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="read-only"):
        curve.values[0] = 5
