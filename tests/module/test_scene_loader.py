from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import slicer
import tifffile
from PIL import Image

from cxr_grounding import ImageReader, RadiographError, read_image, shared_reader
from cxr_grounding.reading.dicom import pixels as dicom_pixels
from cxr_grounding.reading.guard import READ_BY_THE_VIEWER
from cxr_grounding.reading.read_volume import WITHOUT_PLACE
from CXRGroundingLib import scene_loader
from CXRGroundingLib.scene_loader import Loaded
from CXRGroundingLib.scene_reader import about, fileOf, readRadiograph
from failing_decoders import start_with_failing_decoders
from slicer_application import matrixOf, nodeIDs


def loadRadiograph(scene: Any, path: Path, read: Any = None) -> Loaded:
    return scene_loader.loadRadiograph(scene, path, read or shared_reader().read_image)


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
    volumeNode, radiograph = loadRadiograph(scene, realFile, read_image)
    assert radiograph.warnings == (READ_BY_THE_VIEWER,)
    np.testing.assert_array_equal(readRadiograph(volumeNode, realFile).pixels, expected)


@pytest.mark.parametrize("kind", ["f2", "u4", "i2", "f8", "rgb"])
def test_deep_pictures_have_the_values_of_the_core(scene: Any, tmp_path: Path, kind: str) -> None:
    y, x = np.indices((90, 70))
    pixels = np.repeat((x * 300 + y)[..., None], 3, axis=2).astype("u2") if kind == "rgb" else (x + y / 8).astype(kind)
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, pixels * np.array(2**24, "u4") if kind == "u4" else pixels)
    volumeNode, radiograph = loadRadiograph(scene, path)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(volumeNode)[0], read_image(path).pixels)
    np.testing.assert_array_equal(radiograph.pixels, read_image(path).pixels)


def test_a_modality_table_that_slicer_ignores_comes_from_the_core(
    scene: Any, tmp_path: Path, phantomFile: Path
) -> None:
    dataset, table = pydicom.dcmread(phantomFile), pydicom.Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [4096, 0, 16], "US"
    table.LUTData = (np.arange(4096) ** 2 // 256).astype("<u2").tobytes()
    table["LUTData"].VR = "OW"
    dataset.ModalityLUTSequence = pydicom.Sequence([table])
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        delattr(dataset, keyword)
    dataset.save_as(tmp_path / "table.dcm")
    volumeNode, radiograph = loadRadiograph(scene, tmp_path / "table.dcm")
    expected = dataset.pixel_array.astype(int) ** 2 // 256
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(volumeNode)[0], expected)
    assert radiograph.warnings == ()


def test_a_nifti_file_without_a_place_is_known_to_lie_upside_down(scene: Any, tmp_path: Path) -> None:
    y, x = np.indices((90, 70))
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 70, 90, 1, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 512, 16)
    struct.pack_into("<8f", header, 76, 1, 0.2, 0.2, 1, 0, 0, 0, 0)
    struct.pack_into("<ff", header, 108, 352, 1)
    header[344:348] = b"n+1\0"
    (tmp_path / "image.nii").write_bytes(bytes(header) + (x * 3 + y).astype("<u2").tobytes())
    volumeNode, radiograph = loadRadiograph(scene, tmp_path / "image.nii")
    assert radiograph.orientation.is_upside_down
    assert radiograph.warnings == (WITHOUT_PLACE,)
    assert about(volumeNode)[0] == radiograph.orientation


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


def test_a_file_whose_name_is_no_utf8_is_loaded(scene: Any, tmp_path: Path, phantomFile: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve.dcm"))
    shutil.copy(phantomFile, path)
    volumeNode, radiograph = loadRadiograph(scene, path)
    assert volumeNode.GetName() == "na\ufffdve"
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(volumeNode)[0], read_image(phantomFile).pixels)
    assert radiograph.warnings == ()


@pytest.mark.parametrize("value", [-1, 65535, 2**16 - 1 - 2**15])
def test_padding_is_dark_in_the_scene_too(scene: Any, tmp_path: Path, phantomFile: Path, value: int) -> None:
    dataset = pydicom.dcmread(phantomFile)
    stored = dataset.pixel_array.copy()
    stored[:20] = value % 2**16
    dataset.PixelData, dataset.PixelPaddingValue = stored.tobytes(), value
    dataset.BitsStored, dataset.HighBit = 16, 15
    dataset["PixelPaddingValue"].VR = "SS" if value < 0 else "US"
    dataset.save_as(tmp_path / "padded.dcm")
    voxels = slicer.util.arrayFromVolume(loadRadiograph(scene, tmp_path / "padded.dcm").volumeNode)[0]
    assert voxels[:20].max() == voxels[20:].min()


def test_a_file_that_ends_its_decoder_leaves_the_scene_as_it_was(
    scene: Any, tmp_path: Path, phantomFile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_with_failing_decoders(tmp_path / "site", monkeypatch)
    shutil.copy(phantomFile, tmp_path / "crash.dcm")
    before = nodeIDs(scene)
    with ImageReader() as reader, pytest.raises(RadiographError, match=r"crash\.dcm cannot be read.*SIGSEGV"):
        loadRadiograph(scene, tmp_path / "crash.dcm", reader.read_image)
    assert nodeIDs(scene) == before


def test_the_same_file_twice_gives_two_names(scene: Any, phantomFile: Path) -> None:
    names = [loadRadiograph(scene, phantomFile).volumeNode.GetName() for _ in range(2)]
    assert len(set(names)) == 2
