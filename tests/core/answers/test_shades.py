"""The colours of an overlay, as numbers."""

from __future__ import annotations

import numpy as np

from cxr_grounding.answers.shades import blend, heated
from cxr_grounding.radiograph import Radiograph

RADIOGRAPH = Radiograph(np.tile(np.linspace(0, 1, 100), (100, 1)))


def test_cold_anatomy_is_grey_a_little_dimmed_and_hot_anatomy_coloured() -> None:
    heat = np.zeros((100, 100), np.float32)
    heat[:50] = 1
    picture = blend(RADIOGRAPH, heat, (200, 200))
    assert (picture.shape, picture.dtype) == ((200, 200, 3), np.float32)
    cold, hot = picture[-1], picture[0]
    assert np.ptp(cold, axis=-1).max() == 0
    np.testing.assert_allclose(cold[-1], 0.9, atol=1e-6)
    np.testing.assert_allclose(hot[0], [0.668, 0.676, 0.378], atol=1e-3)  # over black
    np.testing.assert_allclose(hot[-1] - hot[0], 0.3 * 0.9, atol=1e-3)  # the white below shines through


def test_what_was_not_seen_is_dark_and_hatched() -> None:
    picture = blend(RADIOGRAPH, np.full((100, 100), np.nan, np.float32), (140, 140))
    column = picture[:, -1, 0]
    np.testing.assert_allclose(sorted(set(column.round(4))), [0.42, 0.58], atol=1e-4)
    assert (column > 0.5).sum() == 20, "two lines of fourteen"


def test_heat_becomes_more_opaque_evenly() -> None:
    below = heated(np.zeros((3, 1)), np.array([0.0, 0.5, 1.0]))
    above = heated(np.ones((3, 1)), np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose((above - below)[:, 0], [1, 0.65, 0.3], atol=1e-6)


def test_pale_heat_is_as_much_clearer_as_it_is_weaker() -> None:
    heat, grey = np.array([0.0, 0.5, 1.0]), np.zeros((3, 1))
    np.testing.assert_allclose(heated(grey, heat, 0.3), 0.3 * heated(grey, heat), atol=1e-9)
    np.testing.assert_array_equal(heated(np.full((3, 1), 0.4), heat, 0.0), np.full((3, 3), 0.4))
