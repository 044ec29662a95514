"""Files that leave out, misspell or misstate how their pixels are stored are read as ITK reads them, with a warning."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    JPEG2000,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.dicom.read_dicom import read_dicom

MakeDataset = Callable[..., Dataset]
Saved = Callable[[Dataset], Path]
Dicom = Callable[..., Path]


@pytest.mark.parametrize(
    ("keyword", "assumed"),
    [
        ("PhotometricInterpretation", "PhotometricInterpretation MONOCHROME2"),
        ("SamplesPerPixel", "SamplesPerPixel 1"),
        ("PixelRepresentation", "PixelRepresentation 0"),
        ("BitsStored", "BitsStored 12"),
    ],
)
def test_what_is_missing_is_assumed_as_itk_does(dicom: Dicom, ramp: NDArray, keyword: str, assumed: str) -> None:
    path = dicom(ramp, bits=12, **{keyword: None})
    radiograph = read_dicom(path)
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0], ramp)
    assert f"{assumed} was assumed" in radiograph.warnings[0]


def test_everything_may_be_missing_at_once(dicom: Dicom, ramp: NDArray) -> None:
    missing = ("PhotometricInterpretation", "SamplesPerPixel", "PixelRepresentation", "BitsStored", "HighBit")
    radiograph = read_dicom(dicom(ramp, **dict.fromkeys(missing)))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert len(radiograph.warnings) == 1


@pytest.mark.parametrize("written", ["", "monochrome2", "Monochrome2", "MONOCHROME 2", "MONOCHROME_2"])
def test_a_misspelt_meaning_is_understood(dataset: MakeDataset, saved: Saved, ramp: NDArray, written: str) -> None:
    made = dataset(ramp, bits=12)
    made["PhotometricInterpretation"] = DataElement(0x00280004, "LO", written)
    radiograph = read_dicom(saved(made))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert "PhotometricInterpretation MONOCHROME2 was assumed" in radiograph.warnings[0]


def test_monochrome1_in_lower_case_is_turned_over(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    made = dataset(ramp, bits=12)
    made["PhotometricInterpretation"] = DataElement(0x00280004, "LO", "monochrome1")
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, 4095 - ramp)


def test_a_meaning_that_no_radiograph_has_is_named_and_not_called_damage(
    dataset: MakeDataset, saved: Saved, ramp: NDArray
) -> None:
    made = dataset(ramp)
    made["PhotometricInterpretation"] = DataElement(0x00280004, "CS", "FOO")
    with pytest.raises(RadiographError, match="photometric interpretation 'FOO', which no radiograph has"):
        read_dicom(saved(made))


@pytest.mark.parametrize(("bits", "high", "expected"), [(0, 11, 12), (77, 11, 12), (0, 0, 16), (0, 40, 16)])
def test_impossible_stored_bits_are_taken_from_high_bit_or_all(
    dicom: Dicom, ramp: NDArray, bits: int, high: int, expected: int
) -> None:
    path = dicom(ramp, BitsStored=bits, HighBit=high, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(read_dicom(path).pixels, 2**expected - 1 - ramp.astype(int))


@pytest.mark.parametrize("written", [b"1A", b"1.", b"x "])
def test_a_malformed_number_of_frames_is_read_as_far_as_it_goes(dicom: Dicom, ramp: NDArray, written: bytes) -> None:
    path = dicom(ramp, NumberOfFrames="99")
    path.write_bytes(path.read_bytes().replace(b"IS\x02\x0099", b"IS\x02\x00" + written))
    np.testing.assert_array_equal(read_dicom(path).pixels, ramp)


def test_several_frames_of_a_malformed_number_are_refused(dicom: Dicom, ramp: NDArray) -> None:
    path = dicom(ramp, NumberOfFrames="99")
    path.write_bytes(path.read_bytes().replace(b"IS\x02\x0099", b"IS\x02\x007A"))
    with pytest.raises(RadiographError, match="7 frames"):
        read_dicom(path)


def grey_in_colour(ramp: NDArray) -> NDArray[np.uint8]:
    return np.repeat((ramp >> 4).astype(np.uint8)[..., None], 3, axis=-1)


@pytest.mark.parametrize("missing", [["PlanarConfiguration"], ["PlanarConfiguration", "SamplesPerPixel"]])
def test_colour_without_its_order_is_read_pixel_by_pixel(dicom: Dicom, ramp: NDArray, missing: list[str]) -> None:
    radiograph = read_dicom(dicom(grey_in_colour(ramp), kind="SC", **dict.fromkeys(missing)))
    np.testing.assert_array_equal(radiograph.pixels, ramp >> 4)
    assert "PlanarConfiguration 0" in radiograph.warnings[0]


def test_colour_without_its_meaning_is_red_green_and_blue(dicom: Dicom, ramp: NDArray) -> None:
    radiograph = read_dicom(dicom(grey_in_colour(ramp), kind="SC", PhotometricInterpretation=None))
    np.testing.assert_array_equal(radiograph.pixels, ramp >> 4)
    assert "PhotometricInterpretation RGB" in radiograph.warnings[0]


def test_ybr_422_of_full_length_is_full(dicom: Dicom, ramp: NDArray) -> None:
    pixels = grey_in_colour(ramp)
    pixels[..., 1:] = 128
    radiograph = read_dicom(dicom(pixels, kind="SC", PhotometricInterpretation="YBR_FULL_422"))
    np.testing.assert_array_equal(radiograph.pixels, ramp >> 4)
    assert "PhotometricInterpretation YBR_FULL was assumed" in radiograph.warnings[0]


def test_ybr_422_of_its_own_length_stays_what_it_is(dicom: Dicom, ramp: NDArray) -> None:
    grey = (ramp >> 4).astype(np.uint8).reshape(-1, 2)
    halved = np.dstack([grey[:, :1], grey[:, 1:], np.full((len(grey), 1), 128), np.full((len(grey), 1), 128)])
    elements = {"PhotometricInterpretation": "YBR_FULL_422", "PixelData": halved.astype(np.uint8).tobytes()}
    radiograph = read_dicom(dicom(grey_in_colour(ramp), kind="SC", **elements))
    np.testing.assert_array_equal(radiograph.pixels, ramp >> 4)
    assert radiograph.warnings == ()


@pytest.mark.parametrize("declared", [JPEG2000Lossless, JPEGLSLossless, JPEGBaseline8Bit, RLELossless])
def test_uncompressed_pixels_that_are_called_compressed_are_read(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, declared: str
) -> None:
    made = dataset(ramp, bits=12)
    radiograph = read_dicom(called(declared, saved(made)))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert "but they are Explicit VR Little Endian" in radiograph.warnings[0]


@pytest.mark.parametrize("actual", [JPEG2000Lossless, JPEGLSLossless, RLELossless], ids=lambda uid: uid.name)
@pytest.mark.parametrize("declared", [ExplicitVRLittleEndian, JPEGLosslessSV1, JPEGBaseline8Bit, JPEG2000, RLELossless])
def test_compressed_pixels_that_are_called_something_else_are_read(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, actual: str, declared: str
) -> None:
    made = dataset(ramp, bits=12)
    made.compress(actual)
    radiograph = read_dicom(called(declared, saved(made)))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    family = {actual, JPEG2000} if actual == JPEG2000Lossless else {actual}
    assert len(radiograph.warnings) == (declared not in family)


def test_baseline_jpeg_that_is_called_lossless_is_read(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    stored, stream = (ramp >> 4).astype(np.uint8), io.BytesIO()
    Image.fromarray(stored).save(stream, "JPEG", quality=95)
    made = dataset(stored)
    made.PixelData = encapsulate([stream.getvalue()])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    radiograph = read_dicom(saved(made))
    assert np.abs(radiograph.pixels - stored).max() <= 4
    assert "but they are JPEG Baseline (Process 1)" in radiograph.warnings[0]


def test_an_implicit_data_set_that_is_called_compressed_is_read(
    dataset: MakeDataset, saved: Saved, ramp: NDArray
) -> None:
    made = dataset(ramp, bits=12)
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    radiograph = read_dicom(called(JPEG2000Lossless, saved(made)))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert "VR Little Endian; they were read as that" in radiograph.warnings[0]


def called(syntax: str, path: Path) -> Path:
    """The file with another transfer syntax in its meta header, and all else as it is."""
    content = path.read_bytes()
    start = content.index(b"\x02\x00\x10\x00UI") + 8
    length = int.from_bytes(content[start - 2 : start], "little")
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    group = content.index(b"\x02\x00\x00\x00UL\x04\x00") + 8
    total = int.from_bytes(content[group : group + 4], "little") + len(value) - length
    head = content[:group] + total.to_bytes(4, "little") + content[group + 4 : start - 2]
    path.write_bytes(head + len(value).to_bytes(2, "little") + value + content[start + length :])
    return path


def test_every_decoder_that_failed_says_why(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    made = dataset(ramp.astype("<i2"), bits=12)
    made.compress(JPEG2000Lossless)
    made.PixelRepresentation = 0  # against the stream: no image of pillow's alone
    stream = get_frame(made.PixelData, 0, number_of_frames=1)
    made.PixelData = encapsulate([stream[: len(stream) // 2]])
    with pytest.raises(RadiographError, match=r"pylibjpeg: .*failed to decode image; pillow: broken data stream"):
        read_dicom(saved(made))
