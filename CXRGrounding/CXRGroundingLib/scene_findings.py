"""The findings of a scene: which there are, how they are shown, and which places of one phrase they show."""

from __future__ import annotations

from typing import Any

import slicer

from cxr_grounding import Doubted
from CXRGroundingLib import color_maps, scene_layout, scene_outlines, scene_view, scene_writer
from CXRGroundingLib.scene_removed import RemovedFindings

OPACITY = 0.7
"""Of the overlay at first, as in the core's pictures."""


class SceneFindings:
    """Finds, shows, paints and removes findings; where nothing is computed.

    Args:
        scene: a vtkMRMLScene; None for the application's.
    """

    def __init__(self, scene: Any = None) -> None:
        self._givenScene = scene
        self._opacity, self._outline, self._allOutlined = OPACITY, False, False
        self._removed = RemovedFindings()
        self._colorMap, self._threshold, self._doubted = color_maps.DEFAULT, 0.0, Doubted.PALE

    @property
    def scene(self) -> Any:
        """The scene that it works on."""
        return self._givenScene if self._givenScene is not None else slicer.mrmlScene

    def findings(self, volumeNode: Any = None) -> list[Any]:
        """The label map nodes that this module made, of one radiograph or of all."""
        return scene_writer.findings(self.scene, volumeNode)

    def orphans(self) -> list[Any]:
        """The findings whose radiograph was removed from the scene: they can be removed, but no longer shown."""
        return scene_writer.orphans(self.scene)

    def result(self, labelNode: Any) -> dict[str, Any]:
        """Everything that is known of a finding but its arrays (`cxr_grounding.Grounding.to_dict`)."""
        return scene_writer.result(labelNode)

    def resultText(self, labelNode: Any) -> str:
        """The same as text, by which an answer that took the place of another can be told."""
        return scene_writer.resultText(labelNode)

    def radiographOf(self, labelNode: Any) -> Any | None:
        """The radiograph that a finding is about; None when it is no longer in the scene."""
        return labelNode.GetNodeReference(scene_writer.RADIOGRAPH_ROLE)

    def askedAtPlaces(self, labelNode: Any) -> list[Any]:
        """The findings of phrases without a place, at one of whose places this one's phrase was asked (METHOD 12).

        Of a finding that was itself asked so, it alone; of a phrase that was asked as it stands, those of the same
        radiograph among whose places it is, the latest first.
        """
        result, radiograph = self.result(labelNode), self.radiographOf(labelNode)
        if result.get("place") is not None:
            return [labelNode]
        others = [] if radiograph is None else self.findings(radiograph)
        places = ((node, self.result(node).get("place")) for node in reversed(others))
        return [
            node
            for node, place in places
            if place is not None and result["phrase"] in [one["phrase"] for one in place["places"]]
        ]

    def foundAt(self, askedNode: Any, phrase: str) -> Any | None:
        """The finding that shows one of the places where a phrase without a place was asked.

        Args:
            askedNode: the finding of that phrase.
            phrase: that was asked at the place.

        Returns:
            `askedNode` where it shows that place alone; else what was grounded of the place's phrase in the same way.
            None where it has not been grounded yet.
        """
        result = self.result(askedNode)
        if [one["phrase"] for one in result["place"]["chosen"]] == [phrase]:
            return askedNode
        labelNode = scene_writer.findFinding(self.radiographOf(askedNode), phrase, result["model"]["name"])
        isAlike = labelNode is not None and all(
            self.result(labelNode)[entry] == result[entry] for entry in ("model", "recipe")
        )
        return labelNode if isAlike else None

    def addFinding(self, volumeNode: Any, answer: Any) -> Any:
        """Put an answer, or what came back of one, beside its radiograph, as findings look now; its label map node."""
        return scene_writer.writeFinding(volumeNode, answer, **self._look)

    def removeFinding(self, labelNode: Any) -> None:
        """Take a finding with its color table, heatmap and box out of the scene; `restoreFinding` takes it back."""
        self._removed.remove(labelNode)
        self.updateOutlines()

    @property
    def canRestore(self) -> bool:
        """Whether there is a removed finding to put back."""
        return self._removed.canRestore(self.scene)

    def restoreFinding(self) -> Any | None:
        """Put the finding back that was removed last, and show it; None where there is none."""
        labelNode = self._removed.restore(self.scene)
        if labelNode is not None:
            self.showFinding(labelNode)
        return labelNode

    def showFinding(self, labelNode: Any) -> bool:
        """Lay a finding over its radiograph in the slice views that show it; False where the layout has none.

        The ticked findings of the radiograph are drawn around.
        """
        isShown = scene_view.showFinding(labelNode, self._opacity, self._outline)
        self.updateOutlines()
        return isShown

    def isTicked(self, labelNode: Any) -> bool:
        """Whether a finding is shown: as heat if it is the active one, else by its outline."""
        radiograph = self.radiographOf(labelNode)
        isActive = radiograph is not None and self.shownFinding(radiograph) is labelNode
        return isActive or scene_outlines.isTicked(labelNode)

    def tick(self, labelNode: Any, isTicked: bool) -> None:
        """Show a finding beside those that are shown, or take it away.

        The first one becomes the active one. Where the active one is taken away, the next ticked one takes its place.
        """
        radiograph = self.radiographOf(labelNode)
        if radiograph is None:
            return
        active = self.shownFinding(radiograph)
        scene_outlines.setTicked(labelNode, isTicked)
        if isTicked and active is None:
            self.showFinding(labelNode)
        elif isTicked:
            scene_outlines.setTicked(active, True)
        elif labelNode is active:
            others = [node for node in self.findings(radiograph) if scene_outlines.isTicked(node)]
            self.showFinding(others[0]) if others else self.hideFindings(radiograph)
        self.updateOutlines()

    def setAllOutlined(self, isAll: bool) -> None:
        """Whether the active finding is drawn around too, in place of its heat."""
        self._allOutlined = bool(isAll)
        self._paintAgain()
        self.updateOutlines()

    def updateOutlines(self) -> None:
        """Draw around the findings that are ticked, in their state now."""
        if self._allOutlined:
            self._paintAgain()  # an answer that came meanwhile has its heat
        for volumeNode in self._radiographs():
            scene_outlines.updateOutlines(volumeNode, self.shownFinding(volumeNode), self._allOutlined)
        scene_outlines.removeLost(self.scene)

    @property
    def hasLayouts(self) -> bool:
        """Whether there are layouts of views to choose from, as in Slicer's application."""
        return scene_layout.layoutNode(self.scene) is not None

    def showRedAlone(self) -> int | None:
        """Show the Red view alone; gives the layout before, for `showLayout`, None where nothing had to change."""
        return scene_layout.showRedAlone(self.scene)

    def showLayout(self, layout: int) -> None:
        """Show a layout by its number."""
        scene_layout.showLayout(self.scene, layout)

    def isSeen(self, volumeNode: Any) -> bool:
        """Whether a slice view that is in the layout shows a radiograph."""
        return scene_view.isSeen(volumeNode)

    def hideFindings(self, volumeNode: Any) -> None:
        """Show the radiograph alone, but for what is ticked beside the active finding."""
        scene_view.hideFindings(volumeNode)
        self.updateOutlines()

    def hideOrphans(self) -> None:
        """Take findings whose radiograph was removed out of the slice views."""
        scene_view.hideOrphans(self.scene)

    def shownFinding(self, volumeNode: Any) -> Any | None:
        """The finding that lies over the radiograph in a slice view, if there is one."""
        return scene_view.shownFinding(volumeNode)

    def updateLegends(self) -> None:
        """Have the color legends follow layers that were changed by code other than this module's."""
        scene_view.updateLegends(self.scene)

    def jumpTo(self, labelNode: Any) -> None:
        """Bring the hottest place of a finding into view."""
        peak = self.result(labelNode)["peak_pixels"]
        if peak is not None:
            scene_view.jumpTo(labelNode, peak["x"], peak["y"])

    def setOpacity(self, opacity: float) -> None:
        """Of the overlay, 0 (clear) to 1, in every view that shows a finding."""
        self._opacity = float(opacity)
        self._showAgain()

    def setOutline(self, outline: bool) -> None:
        """Whether the borders of the heat levels are drawn instead of filled levels."""
        self._outline = bool(outline)
        self._showAgain()

    def colorMapNames(self) -> list[str]:
        """Of the perceptually uniform color maps, the default one first."""
        return color_maps.colorMapNames()

    def setColorMap(self, name: str) -> None:
        """Paint all findings, also those to come, with another color map.

        Raises:
            ValueError: when there is none of that name.
        """
        color_maps.levelColors(name)
        self._colorMap = name
        self._paintAgain()

    def setThreshold(self, percent: float) -> None:
        """Hide heat levels that do not reach above `percent` of the highest heat, 0 to 90, in all findings."""
        self._threshold = float(percent)
        self._paintAgain()

    def setDoubted(self, how: str) -> None:
        """How all findings are shown whose verdict is not to be believed: "pale", "hidden", or "full" as any other.

        Raises:
            ValueError: for any other word.
        """
        self._doubted = Doubted(how)
        self._paintAgain()

    def _showAgain(self) -> None:
        for volumeNode in self._radiographs():
            shown = self.shownFinding(volumeNode)
            if shown is not None:
                self.showFinding(shown)

    @property
    def _look(self) -> dict[str, Any]:
        """How findings are painted, as `scene_writer.writeFinding` takes it."""
        return {"colorMap": self._colorMap, "thresholdPercent": self._threshold, "doubted": self._doubted}

    def _radiographs(self) -> list[Any]:
        """Those with findings, each once."""
        nodes = (self.radiographOf(labelNode) for labelNode in self.findings())
        return list({node.GetID(): node for node in nodes if node is not None}.values())

    def _paintAgain(self) -> None:
        for labelNode in self.findings():
            scene_view.recolor(labelNode, **self._look, isClear=self._allOutlined)
