"""Where in its allocated bits a sample lies, and which samples are padding, however the file writes that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from cxr_grounding.reading.dicom.read_dicom import read_dicom

Dicom = Callable[..., Path]
PADDING = 0x00280120
LIMIT = 0x00280121


@pytest.mark.parametrize("signed", [False, True])
def test_junk_in_the_high_bits_is_removed(dicom: Dicom, ramp: NDArray, signed: bool) -> None:
    values = ramp.astype(int) - (2048 if signed else 0)
    junk = ((values & 0x0FFF) | 0xA000).astype("<u2").view("<i2" if signed else "<u2")
    np.testing.assert_array_equal(read_dicom(dicom(junk, bits=12)).pixels, values)


def test_samples_in_the_upper_bits_are_brought_down_to_the_files_window(dicom: Dicom, ramp: NDArray) -> None:
    elements = {"HighBit": 15, "WindowCenter": "2048", "WindowWidth": "4096"}
    radiograph = read_dicom(dicom(ramp << 4, bits=12, **elements))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert radiograph.display is not None
    assert radiograph.display.values[[0, -1]].tolist() == [0, 4095]


def test_signed_samples_in_the_upper_bits_keep_their_sign(dicom: Dicom, ramp: NDArray) -> None:
    values = ramp.astype("<i2") - 2048
    np.testing.assert_array_equal(read_dicom(dicom(values << 4, bits=12, HighBit=15)).pixels, values)


@pytest.mark.parametrize("meaning", ["MONOCHROME1", "MONOCHROME2"])
def test_samples_in_the_middle_bits_are_cut_out(dicom: Dicom, ramp: NDArray, meaning: str) -> None:
    """Bits 2 to 13, with something else on both sides of them."""
    path = dicom((ramp << 2) | 0x8001, bits=12, HighBit=13, PhotometricInterpretation=meaning)
    expected = ramp if meaning == "MONOCHROME2" else 4095 - ramp
    np.testing.assert_array_equal(read_dicom(path).pixels, expected)


@pytest.mark.parametrize("signed", [False, True])
def test_samples_in_the_lowest_bits_stay_whatever_high_bit_says(dicom: Dicom, ramp: NDArray, signed: bool) -> None:
    values = ramp.astype("<i2") - 2048 if signed else ramp
    np.testing.assert_array_equal(read_dicom(dicom(values, bits=12, HighBit=15)).pixels, values)


@pytest.mark.parametrize("high", [7, 31])
def test_a_high_bit_that_cannot_be_leaves_the_samples_as_they_are(dicom: Dicom, ramp: NDArray, high: int) -> None:
    np.testing.assert_array_equal(read_dicom(dicom(ramp << 4, bits=12, HighBit=high)).pixels, ramp << 4)


def test_samples_in_the_upper_bits_are_brought_down_when_compressed(
    dataset: Callable[..., Dataset], saved: Callable[[Dataset], Path], ramp: NDArray
) -> None:
    made = dataset(ramp << 4, bits=16)
    made.compress(RLELossless)
    made.BitsStored = 12
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, ramp)


@pytest.mark.parametrize("meaning", ["MONOCHROME2", "MONOCHROME1"])
def test_padding_becomes_the_darkest_real_value(dicom: Dicom, ramp: NDArray, meaning: str) -> None:
    padded = ramp + 100
    padded[:10], padded[-10:] = 0, 4095
    elements = {"PixelPaddingValue": 0, "PhotometricInterpretation": meaning}
    pixels = read_dicom(dicom(padded, bits=12, **elements)).pixels
    assert (pixels[:10] == pixels[10:].min()).all()
    assert len(np.unique(pixels[-10:])) == 1, "what is not declared stays"


def test_a_range_of_padding_becomes_dark(dicom: Dicom, ramp: NDArray) -> None:
    padded = ramp + 100
    padded[:10] = 4000 + np.arange(72)
    pixels = read_dicom(dicom(padded, bits=12, PixelPaddingValue=4095, PixelPaddingRangeLimit=4000)).pixels
    assert (pixels[:10] == pixels[10:].min()).all()
    np.testing.assert_array_equal(pixels[10:][padded[10:] < 4000], padded[10:][padded[10:] < 4000])


def odd_padding(made: Dataset, vr: str, value: int, limit: int | None = None) -> Dataset:
    """Padding as the file writes it, which need not be the number that the standard asks for."""
    made.add_new(PADDING, vr, value)
    if limit is not None:
        made.add_new(LIMIT, vr, limit)
    return made


@pytest.mark.parametrize(("vr", "value"), [("US", 63536), ("SS", -2000)])
@pytest.mark.parametrize("meaning", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_of_signed_samples_is_found_however_its_sign_is_written(
    dataset: Callable[..., Dataset], saved: Callable[[Dataset], Path], ramp: NDArray, meaning: str, vr: str, value: int
) -> None:
    padded = 4095 - ramp.astype("<i2")
    padded[:10] = -2000
    pixels = read_dicom(saved(odd_padding(dataset(padded, PhotometricInterpretation=meaning), vr, value))).pixels
    expected = -1 - padded.astype(int) if meaning == "MONOCHROME1" else padded
    np.testing.assert_array_equal(pixels[10:], expected[10:])
    assert (pixels[:10] == expected[10:].min()).all()


@pytest.mark.parametrize(("vr", "value"), [("US", 65535), ("SS", -1)])
def test_padding_beyond_the_stored_bits_is_found(
    dataset: Callable[..., Dataset], saved: Callable[[Dataset], Path], ramp: NDArray, vr: str, value: int
) -> None:
    padded = ramp + 60
    padded[:10], padded[-1] = 65535, 4095
    pixels = read_dicom(saved(odd_padding(dataset(padded, bits=12), vr, value))).pixels
    np.testing.assert_array_equal(pixels[10:], padded[10:])
    assert (pixels[:10] == 120).all(), "the darkest of what is image"


def test_a_range_of_padding_is_found_in_the_other_sign(
    dataset: Callable[..., Dataset], saved: Callable[[Dataset], Path], ramp: NDArray
) -> None:
    padded = ramp.astype("<i2")
    padded[:10] = -2000 + np.arange(72)
    pixels = read_dicom(saved(odd_padding(dataset(padded), "US", 63536, 63536 + 71))).pixels
    np.testing.assert_array_equal(pixels[10:], ramp[10:])
    assert (pixels[:10] == ramp[10:].min()).all()


def test_padding_is_found_beside_junk_in_the_unused_bits(dicom: Dicom, ramp: NDArray) -> None:
    padded = ramp + 60
    padded[:10] = 7
    pixels = read_dicom(dicom(padded | 0xA000, bits=12, PixelPaddingValue=7)).pixels
    np.testing.assert_array_equal(pixels[10:], padded[10:])
    assert (pixels[:10] == padded[10:].min()).all()


def test_padding_that_is_not_there_changes_nothing(dicom: Dicom, ramp: NDArray) -> None:
    np.testing.assert_array_equal(read_dicom(dicom(ramp, bits=12, PixelPaddingValue=65535)).pixels, ramp)
