"""Images that are read in a process of their own are the same; what becomes of that process becomes of no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from pydicom.data import get_testdata_file

from cxr_grounding import ImageReader, RadiographError, UndecodableError, WorkerError, read_image, shared_reader
from cxr_grounding.reading.guard import READ_BY_THE_VIEWER
from cxr_grounding.worker.reading_desk import OPEN_FILES, PROCESSOR_SECONDS
from failing_decoders import start_with_failing_decoders

from .conftest import temporary_files_in


@pytest.fixture
def reader() -> Iterator[ImageReader]:
    with ImageReader() as reader:
        yield reader


@pytest.fixture(scope="module")
def _warm_reader(lasting: Path) -> Iterator[ImageReader]:
    with ImageReader() as reader:
        with temporary_files_in(lasting):
            reader.start()
        yield reader


@pytest.fixture
def warm_reader(_warm_reader: ImageReader) -> Iterator[ImageReader]:
    """One reader for all tests that leave its process alone."""
    pid = _warm_reader.pid
    yield _warm_reader
    assert _warm_reader.pid == pid


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    y, x = np.indices((90, 70))
    Image.fromarray((x + y).astype(np.uint8)).save(tmp_path / "image.png")
    return tmp_path / "image.png"


@pytest.fixture
def hazardous(tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the pictures that decoders of the child fail on."""
    start_with_failing_decoders(tmp_path / "site", monkeypatch)
    for name in ("crash.png", "greedy.png", "endless.png"):
        (tmp_path / name).write_bytes(picture.read_bytes())
    return tmp_path


def test_a_file_is_the_same_radiograph_there_as_here(warm_reader: ImageReader) -> None:
    path = get_testdata_file("RG1_J2KR.dcm", download=False)
    here, there = read_image(path), warm_reader.read_image(path)
    np.testing.assert_array_equal(there.pixels, here.pixels)
    assert there.pixels.dtype == here.pixels.dtype
    assert (there.spacing, there.orientation, there.identifiers) == (here.spacing, here.orientation, here.identifiers)
    assert (there.source, there.warnings) == (here.source, here.warnings)


def test_the_process_stays_for_the_next_image(warm_reader: ImageReader, picture: Path) -> None:
    first = warm_reader.pid
    assert first is not None
    warm_reader.read_image(picture)
    warm_reader.read_image(picture)
    assert warm_reader.pid == first


@pytest.mark.parametrize("name", ["gone.png", "text.png"])
def test_what_cannot_be_read_is_told_in_the_same_words(
    warm_reader: ImageReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.png").write_text("no image")
    with pytest.raises(RadiographError) as here:
        read_image(name)
    with pytest.raises(RadiographError) as there:
        warm_reader.read_image(name)
    assert str(there.value) == str(here.value)
    assert name in str(there.value)


def test_a_ct_slice_is_read_when_forced(warm_reader: ImageReader) -> None:
    path = get_testdata_file("CT_small.dcm", download=False)
    with pytest.raises(RadiographError, match="not a radiograph"):
        warm_reader.read_image(path)
    assert warm_reader.read_image(path, force=True).shape == (128, 128)


def test_another_reader_s_pixels_are_sent_where_there_is_no_decoder(warm_reader: ImageReader, tmp_path: Path) -> None:
    pixels = np.add.outer(np.arange(90.0), np.arange(70.0))
    tifffile.imwrite(tmp_path / "image.tif", pixels.astype("c8"))
    with pytest.raises(UndecodableError):
        warm_reader.read_image(tmp_path / "image.tif")
    radiograph = warm_reader.read_image(tmp_path / "image.tif", undecodable=pixels)
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert radiograph.warnings == (READ_BY_THE_VIEWER,)


def test_a_decoder_gets_no_more_memory_than_an_image_needs_and_one_that_crashes_ends_with_its_process_alone(
    reader: ImageReader, hazardous: Path, picture: Path
) -> None:
    with pytest.raises(RadiographError, match="not enough memory to read"):
        reader.read_image(hazardous / "greedy.png")
    assert reader.read_image(picture).shape == (90, 70)
    before = reader.pid
    with pytest.raises(
        RadiographError, match=r"crash\.png cannot be read\. The worker was ended by SIGSEGV while"
    ) as told:
        reader.read_image(hazardous / "crash.png")
    assert "\n" not in str(told.value)
    assert reader.read_image(picture).shape == (90, 70)
    assert reader.pid not in (None, before)


def test_a_decoder_that_never_ends_is_given_up(hazardous: Path, picture: Path) -> None:
    with ImageReader(deadline_seconds=5.0) as reader:
        reader.read_image(picture)
        before = reader.pid
        with pytest.raises(RadiographError, match=r"endless\.png was not read within 5 seconds"):
            reader.read_image(hazardous / "endless.png")
        assert not Path(f"/proc/{before}").exists()
        assert reader.read_image(picture).shape == (90, 70)


def test_the_process_has_few_files_and_little_time(warm_reader: ImageReader, picture: Path) -> None:
    warm_reader.read_image(picture)
    limits = {
        line[:26].strip(): line[26:].split()[0]
        for line in Path(f"/proc/{warm_reader.pid}/limits").read_text().splitlines()
    }
    assert limits["Max open files"] == str(OPEN_FILES)
    assert limits["Max core file size"] == "0"
    assert PROCESSOR_SECONDS <= int(limits["Max cpu time"]) < 2 * PROCESSOR_SECONDS
    assert int(limits["Max address space"]) < 2**33


def test_without_an_interpreter_it_is_the_process_that_is_at_fault(picture: Path, tmp_path: Path) -> None:
    with ImageReader(tmp_path / "no-python") as reader, pytest.raises(WorkerError, match="cannot be started"):
        reader.read_image(picture)


def test_a_process_that_ends_before_it_is_asked_is_not_the_file_s_fault(picture: Path, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    with ImageReader(broken) as reader, pytest.raises(WorkerError, match="ended with exit code 3 while starting"):
        reader.read_image(picture)


def test_a_program_has_one_reader() -> None:
    assert shared_reader() is shared_reader()
