"""A case of a reader study in the scene: its radiograph, the heat over it, and the box that the reader draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_grounding import Box, StudyError
from CXRGroundingLib import scene_view
from CXRGroundingLib.scene_reader import KIND_ATTRIBUTE, sliceGrid
from CXRGroundingLib.scene_writer import PREFIX, RADIOGRAPH_ROLE, STUDY_ATTRIBUTE, Kind, layBox, removeWhole

if TYPE_CHECKING:
    from cxr_grounding import ReportedFinding

BOX_NAME = "Drawn box"
BOX_STEP = 0.01
"""Of the radiograph's shorter side, by which an arrow moves the box, or makes it larger."""

BOX_COLOR = 0.34, 0.71, 0.91
"""Red, green, blue, in [0, 1]: the blue of outlines, which no color map of the heat has."""


class StudyScene:
    """Shows one case at a time, and takes it away again.

    Args:
        logic: a GroundingLogic.
    """

    def __init__(self, logic: Any) -> None:
        self._logic = logic
        self._volumeNode: Any = None
        self._labelNode: Any = None
        self._boxNode: Any = None
        self._box: Box | None = None

    @property
    def volumeNode(self) -> Any:
        """The radiograph in view; None for none."""
        return self._volumeNode

    def show(self, path: Path, finding: ReportedFinding, isHeatShown: bool) -> None:
        """Take the case before away, and show this one.

        Args:
            path: of the radiograph.
            finding: the map.
            isHeatShown: whether its heat lies over the radiograph at once.

        Raises:
            CXRGroundingError: when the radiograph cannot be read, or is not the map's; nothing is shown then.
        """
        self.clear()
        self._volumeNode = self._logic.loadRadiograph(path)
        shape = sliceGrid(self._volumeNode).shape
        if finding.shape != shape:
            self.clear()
            raise StudyError(
                f"The map has {finding.shape[0]} rows and {finding.shape[1]} columns, and the radiograph {path} has "
                f"{shape[0]} and {shape[1]}: it is a map of another image. Copy the study's folder again."
            )
        self._labelNode = self._logic.addFinding(self._volumeNode, finding)
        self._labelNode.SetAttribute(STUDY_ATTRIBUTE, "true")
        self.setHeat(isHeatShown)

    def clear(self) -> None:
        """Take the case out of the scene."""
        scene = self._logic.scene
        self.removeBox()
        if self._labelNode is not None and scene.IsNodePresent(self._labelNode):
            self._logic.removeFinding(self._labelNode)
        if self._volumeNode is not None and scene.IsNodePresent(self._volumeNode):
            removeWhole(self._volumeNode)
        self._labelNode = self._volumeNode = None

    def setHeat(self, isShown: bool) -> None:
        """Lay the heat over the radiograph, or take it off."""
        if self._labelNode is None:
            return
        if isShown:
            self._logic.showFinding(self._labelNode)
        else:
            self._logic.hideFindings(self._volumeNode)

    def setInView(self, isShown: bool, isHeatShown: bool = False) -> None:
        """Empty the views for a break, or show the case in them again."""
        if self._volumeNode is None:
            return
        if isShown:
            self._logic.showRadiograph(self._volumeNode)
            self.setHeat(isHeatShown)
        else:
            scene_view.takeOutOfViews(self._volumeNode)
        if self._boxNode is not None:
            self._boxNode.SetDisplayVisibility(isShown)

    # The box

    @property
    def box(self) -> Box | None:
        """That was drawn, in pixels of the radiograph; None for none."""
        return self._box

    def beginBox(self) -> None:
        """A box in the middle, a quarter of the radiograph wide and high, for the arrows to move."""
        rows, columns = sliceGrid(self._volumeNode).shape
        self.setBox(Box(round(columns * 3 / 8), round(rows * 3 / 8), round(columns / 4), round(rows / 4)))

    def changeBox(self, across: int, down: int, isSize: bool) -> None:
        """Move the box by steps, or make it larger or smaller by steps.

        Args:
            across, down: how many steps to the right, and downwards.
            isSize: whether the box's right and lower edges move alone.
        """
        if self._box is None:
            return
        rows, columns = sliceGrid(self._volumeNode).shape
        step = max(1, round(min(rows, columns) * BOX_STEP))
        box = self._box
        if isSize:
            width = min(max(box.width + across * step, step), columns - box.x)
            height = min(max(box.height + down * step, step), rows - box.y)
            self.setBox(Box(box.x, box.y, width, height))
        else:
            x = min(max(box.x + across * step, 0), columns - box.width)
            y = min(max(box.y + down * step, 0), rows - box.height)
            self.setBox(Box(x, y, box.width, box.height))

    def setBox(self, box: Box) -> None:
        """Draw a box, in the place of the one before."""
        if self._boxNode is None:
            self._boxNode = self._newBoxNode()
        self._box = box
        layBox(self._boxNode, self._volumeNode, box)

    def removeBox(self) -> None:
        """Take the box away."""
        if self._boxNode is not None and self._logic.scene.IsNodePresent(self._boxNode):
            removeWhole(self._boxNode)
        self._boxNode = self._box = None

    def _newBoxNode(self) -> Any:
        node = self._logic.scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", BOX_NAME)
        node.SetAttribute(KIND_ATTRIBUTE, Kind.BOX.value)
        node.SetAttribute(PREFIX + "Drawn", "true")
        node.SetNodeReferenceID(RADIOGRAPH_ROLE, self._volumeNode.GetID())
        node.SetLocked(True)
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetSelectedColor(*BOX_COLOR)
        node.GetDisplayNode().SetFillVisibility(False)
        node.GetDisplayNode().SetHandlesInteractive(False)
        return node
