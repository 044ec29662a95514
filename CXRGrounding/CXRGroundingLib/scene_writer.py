"""From a `Grounding` to the nodes that show it: label map, color table, and on request heatmap and box.

Nodes find each other by references and attributes, never by name or stored ID, so that all of it survives saving and
loading the scene.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer

from cxr_grounding import Box, Doubted
from CXRGroundingLib.color_maps import DEFAULT, LEVEL_NAMES, LEVELS, heatLevels, levelColors, lowestLevel
from CXRGroundingLib.scene_reader import KIND_ATTRIBUTE, sliceGrid

if TYPE_CHECKING:
    from cxr_grounding import Grounding, ReportedFinding

    Answer = Grounding | ReportedFinding

PREFIX = "CXRGrounding."
RESEARCH_USE_ONLY = "Research use only."

RADIOGRAPH_ROLE = PREFIX + "radiograph"
"""Node reference from everything that the module makes to the radiograph that it is about."""

RESULT_ATTRIBUTE = PREFIX + "Result"
"""Of the label map: the answer as JSON."""

BELIEVED_ATTRIBUTE = PREFIX + "Believed"
"""Of all that the module makes: whether its verdict is confident, "true" or "false"; not there without a verdict."""

LOWEST_ATTRIBUTE = PREFIX + "LowestLevel"
"""Of the label map: the lowest heat level that is left after the method's own threshold."""
STUDY_ATTRIBUTE = PREFIX + "Study"
"""Of the map of a reader study, which is shown and goes, and is nobody's to save: "true"."""

LONGEST_PHRASE = 60
"""Most characters of a phrase in a node's name, which becomes a file name when the scene is saved."""

UNSTORABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML file can hold, not even as a character reference."""

UNSEEN_HEAT = -1.0
"""Of the heatmap volume where the model did not look: NaN would upset Slicer's display and statistics."""


class Kind(enum.Enum):
    """What a node of the module is; the value stands in the attribute CXRGrounding.Kind."""

    LABEL = "label map"
    COLORS = "color table"
    HEATMAP = "heatmap"
    BOX = "box"

    @property
    def role(self) -> str:
        """Of the label map's reference to the node of this kind."""
        return PREFIX + self.value.replace(" ", "_")


def writeFinding(
    volumeNode: Any,
    grounding: Answer,
    *,
    colorMap: str = DEFAULT,
    thresholdPercent: float = 0,
    doubted: Doubted = Doubted.PALE,
    heatmapVolume: bool = False,
    box: bool = False,
) -> Any:
    """Put an answer into the scene beside its radiograph; the same model's to the same phrase takes that one's place.

    Args:
        volumeNode: the radiograph, in a scene; its grid is the heatmap's.
        grounding: the answer, or what came back of one.
        colorMap, thresholdPercent: see `color_maps.levelColors`.
        doubted: how its heat and its box are shown if the verdict does not believe it.
        heatmapVolume: whether to add the heatmap as a float32 volume, `UNSEEN_HEAT` where the model did not look.
        box: whether to add the box of the strongest region as a markup; a heatmap of zeros has none.

    Returns:
        The vtkMRMLLabelMapVolumeNode, with label values as in `color_maps`.

    Raises:
        ValueError: for an unknown color map, or a heatmap on another grid; the scene is then as it was.
    """
    grid = sliceGrid(volumeNode)
    if grounding.heatmap.shape != grid.shape:
        raise ValueError(f"the heatmap is {grounding.heatmap.shape}, but the radiograph is {grid.shape}")
    strength = doubted.strength_of(grounding.verdict)
    levels = grid.toVolume(heatLevels(grounding.heatmap))
    lowest = lowestLevel(levels)
    colors = levelColors(colorMap, thresholdPercent, strength, lowest)
    wanted = {Kind.HEATMAP: heatmapVolume, Kind.BOX: box and bool(grounding.boxes)}
    with _allOrNothing(volumeNode, grounding) as make:
        label = findFinding(volumeNode, grounding.phrase.text, grounding.model.name)
        if label is None:
            label = make("vtkMRMLLabelMapVolumeNode", Kind.LABEL)
            label.CreateDefaultDisplayNodes()
        _fill(label, levels, volumeNode)
        table = companion(label, Kind.COLORS) or make("vtkMRMLColorTableNode", Kind.COLORS)
        paint(table, colors)
        label.GetDisplayNode().SetAndObserveColorNodeID(table.GetID())
        _tie(label, Kind.COLORS, table)
        if wanted[Kind.HEATMAP]:
            volume = companion(label, Kind.HEATMAP) or make("vtkMRMLScalarVolumeNode", Kind.HEATMAP)
            _fill(volume, grid.toVolume(np.nan_to_num(grounding.heatmap, nan=UNSEEN_HEAT)), volumeNode)
            _showWholeRange(volume)
            _tie(label, Kind.HEATMAP, volume)
        if wanted[Kind.BOX]:
            roi = companion(label, Kind.BOX) or make("vtkMRMLMarkupsROINode", Kind.BOX)
            _frame(roi, grounding, volumeNode)
            roi.GetDisplayNode().SetOpacity(strength)
            _tie(label, Kind.BOX, roi)
    for kind, isWanted in wanted.items():
        stale = companion(label, kind)
        if stale is not None and not isWanted:
            removeWhole(stale)  # it shows the former answer
    for node in (label, *companions(label)):
        _describe(node, volumeNode, grounding)
    label.SetAttribute(LOWEST_ATTRIBUTE, str(lowest))
    label.SetAttribute(RESULT_ATTRIBUTE, json.dumps(grounding.to_dict(), allow_nan=False))
    return label


