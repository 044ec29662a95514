"""From a file to a volume node."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import slicer
from numpy.typing import NDArray

from cxr_grounding import CXRGroundingError, UndecodableError
from CXRGroundingLib.scene_reader import RAS_TO_LPS, readRadiograph, rememberAbout
from CXRGroundingLib.scene_writer import removeWhole

if TYPE_CHECKING:
    from cxr_grounding import Radiograph


class Loaded(NamedTuple):
    """A radiograph in the scene, and what the core made of it."""

    volumeNode: Any
    radiograph: Radiograph


def loadRadiograph(scene: Any, path: Path, read: Callable[..., Radiograph]) -> Loaded:
    """Load one radiograph into the scene.

    The pixels are the core's, read in a process of their own: Slicer's readers misread some files, and a decoder that
    crashes over one would take the scene along. They are asked only for a compression that the core has no decoder for.

    Args:
        scene: a vtkMRMLScene.
        path: of any image that `cxr_grounding.read_image` reads.
        read: reads it, with the arguments of `cxr_grounding.read_image`: an `ImageReader`'s.

    Returns:
        A vtkMRMLScalarVolumeNode with a display node, named after the file, and its radiograph.

    Raises:
        RadiographError: when it cannot be read or is no radiograph; the scene is then as it was.
        WorkerError: when there can be no process to read it; likewise.
    """
    try:
        radiograph = read(path)
    except UndecodableError:
        return _loadedBySlicer(scene, path, read)
    volumeNode = _newVolume(scene, path)
    _fill(volumeNode, radiograph)
    storage = _newStorage(scene, path)
    if storage is not None:
        volumeNode.SetAndObserveStorageNodeID(storage.GetID())
    rememberAbout(volumeNode, radiograph)
    _showAsFileAsks(volumeNode, radiograph)
    return Loaded(volumeNode, radiograph)


def _loadedBySlicer(scene: Any, path: Path, read: Callable[..., Radiograph]) -> Loaded:
    """What Slicer's reader makes of a file.

    Raises:
        RadiographError: when it cannot read it as one grey image either.
    """
    volumeNode, storage = _newVolume(scene, path), _newStorage(scene, path)
    try:
        if storage is not None and storage.ReadData(volumeNode) and _isOneGreySlice(volumeNode.GetImageData()):
            volumeNode.SetAndObserveStorageNodeID(storage.GetID())
            radiograph = readRadiograph(volumeNode, path, read)
        else:
            radiograph = read(path)  # whose error says why
    except CXRGroundingError:
        if storage is not None:
            scene.RemoveNode(storage)
        removeWhole(volumeNode)
        raise
    _showAsFileAsks(volumeNode, radiograph)
    return Loaded(volumeNode, radiograph)


def _isOneGreySlice(image: Any | None) -> bool:
    return image is not None and image.GetNumberOfScalarComponents() == 1 and min(image.GetDimensions()) == 1


def _newVolume(scene: Any, path: Path) -> Any:
    return scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(_decoded(path.stem)))


def _newStorage(scene: Any, path: Path) -> Any | None:
    """A node that names the file, as Slicer has one for what it loads; None where it would not know the file's kind.

    Nor where its name is no UTF-8: to VTK such a text is a null pointer, and ends the process.
    """
    if _decoded(path) != str(path):
        return None
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(path))
    storage.SetSingleFile(True)  # others of the series may lie beside it
    if storage.SupportedFileType(str(path)):
        return storage
    scene.RemoveNode(storage)
    return None


def _decoded(path: Path | str) -> str:
    """A path with "\ufffd" in the place of each byte that is no UTF-8."""
    return os.fsencode(path).decode(errors="replace")


def _fill(volumeNode: Any, radiograph: Radiograph) -> None:
    """The core's own pixels, where the core's volume files would lie."""
    matrix = RAS_TO_LPS @ radiograph.affine
    slicer.util.updateVolumeFromArray(volumeNode, _compact(radiograph.pixels)[np.newaxis])
    volumeNode.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(matrix))


def _compact(pixels: NDArray) -> NDArray:
    """The same values as the smallest whole numbers that hold them all, which is how Slicer keeps a file's."""
    lowest, highest = float(pixels.min()), float(pixels.max())
    for kind in (np.uint8, np.uint16, np.int16):
        if np.iinfo(kind).min <= lowest and highest <= np.iinfo(kind).max:
            whole = pixels.astype(kind)
            if np.array_equal(whole, pixels):
                return whole
    return np.ascontiguousarray(pixels)


def _showAsFileAsks(volumeNode: Any, radiograph: Radiograph) -> None:
    """Window and level from the file's VOI LUT or window; Slicer's automatic ones where it has none."""
    volumeNode.CreateDefaultDisplayNodes()
    display, curve = volumeNode.GetDisplayNode(), radiograph.display
    if curve is not None and curve.shades[0] < curve.shades[-1]:
        display.AutoWindowLevelOff()
        display.SetWindowLevelMinMax(float(curve.values[0]), float(curve.values[-1]))
