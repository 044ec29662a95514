"""The color legend, and what it is drawn on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer
from numpy.typing import NDArray
from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QFont, QImage, QPainter
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.viewer.view.legend import ANATOMY, legend_blocks, legend_of
from CXRGroundingLib import scene_view
from CXRGroundingLib.color_maps import LEVEL_NAMES, NOT_SEEN_COLOR, levelColors


def test_the_levels_stand_from_the_hottest_down_and_other_names_below(logic: Any, label: Any) -> None:
    legend = legend_of(logic)
    assert legend.title == "Relative heat"
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


def test_the_scale_runs_from_low_to_high_between_its_ends(
    qapp: QApplication, logic: Any, label: Any, array_of: Callable[[QImage], NDArray]
) -> None:
    legend = legend_of(logic)
    title, scale, not_seen = legend_blocks(QFont("DejaVu Sans", 10), legend, 500)
    image = QImage(round(scale.width), 20, QImage.Format_RGB32)
    image.fill(Qt.black)
    painter = QPainter(image)
    scale.draw(painter, QRectF(0, 0, scale.width, 20))
    painter.end()
    row = [tuple(map(int, color)) for color in array_of(image)[10, :, :3]]
    places = [row.index(entry.color) for entry in legend.entries[:10]]
    assert places == sorted(places, reverse=True)  # the hottest is at the right
    assert title.width > 0
    assert not_seen.width > 0
    assert (
        legend_blocks(QFont("DejaVu Sans", 10), legend, 130)[1].width <= 130
    )  # beside another view, on a small screen
