"""What a NIfTI header says of how the image lies, and what is believed of a header that says nothing."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError
from cxr_grounding.frame import ModelFrame
from cxr_grounding.reading.identify_image import identify_image
from cxr_grounding.reading.nifti_header import check_nifti
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.reading.read_volume import WITHOUT_PLACE
from cxr_grounding.recipe import Recipe


def nifti(path: Path, pixels: NDArray[np.uint16], codes: tuple[int, int] = (0, 0)) -> Path:
    """A file of one slice as dcm2niix writes it: its first row is the lowest one of the picture."""
    rows, columns = pixels.shape
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, columns, rows, 1, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 512, 16)
    struct.pack_into("<8f", header, 76, 1, 0.2, 0.2, 1, 0, 0, 0, 0)
    struct.pack_into("<ff", header, 108, 352, 1)
    struct.pack_into("<hh", header, 252, *codes)
    header[344:348] = b"n+1\0"
    content = bytes(header) + pixels[::-1].astype("<u2").tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_without_a_place_the_rows_run_upward(tmp_path: Path, ramp: NDArray, ending: str) -> None:
    radiograph = read_image(nifti(tmp_path / f"image.{ending}", ramp))
    np.testing.assert_array_equal(radiograph.pixels, ramp[::-1])
    np.testing.assert_array_equal(radiograph.orientation.to_standard(radiograph.pixels), ramp)
    assert not radiograph.orientation.known
    assert radiograph.warnings == (WITHOUT_PLACE,)
    assert radiograph.spacing is not None
    np.testing.assert_array_equal(radiograph.affine, np.diag([np.float32(0.2), np.float32(0.2), 1, 1]))


def test_the_model_sees_it_upright(tmp_path: Path, ramp: NDArray) -> None:
    radiograph, recipe = read_image(nifti(tmp_path / "image.nii", ramp)), Recipe()
    plain = read_image(saved_without_doubt(tmp_path / "image.nrrd", ramp))
    seen, expected = (ModelFrame.of(each, recipe).to_model(each.pixels) for each in (radiograph, plain))
    np.testing.assert_array_equal(seen, expected)


def saved_without_doubt(path: Path, pixels: NDArray) -> Path:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(pixels[np.newaxis]), str(path))
    return path


def test_a_viewer_that_read_it_is_told_the_same(tmp_path: Path, ramp: NDArray) -> None:
    """ITK, and so Slicer, gives such a file the identity as its directions."""
    path = nifti(tmp_path / "image.nii", ramp)
    image = SimpleITK.ReadImage(str(path))
    assert image.GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    radiograph = identify_image(path, SimpleITK.GetArrayFromImage(image)[0])
    assert radiograph is not None
    assert radiograph.orientation.is_upside_down
    assert radiograph.warnings == (WITHOUT_PLACE,)


@pytest.mark.parametrize(("codes", "placed"), [((0, 0), False), ((1, 0), True), ((0, 2), True), ((1, 1), True)])
def test_either_code_says_that_the_image_has_a_place(
    tmp_path: Path, ramp: NDArray, codes: tuple[int, int], placed: bool
) -> None:
    assert check_nifti(nifti(tmp_path / "image.nii", ramp, codes)) == placed


@pytest.mark.parametrize("magic", [b"n+2\0", b"ni2\0"])
@pytest.mark.parametrize(("order", "ending"), [("<", "nii"), (">", "nii"), ("<", "nii.gz")])
def test_the_second_version_is_refused_in_our_own_words(tmp_path: Path, magic: bytes, order: str, ending: str) -> None:
    content = struct.pack(f"{order}i8s", 540, magic + b"\r\n\x1a\n") + bytes(532 + 2 * 32 * 32)
    path = tmp_path / f"image.{ending}"
    path.write_bytes(gzip.compress(content) if ending == "nii.gz" else content)
    with pytest.raises(RadiographError) as refused:
        read_image(path)
    assert str(refused.value) == f"{path} is a NIfTI file of version 2, which is not read. Save it as version 1."
