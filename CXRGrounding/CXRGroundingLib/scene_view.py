"""Which slice views show a radiograph, and how they show what was found on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import slicer

from cxr_grounding import Doubted
from CXRGroundingLib.color_maps import levelColors
from CXRGroundingLib.scene_reader import sliceGrid
from CXRGroundingLib.scene_writer import (
    PREFIX,
    RADIOGRAPH_ROLE,
    Kind,
    companion,
    findings,
    heatStrength,
    lowestOf,
    orphans,
    paint,
)

PINNED_ATTRIBUTE = PREFIX + "Pinned"
"""Of a slice composite node: "true" where another finding than the others' is compared, which is left as it is."""

PLACED_ATTRIBUTE = PREFIX + "Placed"
"""Of a legend: where this module has put it."""

CLEARED_ATTRIBUTE = PREFIX + "Cleared"
"""Of a legend: "true" while it is hidden because its finding is drawn as an outline."""

LEGEND_WIDTH = 0.14
"""Of a legend that stands beside the image, in parts of the view's width."""


def viewsShowing(volumeNode: Any) -> list[tuple[Any, Any]]:
    """(slice node, slice composite node) of the views that have the volume as background or foreground."""
    scene, volumeID = volumeNode.GetScene(), volumeNode.GetID()
    composites = {
        node.GetLayoutName(): node
        for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", scene=scene)
        if volumeID in (node.GetBackgroundVolumeID(), node.GetForegroundVolumeID())
        and node.GetAttribute(PINNED_ATTRIBUTE) != "true"
    }
    slices = slicer.util.getNodesByClass("vtkMRMLSliceNode", scene=scene)
    return [(node, composites[node.GetLayoutName()]) for node in slices if node.GetLayoutName() in composites]


def showInRed(volumeNode: Any, applicationLogic: Any = None) -> bool:
    """Make the volume the background of the Red view, the axial one: it faces an image of unknown place.

    The label layer is cleared, since what it shows belongs to another image, and the view is fitted.

    Returns:
        False where there is no Red view.
    """
    scene = volumeNode.GetScene()
    for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", scene=scene):
        if node.GetLayoutName() == "Red":
            with _legendsFollow(scene):
                node.SetBackgroundVolumeID(volumeNode.GetID())
                node.SetForegroundVolumeID(None)
                node.SetLabelVolumeID(None)
            logic = applicationLogic and applicationLogic.GetSliceLogicByLayoutName("Red")
            if logic:
                logic.FitSliceToAll()
            return True
    return False


def showFinding(labelNode: Any, opacity: float, outline: bool) -> bool:
    """Lay a finding over its radiograph wherever that is shown, with its legend.

    Args:
        labelNode: the finding; another one of the same radiograph gives way to it.
        opacity: of the label layer, 0 to 1.
        outline: whether to draw the borders of the levels only.

    Returns:
        False where no slice view of the layout shows the radiograph, or it is no longer in the scene.
    """
    volumeNode = labelNode.GetNodeReference(RADIOGRAPH_ROLE)
    views = viewsShowing(volumeNode) if volumeNode is not None else []
    with _legendsFollow(labelNode.GetScene()):
        for sliceNode, composite in views:
            composite.SetLabelVolumeID(labelNode.GetID())
            composite.SetLabelOpacity(opacity)
            sliceNode.SetUseLabelOutline(outline)
        if views:
            _addLegend(labelNode)
            _placeLegend(labelNode, views)
    return any(sliceNode.IsMappedInLayout() for sliceNode, _ in views)


def isSeen(volumeNode: Any) -> bool:
    """Whether a slice view that is in the application's layout shows a radiograph; one of 3D views only has none."""
    return any(sliceNode.IsMappedInLayout() for sliceNode, _ in viewsShowing(volumeNode))


def shownFinding(volumeNode: Any) -> Any | None:
    """The finding that lies over the radiograph in a view, if there is one."""
    mine = {node.GetID(): node for node in findings(volumeNode.GetScene(), volumeNode)}
    shown = (mine.get(composite.GetLabelVolumeID()) for _, composite in viewsShowing(volumeNode))
    return next((node for node in shown if node is not None), None)


def hideFindings(volumeNode: Any) -> None:
    """Clear the label layer where it shows a finding of the radiograph; other label maps stay."""
    mine = {node.GetID() for node in findings(volumeNode.GetScene(), volumeNode)}
    with _legendsFollow(volumeNode.GetScene()):
        for _, composite in viewsShowing(volumeNode):
            if composite.GetLabelVolumeID() in mine:
                composite.SetLabelVolumeID(None)


def hideOrphans(scene: Any) -> None:
    """Take findings whose radiograph was removed out of the label layers, and their boxes out of sight."""
    lost = {node.GetID(): node for node in orphans(scene)}
    with _legendsFollow(scene):
        for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", scene=scene):
            if composite.GetLabelVolumeID() in lost:
                composite.SetLabelVolumeID(None)
    for labelNode in lost.values():
        box = companion(labelNode, Kind.BOX)
        if box is not None:
            box.SetDisplayVisibility(False)


def takeOutOfViews(volumeNode: Any) -> None:
    """Empty the views that show a radiograph, and take away what lies over it."""
    with _legendsFollow(volumeNode.GetScene()):
        for _, composite in viewsShowing(volumeNode):
            composite.SetBackgroundVolumeID(None)
            composite.SetForegroundVolumeID(None)
            composite.SetLabelVolumeID(None)


