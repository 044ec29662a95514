"""From a file to a volume node, by Slicer's own reader wherever that can read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import slicer

import cxr_grounding
from cxr_grounding import RadiographError, UndecodableError
from CXRGroundingLib.scene_reader import RAS_TO_LPS, readRadiograph
from CXRGroundingLib.scene_writer import removeWhole

if TYPE_CHECKING:
    from cxr_grounding import Radiograph


class Loaded(NamedTuple):
    """A radiograph in the scene, and what the core made of it."""

    volumeNode: Any
    radiograph: Radiograph


def loadRadiograph(scene: Any, path: Path) -> Loaded:
    """Load one radiograph into the scene.

    The core looks at the file first, so that a damaged one, or one that is no radiograph, never reaches the scene.
    Slicer's reader then makes the volume as it does for users, since it names the file and keeps the pixels' type;
    what it cannot read as one grey slice (colour files that are grey, NumPy arrays), or misreads, comes from the core.

    Args:
        scene: a vtkMRMLScene.
        path: of any image that `cxr_grounding.read_image` reads.

    Returns:
        A vtkMRMLScalarVolumeNode with a display node, named after the file, and its radiograph.

    Raises:
        RadiographError: when it cannot be read or is no radiograph; the scene is then as it was.
    """
    try:
        known = cxr_grounding.read_image(path)
    except UndecodableError as error:
        known = None  # Slicer's reader knows compressions of its own
        undecodable = error
    volumeNode = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(path.stem))
    try:
        if not _readBySlicer(volumeNode, path):
            if known is None:
                raise undecodable
            _fill(volumeNode, known)
        radiograph = readRadiograph(volumeNode, path, known=known, fresh=True)
        if known is not None and radiograph is not known:  # misread
            _fill(volumeNode, radiograph)
    except RadiographError:
        removeWhole(volumeNode)
        raise
    _showAsFileAsks(volumeNode, radiograph)
    return Loaded(volumeNode, radiograph)


def _readBySlicer(volumeNode: Any, path: Path) -> bool:
    """Whether Slicer's reader made one grey image of the file."""
    storage = volumeNode.GetScene().AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(path))
    storage.SetSingleFile(True)  # others of the series may lie beside it
    if storage.SupportedFileType(str(path)) and storage.ReadData(volumeNode) and volumeNode.GetImageData() is not None:
        image = volumeNode.GetImageData()
        if image.GetNumberOfScalarComponents() == 1 and sorted(image.GetDimensions())[0] == 1:
            volumeNode.SetAndObserveStorageNodeID(storage.GetID())
            return True
    volumeNode.GetScene().RemoveNode(storage)
    return False


def _fill(volumeNode: Any, radiograph: Radiograph) -> None:
    """The core's own pixels, where the core's volume files would lie."""
    matrix = RAS_TO_LPS @ radiograph.affine
    slicer.util.updateVolumeFromArray(volumeNode, np.ascontiguousarray(radiograph.pixels)[np.newaxis])
    volumeNode.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(matrix))


def _showAsFileAsks(volumeNode: Any, radiograph: Radiograph) -> None:
    """Window and level from the file's VOI LUT or window; Slicer's automatic ones where it has none."""
    volumeNode.CreateDefaultDisplayNodes()
    display, curve = volumeNode.GetDisplayNode(), radiograph.display
    if curve is not None and curve.shades[0] < curve.shades[-1]:
        display.AutoWindowLevelOff()
        display.SetWindowLevelMinMax(float(curve.values[0]), float(curve.values[-1]))
