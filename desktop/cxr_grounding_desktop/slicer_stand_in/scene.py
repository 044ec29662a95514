"""A scene, and the slice views on it, as Slicer's application keeps them; Slicer's own MRML core, no Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import slicer
import vtk


def new_scene(cache: Path) -> Any:
    """Empty; knows the classes of nodes and the orientations of slices that Slicer's scenes know.

    Args:
        cache: a folder, where bundles are unpacked while they are read.
    """
    scene = slicer.vtkMRMLScene()
    manager, files = slicer.vtkDataIOManager(), slicer.vtkCacheManager()
    files.SetRemoteCacheDirectory(str(cache))
    manager.SetCacheManager(files)
    scene.SetDataIOManager(manager)
    scene.SetCacheManager(files)
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    # What Slicer's loadable modules register at its start, of that which the module uses, and the color tables.
    scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())
    scene.RegisterNodeClass(slicer.vtkMRMLMarkupsROIJsonStorageNode())
    colors = slicer.vtkMRMLColorLogic()
    colors.SetMRMLScene(scene)
    _LOGICS[scene] = colors
    return scene


_LOGICS: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
"""The color logic of each scene: when it is destroyed, it takes its tables with it."""


def slice_view(scene: Any, name: str, orientation: str, size: int) -> Any:
    """The vtkMRMLSliceLogic of a slice view of the layout, whose nodes are in the scene; it needs no window.

    Args:
        scene: a vtkMRMLScene.
        name: of the view's layout, e.g. "Red".
        orientation: e.g. "Axial".
        size: of its sides, in pixels.
    """
    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLScene(scene)
    node = scene.GetSingletonNode(name, "vtkMRMLSliceNode")
    if node is None:  # else a loaded scene brought its own
        node = scene.CreateNodeByClass("vtkMRMLSliceNode")
        node.SetName(name)
        node.SetLayoutName(name)
        node.SetSingletonTag(name)
        node = scene.AddNode(node)
        node.SetOrientation(orientation)
    node.SetDimensions(size, size, 1)
    node.SetMappedInLayout(True)
    logic.SetSliceNode(node)
    return logic


def application_logic(scene: Any, slice_logics: list[Any]) -> Any:
    """The vtkSlicerApplicationLogic of a scene and its slice views."""
    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetMRMLScene(scene)
    collection = vtk.vtkCollection()
    for one in slice_logics:
        collection.AddItem(one)
    logic.SetSliceLogics(collection)
    return logic


def list_in_subject_hierarchy(scene: Any) -> Any:
    """Have each node that is added listed in the subject hierarchy, as Slicer does; gives what ends it when called.

    Slicer leaves out hidden nodes and what is imported (qSlicerSubjectHierarchyPluginLogic::onNodeAdded); of the
    classes that its plugins take, these are the ones that the module makes.
    """
    listed = ("vtkMRMLVolumeNode", "vtkMRMLMarkupsNode", "vtkMRMLTransformNode", "vtkMRMLTableNode")

    def add(caller: Any, event: str, node: Any) -> None:
        if scene.IsImporting() or node.GetHideFromEditors() or not any(map(node.IsA, listed)):
            return
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        if hierarchy is not None and not hierarchy.GetItemByDataNode(node):
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

    add.CallDataType = vtk.VTK_OBJECT  # type: ignore[attr-defined]  # how VTK is asked for the node
    tag = scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, add)
    return lambda: scene.RemoveObserver(tag)
