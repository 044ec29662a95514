"""What Slicer's application keeps around a scene, on Slicer's own MRML core and without windows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from cxr_grounding_desktop.slicer_stand_in.scene import application_logic, slice_view

VIEW = 300
"""Pixels of a slice view's side, in tests."""


@dataclass(frozen=True)
class Application:
    """What Slicer's application keeps beside the scene, without windows."""

    logic: Any
    views: dict[str, Any]
    """vtkMRMLSliceLogic by the view's name."""

    def composite(self, name: str = "Red") -> NDArray[np.uint8]:
        """What a view shows, [rows, columns, 3], uint8, top row first: Slicer's own blend of its layers."""
        logic = self.views[name]
        connection = logic.GetImageDataConnection()
        connection.GetProducer().Update()
        image = connection.GetProducer().GetOutputDataObject(connection.GetIndex())
        columns, rows, _ = image.GetDimensions()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)
        return pixels[::-1, :, :3].copy()  # VTK's first row is the bottom one

    def pixel_of(self, volumeNode: Any, column: int, row: int, name: str = "Red") -> tuple[int, int]:
        """(row, column) of the composite where the centre of a voxel of the volume lies."""
        world = [0.0, 0.0, 0.0]
        volumeNode.TransformPointToWorld((matrixOf(volumeNode) @ (column, row, 0, 1))[:3].tolist(), world)
        sliceNode = self.views[name].GetSliceNode()
        rasToXY = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(sliceNode.GetXYToRAS(), rasToXY)
        x, y = rasToXY.MultiplyPoint((*world, 1))[:2]
        return sliceNode.GetDimensions()[1] - 1 - round(y), round(x)


@dataclass(frozen=True)
class Legends:
    """The color legends that a slice view has on its screen, by Slicer's own manager of them."""

    manager: Any
    window: Any

    def shows(self, volumeNode: Any) -> bool:
        """Whether the legend of a volume is on the screen."""
        legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(volumeNode)
        actor = None if legend is None else self.manager.GetColorLegendActor(legend)
        renderers = self.window.GetRenderers()
        shown = (renderers.GetItemAsObject(index) for index in range(renderers.GetNumberOfItems()))
        return actor is not None and bool(actor.GetVisibility()) and any(one.HasViewProp(actor) for one in shown)


@contextmanager
def legendsOf(applicationLogic: Any, sliceLogic: Any) -> Iterator[Legends]:
    """The legends of a slice view. Its window is never rendered, so that no graphics driver is asked for anything."""
    kind = "vtkMRMLColorLegendDisplayableManager"
    factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
    factory.SetMRMLApplicationLogic(applicationLogic)
    if not factory.IsDisplayableManagerRegistered(kind):
        factory.RegisterDisplayableManager(kind)
    window, renderer, interactor = (
        vtk.vtkGenericOpenGLRenderWindow(),
        vtk.vtkRenderer(),
        vtk.vtkGenericRenderWindowInteractor(),
    )
    window.AddRenderer(renderer)
    interactor.SetRenderWindow(window)
    window.SetInteractor(interactor)  # without one, the managers do not come to life
    group = slicer.vtkMRMLDisplayableManagerGroup()
    group.SetRenderer(renderer)
    group.Initialize(factory, renderer)
    group.SetMRMLDisplayableNode(sliceLogic.GetSliceNode())
    yield Legends(group.GetDisplayableManagerByClassName(kind), window)
    group.SetMRMLDisplayableNode(None)
    factory.SetMRMLApplicationLogic(None)


def chooseLabelLayer(sliceLogic: Any, volumeNode: Any | None) -> None:
    """What the slice controller does when the user chooses its label layer (qMRMLSliceControllerWidget)."""
    sliceLogic.StartSliceCompositeNodeInteraction(slicer.vtkMRMLSliceCompositeNode.LabelVolumeFlag)
    sliceLogic.GetSliceCompositeNode().SetLabelVolumeID(None if volumeNode is None else volumeNode.GetID())
    sliceLogic.EndSliceCompositeNodeInteraction()


def matrixOf(volumeNode: Any) -> NDArray[np.float64]:
    """The 4 x 4 IJK-to-RAS matrix of a volume."""
    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def nodeIDs(scene: Any) -> set[str]:
    """Of all nodes in a scene."""
    return {scene.GetNthNode(index).GetID() for index in range(scene.GetNumberOfNodes())}


def viewsOf(scene: Any, size: int = VIEW) -> Application:
    """The application of a scene, with the Red (axial) and the Green (coronal) view."""
    views = {
        name: slice_view(scene, name, orientation, size)
        for name, orientation in (("Red", "Axial"), ("Green", "Coronal"))
    }
    return Application(application_logic(scene, list(views.values())), views)
