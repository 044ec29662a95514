"""A viewer's pixels and the file that they came from make one radiograph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
import tifffile
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError, UndecodableError
from cxr_grounding.reading.dicom import pixels as dicom_pixels
from cxr_grounding.reading.dicom.read_dicom import read_dicom
from cxr_grounding.reading.guard import READ_BY_THE_VIEWER
from cxr_grounding.reading.identify_image import identify_image
from cxr_grounding.reading.read_image import read_image


def by_itk(path: Path) -> NDArray:
    """What ITK's reader, and so Slicer's, makes of the file."""
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0]


def test_both_readers_give_the_same_radiograph(chest: Path) -> None:
    radiograph = identify_image(chest, by_itk(chest))
    assert radiograph is not None
    np.testing.assert_array_equal(radiograph.pixels, read_dicom(chest).pixels)
    np.testing.assert_array_equal(radiograph.pixels, by_itk(chest))
    assert radiograph.identifiers.PatientID == "9RG1"


@pytest.mark.parametrize("change", [lambda v: 4095.0 - v, lambda v: 2.0 * v - 1000])
def test_polarity_and_slope_of_another_reader_make_no_difference(
    dicom: Callable[..., Path], ramp: NDArray, change: Callable[[NDArray], NDArray]
) -> None:
    path = dicom(ramp, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(identify_image(path, change(ramp)).pixels, read_dicom(path).pixels)


def test_padding_that_another_reader_left_makes_no_difference(dicom: Callable[..., Path], ramp: NDArray) -> None:
    padded = ramp.copy()
    padded[:10] = 65535
    path = dicom(padded, PixelPaddingValue=65535)
    np.testing.assert_array_equal(identify_image(path, padded).pixels, read_dicom(path).pixels)


def test_pixels_that_were_changed_since_are_kept(dicom: Callable[..., Path], ramp: NDArray) -> None:
    path = dicom(ramp, PatientOrientation=["R", "F"], WindowCenter=2000, WindowWidth=1000)
    changed = ramp.copy()
    changed[30:40, 30:40] = 4000
    radiograph = identify_image(path, changed)
    np.testing.assert_array_equal(radiograph.pixels, changed)
    assert (radiograph.orientation.row, radiograph.display) == ("R", None)


def test_an_even_image_is_no_reading_of_another(dicom: Callable[..., Path], ramp: NDArray) -> None:
    with pytest.raises(RadiographError, match="nothing to see"):
        identify_image(dicom(ramp), np.ones_like(ramp))


def test_another_reader_of_the_file_can_be_named(chest: Path, tmp_path: Path) -> None:
    known = read_dicom(chest)
    assert identify_image(tmp_path / "gone.dcm", by_itk(chest), read=lambda path, undecodable: known) is known


def test_pixels_of_another_size_are_not_the_files(dicom: Callable[..., Path], ramp: NDArray) -> None:
    assert identify_image(dicom(ramp), ramp[:70]) is None


def test_a_file_that_cannot_be_decoded_lends_its_header(
    dicom: Callable[..., Path], ramp: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dicom(ramp, PatientOrientation=["R", "F"], ImagerPixelSpacing=[0.2, 0.1])

    class NoDecoder:
        is_available = False

    monkeypatch.setattr(dicom_pixels, "get_decoder", lambda syntax: NoDecoder)
    with pytest.raises(UndecodableError, match="no decoder for it is installed"):
        read_dicom(path)
    radiograph = identify_image(path, ramp)
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert (radiograph.orientation.row, radiograph.spacing.row_mm) == ("R", 0.2)
    assert radiograph.warnings == (READ_BY_THE_VIEWER,)


def test_a_picture_that_cannot_be_decoded_is_what_the_viewer_read(tmp_path: Path, ramp: NDArray) -> None:
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, ramp.astype("c8"))
    with pytest.raises(UndecodableError, match="a kind that cannot be read here"):
        read_image(path)
    radiograph = identify_image(path, ramp)
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert radiograph.warnings == (READ_BY_THE_VIEWER,)


def test_a_ct_slice_stays_refused(dicom: Callable[..., Path], ramp: NDArray) -> None:
    with pytest.raises(RadiographError, match="not a radiograph"):
        identify_image(dicom(ramp, kind="CT"), ramp)


def test_other_formats_tell_their_place(tmp_path: Path, ramp: NDArray) -> None:
    image = SimpleITK.GetImageFromArray(ramp[np.newaxis])
    image.SetSpacing((0.3, 0.2, 1.0))
    path = tmp_path / "image.nrrd"
    SimpleITK.WriteImage(image, str(path))
    assert identify_image(path, ramp).spacing.column_mm == 0.3


def test_a_missing_file_is_told(tmp_path: Path, ramp: NDArray) -> None:
    with pytest.raises(RadiographError, match="There is no file"):
        identify_image(tmp_path / "gone.dcm", ramp)
