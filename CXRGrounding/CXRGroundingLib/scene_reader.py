"""From a volume node of the scene to the `Radiograph` that the core grounds: pixels out, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

import cxr_grounding
from cxr_grounding import RadiographError

if TYPE_CHECKING:
    from cxr_grounding import Orientation, Radiograph, Spacing

KIND_ATTRIBUTE = "CXRGrounding.Kind"
"""Of every node that the module makes; see `scene_writer.Kind`."""

ABOUT_ATTRIBUTE = "CXRGrounding.About"
"""Of a radiograph's node: what its DICOM file said of directions and lengths (JSON). A scene that is saved and loaded
again holds the pixels as NRRD, which cannot say it."""

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

CHOOSE = "Choose a chest radiograph: a grey volume of a single slice."

TURNED = "The volume lies turned over in the scene (its columns run to the patient's right or its rows to the front)"


@dataclass(frozen=True)
class SliceGrid:
    """Which two of a volume's axes the radiograph's columns and rows run along.

    Args:
        columnAxis, rowAxis: indices into I, J, K.
        dimensions: voxels along I, J, K, one of them 1.
        ijkToRAS: 4 x 4, voxel indices to RAS in mm, without the parent transform.
    """

    columnAxis: int
    rowAxis: int
    dimensions: tuple[int, int, int]
    ijkToRAS: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.dimensions[self.rowAxis], self.dimensions[self.columnAxis]

    def toVolume(self, image: NDArray) -> NDArray:
        """An image [rows, columns] as the voxel array [k, j, i] of the volume."""
        return image.reshape(self.dimensions[::-1])

    def toIJK(self, x: float, y: float) -> NDArray[np.float64]:
        """Voxel indices [4] (i, j, k, 1) of the point `x` columns from the left and `y` rows from the top edge."""
        ijk = np.array([0.0, 0.0, 0.0, 1.0])
        # A voxel's index is its centre, which lies half a pixel from its edges (`cxr_grounding.Box`).
        ijk[self.columnAxis], ijk[self.rowAxis] = x - 0.5, y - 0.5
        return ijk

    def toRAS(self, x: float, y: float) -> NDArray[np.float64]:
        """The same point in RAS [3], mm, before the parent transform."""
        return (self.ijkToRAS @ self.toIJK(x, y))[:3]


def checkVolume(volumeNode: Any) -> None:
    """Refuse what is no radiograph by its node alone; cheap, so that a button can ask it at every change.

    Raises:
        RadiographError: with a sentence that says why.
    """
    if volumeNode is None:
        raise RadiographError(f"No radiograph is chosen. {CHOOSE}")
    if not volumeNode.IsA("vtkMRMLScalarVolumeNode"):
        raise RadiographError(f"A node of class {volumeNode.GetClassName()} is no radiograph. {CHOOSE}")
    name = volumeNode.GetName()
    if volumeNode.GetAttribute(KIND_ATTRIBUTE) is not None:
        raise RadiographError(f"{name!r} is a result of this module, not a radiograph. {CHOOSE}")
    if volumeNode.IsA("vtkMRMLLabelMapVolumeNode"):
        raise RadiographError(f"{name!r} is a label map, not a radiograph. {CHOOSE}")
    image = volumeNode.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        raise RadiographError(f"The volume {name!r} holds no pixels. Load the radiograph again.")
    dimensions = image.GetDimensions()
    if sorted(dimensions)[0] != 1:
        raise RadiographError(
            f"The volume {name!r} has {' x '.join(map(str, dimensions))} voxels, but a radiograph is a single slice. "
            "Load the one image that you want as a volume of its own."
        )
    if image.GetNumberOfScalarComponents() not in (1, 3, 4):
        raise RadiographError(
            f"The volume {name!r} has {image.GetNumberOfScalarComponents()} values a pixel, as no radiograph has. "
            f"{CHOOSE}"
        )
    transform = volumeNode.GetParentTransformNode()
    if transform is not None and not transform.IsTransformToWorldLinear():
        raise RadiographError(
            f"The volume {name!r} lies under the transform {transform.GetName()!r}, which bends it. Harden the "
            "transform, or take the volume out of it (both in the Transforms module), and try again."
        )


def sliceGrid(volumeNode: Any) -> SliceGrid:
    """The grid of a volume that `checkVolume` let pass."""
    dimensions = tuple(volumeNode.GetImageData().GetDimensions())
    long = [axis for axis, count in enumerate(dimensions) if count != 1]
    columnAxis, rowAxis = sorted((long + [axis for axis in range(3) if axis not in long])[:2])
    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASMatrix(matrix)
    return SliceGrid(columnAxis, rowAxis, dimensions, slicer.util.arrayFromVTKMatrix(matrix))


def readRadiograph(
    volumeNode: Any, filePath: str | Path | None = None, read: Callable[..., Radiograph] | None = None
) -> Radiograph:
    """The radiograph that a volume node holds, as stored, dense tissue bright.

    Slicer's reader has turned MONOCHROME1 over already; nothing is inverted here. Lengths come from the file's tags
    and never from the node's spacing, which is a guess for many radiographs (GDCM ignores PixelSpacing for CR and DX).

    Args:
        volumeNode: vtkMRMLScalarVolumeNode, or a vector volume whose colours are grey; one slice.
        filePath: the file that it was loaded from, where known; see `fileOf`.
        read: reads that file, with the arguments of `cxr_grounding.read_image`, which is taken for None.

    Returns:
        [rows, columns]: its columns run along the first of the volume's axes longer than 1, its rows along the second.

    Raises:
        RadiographError: when it cannot be grounded.
    """
    checkVolume(volumeNode)
    grid = sliceGrid(volumeNode)
    pixels, warnings = _pixels(volumeNode, grid)
    if filePath is not None and Path(filePath).is_file():
        radiograph = cxr_grounding.identify_image(filePath, pixels, read=read or cxr_grounding.read_image)
        if radiograph is not None:
            rememberAbout(volumeNode, radiograph)
            return radiograph
    about = _about(volumeNode)
    return cxr_grounding.Radiograph(pixels, **(about or _placed(grid, warnings)))


def about(volumeNode: Any) -> tuple[Orientation, Spacing | None]:
    """What is known of a radiograph's directions and lengths; cheap, since it looks at no pixels and no file.

    What its file says is known once it was read by this module, also in a scene that was saved afterwards.

    Args:
        volumeNode: one that `checkVolume` lets pass.
    """
    known = _about(volumeNode) or _placed(sliceGrid(volumeNode), ())
    return known["orientation"], known.get("spacing")


def doubtsOf(volumeNode: Any) -> tuple[str, ...]:
    """Sentences on why a volume may be no frontal chest radiograph, as far as its file was read by this module."""
    doubts = _remembered(volumeNode).get("doubts")
    return tuple(map(str, doubts)) if isinstance(doubts, list) else ()


def viewOf(volumeNode: Any) -> str:
    """ViewPosition (0018,5101) of the file that a volume was read from; "" where it is not known."""
    return str(_remembered(volumeNode).get("view") or "")


def fileOf(volumeNode: Any, fileForInstance: Callable[[str], str] | None = None) -> Path | None:
    """The file that a volume was loaded from, if it is known and still there.

    Args:
        volumeNode: the volume.
        fileForInstance: gives the path of a SOPInstanceUID, "" where unknown (`slicer.dicomDatabase.fileForInstance`).
    """
    uids = (volumeNode.GetAttribute("DICOM.instanceUIDs") or "").split()
    storage = volumeNode.GetStorageNode()
    paths = []
    if len(uids) == 1 and fileForInstance is not None:
        paths.append(fileForInstance(uids[0]))
    if storage is not None:
        paths.append(storage.GetFullNameFromFileName())
    return next((Path(path) for path in paths if path and Path(path).is_file()), None)


def rememberAbout(volumeNode: Any, radiograph: Radiograph) -> None:
    """Keep on the node what its file says of it, for a scene that is saved and loaded again."""
    spacing, uids = radiograph.spacing, radiograph.identifiers
    about = json.dumps(
        {
            "orientation": [radiograph.orientation.row, radiograph.orientation.column, radiograph.orientation.known],
            "spacing": spacing and [spacing.row_mm, spacing.column_mm, spacing.source.value],
            "view": radiograph.view,
            "body_part": radiograph.body_part,
            "uids": [uids.StudyInstanceUID, uids.SeriesInstanceUID, uids.SOPInstanceUID],
            "warnings": radiograph.warnings,
            "doubts": radiograph.doubts,
        }
    )
    volumeNode.SetAttribute(ABOUT_ATTRIBUTE, about)


def _pixels(volumeNode: Any, grid: SliceGrid) -> tuple[NDArray, tuple[str, ...]]:
    """[rows, columns] of a copy, and warnings."""
    array = slicer.util.arrayFromVolume(volumeNode)
    components = volumeNode.GetImageData().GetNumberOfScalarComponents()
    if components == 1:
        return np.array(array.reshape(grid.shape)), ()
    return cxr_grounding.grey_from_colour(array.reshape(*grid.shape, components), repr(volumeNode.GetName()))


def _placed(grid: SliceGrid, warnings: tuple[str, ...]) -> dict[str, Any]:
    """What the volume's place in space says, for a volume of which nothing else is known."""
    affine = RAS_TO_LPS @ grid.ijkToRAS
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    if not (np.isfinite(affine).all() and (lengths > 0).all()):
        raise RadiographError("The volume's place in the scene has an axis without length. Load the radiograph again.")
    row, column = (affine[:3, axis] / lengths[axis] for axis in (grid.columnAxis, grid.rowAxis))
    orientation, doubts = cxr_grounding.placed_orientation(row, column, TURNED)
    return {"orientation": orientation, "warnings": warnings + doubts}


