"""Volume nodes become the radiographs that the core's own readers make of the same files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import slicer
import vtk
from numpy.typing import NDArray

from cxr_grounding import Radiograph, RadiographError, Spacing, SpacingSource, read_image
from CXRGroundingLib.scene_reader import ABOUT_ATTRIBUTE, about, checkVolume, fileOf, readRadiograph, sliceGrid


@pytest.fixture
def pixels() -> NDArray[np.uint16]:
    """80 rows, 100 columns, every corner different."""
    y, x = np.indices((80, 100))
    return (10 * x + 3 * y).astype(np.uint16)


def readBySlicer(scene: Any, path: Path) -> Any:
    """A volume as Slicer's own reader loads it."""
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(path))
    storage.SetSingleFile(True)
    volumeNode = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", path.stem)
    assert storage.ReadData(volumeNode)
    volumeNode.SetAndObserveStorageNodeID(storage.GetID())
    return volumeNode


def placed(volumeNode: Any, ijkToRAS: Any) -> Any:
    volumeNode.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(np.array(ijkToRAS, dtype=float)))
    return volumeNode


@pytest.mark.parametrize("file", ["realFile", "phantomFile"])
def test_two_doors_give_one_radiograph(scene: Any, file: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(file)
    volumeNode = readBySlicer(scene, path)
    ours, theirs = read_image(path), readRadiograph(volumeNode, fileOf(volumeNode))
    np.testing.assert_array_equal(theirs.pixels, ours.pixels)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(volumeNode)[0], ours.pixels)
    assert (theirs.orientation, theirs.spacing, theirs.identifiers) == (
        ours.orientation,
        ours.spacing,
        ours.identifiers,
    )


def test_monochrome1_is_turned_over_once(scene: Any, realFile: Path) -> None:
    assert pydicom.dcmread(realFile, stop_before_pixels=True).PhotometricInterpretation == "MONOCHROME1"
    volumeNode = readBySlicer(scene, realFile)
    withFile = readRadiograph(volumeNode, realFile)
    withoutFile = readRadiograph(volumeNode)
    np.testing.assert_array_equal(withFile.pixels, withoutFile.pixels)
    stored = pydicom.dcmread(realFile).pixel_array
    assert np.corrcoef(withFile.pixels.ravel(), stored.ravel())[0, 1] == pytest.approx(-1)


def test_a_reader_that_left_monochrome1_alone_is_put_right(scene: Any, realFile: Path) -> None:
    volumeNode = readBySlicer(scene, realFile)
    right = readRadiograph(volumeNode, realFile).pixels
    voxels = slicer.util.arrayFromVolume(volumeNode)
    voxels[:] = voxels.max() + voxels.min() - voxels
    np.testing.assert_array_equal(readRadiograph(volumeNode, realFile).pixels, right)


def test_lengths_come_from_tags_not_from_the_node(scene: Any, tmp_path: Path, phantomFile: Path) -> None:
    dataset = pydicom.dcmread(phantomFile)
    dataset.PixelSpacing, dataset.ImagerPixelSpacing = [0.3, 0.2], [0.4, 0.4]
    path = tmp_path / "calibrated.dcm"
    dataset.save_as(path)
    volumeNode = readBySlicer(scene, path)
    assert volumeNode.GetSpacing()[0] == pytest.approx(0.4)  # the reader ignores PixelSpacing
    assert readRadiograph(volumeNode, path).spacing == Spacing(0.3, 0.2, SpacingSource.PIXEL_SPACING)


def test_without_a_file_no_lengths_are_known(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    volumeNode = makeVolume(pixels)
    volumeNode.SetSpacing(0.14, 0.14, 1)
    radiograph = readRadiograph(volumeNode)
    assert radiograph.spacing is None
    assert not radiograph.orientation.known
    assert about(volumeNode) == (radiograph.orientation, None)
    np.testing.assert_array_equal(radiograph.pixels, pixels)


def test_what_the_file_said_outlives_the_file(scene: Any, tmp_path: Path, phantomFile: Path) -> None:
    dataset = pydicom.dcmread(phantomFile)
    dataset.PatientOrientation = ["R", "F"]
    path = tmp_path / "mirrored.dcm"
    dataset.save_as(path)
    volumeNode = readBySlicer(scene, path)
    first = readRadiograph(volumeNode, fileOf(volumeNode))
    path.unlink()
    assert fileOf(volumeNode) is None
    assert about(volumeNode) == (first.orientation, first.spacing)
    again = readRadiograph(volumeNode)
    assert (again.orientation.row, again.spacing, again.view) == ("R", first.spacing, "PA")
    assert again.identifiers.SOPInstanceUID == first.identifiers.SOPInstanceUID
    assert dataset.PatientID not in volumeNode.GetAttribute(ABOUT_ATTRIBUTE)


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"spacing": 3}'])
def test_a_foreign_attribute_is_no_news(makeVolume: Callable[..., Any], pixels: NDArray, text: str) -> None:
    volumeNode = makeVolume(pixels)
    volumeNode.SetAttribute(ABOUT_ATTRIBUTE, text)
    assert readRadiograph(volumeNode).spacing is None


