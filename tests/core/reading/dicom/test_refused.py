"""Bad DICOM files are refused with one sentence that says what to do."""

from __future__ import annotations

import struct
import threading
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.dicom.read_dicom import read_dicom

Dicom = Callable[..., Path]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RadiographError, match=r"no file .*nowhere\.dcm"):
        read_dicom(tmp_path / "nowhere.dcm")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RadiographError, match="is a folder"):
        read_dicom(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.dcm").touch()
    with pytest.raises(RadiographError, match="is empty"):
        read_dicom(tmp_path / "empty.dcm")


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(RadiographError):
        read_dicom("image\0.dcm")
    with pytest.raises(RadiographError):
        read_dicom("x" * 5000)


def test_what_is_not_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.dcm").write_text("Dear colleague, " * 50)
    with pytest.raises(RadiographError, match="not a DICOM file"):
        read_dicom(tmp_path / "letter.dcm")


@pytest.mark.parametrize("tag", [0x00280008, 0x00200020], ids=["frames", "orientation"])
def test_damaged_items_inside_of_each_other_are_not_printed(dicom: Dicom, ramp: NDArray, tag: int) -> None:
    """Where one is damaged, pydicom's text of them doubles with each one around it, until memory and patience end."""
    bad = struct.pack("<2H2sHL", 0x0028, 0x0121, b"SQ", 0, 4) + b"junk"
    for depth in range(40):
        item = struct.pack("<2HL", 0xFFFE, 0xE000, len(bad)) + bad
        number = divmod(tag if depth == 39 else 0x00283000, 2**16)
        bad = struct.pack("<2H2sHL", *number, b"SQ", 0, len(item)) + item
    path = dicom(ramp)
    content = path.read_bytes()
    start = content.index(b"\x08\x00\x16\x00UI")
    path.write_bytes(content[:start] + bad + content[start:])
    assert read_dicom(path).shape == ramp.shape


def test_a_length_beyond_the_end_asks_for_no_memory(dicom: Dicom, ramp: NDArray) -> None:
    """Python makes room for as many bytes as a file is asked for, before it looks how many there are."""
    path = dicom(ramp)
    content = path.read_bytes()
    start = content.rindex(b"\xe0\x7f\x10\x00OW")
    path.write_bytes(content[: start + 8] + struct.pack("<L", 2**32 - 2) + content[start + 12 :])
    tracemalloc.start()
    try:
        np.testing.assert_array_equal(read_dicom(path).pixels, ramp)  # all of them are there
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("kind", "name"), [("CT", "CT"), ("MR", "MR"), ("US", "US"), ("MG", "MG")])
def test_another_modality_is_refused_unless_forced(dicom: Dicom, ramp: NDArray, kind: str, name: str) -> None:
    path = dicom(ramp, kind=kind)
    with pytest.raises(RadiographError, match=f"not a radiograph but {name}.*--force"):
        read_dicom(path)
    forced = read_dicom(path, force=True)
    np.testing.assert_array_equal(forced.pixels, ramp)
    assert "forced" in forced.warnings[0]


def test_a_ct_slice_that_calls_itself_cr_is_refused(dicom: Dicom, ramp: NDArray) -> None:
    with pytest.raises(RadiographError, match="CT Image Storage"):
        read_dicom(dicom(ramp, kind="CT", Modality="CR"))


def test_several_frames_are_refused_even_when_forced(dicom: Dicom, ramp: NDArray) -> None:
    for force in (False, True):
        with pytest.raises(RadiographError, match="3 frames"):
            read_dicom(dicom(ramp, NumberOfFrames=3), force=force)


@pytest.mark.parametrize("frames", ["", "0", "1"])
def test_one_frame_is_read_however_it_is_said(dicom: Dicom, ramp: NDArray, frames: str) -> None:
    np.testing.assert_array_equal(read_dicom(dicom(ramp, NumberOfFrames=frames)).pixels, ramp)


def test_a_file_without_pixel_data_is_refused(dicom: Dicom, ramp: NDArray) -> None:
    with pytest.raises(RadiographError, match="no pixel data"):
        read_dicom(dicom(ramp, PixelData=None))


def test_a_report_is_refused(real_file: Callable[[str], Path]) -> None:
    with pytest.raises(RadiographError, match="not a radiograph but SR"):
        read_dicom(real_file("test-SR.dcm"))
    with pytest.raises(RadiographError, match="holds no image"):
        read_dicom(real_file("test-SR.dcm"), force=True)


