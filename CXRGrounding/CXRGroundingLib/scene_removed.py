"""Findings that were removed, so that a removal can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from CXRGroundingLib import scene_writer
from CXRGroundingLib.scene_writer import RADIOGRAPH_ROLE, Kind

MOST = 20
"""Removals that are remembered."""


@dataclass(frozen=True)
class _Removed:
    """The nodes of a finding that is no longer in the scene, and how they were tied."""

    label: Any
    radiograph: Any
    companions: dict[Kind, Any]
    displays: dict[Any, list[Any]]


class RemovedFindings:
    """Removes findings, and puts the last one back."""

    def __init__(self) -> None:
        self._removed: list[_Removed] = []

    def remove(self, labelNode: Any) -> None:
        """Take a finding and its other nodes out of the scene."""
        found: dict[Kind, Any] = {
            kind: scene_writer.companion(labelNode, kind) for kind in Kind if kind is not Kind.LABEL
        }
        companions = {kind: node for kind, node in found.items() if node is not None}
        displayed = [node for node in (labelNode, *companions.values()) if node.IsA("vtkMRMLDisplayableNode")]
        displays = {
            node: [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())] for node in displayed
        }
        radiograph = labelNode.GetNodeReference(RADIOGRAPH_ROLE)
        scene_writer.removeFinding(labelNode)
        self._removed = [*self._removed, _Removed(labelNode, radiograph, companions, displays)][-MOST:]

    def restore(self, scene: Any) -> Any | None:
        """Put the finding back that was removed last; None where there is none whose radiograph is still there."""
        while self._removed:
            removed = self._removed.pop()
            if removed.radiograph is not None and scene.IsNodePresent(removed.radiograph):
                _putBack(scene, removed)
                return removed.label
        return None

    def canRestore(self, scene: Any) -> bool:
        """Whether there is one to put back."""
        return any(one.radiograph is not None and scene.IsNodePresent(one.radiograph) for one in self._removed)


def _putBack(scene: Any, removed: _Removed) -> None:
    """Add the nodes, and tie them again: the scene may give them other IDs."""
    nodes = [*removed.companions.values(), removed.label]
    for node in nodes:
        scene.AddNode(node)
        for display in filter(None, removed.displays.get(node, ())):
            scene.AddNode(display)
    for node in nodes:
        displays = [display for display in removed.displays.get(node, ()) if display is not None]
        if node in removed.displays:
            node.RemoveAllDisplayNodeIDs()
            for display in displays:
                node.AddAndObserveDisplayNodeID(display.GetID())
        node.SetNodeReferenceID(RADIOGRAPH_ROLE, removed.radiograph.GetID())
    for kind, node in removed.companions.items():
        removed.label.SetNodeReferenceID(kind.role, node.GetID())
    table = removed.companions.get(Kind.COLORS)
    if table is not None:
        for display in filter(None, removed.displays[removed.label]):
            display.SetAndObserveColorNodeID(table.GetID())