def updateLegends(scene: Any) -> None:
    """Give a finding that lies in a layer its legend, and have the views look at all legends again.

    Slicer's manager of legends (vtkMRMLColorLegendDisplayableManager) shows one where its volume is in a layer. But it
    looks at the layers only when the user has changed them in the slice controller, and when a legend itself says that
    it changed. A layer that code changes is neither: the legend would stay without its label map, or not come back.
    """
    inLayer = {volumeID for volumeIDs in _layers(scene) for volumeID in volumeIDs}
    for labelNode in findings(scene):
        if labelNode.GetID() in inLayer:
            _addLegend(labelNode)
    for legend in slicer.util.getNodesByClass("vtkMRMLColorLegendDisplayNode", scene=scene):
        legend.Modified()


def recolor(
    labelNode: Any,
    colorMap: str,
    thresholdPercent: float,
    doubted: Doubted = Doubted.PALE,
    isClear: bool = False,
) -> None:
    """Paint a finding with another color map or threshold, or as doubted heat shows; its label map stays as it is.

    Args:
        labelNode: the finding.
        colorMap, thresholdPercent: see `color_maps.levelColors`.
        doubted: how its heat and its box are shown if the verdict does not believe it.
        isClear: whether its heat is not shown at all, and so needs no legend.
    """
    strength = heatStrength(labelNode, doubted)
    table, box = companion(labelNode, Kind.COLORS), companion(labelNode, Kind.BOX)
    if table is not None:
        paint(table, levelColors(colorMap, thresholdPercent, 0.0 if isClear else strength, lowestOf(labelNode)))
    legend = _legendOf(labelNode)
    # One that the user has hidden stays hidden.
    if legend is not None and (legend.GetVisibility() if isClear else legend.GetAttribute(CLEARED_ATTRIBUTE)):
        legend.SetVisibility(not isClear)
        legend.SetAttribute(CLEARED_ATTRIBUTE, "true" if isClear else None)
    if box is not None:
        box.GetDisplayNode().SetOpacity(strength)


def jumpTo(labelNode: Any, x: float, y: float) -> None:
    """Bring the pixel (x, y) of the finding's radiograph into view; a view that shows it already is not moved.

    Args:
        labelNode: the finding.
        x, y: columns from the left and rows from the top edge of the radiograph as stored.
    """
    volumeNode = labelNode.GetNodeReference(RADIOGRAPH_ROLE)
    if volumeNode is None:
        return
    world = [0.0, 0.0, 0.0]
    volumeNode.TransformPointToWorld(sliceGrid(volumeNode).toRAS(x, y).tolist(), world)
    for sliceNode, _ in viewsShowing(volumeNode):
        if _isInView(sliceNode, world):
            sliceNode.JumpSliceByOffsetting(*world)
        else:
            sliceNode.JumpSliceByCentering(*world)


def _isInView(sliceNode: Any, world: list[float]) -> bool:
    xyToRAS = slicer.util.arrayFromVTKMatrix(sliceNode.GetXYToRAS())
    x, y = np.linalg.solve(xyToRAS, [*world, 1.0])[:2]
    width, height, _ = sliceNode.GetDimensions()
    return bool(0 <= x <= width and 0 <= y <= height)


@contextmanager
def _legendsFollow(scene: Any) -> Iterator[None]:
    """Update the legends after a change of layers; not after one of opacity alone, which a slider makes many of."""
    before = _layers(scene)
    yield
    if _layers(scene) != before:
        updateLegends(scene)


def _layers(scene: Any) -> list[tuple[str | None, ...]]:
    """IDs of the volumes in each slice view."""
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", scene=scene)
    return [(one.GetBackgroundVolumeID(), one.GetForegroundVolumeID(), one.GetLabelVolumeID()) for one in composites]


def _addLegend(labelNode: Any) -> None:
    """A color legend, which Slicer draws wherever the label map is in a layer."""
    colorLogic = getattr(slicer, "vtkSlicerColorLogic", None)
    if colorLogic is None or _legendOf(labelNode) is not None:
        return
    legend = colorLogic.AddDefaultColorLegendDisplayNode(labelNode)
    if legend is not None:
        legend.SetTitleText("Relative heat")
        legend.SetUseColorNamesForLabels(True)


def _legendOf(labelNode: Any) -> Any | None:
    colorLogic = getattr(slicer, "vtkSlicerColorLogic", None)
    return None if colorLogic is None else colorLogic.GetColorLegendDisplayNode(labelNode)


def _placeLegend(labelNode: Any, views: list[tuple[Any, Any]]) -> None:
    """Where it does not lie on the lungs: beside the image where the view is wide, else along its lower edge.

    Only until the user, or a scene, has placed it elsewhere.
    """
    legend, seen = _legendOf(labelNode), [node for node, _ in views if node.IsMappedInLayout()]
    if legend is None or not seen or legend.GetAttribute(PLACED_ATTRIBUTE) not in (None, _placeOf(legend)):
        return
    columns, rows, _ = seen[0].GetDimensions()
    height, width = sliceGrid(labelNode).shape
    room = columns - width * min(columns / max(width, 1), rows / max(height, 1))
    if room / 2 >= LEGEND_WIDTH * columns:
        legend.SetOrientation(legend.Vertical)
        legend.SetSize(LEGEND_WIDTH, 0.5)
        legend.SetPosition(1.0, 0.5)
    else:
        legend.SetOrientation(legend.Horizontal)
        legend.SetSize(0.6, 0.1)
        legend.SetPosition(0.5, 0.0)
    legend.SetAttribute(PLACED_ATTRIBUTE, _placeOf(legend))


def _placeOf(legend: Any) -> str:
    return f"{legend.GetOrientation()} {tuple(legend.GetPosition())}"