def _about(volumeNode: Any) -> dict[str, Any] | None:
    """What an earlier reading from the file left on the node, as arguments of `Radiograph`; None for nothing of use."""
    try:
        about = _remembered(volumeNode)
        spacing = about["spacing"] and _spacing(*about["spacing"])
        study, series, instance = about["uids"]
        return {
            "orientation": cxr_grounding.Orientation(*about["orientation"]),
            "spacing": spacing,
            "view": str(about["view"]),
            "body_part": str(about["body_part"]),
            "identifiers": cxr_grounding.Identifiers(
                StudyInstanceUID=study, SeriesInstanceUID=series, SOPInstanceUID=instance
            ),
            "warnings": tuple(map(str, about["warnings"])),
        }
    except (KeyError, TypeError, ValueError, RadiographError):
        return None  # no such attribute, or one that another program wrote


def _remembered(volumeNode: Any) -> dict[str, Any]:
    """The attribute's own entries; none where there is none, or another program wrote it."""
    try:
        about = json.loads(volumeNode.GetAttribute(ABOUT_ATTRIBUTE) or "{}")
    except ValueError:
        return {}
    return about if isinstance(about, dict) else {}


def _spacing(rowMm: float, columnMm: float, source: str) -> cxr_grounding.Spacing:
    return cxr_grounding.Spacing(rowMm, columnMm, cxr_grounding.SpacingSource(source))