def heatStrength(labelNode: Any, doubted: Doubted) -> float:
    """By what the opacity of a finding's heat is multiplied; 1 for one that nobody has judged."""
    return doubted.strength if labelNode.GetAttribute(BELIEVED_ATTRIBUTE) == "false" else 1.0


def lowestOf(labelNode: Any) -> int:
    """The lowest heat level that a finding has; 1 for one of before that was kept."""
    kept = labelNode.GetAttribute(LOWEST_ATTRIBUTE) or ""
    return int(kept) if kept.isdecimal() and 1 <= int(kept) <= LEVELS else 1


def findings(scene: Any, volumeNode: Any = None) -> list[Any]:
    """The label maps that this module made, of one radiograph or of all, in the order of their making."""
    nodes = slicer.util.getNodesByClass("vtkMRMLLabelMapVolumeNode", scene=scene)
    return [
        node
        for node in nodes
        if node.GetAttribute(KIND_ATTRIBUTE) == Kind.LABEL.value
        and node.GetAttribute(RESULT_ATTRIBUTE)
        and (volumeNode is None or node.GetNodeReference(RADIOGRAPH_ROLE) is volumeNode)
    ]


def orphans(scene: Any) -> list[Any]:
    """The findings whose radiograph was removed from the scene."""
    return [node for node in findings(scene) if node.GetNodeReference(RADIOGRAPH_ROLE) is None]


def findFinding(volumeNode: Any, phrase: str, model: str) -> Any | None:
    """The label map of a phrase that a model was asked before about this radiograph."""
    asked = (
        node
        for node in findings(volumeNode.GetScene(), volumeNode)
        if node.GetAttribute(PREFIX + "Phrase") == storable(phrase)
        and (node.GetAttribute(PREFIX + "Model") or "") == storable(model)
    )
    return next(asked, None)


def companion(labelNode: Any, kind: Kind) -> Any | None:
    """The finding's node of that kind, None where there is none (any more)."""
    return labelNode.GetNodeReference(kind.role)


def companions(labelNode: Any) -> list[Any]:
    """The finding's other nodes."""
    found = (companion(labelNode, kind) for kind in Kind if kind is not Kind.LABEL)
    return [node for node in found if node is not None]


def result(labelNode: Any) -> dict[str, Any]:
    """Everything that is known of a finding but its arrays (`cxr_grounding.Grounding.to_dict`)."""
    return json.loads(resultText(labelNode))


def resultText(labelNode: Any) -> str:
    """The same, as the scene keeps it."""
    return str(labelNode.GetAttribute(RESULT_ATTRIBUTE))


def removeFinding(labelNode: Any) -> None:
    """Take a finding and its other nodes out of the scene."""
    for node in (*companions(labelNode), labelNode):
        removeWhole(node)


def removeWhole(node: Any) -> None:
    """Take a node out of its scene, and with it how it is shown and stored, which the scene would keep."""
    scene = node.GetScene()
    parts = []
    if node.IsA("vtkMRMLDisplayableNode"):
        parts += [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    parts += [node.GetNthStorageNode(index) for index in range(node.GetNumberOfStorageNodes())]
    for part in (node, *parts):
        if part is not None:
            scene.RemoveNode(part)


def paint(table: Any, colors: list[tuple[float, float, float, float]]) -> None:
    """Give a color table the colors and names of the heat levels."""
    wasModified = table.StartModify()
    # First of all: a table without a type has no colors, and a scene that holds one cannot be loaded again.
    table.SetTypeToUser()
    table.SetNumberOfColors(len(colors))
    for value, (name, color) in enumerate(zip(LEVEL_NAMES, colors, strict=True)):
        table.SetColor(value, name, *color)
    table.EndModify(wasModified)


@contextmanager
def _allOrNothing(volumeNode: Any, grounding: Answer) -> Iterator[Any]:
    """Gives `make(className, kind) -> node` beside the radiograph; on an error takes out of the scene what it made."""
    scene, made = volumeNode.GetScene(), []

    def make(className: str, kind: Kind) -> Any:
        node = scene.AddNewNodeByClass(className, scene.GenerateUniqueName(_name(kind, volumeNode, grounding)))
        made.append(node)
        node.SetAttribute(KIND_ATTRIBUTE, kind.value)
        node.SetNodeReferenceID(RADIOGRAPH_ROLE, volumeNode.GetID())
        if kind is Kind.COLORS:
            node.SetHideFromEditors(False)
            node.SetAttribute("Category", "CXRGrounding")
        else:
            _placeBeside(scene, node, volumeNode)
        return node

    try:
        yield make
    except BaseException:
        for node in reversed(made):
            removeWhole(node)
        raise


def _name(kind: Kind, volumeNode: Any, grounding: Answer) -> str:
    phrase = grounding.phrase.text.rstrip(" .")
    if len(phrase) > LONGEST_PHRASE:
        phrase = phrase[: LONGEST_PHRASE - 3] + "..."
    name = nodeName(f"{phrase} - {volumeNode.GetName()}")
    return name if kind is Kind.LABEL else f"{name} - {kind.value}"


def nodeName(text: str) -> str:
    """A text as a name that a node can have in a scene that is saved: MRML writes an ampersand there as it is."""
    return storable(text.replace("&", "+"))


def storable(text: str) -> str:
    """A text without what XML does not know (XML 1.0, section 2.2); a scene with such a character cannot be loaded."""
    return UNSTORABLE.sub("\ufffd", text)


def _fill(node: Any, voxels: Any, volumeNode: Any) -> None:
    """Give a volume its voxels [k, j, i] and the radiograph's place, parent transform included."""
    wasModified = node.StartModify()
    slicer.util.updateVolumeFromArray(node, voxels)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(sliceGrid(volumeNode).ijkToRAS))
    node.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
    node.EndModify(wasModified)


