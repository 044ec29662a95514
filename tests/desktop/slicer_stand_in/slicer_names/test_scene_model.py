"""What follows a scene, at its end."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import slicer
from PyQt5 import sip
from PyQt5.QtWidgets import QWidget

from cxr_grounding_desktop.slicer_stand_in.scene import new_scene
from cxr_grounding_desktop.slicer_stand_in.slicer_names.mrml_widgets import qMRMLNodeComboBox


def add(scene: Any) -> Any:
    return scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "a")


def is_followed(scene: Any, node: Any) -> bool:
    events = slicer.vtkMRMLScene, slicer.vtkMRMLNode
    return bool(scene.HasObserver(events[0].NodeAboutToBeRemovedEvent) or node.HasObserver(events[1].IDChangedEvent))


def test_a_destroyed_list_leaves_no_observer(qtbot: Any, tmp_path: Path) -> None:
    scene = new_scene(tmp_path / "cache")
    node = add(scene)
    window = QWidget()
    qtbot.addWidget(window)
    widget = qMRMLNodeComboBox(window)
    widget.setMRMLScene(scene)
    assert is_followed(scene, node)
    sip.delete(window)
    assert not is_followed(scene, node)
    node.SetName("b")
    scene.RemoveNode(node)


def test_a_list_and_a_scene_that_nobody_holds_any_more_go_together(
    little_to_collect: None, qapp: Any, tmp_path: Path
) -> None:
    # Python's garbage collector gets them in one heap; VTK ends the process when a scene that goes calls an observer.
    scene = new_scene(tmp_path / "cache")
    add(scene)
    widgets = [qMRMLNodeComboBox() for _ in range(2)]
    for widget in widgets:
        widget.setMRMLScene(scene)
    heap: dict[str, Any] = {"scene": scene, "widgets": widgets}
    heap["heap"] = heap
    gone = weakref.ref(scene)
    del scene, widget, widgets, heap
    gc.collect()
    gc.collect()
    assert gone() is None
