"""When the view draws itself anew, and what it then shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer
from numpy.typing import NDArray
from PyQt5 import sip
from PyQt5.QtCore import QPointF
from PyQt5.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cxr_grounding import RadiographError
from cxr_grounding_desktop.viewer.view import SliceView
from CXRGroundingLib import scene_view
from CXRGroundingLib.color_maps import levelColors
from slicer_application import Application

Screen = Callable[[], NDArray]


class Counted:
    """How often the slice logic composited its layers."""

    def __init__(self, logic: Any) -> None:
        self.times = 0
        logic.GetImageDataConnection().GetProducer().AddObserver("EndEvent", self._count)

    def _count(self, _blend: Any, _event: str) -> None:
        self.times += 1


def test_the_screen_shows_the_composite(
    view: SliceView, screen: Screen, application: Application, volume: Any, spot: Callable
) -> None:
    shown, composite = screen(), application.composite()
    assert shown.shape == composite.shape == (300, 400, 3)
    for column, row in ((30, 30), (100, 60), (150, 100), (70, 5)):
        at = spot(column, row)
        place = int(at.y()), int(at.x())
        assert tuple(shown[place]) == tuple(composite[place])
    image = composite.any(axis=2)
    np.testing.assert_array_equal(shown[image], composite[image])  # nothing covers it


def test_around_the_image_it_is_nearly_black(screen: Screen, volume: Any) -> None:
    assert tuple(screen()[4, 200]) == (11, 12, 15)


def test_without_an_image_it_says_what_to_do_and_says_nothing_more_once_there_is_one(
    view: SliceView, screen: Screen, application: Application, pixels: NDArray
) -> None:
    empty = screen()
    assert (empty[140:160, 60:340] > 120).any()
    node = slicer.util.addVolumeFromArray(np.full_like(pixels, 7)[None], ijkToRAS=np.diag([-0.5, -0.5, 1, 1]))
    node.GetDisplayNode().AutoWindowLevelOff()
    node.GetDisplayNode().SetWindowLevelMinMax(7, 100)
    scene_view.showInRed(node, application.logic)
    assert (screen()[140:160, 60:340] == 0).all()


CHANGES: dict[str, Callable[[Any, Any, Any], object]] = {
    "window": lambda logic, volume, label: volume.GetDisplayNode().SetWindowLevel(900, 1000),
    "interpolation": lambda logic, volume, label: volume.GetDisplayNode().SetInterpolate(True),
    "colors of the image": lambda logic, volume, label: volume.GetDisplayNode().SetAndObserveColorNodeID(
        "vtkMRMLColorTableNodeRainbow"
    ),
    "pixels": lambda logic, volume, label: (
        slicer.util.arrayFromVolume(volume).__imul__(0),
        slicer.util.arrayFromVolumeModified(volume),
    ),
    "place": lambda logic, volume, label: volume.SetOrigin(-9, -9, 0),
    "field of view": lambda logic, volume, label: logic.GetSliceNode().SetFieldOfView(40, 30, 1),
    "origin of the view": lambda logic, volume, label: logic.GetSliceNode().SetSliceOrigin(5, 5, 0),
    "background": lambda logic, volume, label: logic.GetSliceCompositeNode().SetBackgroundVolumeID(None),
    "label opacity": lambda logic, volume, label: logic.GetSliceCompositeNode().SetLabelOpacity(0.2),
    "label": lambda logic, volume, label: logic.GetSliceCompositeNode().SetLabelVolumeID(None),
    "outline": lambda logic, volume, label: logic.GetSliceNode().SetUseLabelOutline(True),
    "label pixels": lambda logic, volume, label: (
        slicer.util.arrayFromVolume(label).__imul__(0),
        slicer.util.arrayFromVolumeModified(label),
    ),
    "color map": lambda logic, volume, label: scene_view.paint(
        label.GetDisplayNode().GetColorNode(), levelColors("viridis")
    ),
    "threshold": lambda logic, volume, label: scene_view.paint(
        label.GetDisplayNode().GetColorNode(), levelColors("inferno", 90)
    ),
    "another color table": lambda logic, volume, label: label.GetDisplayNode().SetAndObserveColorNodeID(
        "vtkMRMLColorTableNodeLabels"
    ),
    "removed label": lambda logic, volume, label: label.GetScene().RemoveNode(label),
    "removed image": lambda logic, volume, label: volume.GetScene().RemoveNode(volume),
    "closed scene": lambda logic, volume, label: volume.GetScene().Clear(False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_in_the_scene_shows_by_itself(
    view: SliceView, glass: Screen, logic: Any, volume: Any, label: Any, name: str
) -> None:
    view.resize(700, 525)
    before = glass()
    CHANGES[name](logic, volume, label)
    after = glass()
    assert before.shape == after.shape == (525, 700, 3)
    assert (before != after).any()


def test_a_burst_of_changes_is_composited_once(
    view: SliceView, glass: Screen, logic: Any, volume: Any, label: Any
) -> None:
    glass()
    counted = Counted(logic)
    for step in range(20):
        volume.GetDisplayNode().SetWindowLevel(1000 + step, 2000)
        logic.GetSliceNode().SetFieldOfView(90 + step, 70 + step, 1)
        logic.GetSliceCompositeNode().SetLabelOpacity(0.5 + step / 100)
    assert counted.times == 0
    glass()
    assert counted.times == 1


def test_moving_the_mouse_composites_nothing(
    view: SliceView, glass: Screen, logic: Any, label: Any, move: Callable
) -> None:
    glass()
    counted = Counted(logic)
    move(view, QPointF(200, 150))
    glass()
    assert view.pointed_parts
    assert counted.times == 0


def test_what_the_file_says_is_asked_once(view: SliceView, volume: Any, about: Any) -> None:
    for window in (100, 200, 300):
        volume.GetDisplayNode().SetWindowLevel(window, 1000)
        assert view.letters == ("R", "L")
    asked = len(about.asked)
    volume.SetName("another name")
    assert view.letters == ("R", "L")
    assert (asked, len(about.asked)) == (1, 2)


def test_a_volume_that_is_no_radiograph_is_shown_and_nothing_is_said_of_it(
    view: SliceView, glass: Screen, volume: Any, about: Any
) -> None:
    assert view.letters == ("R", "L")
    about.refusal = RadiographError("A radiograph is a single slice.")
    before = glass()
    volume.SetName("many slices")
    np.testing.assert_array_equal(glass(), before)
    assert view.letters is None


def test_the_slice_node_is_as_large_as_the_widget(view: SliceView, logic: Any) -> None:
    assert logic.GetSliceNode().GetDimensions() == (400, 300, 1)
    view.resize(333, 222)
    assert logic.GetSliceNode().GetDimensions() == (333, 222, 1)


def test_a_scene_that_brings_another_size_gets_the_widgets(view: SliceView, glass: Screen, logic: Any) -> None:
    logic.GetSliceNode().SetDimensions(1000, 50, 1)
    glass()
    assert logic.GetSliceNode().GetDimensions() == (400, 300, 1)


def corner(logic: Any) -> float:
    return logic.GetSliceNode().GetFieldOfView()[0] / logic.GetSliceNode().GetDimensions()[0]


def test_the_fit_is_kept_when_the_window_grows_until_one_zooms(view: SliceView, logic: Any, volume: Any) -> None:
    assert corner(logic) == pytest.approx(100 / 400)
    view.resize(800, 600)
    assert corner(logic) == pytest.approx(100 / 800)
    view.zoom(2)
    view.resize(400, 300)
    assert corner(logic) == pytest.approx(100 / 1600)
    view.fit()
    assert corner(logic) == pytest.approx(100 / 400)


def test_zooming_keeps_the_middle(view: SliceView, application: Application, volume: Any) -> None:
    before = application.pixel_of(volume, 100, 60)
    assert before == pytest.approx((150, 200), abs=2)
    view.zoom(3)
    after = application.pixel_of(volume, 100, 60)
    assert np.subtract(after, (149.5, 199.5)) == pytest.approx(3 * np.subtract(before, (149.5, 199.5)), abs=2)


def test_the_first_window_comes_back(view: SliceView, volume: Any) -> None:
    display = volume.GetDisplayNode()
    for window, level in ((10, 20), (30, 40)):
        display.SetWindowLevel(window, level)
    view.reset_window_level()
    assert (display.GetWindow(), display.GetLevel()) == (4000, 2000)


def test_without_an_image_nothing_goes_wrong(view: SliceView, screen: Screen) -> None:
    view.fit()
    view.zoom(2)
    view.reset_window_level()
    view.set_overlay_hidden(True)
    assert screen().shape == (300, 400, 3)


def test_a_closed_scene_leaves_an_empty_view(
    view: SliceView, glass: Screen, qtbot: QtBot, scene: Any, logic: Any
) -> None:
    empty = glass()
    volume = slicer.util.addVolumeFromArray(np.arange(10000, dtype=np.int16).reshape(1, 100, 100))
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
    assert (glass() != empty).any()
    scene.Clear(False)
    np.testing.assert_array_equal(glass(), empty)


def test_a_closed_view_hears_nothing_and_one_that_is_shown_again_does(
    view: SliceView, glass: Screen, logic: Any, volume: Any
) -> None:
    view.close()
    assert not logic.HasObserver("ModifiedEvent")
    volume.GetDisplayNode().SetWindowLevel(100, 700)
    view.show()
    volume.GetDisplayNode().SetWindowLevel(100, 800)
    before = glass()
    volume.GetDisplayNode().SetWindowLevel(100, 900)
    assert (glass() != before).any()


def test_a_view_whose_window_is_gone_hears_nothing(
    qtbot: QtBot, logic: Any, volume: Any, label: Any, about: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    window = QWidget()
    view = SliceView(logic, about, window)
    assert logic.HasObserver("ModifiedEvent")
    sip.delete(window)
    assert sip.isdeleted(view)
    assert not logic.HasObserver("ModifiedEvent")
    volume.GetDisplayNode().SetWindowLevel(100, 700)
    label.Modified()
    assert "Error" not in capsys.readouterr().err