def _showWholeRange(volume: Any) -> None:
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(0.0, 1.0)


def layBox(roi: Any, volumeNode: Any, box: Box) -> None:
    """Lay a box markup on a radiograph, one voxel thick, along the radiograph's own axes."""
    grid = sliceGrid(volumeNode)
    axes = grid.ijkToRAS[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    size = np.ones(3)
    size[grid.columnAxis], size[grid.rowAxis] = box.width, box.height
    place = np.eye(4)
    place[:3, :3] = axes / lengths
    place[:3, 3] = grid.toRAS(box.x + box.width / 2, box.y + box.height / 2)
    roi.SetAndObserveObjectToNodeMatrix(slicer.util.vtkMatrixFromArray(place))
    roi.SetSize(*(size * lengths))


def _frame(roi: Any, grounding: Answer, volumeNode: Any) -> None:
    """Lay a box markup around the strongest region."""
    wasModified = roi.StartModify()
    layBox(roi, volumeNode, grounding.boxes[0])
    roi.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
    roi.SetLocked(True)
    roi.EndModify(wasModified)
    roi.CreateDefaultDisplayNodes()
    display = roi.GetDisplayNode()
    display.SetFillVisibility(False)
    display.SetHandlesInteractive(False)


def _tie(label: Any, kind: Kind, node: Any) -> None:
    label.SetNodeReferenceID(kind.role, node.GetID())


def _describe(node: Any, volumeNode: Any, grounding: Answer) -> None:
    """Say on the node itself what it is, who made it and what must be said beside it."""
    model = grounding.model
    label = model.label if RESEARCH_USE_ONLY in model.label else f"{model.label} {RESEARCH_USE_ONLY}".strip()
    attributes = {
        "Phrase": grounding.phrase.text,
        "Model": model.name,
        "ModelVersion": model.version,
        "Label": label,
        "Demonstration": "true" if model.demonstration else "false",
    }
    for name, value in attributes.items():
        node.SetAttribute(PREFIX + name, storable(value))
    kind = None if grounding.verdict is None else grounding.verdict.kind
    place = getattr(grounding, "place", None)  # one that came back from a file does not know it
    node.SetAttribute(PREFIX + "Verdict", kind and kind.value)
    node.SetAttribute(BELIEVED_ATTRIBUTE, kind and ("true" if kind.is_confident else "false"))
    node.SetAttribute(PREFIX + "Place", place and place.words)
    node.SetAttribute(PREFIX + "Asked", grounding.asked or None)
    node.SetAttribute(PREFIX + "Preset", getattr(grounding.recipe, "preset", None))  # nor this
    by = " ".join(part for part in (model.name, model.version) if part)
    sentences = (
        f'Where "{grounding.phrase.text}" points on {volumeNode.GetName()}, by {by}.',
        *((grounding.place_said,) if grounding.place_said else ()),
        label,
    )
    node.SetDescription(storable(" ".join(sentences)))


def _placeBeside(scene: Any, node: Any, volumeNode: Any) -> None:
    """Put a node under the radiograph's parent (its study) in the subject hierarchy."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    volumeItem = hierarchy.GetItemByDataNode(volumeNode)
    parent = hierarchy.GetItemParent(volumeItem) if volumeItem else hierarchy.GetSceneItemID()
    item = hierarchy.GetItemByDataNode(node)
    if item:
        hierarchy.SetItemParent(item, parent)
    else:  # Slicer makes items by itself, a bare scene does not
        hierarchy.CreateItem(parent, node)
