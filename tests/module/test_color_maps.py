from __future__ import annotations

import matplotlib
import numpy as np
import pytest

from CXRGroundingLib.color_maps import (
    DEFAULT,
    LEVEL_NAMES,
    LEVELS,
    NOT_SEEN,
    colorMapNames,
    heatLevels,
    levelColors,
    lowestLevel,
)

LIGHTNESS = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear red, green and blue in relative luminance (ITU-R BT.709)."""


def test_heat_falls_into_ten_levels_and_one_for_what_was_not_seen() -> None:
    heat = np.array([[0, 1e-6, 0.1, 0.11, 0.4, 0.45, 0.5, 0.91, 1, np.nan]], dtype=np.float32)
    levels = heatLevels(heat)
    assert levels.dtype == np.uint8
    assert levels.tolist() == [[0, 1, 1, 2, 4, 5, 5, 10, 10, NOT_SEEN]]


def test_levels_are_named_by_their_percentages() -> None:
    assert LEVEL_NAMES[0] == "nothing"
    assert LEVEL_NAMES[5] == "40-50 %"
    assert LEVEL_NAMES[LEVELS] == "90-100 %"
    assert LEVEL_NAMES[NOT_SEEN] == "not seen"


def test_no_name_makes_the_letters_of_slicers_legend_smaller_than_a_percentage_does() -> None:
    assert max(LEVEL_NAMES, key=len) == "90-100 %"


def test_opacity_rises_with_heat_and_nothing_is_clear() -> None:
    alphas = [color[3] for color in levelColors(DEFAULT)]
    assert alphas[: LEVELS + 1] == [level / 10 for level in range(11)]
    assert 0 < alphas[NOT_SEEN] < 1


def test_levels_that_do_not_reach_above_the_threshold_are_clear() -> None:
    alphas = [color[3] for color in levelColors(DEFAULT, 40)]
    assert [level for level in range(NOT_SEEN) if alphas[level] > 0] == [5, 6, 7, 8, 9, 10]
    assert alphas[NOT_SEEN] > 0


@pytest.mark.parametrize("name", colorMapNames())
def test_every_map_grows_lighter_with_heat(name: str) -> None:
    colors = np.array(levelColors(name))[1 : LEVELS + 1, :3]
    luminance = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4) @ LIGHTNESS
    assert (np.diff(luminance) > 0).all()


@pytest.mark.parametrize("name", colorMapNames())
def test_every_map_is_a_stretch_of_the_published_one(name: str) -> None:
    published = np.array(matplotlib.colormaps[name].colors)
    ours = np.array(levelColors(name))[1 : LEVELS + 1, :3]
    distance = np.abs(ours[:, None] - published[None]).max(axis=2)
    assert distance.min(axis=1).max() < 1e-4
    assert (np.diff(distance.argmin(axis=1)) > 0).all()


def test_the_default_map_comes_first() -> None:
    assert colorMapNames()[0] == DEFAULT == "inferno"


def test_an_unknown_map_is_told() -> None:
    with pytest.raises(ValueError, match=r"no color map 'jet'\. Choose one of inferno"):
        levelColors("jet")


def test_the_threshold_runs_over_the_levels_that_a_map_has() -> None:
    def shown(threshold: float) -> list[int]:
        colors = levelColors("inferno", threshold, lowest=4)
        return [level for level in range(1, 11) if colors[level][3] > 0]

    assert shown(0) == [4, 5, 6, 7, 8, 9, 10]
    assert shown(15) == [5, 6, 7, 8, 9, 10]  # the first steps act too
    assert shown(90) == [10]
    assert lowestLevel(np.array([[0, 0, 11], [7, 4, 10]], np.uint8)) == 4
    assert lowestLevel(np.zeros((2, 2), np.uint8)) == 1