def test_absurd_dimensions_are_refused_before_anything_is_decoded(
    dicom: Dicom, ramp: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("the pixels were touched")

    path = dicom(ramp, Rows=65535, Columns=65535)
    monkeypatch.setattr("cxr_grounding.reading.dicom.read_dicom.stored_values", decoded)
    with pytest.raises(RadiographError, match="65535 x 65535 pixels"):
        read_dicom(path)


@pytest.mark.parametrize("elements", [{"Rows": 0}, {"Columns": 0}, {"Rows": None}])
def test_no_rows_or_columns_are_refused(dicom: Dicom, ramp: NDArray, elements: dict) -> None:
    with pytest.raises(RadiographError):
        read_dicom(dicom(ramp, **elements))


@pytest.mark.parametrize("elements", [{"BitsAllocated": 12}, {"BitsAllocated": 1}, {"SamplesPerPixel": 2}])
def test_odd_samples_are_refused(dicom: Dicom, ramp: NDArray, elements: dict) -> None:
    with pytest.raises(RadiographError, match="sample"):
        read_dicom(dicom(ramp, **elements))


def test_a_size_beyond_the_pixel_data_is_refused(dicom: Dicom, ramp: NDArray) -> None:
    with pytest.raises(RadiographError, match="damaged or cut off"):
        read_dicom(dicom(ramp, Rows=800))


@pytest.mark.parametrize("part", [0.1, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(chest: Path, tmp_path: Path, part: float) -> None:
    content = chest.read_bytes()
    path = tmp_path / "cut.dcm"
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(RadiographError, match="cut off"):
        read_dicom(path)


def test_a_truncated_jpeg_2000_file_is_refused(real_file: Callable[[str], Path], tmp_path: Path) -> None:
    content = real_file("RG3_J2KR.dcm").read_bytes()
    path = tmp_path / "cut.dcm"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(RadiographError, match="cut off"):
        read_dicom(path)


def nested(depth: int) -> bytes:
    """A sequence in a sequence ..., explicit little endian, of undefined length: the form that pydicom recurses on."""
    opening = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    closing = struct.pack("<HHL", 0xFFFE, 0xE00D, 0) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    return opening * depth + closing * depth


@pytest.mark.parametrize("depth", [500, 5_000, 100_000])
def test_deeply_nested_sequences_are_refused(dicom: Dicom, ramp: NDArray, tmp_path: Path, depth: int) -> None:
    content = dicom(ramp).read_bytes()
    place = content.index(struct.pack("<HH", 0x0010, 0x0020))
    path = tmp_path / "nested.dcm"
    path.write_bytes(content[:place] + nested(depth) + content[place:])
    with pytest.raises(RadiographError, match="too deeply"):
        read_dicom(path)


def test_deep_nesting_is_refused_on_a_thread_with_little_stack(dicom: Dicom, ramp: NDArray, tmp_path: Path) -> None:
    content = dicom(ramp).read_bytes()
    place = content.index(struct.pack("<HH", 0x0010, 0x0020))
    path = tmp_path / "nested.dcm"
    path.write_bytes(content[:place] + nested(5_000) + content[place:])
    outcome: list[str] = []

    def read() -> None:
        try:
            read_dicom(path)
        except RadiographError as error:
            outcome.append(str(error))

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert "too deeply" in outcome[0]


def test_moderate_nesting_is_read(dicom: Dicom, ramp: NDArray) -> None:
    inner = Dataset()
    inner.PatientID = "x"
    for _ in range(20):
        outer = Dataset()
        outer.ReferencedImageSequence = Sequence([inner])
        inner = outer
    np.testing.assert_array_equal(read_dicom(dicom(ramp, ReferencedImageSequence=Sequence([inner]))).pixels, ramp)


def test_a_file_without_preamble_is_read(dicom: Dicom, ramp: NDArray, tmp_path: Path) -> None:
    bare = tmp_path / "bare.dcm"
    bare.write_bytes(dicom(ramp).read_bytes()[132:])
    np.testing.assert_array_equal(read_dicom(bare).pixels, ramp)


@pytest.mark.parametrize("implicit", [True, False])
def test_a_file_without_meta_header_is_read(
    dataset: Callable[..., Dataset], ramp: NDArray, tmp_path: Path, implicit: bool
) -> None:
    made = dataset(ramp, bits=12)
    del made.file_meta
    pydicom.dcmwrite(tmp_path / "bare.dcm", made, implicit_vr=implicit, little_endian=True)
    np.testing.assert_array_equal(read_dicom(tmp_path / "bare.dcm").pixels, ramp)


@pytest.mark.parametrize("shape", [(40, 200), (200, 40)])
def test_a_thumbnail_is_refused(dicom: Dicom, shape: tuple[int, int]) -> None:
    with pytest.raises(RadiographError, match="64 a side"):
        read_dicom(dicom(np.arange(8000, dtype=np.uint16).reshape(shape)))


def test_a_constant_image_is_refused(dicom: Dicom) -> None:
    with pytest.raises(RadiographError, match="nothing to see"):
        read_dicom(dicom(np.full((80, 72), 7, np.uint16)))


def test_warnings_of_the_libraries_stay_inside(dicom: Dicom, ramp: NDArray, capfd: pytest.CaptureFixture) -> None:
    path = dicom(ramp, PixelData=ramp.tobytes() + b"\0" * 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_dicom(path)
    assert capfd.readouterr() == ("", "")


def test_what_a_file_says_reaches_the_terminal_without_its_control_characters(dicom: Dicom, ramp: NDArray) -> None:
    path = dicom(ramp, kind="CT", Modality="ABCDEFGHIJ")
    path.write_bytes(path.read_bytes().replace(b"ABCDEFGHIJ", b"A\x1b[31mB\nC "))
    with pytest.raises(RadiographError) as caught:
        read_dicom(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("modality", ["DR", "dr", "DX", "CR"])
def test_a_digital_radiograph_is_one_whatever_its_site_calls_it(dicom: Dicom, ramp: NDArray, modality: str) -> None:
    assert read_dicom(dicom(ramp, kind="DX", Modality=modality)).warnings == ()
