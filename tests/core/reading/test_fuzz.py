"""Damaged files give a sentence, never another exception: random bit flips and truncations, the same on every run."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from cxr_grounding.errors import CXRGroundingError
from cxr_grounding.reading.dicom.read_dicom import read_dicom
from cxr_grounding.reading.read_image import read_image

SECONDS_A_FILE = 1.5
"""The tests stop after this time on a slow machine; the order of mutations is the same everywhere."""


def mutations(content: bytes, count: int, header: int) -> Iterator[bytes]:
    """Damaged copies: some bytes changed, mostly in the first `header`; lengths made huge; ends cut off."""
    chance = random.Random(content[:1000])
    for _ in range(count):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            place = chance.randrange(min(len(damaged), chance.choice((header, header, len(damaged)))))
            damaged[place] = chance.choice((damaged[place] ^ 1 << chance.randrange(8), chance.randrange(256), 0, 255))
        if chance.random() < 0.2:
            place = chance.randrange(header)
            damaged[place : place + 4] = struct.pack("<L", chance.choice((0, 0xFFFFFFFF, 0x7FFFFFFF, 70_000)))
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        yield bytes(damaged)


def attack(read: Callable[[Path], object], content: bytes, path: Path, count: int, header: int) -> int:
    """Read damaged copies; an exception of another kind fails the test by itself. Returns how many were refused."""
    sentences, end = [], time.monotonic() + SECONDS_A_FILE
    for damaged in mutations(content, count, header):
        path.write_bytes(damaged)
        try:
            read(path)
        except CXRGroundingError as error:
            sentences.append(str(error))
        if time.monotonic() > end:
            break
    assert all(sentence.isprintable() for sentence in sentences), "one line, without control characters"
    return len(sentences)


@pytest.mark.parametrize("name", ["RG1_UNCR.dcm", "RG1_J2KI.dcm", "RG3_J2KI.dcm"])
def test_damaged_headers_of_real_files(real_file: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    """The pixel data are cut to a tenth: decoding whole images would leave time for few mutations."""
    content = real_file(name).read_bytes()
    assert attack(read_dicom, content[: len(content) // 10], tmp_path / "x.dcm", 150, 3000) > 0


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_damaged_small_files(
    dataset: Callable[..., Dataset], saved: Callable[[Dataset], Path], ramp: NDArray, tmp_path: Path, syntax: str | None
) -> None:
    made = dataset(
        ramp, bits=12, WindowCenter="2000", WindowWidth="1000", PatientOrientation=["L", "F"], PixelSpacing=[0.1, 0.1],
        ImagePositionPatient=[1, 2, 3], RescaleSlope="2", RescaleIntercept="1", PixelPaddingValue=3,
    )  # fmt: skip
    if syntax is not None:
        made.compress(syntax)
    assert attack(read_image, saved(made).read_bytes(), tmp_path / "x.dcm", 400, 900) > 0


def test_damaged_lossless_jpeg(real_file: Callable[[str], Path], tmp_path: Path) -> None:
    content = real_file("JPEG-LL.dcm").read_bytes()
    assert attack(partial(read_dicom, force=True), content, tmp_path / "x.dcm", 100, 2000) > 0


@pytest.mark.parametrize("ending", ["nii", "nii.gz", "nrrd", "mha"])
def test_damaged_volumes(ramp: NDArray, tmp_path: Path, ending: str, capfd: pytest.CaptureFixture) -> None:
    source = tmp_path / f"source.{ending}"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(ramp[np.newaxis]), str(source))
    assert attack(read_image, source.read_bytes(), tmp_path / f"x.{ending}", 300, 400) > 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "g4.tif", "npy", "deep.png", "deep.tif"])
def test_damaged_pictures_and_arrays(ramp: NDArray, tmp_path: Path, ending: str, capfd: pytest.CaptureFixture) -> None:
    source = tmp_path / f"source.{ending}"
    if ending == "npy":
        np.save(source, ramp)
    elif ending.startswith("deep"):
        colour = SimpleITK.GetImageFromArray(np.repeat(ramp[..., None], 3, axis=2), isVector=True)
        SimpleITK.WriteImage(colour, str(source), useCompression=True)
    elif ending == "g4.tif":
        Image.fromarray(ramp % 100 > 50).save(source, compression="group4")
    else:
        Image.fromarray((ramp >> 4).astype(np.uint8)).save(source)
    assert attack(read_image, source.read_bytes(), tmp_path / f"x.{ending}", 300, 200) > 0
    assert capfd.readouterr() == ("", "")
