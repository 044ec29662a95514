from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import slicer
from PIL import Image

from cxr_grounding import RadiographError, read_image
from cxr_grounding.reading.dicom import pixels as dicom_pixels
from CXRGroundingLib.scene_loader import loadRadiograph
from CXRGroundingLib.scene_reader import fileOf, readRadiograph
from slicer_application import matrixOf, nodeIDs


def test_a_dicom_file_becomes_a_volume_with_its_own_type_and_place(scene: Any, phantomFile: Path) -> None:
    volumeNode = loadRadiograph(scene, phantomFile).volumeNode
    dataset = pydicom.dcmread(phantomFile)
    voxels = slicer.util.arrayFromVolume(volumeNode)
    assert (volumeNode.GetClassName(), volumeNode.GetName()) == ("vtkMRMLScalarVolumeNode", "phantom")
    assert voxels.dtype == np.uint16
    np.testing.assert_array_equal(voxels[0], dataset.pixel_array)
    assert fileOf(volumeNode) == phantomFile
    millimetres = float(dataset.ImagerPixelSpacing[0])
    matrix = matrixOf(volumeNode)
    np.testing.assert_allclose(matrix, np.diag([-millimetres, -millimetres, 1, 1]))


def test_the_file_says_how_it_is_shown(scene: Any, tmp_path: Path, phantomFile: Path) -> None:
    dataset = pydicom.dcmread(phantomFile)
    dataset.WindowCenter, dataset.WindowWidth = 1000, 401
    dataset.save_as(tmp_path / "windowed.dcm")
    display = loadRadiograph(scene, tmp_path / "windowed.dcm").volumeNode.GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == pytest.approx((799.5, 1199.5))


def test_a_file_without_a_window_is_shown_by_slicer_s_own_choice(scene: Any, realFile: Path) -> None:
    display = loadRadiograph(scene, realFile).volumeNode.GetDisplayNode()
    assert display.GetAutoWindowLevel() or display.GetWindow() > 0


@pytest.mark.parametrize("ending", ["png", "npy"])
def test_other_images_come_from_the_core(scene: Any, tmp_path: Path, ending: str) -> None:
    y, x = np.indices((90, 70))
    pixels = (x + y).astype(np.uint8)
    path = tmp_path / f"image.{ending}"
    if ending == "npy":
        np.save(path, pixels)
    else:
        Image.fromarray(pixels).convert("RGB").save(path)
    volumeNode = loadRadiograph(scene, path).volumeNode
    np.testing.assert_array_equal(readRadiograph(volumeNode, fileOf(volumeNode)).pixels, read_image(path).pixels)
    assert volumeNode.GetClassName() == "vtkMRMLScalarVolumeNode"


def test_what_only_slicer_can_decode_is_loaded_by_slicer(
    scene: Any, realFile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read_image(realFile).pixels

    class NoDecoder:
        is_available = False

    monkeypatch.setattr(dicom_pixels, "get_decoder", lambda syntax: NoDecoder)
    volumeNode = loadRadiograph(scene, realFile).volumeNode
    np.testing.assert_array_equal(readRadiograph(volumeNode, realFile).pixels, expected)


def test_nothing_is_left_of_a_file_that_is_no_radiograph(scene: Any, tmp_path: Path, phantomFile: Path) -> None:
    dataset = pydicom.dcmread(phantomFile)
    dataset.Modality, dataset.SOPClassUID = "CT", "1.2.840.10008.5.1.4.1.1.2"
    dataset.save_as(tmp_path / "ct.dcm")
    (tmp_path / "text.dcm").write_text("no image")
    before = nodeIDs(scene)
    for name in ("ct.dcm", "text.dcm", "gone.dcm"):
        with pytest.raises(RadiographError, match=name):
            loadRadiograph(scene, tmp_path / name)
    assert nodeIDs(scene) == before


def test_the_same_file_twice_gives_two_names(scene: Any, phantomFile: Path) -> None:
    names = [loadRadiograph(scene, phantomFile).volumeNode.GetName() for _ in range(2)]
    assert len(set(names)) == 2