def test_a_foreign_orientation_is_no_news(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    volumeNode = makeVolume(pixels)
    written = {"orientation": ["X", "Y", True], "spacing": None, "view": "", "body_part": "", "uids": ["", "", ""]}
    volumeNode.SetAttribute(ABOUT_ATTRIBUTE, json.dumps(written | {"warnings": []}))
    assert not readRadiograph(volumeNode).orientation.known


def test_the_file_is_found_through_the_dicom_database(
    makeVolume: Callable[..., Any], pixels: NDArray, phantomFile: Path
) -> None:
    volumeNode = makeVolume(pixels)
    volumeNode.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    assert fileOf(volumeNode, {"1.2.3": str(phantomFile)}.__getitem__) == phantomFile
    assert fileOf(volumeNode, lambda uid: "") is None
    volumeNode.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    assert fileOf(volumeNode, lambda uid: str(phantomFile)) is None


def test_a_file_of_another_size_says_nothing(
    makeVolume: Callable[..., Any], pixels: NDArray, phantomFile: Path
) -> None:
    radiograph = readRadiograph(makeVolume(pixels), phantomFile)
    assert (radiograph.shape, radiograph.spacing) == (pixels.shape, None)


def test_a_frontal_plane_gives_the_orientation(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    # columns toward the patient's right, rows toward the head
    volumeNode = placed(makeVolume(pixels), [[0.5, 0, 0, 0], [0, 0, 1, 0], [0, 0.5, 0, 0], [0, 0, 0, 1]])
    orientation = readRadiograph(volumeNode).orientation
    assert (orientation.row, orientation.column, orientation.known) == ("R", "H", True)
    assert about(volumeNode) == (orientation, None)


def test_a_slice_along_other_axes_is_read_too(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    volumeNode = makeVolume(pixels[:, np.newaxis, :])  # k, j, i = rows, 1, columns
    np.testing.assert_array_equal(readRadiograph(volumeNode).pixels, pixels)
    grid = sliceGrid(volumeNode)
    assert (grid.columnAxis, grid.rowAxis, grid.shape) == (0, 2, pixels.shape)
    np.testing.assert_array_equal(grid.toIJK(0.5, 79.5), [0, 0, 79, 1])
    assert grid.toVolume(pixels).shape == (80, 1, 100)


def test_a_volume_that_lies_turned_over_is_warned_of(scene: Any, pixels: NDArray) -> None:
    volumeNode = slicer.util.addVolumeFromArray(pixels[np.newaxis])  # slicer.util's own default place
    assert any("turned over" in warning for warning in readRadiograph(volumeNode).warnings)


def test_a_grey_vector_volume_is_a_radiograph(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    grey = np.repeat((pixels // 8).astype(np.uint8)[np.newaxis, ..., np.newaxis], 3, axis=3)
    volumeNode = makeVolume(grey, className="vtkMRMLVectorVolumeNode")
    np.testing.assert_array_equal(readRadiograph(volumeNode).pixels, pixels // 8)


def test_an_rgb_photograph_is_refused(makeVolume: Callable[..., Any]) -> None:
    colors = np.random.default_rng(0).integers(0, 255, (1, 80, 100, 3)).astype(np.uint8)
    volumeNode = makeVolume(colors, name="holiday", className="vtkMRMLVectorVolumeNode")
    with pytest.raises(RadiographError, match="'holiday' is a colour image"):
        readRadiograph(volumeNode)


def test_no_volume_is_refused() -> None:
    with pytest.raises(RadiographError, match="No radiograph is chosen"):
        checkVolume(None)


def test_a_3d_volume_is_refused(makeVolume: Callable[..., Any]) -> None:
    with pytest.raises(RadiographError, match="100 x 80 x 5 voxels, but a radiograph is a single slice"):
        checkVolume(makeVolume(np.zeros((5, 80, 100), dtype=np.int16)))


def test_a_label_map_is_refused(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    with pytest.raises(RadiographError, match="is a label map"):
        checkVolume(makeVolume(pixels, className="vtkMRMLLabelMapVolumeNode"))


def test_a_node_of_another_kind_is_refused(scene: Any) -> None:
    with pytest.raises(RadiographError, match="vtkMRMLModelNode is no radiograph"):
        checkVolume(scene.AddNewNodeByClass("vtkMRMLModelNode"))


def test_a_volume_without_pixels_is_refused(scene: Any) -> None:
    with pytest.raises(RadiographError, match="holds no pixels"):
        checkVolume(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty"))


def test_two_values_a_pixel_are_refused(makeVolume: Callable[..., Any]) -> None:
    field = makeVolume(np.zeros((1, 80, 100, 2), dtype=np.uint8), className="vtkMRMLVectorVolumeNode")
    with pytest.raises(RadiographError, match="2 values a pixel"):
        checkVolume(field)


def test_a_volume_under_a_bending_transform_is_refused(
    scene: Any, makeVolume: Callable[..., Any], pixels: NDArray
) -> None:
    bend = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bend")
    spline = vtk.vtkThinPlateSplineTransform()
    points = vtk.vtkPoints()
    for point in ((0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10), (10, 10, 10)):
        points.InsertNextPoint(point)
    moved = vtk.vtkPoints()
    moved.DeepCopy(points)
    moved.SetPoint(4, 15, 9, 11)
    spline.SetSourceLandmarks(points)
    spline.SetTargetLandmarks(moved)
    spline.SetBasisToR()
    bend.SetAndObserveTransformToParent(spline)
    volumeNode = makeVolume(pixels)
    volumeNode.SetAndObserveTransformNodeID(bend.GetID())
    with pytest.raises(RadiographError, match="'bend', which bends it"):
        checkVolume(volumeNode)


def test_a_place_without_extent_is_refused(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    volumeNode = placed(makeVolume(pixels), np.diag([1.0, 1.0, 0.0, 1.0]))
    with pytest.raises(RadiographError, match="axis without length"):
        readRadiograph(volumeNode)


def test_reading_leaves_the_voxels_alone(makeVolume: Callable[..., Any], pixels: NDArray) -> None:
    volumeNode = makeVolume(pixels)
    radiograph = readRadiograph(volumeNode)
    slicer.util.arrayFromVolume(volumeNode)[:] = 0
    assert isinstance(radiograph, Radiograph)
    assert radiograph.pixels.max() == pixels.max()
