"""Window and level."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

from cxr_grounding_desktop.viewer.view.window_level import FirstSeen, WindowLevel, show, window_level

START = WindowLevel(400.0, 1000.0, True)


def test_a_drag_over_the_whole_view_is_the_range_of_values() -> None:
    assert START.dragged(1.0, 0.5, 0, 4000) == WindowLevel(4400.0, 3000.0, False)
    assert START.dragged(-0.05, -0.1, 0, 4000) == WindowLevel(200.0, 600.0, False)


def test_the_window_stays_above_nothing_and_the_level_near_the_values() -> None:
    assert START.dragged(-9, 0, 0, 4000).window == 4.0
    assert START.dragged(0, 9, 0, 4000).level == 4200.0
    assert START.dragged(0, -9, 0, 4000).level == -200.0


def test_an_image_of_one_value_has_nothing_to_drag() -> None:
    assert START.dragged(1, 1, 5, 5) == START


def test_what_is_shown_is_what_the_display_node_says(volume: Any) -> None:
    show(volume, WindowLevel(123.0, 456.0, False))
    assert (volume.GetDisplayNode().GetWindow(), volume.GetDisplayNode().GetLevel()) == (123.0, 456.0)
    assert window_level(volume) == WindowLevel(123.0, 456.0, False)


def test_the_automatic_window_comes_back_as_it_was(volume: Any) -> None:
    volume.GetDisplayNode().SetAutoWindowLevel(True)
    before = window_level(volume)
    assert before.automatic
    show(volume, WindowLevel(1.0, 2.0, False))
    show(volume, before)
    assert window_level(volume) == before


def test_showing_is_one_change_of_the_display_node(volume: Any) -> None:
    changes: list[str] = []
    volume.GetDisplayNode().AddObserver("ModifiedEvent", lambda _node, event: changes.append(event))
    show(volume, WindowLevel(123.0, 456.0, False))
    assert len(changes) == 1


def test_the_first_window_of_each_volume_is_remembered(scene: Any, volume: Any, pixels: Any) -> None:
    other = slicer.util.addVolumeFromArray(pixels[None] // 2, name="other")
    show(other, WindowLevel(7.0, 8.0, False))
    seen = FirstSeen()
    for node in (volume, other):
        seen.meet(node)
        show(node, WindowLevel(1.0, 1.0, False))
        seen.meet(node)
    assert seen.of(volume) == WindowLevel(4000.0, 2000.0, False)
    assert seen.of(other) == WindowLevel(7.0, 8.0, False)


def test_remembering_does_not_keep_a_volume_in_memory(scene: Any, pixels: Any) -> None:
    node = slicer.util.addVolumeFromArray(pixels[None], name="gone")
    seen, weak = FirstSeen(), vtk.vtkWeakReference()
    weak.Set(node)
    seen.meet(node)
    scene.RemoveNode(node)
    assert weak.Get() is node
    del node
    assert weak.Get() is None


def test_another_volume_of_the_same_id_is_another_volume(scene: Any, pixels: Any) -> None:
    seen = FirstSeen()
    first = slicer.util.addVolumeFromArray(pixels[None], name="first")
    seen.meet(first)
    scene.RemoveNode(first)
    second = scene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
    second.CopyContent(first)
    second = scene.AddNode(second)
    second.CreateDefaultDisplayNodes()
    assert seen.of(second) is None


def test_what_has_no_window_is_left_alone(label: Any) -> None:
    assert window_level(label) is None
    assert window_level(None) is None
    show(label, WindowLevel(1.0, 1.0, False))
    FirstSeen().meet(label)
