"""Measuring, and the other small things that viewers have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from cxr_grounding import Spacing, SpacingSource
from cxr_grounding_desktop.viewer.view import SliceView
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from CXRGroundingLib import scene_writer


@pytest.fixture
def measure(view: SliceView, move: Callable) -> Callable[[Any, Any], None]:
    """Draws a ruler from one place of the view to another."""

    def drag(start: Any, end: Any) -> None:
        view.set_measuring(True)
        QTest.mousePress(view, Qt.LeftButton, pos=start.toPoint())
        move(view, end, Qt.LeftButton)
        QTest.mouseRelease(view, Qt.LeftButton, pos=end.toPoint())

    return drag


def test_a_ruler_measures_in_the_files_mm_and_stays_on_its_place_when_one_zooms(
    view: SliceView, volume: Any, measure: Callable, spot: Callable, glass: Callable
) -> None:
    before = glass()
    measure(spot(40, 30), spot(140, 30))
    said = view.pointed_parts[0]
    assert said.startswith("ruler ")
    assert float(said.split()[1]) == pytest.approx(50, abs=0.6)  # 100 columns of 0.5 mm
    assert (glass() != before).any()
    view.zoom(3)
    assert view.pointed_parts[0] == said
    QTest.keyClick(view, Qt.Key_Escape)
    assert not any(part.startswith("ruler") for part in view.pointed_parts)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SpacingSource.PIXEL_SPACING, None),
        (SpacingSource.IMAGER_PIXEL_SPACING, "at the detector"),
        (SpacingSource.NOMINAL_SCANNED_PIXEL_SPACING, "on the scanned film"),
    ],
)
def test_a_length_at_the_detector_says_how_uncertain_it_is(
    view: SliceView, volume: Any, about: Any, measure: Callable, spot: Callable, source: SpacingSource, said: str | None
) -> None:
    about.spacing = Spacing(0.5, 0.5, source)
    volume.Modified()
    measure(spot(40, 30), spot(40, 90))
    text = " ".join(view.pointed_parts)
    assert text.count("measured") == (said is not None)
    assert said is None or said in text


def test_where_the_pixels_size_is_unknown_a_ruler_counts_pixels(
    view: SliceView, volume: Any, about: Any, measure: Callable, spot: Callable
) -> None:
    about.spacing = None
    volume.Modified()
    measure(spot(40, 30), spot(100, 30))
    assert view.pointed_parts[:2] == ["ruler 60 pixels", "pixel size unknown"]


def test_invert_makes_black_white_and_back(view: SliceView, volume: Any, screen: Callable, spot: Callable) -> None:
    at = spot(60, 40)
    place = int(at.y()), int(at.x())
    before = screen()[place].astype(int)
    view.invert()
    np.testing.assert_allclose(screen()[place], 255 - before, atol=1)
    view.invert()
    np.testing.assert_array_equal(screen()[place], before)


def test_one_to_one_shows_a_pixel_of_the_image_as_one_of_the_screen(view: SliceView, volume: Any, logic: Any) -> None:
    view.show_actual_pixels()
    node = logic.GetSliceNode()
    assert node.GetFieldOfView()[0] / node.GetDimensions()[0] == pytest.approx(0.5)


def test_boxes_and_outlines_of_the_scene_are_drawn_and_named(
    scene: Any, frame: FramedView, volume: Any, array_of: Callable
) -> None:
    frame.view.picture()
    before = array_of(frame.view.picture())
    box = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    box.SetNodeReferenceID(scene_writer.RADIOGRAPH_ROLE, volume.GetID())
    box.SetSize(40, 20, 1)
    box.SetCenter(-50, -30, 0)
    box.CreateDefaultDisplayNodes()
    box.GetDisplayNode().SetSelectedColor(0, 1, 0)
    with_box = array_of(frame.view.picture())
    _, columns = np.nonzero((before != with_box).any(axis=2))
    scale = frame.view.height() / 60  # the image is 60 mm high
    assert np.ptp(columns) == pytest.approx(40 * scale, rel=0.1) or np.ptp(columns) == pytest.approx(
        40 * frame.view.width() / 100, rel=0.1
    )
    assert frame.said().outlines == ()
    other = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "a finding that is not shown")
    other.SetNodeReferenceID("CXRGrounding.box", box.GetID())
    np.testing.assert_array_equal(array_of(frame.view.picture()), before)
    scene.RemoveNode(other)
    curve = scene.AddNewNodeByClass("vtkMRMLMarkupsClosedCurveNode", "outline")
    curve.SetNodeReferenceID(scene_writer.RADIOGRAPH_ROLE, volume.GetID())
    curve.SetAttribute("CXRGrounding.Phrase", "cardiomegaly")
    curve.SetAttribute("CXRGrounding.Pattern", "dashed")
    curve.CreateDefaultDisplayNodes()
    slicer.util.updateMarkupsControlPointsFromArray(curve, np.array([[-20.0, -20, 0], [-70, -20, 0], [-40, -50, 0]]))
    assert (array_of(frame.view.picture()) != with_box).any()
    assert len(frame.said().outlines) == 1
    frame.view.set_overlay_hidden(True)
    np.testing.assert_array_equal(array_of(frame.view.picture()), before)
