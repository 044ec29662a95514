"""Images without DICOM's metadata, found out by their content."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.disk import itk_names
from cxr_grounding.errors import RadiographError
from cxr_grounding.radiograph import Spacing, SpacingSource
from cxr_grounding.reading.read_image import read_image

VOLUMES = ["nii", "nii.gz", "nrrd", "nhdr", "mha", "mhd"]


def written(path: Path, image: SimpleITK.Image) -> Path:
    SimpleITK.WriteImage(image, str(path))
    return path


def slice_of(pixels: NDArray, spacing: tuple[float, float, float] = (0.3, 0.2, 1.0)) -> SimpleITK.Image:
    image = SimpleITK.GetImageFromArray(pixels[np.newaxis])
    image.SetSpacing(spacing)
    return image


def saved(path: Path, pixels: NDArray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def test_dicom_is_found_by_its_content(chest: Path, tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    shutil.copy(chest, path)
    assert read_image(path).identifiers.PatientID == "9RG1"


def test_force_reaches_dicom(dicom: Callable[..., Path], ramp: NDArray) -> None:
    path = dicom(ramp, kind="CT")
    with pytest.raises(RadiographError, match="not a radiograph"):
        read_image(path)
    assert read_image(path, force=True).shape == ramp.shape


@pytest.mark.parametrize("ending", VOLUMES)
def test_a_volume_of_one_slice_is_read_with_its_place(tmp_path: Path, ramp: NDArray, ending: str) -> None:
    image = slice_of(ramp)
    image.SetOrigin((10, 20, 30))
    radiograph = read_image(written(tmp_path / f"image.{ending}", image))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert radiograph.spacing is not None
    assert radiograph.spacing.source is SpacingSource.IMAGE_HEADER
    np.testing.assert_allclose((radiograph.spacing.row_mm, radiograph.spacing.column_mm), (0.2, 0.3), rtol=1e-6)
    np.testing.assert_allclose(radiograph.affine[:3, 3], (10, 20, 30))
    np.testing.assert_allclose(np.diag(radiograph.affine), (0.3, 0.2, 1, 1), rtol=1e-6)
    assert not radiograph.orientation.known
    assert radiograph.warnings == ()


@pytest.mark.parametrize("ending", ["nii", "nrrd", "mha"])
def test_a_flat_image_is_read(tmp_path: Path, ramp: NDArray, ending: str) -> None:
    radiograph = read_image(written(tmp_path / f"image.{ending}", SimpleITK.GetImageFromArray(ramp)))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert radiograph.spacing is None, "1 x 1 mm is what is written where nothing is known"
    np.testing.assert_array_equal(radiograph.affine, np.eye(4))


def test_a_volume_is_found_by_its_content(tmp_path: Path, ramp: NDArray) -> None:
    for ending in ("nrrd", "mha"):
        path = written(tmp_path / f"image.{ending}", slice_of(ramp)).rename(tmp_path / f"{ending}.dcm")
        np.testing.assert_array_equal(read_image(path).pixels, ramp)


def test_nifti_under_another_name_is_refused_with_advice(tmp_path: Path, ramp: NDArray) -> None:
    path = written(tmp_path / "image.nii", slice_of(ramp)).rename(tmp_path / "image.dat")
    with pytest.raises(RadiographError, match=r"Rename it to end in \.nii"):
        read_image(path)


def test_a_frontal_volume_gives_its_orientation(tmp_path: Path, ramp: NDArray) -> None:
    image = slice_of(ramp)
    image.SetDirection((-1, 0, 0, 0, 0, 1, 0, -1, 0))
    radiograph = read_image(written(tmp_path / "image.nrrd", image))
    assert (radiograph.orientation.row, radiograph.orientation.column) == ("R", "F")
    np.testing.assert_allclose(radiograph.affine[:3, 1], (0, 0, -0.2))


def test_a_slice_along_another_axis_is_read(tmp_path: Path, ramp: NDArray) -> None:
    """A coronal slice, as programs cut it: columns to the left, rows to the head."""
    image = SimpleITK.GetImageFromArray(ramp[:, np.newaxis, :])
    image.SetSpacing((0.3, 5, 0.2))
    radiograph = read_image(written(tmp_path / "image.nrrd", image))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert radiograph.orientation.is_upside_down
    assert radiograph.spacing == Spacing(0.2, 0.3, SpacingSource.IMAGE_HEADER)
    np.testing.assert_allclose(radiograph.affine[:3, :3], [[0.3, 0, 0], [0, 0, 5], [0, 0.2, 0]])


def test_an_image_turned_over_in_its_header_is_warned_of(tmp_path: Path, ramp: NDArray) -> None:
    image = slice_of(ramp)
    image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    radiograph = read_image(written(tmp_path / "image.nii", image))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert "turned over" in radiograph.warnings[0]


def test_several_slices_are_refused(tmp_path: Path, ramp: NDArray) -> None:
    volume = SimpleITK.GetImageFromArray(np.stack([ramp] * 3))
    for ending in ("nii", "nrrd", "mha"):
        with pytest.raises(RadiographError, match="72 x 80 x 3"):
            read_image(written(tmp_path / f"image.{ending}", volume))


def test_a_colour_volume_that_is_grey_is_read_and_a_coloured_one_refused(tmp_path: Path, ramp: NDArray) -> None:
    colour = np.repeat((ramp >> 4).astype(np.uint8)[..., None], 3, axis=-1)
    path = written(tmp_path / "image.nrrd", SimpleITK.GetImageFromArray(colour, isVector=True))
    np.testing.assert_array_equal(read_image(path).pixels, ramp >> 4)
    colour[..., 0] = 255 - colour[..., 0]
    with pytest.raises(RadiographError, match="colour"):
        read_image(written(tmp_path / "image.mha", SimpleITK.GetImageFromArray(colour, isVector=True)))


@pytest.mark.parametrize("ending", ["nii", "nii.gz", "nrrd", "mha"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_truncated_volume_is_refused_in_silence(
    tmp_path: Path, ramp: NDArray, ending: str, part: float, capfd: pytest.CaptureFixture
) -> None:
    path = written(tmp_path / f"image.{ending}", slice_of(np.random.default_rng(0).normal(size=ramp.shape)))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(RadiographError):
        read_image(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("ending", ["nrrd", "nii", "npy"])
def test_pixels_that_are_no_numbers_are_refused(tmp_path: Path, ramp: NDArray, ending: str, value: float) -> None:
    pixels = ramp.astype(np.float32)
    pixels[3, 4] = value
    path = tmp_path / f"image.{ending}"
    np.save(path, pixels) if ending == "npy" else written(path, slice_of(pixels))
    with pytest.raises(RadiographError, match="NaN or inf"):
        read_image(path)


@pytest.mark.parametrize("ending", ["png", "tiff"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_grey_pictures_are_read(tmp_path: Path, ramp: NDArray, ending: str, kind: type) -> None:
    pixels = ramp.astype(kind) if kind is np.uint16 else (ramp >> 4).astype(kind)
    radiograph = read_image(saved(tmp_path / f"image.{ending}", pixels))
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert radiograph.spacing is None
    assert not radiograph.orientation.known


def test_a_float_tiff_is_read(tmp_path: Path, ramp: NDArray) -> None:
    pixels = ramp / np.float32(7)
    np.testing.assert_array_equal(read_image(saved(tmp_path / "image.tif", pixels)).pixels, pixels)


def test_a_jpeg_is_read(tmp_path: Path, ramp: NDArray) -> None:
    pixels = (ramp >> 4).astype(np.uint8)
    path = saved(tmp_path / "image.jpg", pixels, quality=95)
    assert np.abs(read_image(path).pixels - pixels).max() <= 4


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_grey_pictures_in_colour_are_read_and_opacity_ignored(tmp_path: Path, ramp: NDArray, channels: int) -> None:
    grey = (ramp >> 4).astype(np.uint8)
    pixels = np.repeat(grey[..., None], channels, axis=-1)
    if channels != 3:
        pixels[..., -1] = 17
    np.testing.assert_array_equal(read_image(saved(tmp_path / "image.png", pixels)).pixels, grey)


def test_a_palette_of_greys_is_read(tmp_path: Path, ramp: NDArray) -> None:
    grey = (ramp >> 4).astype(np.uint8)
    Image.fromarray(grey).convert("P").save(tmp_path / "image.png")
    np.testing.assert_array_equal(read_image(tmp_path / "image.png").pixels, grey)


def test_a_photograph_is_refused(tmp_path: Path, ramp: NDArray) -> None:
    photograph = np.stack([ramp >> 4, np.flip(ramp) >> 4, ramp >> 5], axis=-1).astype(np.uint8)
    for ending in ("jpg", "png"):
        with pytest.raises(RadiographError, match="colour image"):
            read_image(saved(tmp_path / f"image.{ending}", photograph))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_a_turned_picture_is_read_as_viewers_show_it(tmp_path: Path, ramp: NDArray, turn: int, ending: str) -> None:
    grey = np.round(np.indices((80, 72)).sum(axis=0) * 1.2 + np.indices((80, 72))[1]).astype(np.uint8)
    image = Image.fromarray(grey)
    image.getexif()[0x0112] = turn
    image.save(tmp_path / f"image.{ending}", exif=image.getexif())
    with Image.open(tmp_path / f"image.{ending}") as opened:
        upright = np.asarray(opened if ending == "tif" else _upright(opened))
    radiograph = read_image(tmp_path / f"image.{ending}")
    np.testing.assert_array_equal(radiograph.pixels, upright)
    assert ("EXIF" in "".join(radiograph.warnings)) == (turn != 1)


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def test_a_tiff_whose_white_is_zero_is_turned_over(tmp_path: Path, ramp: NDArray) -> None:
    plain = saved(tmp_path / "image.tif", ramp)
    content = plain.read_bytes()
    tag = b"\x06\x01\x03\x00\x01\x00\x00\x00"
    assert content.count(tag + b"\x01") == 1
    plain.write_bytes(content.replace(tag + b"\x01", tag + b"\x00"))
    np.testing.assert_array_equal(read_image(plain).pixels, ramp.max() - ramp)


def test_several_pages_are_refused(tmp_path: Path, ramp: NDArray) -> None:
    page = Image.fromarray(ramp)
    page.save(tmp_path / "image.tif", save_all=True, append_images=[page])
    with pytest.raises(RadiographError, match="2 pictures"):
        read_image(tmp_path / "image.tif")


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    Image.new("1", (12_000, 12_000)).save(tmp_path / "image.png")
    with pytest.raises(RadiographError, match="12000 x 12000"):
        read_image(tmp_path / "image.png")


@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
def test_a_truncated_picture_is_refused(tmp_path: Path, ramp: NDArray, ending: str) -> None:
    path = saved(tmp_path / f"image.{ending}", (ramp >> 4).astype(np.uint8))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(RadiographError, match="damaged or cut off"):
        read_image(path)


@pytest.mark.parametrize("shape", [(80, 72), (1, 80, 72), (80, 72, 1)])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float64, bool, ">f4"])
def test_arrays_are_read(tmp_path: Path, ramp: NDArray, shape: tuple[int, ...], kind: object) -> None:
    pixels = (ramp % 100 > 50 if kind is bool else ramp >> 5).astype(kind)  # type: ignore[call-overload]
    np.save(tmp_path / "image.npy", pixels.reshape(shape))
    np.testing.assert_array_equal(read_image(tmp_path / "image.npy").pixels, pixels)


def test_an_array_of_equal_channels_is_read(tmp_path: Path, ramp: NDArray) -> None:
    np.save(tmp_path / "image.npy", np.repeat(ramp[..., None], 3, axis=-1))
    np.testing.assert_array_equal(read_image(tmp_path / "image.npy").pixels, ramp)


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", np.array([[print, print]], dtype=object), allow_pickle=True)
    with pytest.raises(RadiographError):
        read_image(tmp_path / "image.npy")


@pytest.mark.parametrize("array", [np.zeros(7000), np.zeros((3, 80, 72)), np.array(5.0), np.zeros((80, 72), "U3")])
def test_arrays_of_another_kind_are_refused(tmp_path: Path, array: NDArray) -> None:
    np.save(tmp_path / "image.npy", array)
    with pytest.raises(RadiographError):
        read_image(tmp_path / "image.npy")


def test_an_array_that_lies_about_its_shape_is_refused(tmp_path: Path, ramp: NDArray) -> None:
    path = tmp_path / "image.npy"
    np.save(path, ramp)
    content = path.read_bytes()
    lie = content.replace(b"(80, 72)", b"(80000, 72000)").replace(b" " * 6 + b"\n", b"\n")
    assert len(lie) == len(content)
    path.write_bytes(lie)
    with pytest.raises(RadiographError):
        read_image(path)


@pytest.mark.parametrize("content", [b"hello", b"%PDF-1.7" + b" " * 5000, b"GIF89a" + b"\0" * 500, gzip.compress(b"x")])
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "image.png").write_bytes(content)
    with pytest.raises(RadiographError, match="not an image that can be read"):
        read_image(tmp_path / "image.png")


def test_missing_and_empty_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RadiographError, match="no file"):
        read_image(tmp_path / "nothing.png")
    with pytest.raises(RadiographError, match="folder"):
        read_image(tmp_path)
    (tmp_path / "empty.nii").touch()
    with pytest.raises(RadiographError, match="empty"):
        read_image(tmp_path / "empty.nii")


def test_a_small_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RadiographError, match="64 a side"):
        read_image(saved(tmp_path / "image.png", np.arange(3000, dtype=np.uint8).reshape(50, 60)))


def test_threads_that_read_at_once_leave_the_terminal_and_the_warnings_as_they_were(
    tmp_path: Path, ramp: NDArray, capfd: pytest.CaptureFixture
) -> None:
    paths = [written(tmp_path / f"{number}.nrrd", slice_of(ramp)) for number in range(4)]
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        for radiograph in pool.map(read_image, paths * 10):
            assert radiograph.shape == ramp.shape
    assert list(warnings.filters) == before
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


@pytest.mark.skipif(sys.platform != "linux", reason="file names are characters there, not bytes")
@pytest.mark.parametrize("ending", VOLUMES)
def test_a_volume_whose_name_is_no_utf8_is_read_under_a_name_of_our_own(
    tmp_path: Path, ramp: NDArray, ending: str
) -> None:
    """ITK ends the whole process over such a name."""
    (tmp_path / "plain").mkdir()
    written(tmp_path / "plain" / f"chest.{ending}", slice_of(ramp))
    folder = (tmp_path / "plain").rename(tmp_path / os.fsdecode(b"fa\xe7ade"))
    odd = (folder / f"chest.{ending}").rename(folder / os.fsdecode(b"na\xefve." + ending.encode()))
    np.testing.assert_array_equal(read_image(odd).pixels, ramp)


@pytest.mark.parametrize("ending", ["nii", "nii.gz", "nrrd", "mha"])
def test_on_windows_a_volume_whose_path_has_other_letters_is_read_under_a_name_of_our_own(
    tmp_path: Path, ramp: NDArray, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(itk_names, "PLATFORM", "win32")
    seen: list[str] = []
    set_name = SimpleITK.ImageFileReader.SetFileName
    monkeypatch.setattr(
        SimpleITK.ImageFileReader, "SetFileName", lambda reader, name: (seen.append(name), set_name(reader, name))[1]
    )
    folder = tmp_path / "R\u00f6ntgen"
    folder.mkdir()
    np.testing.assert_array_equal(read_image(written(folder / f"\u80f8.{ending}", slice_of(ramp))).pixels, ramp)
    assert [name.isascii() for name in seen] == [True]
    assert not Path(seen[0]).exists()


@pytest.mark.parametrize("ending", ["nhdr", "mhd"])
def test_a_detached_header_takes_its_data_along_to_a_name_of_our_own(
    tmp_path: Path, ramp: NDArray, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "R\u00f6ntgen"
    folder.mkdir()
    plain = written(folder / f"chest.{ending}", slice_of(ramp))
    assert sorted(file.name for file in folder.iterdir()) == sorted([f"chest.{ending}", "chest.raw"])
    monkeypatch.setattr(itk_names, "PLATFORM", "win32")
    np.testing.assert_array_equal(read_image(plain).pixels, ramp)
    strange = written(tmp_path / f"\u80f8.{ending}", slice_of(ramp))
    with pytest.raises(RadiographError, match=r"other letters than plain English ones.*Save the image as one file"):
        read_image(strange)
