"""Findings that are shown beside the active one: outlines in colors and patterns of their own, as markups.

Slicer has one label layer a view, which holds the active finding's heat. What is ticked beside it is drawn around, by
closed curves that any slice view shows. They are made from the label maps, so a scene that is saved does not hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from CXRGroundingLib.color_maps import LEVELS
from CXRGroundingLib.scene_reader import KIND_ATTRIBUTE, sliceGrid
from CXRGroundingLib.scene_writer import PREFIX, RADIOGRAPH_ROLE, findings, removeWhole

TICKED_ATTRIBUTE = PREFIX + "Ticked"
"""Of a label map: "true" where it is shown beside the active one."""

OUTLINE = "outline"
"""Of the attribute CXRGrounding.Kind of a curve."""

FINDING_ROLE = PREFIX + "finding"
"""Node reference from a curve to the label map that it is drawn around."""

_STATE_ATTRIBUTE = PREFIX + "State"
"""Of a curve: from which state of its label map it was made, and in which style."""

MOST_CURVES = 6
"""Of one finding, the longest; more are crumbs."""

MOST_POINTS = 160
"""Of one curve."""

_GRID = 512
"""Most samples of a side in which regions are drawn around."""

_SMOOTH = 1.5
"""Standard deviation, in samples, that takes the steps out of an outline."""


@dataclass(frozen=True)
class Style:
    """How the outlines of one finding look.

    Args:
        color: red, green, blue, in [0, 1].
        pattern: of the line, where the view can draw it.
        glyph: of the curve's points (vtkMRMLMarkupsDisplayNode), by which Slicer's outlines differ.
    """

    color: tuple[float, float, float]
    pattern: str
    glyph: str


STYLES = (
    Style((0.34, 0.71, 0.91), "solid", "Circle2D"),
    Style((0.90, 0.62, 0.00), "dashed", "Square2D"),
    Style((0.00, 0.75, 0.55), "dotted", "Diamond2D"),
    Style((0.80, 0.47, 0.65), "dash-dotted", "Triangle2D"),
    Style((0.94, 0.89, 0.26), "long dashes", "Cross2D"),
    Style((0.84, 0.37, 0.00), "two dots", "ThickCross2D"),
)
"""Okabe and Ito's colors, which differ for every color vision, the green somewhat lighter; by a finding's row."""


def setTicked(labelNode: Any, isTicked: bool) -> None:
    """Have a finding shown beside the active one, or not."""
    labelNode.SetAttribute(TICKED_ATTRIBUTE, "true" if isTicked else None)


def isTicked(labelNode: Any) -> bool:
    """Whether a finding is shown beside the active one."""
    return labelNode.GetAttribute(TICKED_ATTRIBUTE) == "true"


def outlines(scene: Any) -> list[Any]:
    """The curves of all findings."""
    nodes = slicer.util.getNodesByClass("vtkMRMLMarkupsClosedCurveNode", scene=scene)
    return [node for node in nodes if node.GetAttribute(KIND_ATTRIBUTE) == OUTLINE]


def updateOutlines(volumeNode: Any, active: Any | None, isAll: bool = False) -> None:
    """Draw around the ticked findings of a radiograph, and take away what is no longer wanted.

    Args:
        volumeNode: the radiograph.
        active: the finding whose heat lies over it, None for none.
        isAll: whether the active one is drawn around too.
    """
    scene = volumeNode.GetScene()
    wanted = {}
    for index, labelNode in enumerate(findings(scene, volumeNode)):
        if (labelNode is active and isAll) or (labelNode is not active and isTicked(labelNode)):
            state = f"{index % len(STYLES)} {labelNode.GetImageData().GetMTime()}"
            wanted[labelNode.GetID()] = labelNode, STYLES[index % len(STYLES)], state
    there = set()
    for curve in outlines(scene):
        labelNode = curve.GetNodeReference(FINDING_ROLE)
        if labelNode is None or labelNode.GetNodeReference(RADIOGRAPH_ROLE) is not volumeNode:
            continue
        entry = wanted.get(labelNode.GetID())
        if entry is not None and entry[2] == curve.GetAttribute(_STATE_ATTRIBUTE):
            there.add(labelNode.GetID())
        else:
            removeWhole(curve)
    for nodeID, (labelNode, style, state) in wanted.items():
        if nodeID not in there:
            for points in contours(labelNode):
                _addCurve(labelNode, volumeNode, style, points).SetAttribute(_STATE_ATTRIBUTE, state)


def removeLost(scene: Any) -> None:
    """Take away the curves of findings that have left the scene, or whose radiograph has."""
    for curve in outlines(scene):
        labelNode = curve.GetNodeReference(FINDING_ROLE)
        if labelNode is None or labelNode.GetNodeReference(RADIOGRAPH_ROLE) is None:
            removeWhole(curve)


def contours(labelNode: Any) -> list[NDArray[np.float64]]:
    """Lines around the regions of a finding.

    Returns:
        Each [n, 2], columns from the left and rows from the top edge of the radiograph, the longest first.
    """
    grid = sliceGrid(labelNode)
    levels = slicer.util.arrayFromVolume(labelNode).reshape(grid.shape)
    step = max(1, -(-max(grid.shape) // _GRID))
    marked = levels[step // 2 :: step, step // 2 :: step]
    marked = np.pad(((marked > 0) & (marked <= LEVELS)).astype(np.float32), 4)  # lines close beyond the edges
    image = vtk.vtkImageData()
    image.SetDimensions(marked.shape[1], marked.shape[0], 1)
    image.GetPointData().SetScalars(numpy_to_vtk(marked.ravel(), deep=True))
    smooth, squares, stripper = vtk.vtkImageGaussianSmooth(), vtk.vtkMarchingSquares(), vtk.vtkStripper()
    smooth.SetDimensionality(2)
    smooth.SetStandardDeviation(_SMOOTH)
    smooth.SetInputData(image)
    squares.SetInputConnection(smooth.GetOutputPort())
    squares.SetValue(0, 0.5)
    stripper.SetInputConnection(squares.GetOutputPort())
    stripper.SetMaximumLength(2**20)
    stripper.Update()
    lines = stripper.GetOutput()
    if lines.GetNumberOfPoints() == 0:
        return []
    places = vtk_to_numpy(lines.GetPoints().GetData())[:, :2].astype(np.float64)
    places = (places - 4) * step + step // 2 + 0.5
    rows, columns = grid.shape
    np.clip(places, (0, 0), (columns, rows), out=places)
    found, ids = [], vtk.vtkIdList()
    cells = lines.GetLines()
    cells.InitTraversal()
    while cells.GetNextCell(ids):
        line = places[[ids.GetId(n) for n in range(ids.GetNumberOfIds())]]
        if len(line) > 8:
            found.append(line[:: max(1, -(-len(line) // MOST_POINTS))])
    return sorted(found, key=_length, reverse=True)[:MOST_CURVES]


def _length(line: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())


def _addCurve(labelNode: Any, volumeNode: Any, style: Style, points: NDArray[np.float64]) -> Any:
    scene, grid = volumeNode.GetScene(), sliceGrid(volumeNode)
    curve = slicer.vtkMRMLMarkupsClosedCurveNode()  # and added when it is said to be hidden, so that nobody lists it
    curve.SetName(f"{labelNode.GetName()} - {OUTLINE}")
    curve.SetHideFromEditors(True)
    curve.SetSaveWithScene(False)
    curve.SetAttribute(KIND_ATTRIBUTE, OUTLINE)
    curve.SetAttribute(PREFIX + "Phrase", labelNode.GetAttribute(PREFIX + "Phrase"))
    curve.SetAttribute(PREFIX + "Pattern", style.pattern)
    scene.AddNode(curve)
    curve.SetNodeReferenceID(RADIOGRAPH_ROLE, volumeNode.GetID())
    curve.SetNodeReferenceID(FINDING_ROLE, labelNode.GetID())
    curve.SetCurveTypeToLinear()
    slicer.util.updateMarkupsControlPointsFromArray(curve, np.array([grid.toRAS(x, y) for x, y in points]))
    curve.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
    curve.SetLocked(True)
    curve.CreateDefaultDisplayNodes()
    display = curve.GetDisplayNode()
    display.SetSaveWithScene(False)
    display.SetSelectedColor(*style.color)
    display.SetColor(*style.color)
    display.SetGlyphType(getattr(display, style.glyph))
    display.SetGlyphScale(1.0)
    display.SetPropertiesLabelVisibility(False)
    display.SetPointLabelsVisibility(False)
    display.SetHandlesInteractive(False)
    return curve
