"""Findings out of the scene as DICOM objects, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer

import cxr_grounding
from cxr_grounding import OutputError
from CXRGroundingLib import scene_reader, scene_writer
from CXRGroundingLib.color_maps import LEVELS, NOT_SEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_grounding import Radiograph, ReportedFinding


def reported(labelNodes: Sequence[Any], fileOf: Callable[[Any], Path | None]) -> tuple[list[ReportedFinding], Path]:
    """Findings of one radiograph as they leave the scene, and the radiograph's file.

    Args:
        labelNodes: of the findings, at least one.
        fileOf: gives a radiograph's file, None where it is not known.

    Raises:
        OutputError: when they are of several radiographs, or of one whose file is not known.
    """
    radiographs = {node.GetNodeReferenceID(scene_writer.RADIOGRAPH_ROLE): _radiographOf(node) for node in labelNodes}
    if len(radiographs) != 1:
        raise OutputError(
            f"The findings are of {len(radiographs)} radiographs, and DICOM objects are made for one. Choose findings "
            "of one radiograph."
        )
    ((_, volumeNode),) = radiographs.items()
    file = fileOfRadiograph(volumeNode, fileOf)
    return [_reported(node, volumeNode) for node in labelNodes], file


def fileOfRadiograph(volumeNode: Any, fileOf: Callable[[Any], Path | None]) -> Path:
    """The file that a radiograph was loaded from.

    Raises:
        OutputError: when it is not known, or the radiograph has left the scene (None).
    """
    file = None if volumeNode is None else fileOf(volumeNode)
    if file is None:
        raise OutputError(
            "The DICOM file that the radiograph was loaded from is not known, so its findings cannot join its study. "
            "Load the radiograph from its file, and ground again."
        )
    return file


def loadFindings(path: str | Path, volumeNode: Any, radiograph: Radiograph, **look: Any) -> list[Any]:
    """Read a DICOM Segmentation or report back as findings on a radiograph.

    Args:
        path: of the object.
        volumeNode: the radiograph that it is about.
        radiograph: as it was read from the node.
        look: see `scene_writer.writeFinding`.

    Returns:
        The label map nodes.

    Raises:
        RadiographError: when it cannot be read, or is about another image; the scene is then as it was.
    """
    found = cxr_grounding.read_findings(path, radiograph)
    return [scene_writer.writeFinding(volumeNode, one, **look) for one in found]


def _radiographOf(labelNode: Any) -> Any | None:
    return labelNode.GetNodeReference(scene_writer.RADIOGRAPH_ROLE)


def _reported(labelNode: Any, volumeNode: Any) -> ReportedFinding:
    """What the scene keeps of a finding: its heat in levels, whose region is that of the answer to the pixel."""
    levels = slicer.util.arrayFromVolume(labelNode).reshape(scene_reader.sliceGrid(volumeNode).shape)
    heat = np.where(levels == NOT_SEEN, np.nan, levels / LEVELS).astype(np.float32)
    return cxr_grounding.ReportedFinding.from_summary(scene_writer.result(labelNode), heat)
