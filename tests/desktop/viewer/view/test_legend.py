"""The color legend, and what it is drawn on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer
from numpy.typing import NDArray
from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QImage, QPainter
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.viewer.view.legend import ANATOMY, Legend, draw_legend, legend_of
from CXRGroundingLib import scene_view
from CXRGroundingLib.color_maps import LEVEL_NAMES, NOT_SEEN_COLOR, levelColors


def test_the_levels_stand_from_the_hottest_down_and_other_names_below(logic: Any, label: Any) -> None:
    legend = legend_of(logic)
    assert legend.title == "Heat"
    assert [entry.name for entry in legend.entries] == [*LEVEL_NAMES[10:0:-1], LEVEL_NAMES[11]]


@pytest.mark.parametrize("opacity", [1.0, 0.3])
def test_a_color_is_the_one_that_is_seen_over_grey_anatomy(logic: Any, label: Any, opacity: float) -> None:
    logic.GetSliceCompositeNode().SetLabelOpacity(opacity)
    *_, seen = levelColors("inferno")[:9]
    for entry, (*color, alpha) in ((legend_of(logic).entries[2], seen), (legend_of(logic).entries[-1], NOT_SEEN_COLOR)):
        over = alpha * opacity * 255 * np.array(color) + (1 - alpha * opacity) * ANATOMY
        np.testing.assert_allclose(entry.color, over, atol=1)


def test_levels_below_the_threshold_have_no_color(logic: Any, label: Any) -> None:
    scene_view.paint(label.GetDisplayNode().GetColorNode(), levelColors("inferno", 70))
    assert [entry.color is None for entry in legend_of(logic).entries] == [False] * 3 + [True] * 7 + [False]


def hide_legend(logic: Any, label: Any) -> None:
    slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label).SetVisibility(False)


def clear_layer(logic: Any, label: Any) -> None:
    logic.GetSliceCompositeNode().SetLabelVolumeID(None)


def make_clear(logic: Any, label: Any) -> None:
    logic.GetSliceCompositeNode().SetLabelOpacity(0.0)


def remove_legend(logic: Any, label: Any) -> None:
    label.GetScene().RemoveNode(slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label))


@pytest.mark.parametrize("change", [hide_legend, clear_layer, make_clear, remove_legend])
def test_there_is_no_legend_where_none_is_wanted_or_nothing_is_seen(
    logic: Any, label: Any, change: Callable[[Any, Any], None]
) -> None:
    assert legend_of(logic) is not None
    change(logic, label)
    assert legend_of(logic) is None


def draw(legend: Legend, width: int, height: int) -> tuple[QImage, QRectF]:
    """The legend in a view of that size, with 20 black pixels around it."""
    image = QImage(width + 40, height + 40, QImage.Format_RGB32)
    image.fill(Qt.black)
    painter = QPainter(image)
    covered = draw_legend(painter, legend, QRectF(20, 20, width, height))
    painter.end()
    return image, covered


def test_it_shows_its_colors_at_the_right_edge(
    qapp: QApplication, logic: Any, label: Any, array_of: Callable[[QImage], NDArray]
) -> None:
    legend = legend_of(logic)
    image, covered = draw(legend, 800, 600)
    assert (covered.right(), covered.top()) == (820, 20)
    drawn = {tuple(map(int, color)) for color in array_of(image)[..., :3].reshape(-1, 3)}
    assert {entry.color for entry in legend.entries} <= drawn


@pytest.mark.parametrize(("width", "height"), [(300, 600), (150, 400), (2000, 300), (60, 60), (5, 5)])
def test_it_never_reaches_beyond_the_view(
    qapp: QApplication, logic: Any, label: Any, array_of: Callable[[QImage], NDArray], width: int, height: int
) -> None:
    image, covered = draw(legend_of(logic), width, height)
    outside = array_of(image)[..., :3].astype(int)
    outside[20:-20, 20:-20] = 0
    assert outside.sum() == 0
    assert covered.isEmpty() or QRectF(20, 20, width, height).contains(covered)
