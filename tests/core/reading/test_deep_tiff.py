"""TIFFs of every depth and kind of number keep their values, or are refused in a sentence that says why."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
import tifffile
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.errors import RadiographError, UndecodableError
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.reading.read_picture import TURNED_BY_EXIF

KINDS = ["u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"]


def values(ramp: NDArray, kind: str) -> NDArray:
    """The ramp spread over the range of a type, with values of both signs where it has them."""
    if kind[0] == "f":
        return (ramp / 8 - 200).astype(kind)
    bits = 8 * np.dtype(kind).itemsize
    lowest = 0 if kind[0] == "u" else 2 ** (bits - 1)
    return np.array([[int(value) * 2 ** (bits - 8) // 16 - lowest for value in row] for row in ramp], dtype=kind)


def tiff(path: Path, pixels: NDArray, **options: Any) -> Path:
    tifffile.imwrite(path, pixels, **options)
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("meaning", ["minisblack", "miniswhite"])
def test_every_kind_of_number_keeps_its_value(
    tmp_path: Path, ramp: NDArray, kind: str, order: str, meaning: str
) -> None:
    stored = values(ramp, kind)
    path = tiff(tmp_path / "image.tif", stored, byteorder=order, photometric=meaning)
    pixels = read_image(path).pixels
    if meaning == "miniswhite":
        # Pillow turns 8 bits over within their range; deeper samples, which seldom fill theirs, within the image's own.
        numbers = stored.astype(np.float64)
        expected = (255 if kind == "u1" else numbers.max()) - numbers
    else:
        expected = stored
    np.testing.assert_array_equal(pixels, expected.astype(np.float32))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_kind_of_number_keeps_its_value_compressed(tmp_path: Path, ramp: NDArray, kind: str, order: str) -> None:
    stored = values(ramp, kind)
    path = tiff(tmp_path / "image.tif", stored, byteorder=order, photometric="minisblack", compression="zlib")
    np.testing.assert_array_equal(read_image(path).pixels, stored.astype(np.float32))


def test_32_bits_without_sign_reach_beyond_what_32_bits_with_sign_hold(tmp_path: Path, ramp: NDArray) -> None:
    stored = ramp.astype("u4") * 1048832
    assert stored.max() > 2**31
    pixels = read_image(tiff(tmp_path / "image.tif", stored)).pixels
    assert (pixels.min(), pixels.max()) == (0, np.float32(stored.max()))


@pytest.mark.parametrize("opacity", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"bigtiff": True, "byteorder": ">"},
        {"planarconfig": "separate"},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": 2},
        {"rowsperstrip": 7},
        {"tile": (32, 48)},
        {"tile": (32, 48), "compression": "zlib", "predictor": 2, "byteorder": ">"},
        {"tile": (32, 48), "planarconfig": "separate", "compression": "zlib"},
    ],
    ids=str,
)
def test_colour_of_16_bits_that_is_grey_keeps_its_4096_levels(
    tmp_path: Path, ramp: NDArray, options: dict, opacity: bool
) -> None:
    colour = np.repeat(ramp[..., None], 3, axis=2)
    extra: dict[str, Any] = {}
    if opacity:
        colour, extra = np.dstack([colour, np.full_like(ramp, 9)]), {"extrasamples": ["unassalpha"]}
    if "planarconfig" in options:
        colour = np.moveaxis(colour, 2, 0)
    path = tiff(tmp_path / "image.tif", colour, photometric="rgb", **options, **extra)
    np.testing.assert_array_equal(read_image(path).pixels, ramp)


@pytest.mark.parametrize("method", ["LZW", "Deflate", "PackBits"])
def test_compressed_colour_of_16_bits_keeps_its_levels(tmp_path: Path, ramp: NDArray, method: str) -> None:
    writer = SimpleITK.ImageFileWriter()
    writer.SetFileName(str(tmp_path / "image.tif"))
    writer.UseCompressionOn()
    writer.SetCompressor(method)
    writer.Execute(SimpleITK.GetImageFromArray(np.repeat(ramp[..., None], 3, axis=2), isVector=True))
    np.testing.assert_array_equal(read_image(tmp_path / "image.tif").pixels, ramp)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tile", [None, (32, 48)])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_the_predictor_of_floating_point_numbers_is_undone(
    tmp_path: Path, ramp: NDArray, kind: str, tile: tuple[int, int] | None, order: str
) -> None:
    """Written here: each number's bytes, most significant first, lie one plane after the other, as differences."""
    stored = (ramp / 8 - 200).astype(f">{kind}")
    rows, columns = (tile[0], tile[1]) if tile else stored.shape
    padded = np.pad(stored, [(0, -size % step) for size, step in zip(stored.shape, (rows, columns), strict=True)])
    pieces = [padded[y : y + rows, x : x + columns] for y in range(0, 80, rows) for x in range(0, 72, columns)]
    planes = [piece.copy().view("u1").reshape(rows, columns, -1).swapaxes(1, 2).reshape(rows, -1) for piece in pieces]
    encoded = [zlib.compress(np.diff(plane, axis=1, prepend=np.uint8(0)).tobytes()) for plane in planes]
    path = tmp_path / "image.tif"
    with tifffile.TiffWriter(path, byteorder=order) as writer:
        writer.write(
            iter(encoded), shape=stored.shape, dtype=kind, photometric="minisblack", tile=tile, rowsperstrip=80,
            compression="zlib", extratags=[(65000, 3, 1, 3, True)],
        )  # fmt: skip
    mine, predictor = (struct.pack(f"{order}HH", tag, 3) for tag in (65000, 317))
    assert path.read_bytes().count(mine) == 1
    path.write_bytes(path.read_bytes().replace(mine, predictor))
    np.testing.assert_array_equal(read_image(path).pixels, stored.astype(np.float32))


def test_grey_of_16_bits_with_opacity_is_read(tmp_path: Path, ramp: NDArray) -> None:
    pixels = np.dstack([ramp, np.full_like(ramp, 9)])
    path = tiff(tmp_path / "image.tif", pixels, photometric="minisblack", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(read_image(path).pixels, ramp)


def test_a_photograph_of_16_bits_is_refused(tmp_path: Path, ramp: NDArray) -> None:
    photograph = np.dstack([ramp, np.flip(ramp), ramp // 2])
    with pytest.raises(RadiographError, match="colour image"):
        read_image(tiff(tmp_path / "image.tif", photograph, photometric="rgb"))


@pytest.mark.parametrize("turn", [3, 6])
def test_a_turned_picture_is_read_as_viewers_show_it(tmp_path: Path, ramp: NDArray, turn: int) -> None:
    path = tiff(tmp_path / "image.tif", ramp.astype("f8"), extratags=[(274, 3, 1, turn, True)])
    radiograph = read_image(path)
    np.testing.assert_array_equal(radiograph.pixels, np.rot90(ramp, 2 if turn == 3 else -1))
    assert radiograph.warnings == (TURNED_BY_EXIF,)


@pytest.mark.parametrize("bigtiff", [False, True])
def test_several_pages_are_refused(tmp_path: Path, ramp: NDArray, bigtiff: bool) -> None:
    pages = np.stack([ramp] * 3).astype("f8")
    with pytest.raises(RadiographError, match="3 pictures"):
        read_image(tiff(tmp_path / "image.tif", pages, photometric="minisblack", bigtiff=bigtiff))


def test_a_kind_that_cannot_be_read_is_named_and_not_called_damaged(tmp_path: Path, ramp: NDArray) -> None:
    path = tiff(tmp_path / "image.tif", ramp.astype("c8"))
    with pytest.raises(UndecodableError, match=r"1 x 64 bits a pixel with no compression, a kind that cannot be read"):
        read_image(path)


def test_an_absurd_size_is_refused_before_memory_is_asked_for(tmp_path: Path, ramp: NDArray) -> None:
    path = tiff(tmp_path / "image.tif", np.repeat(ramp[..., None].astype("f8"), 3, axis=2), photometric="rgb")
    with tifffile.TiffFile(path, mode="r+b") as file:
        for tag, size in (("ImageWidth", 8192), ("ImageLength", 8192)):
            file.pages[0].tags[tag].overwrite(size)
    with pytest.raises(RadiographError, match="takes 1536 MB of memory to decode"):
        read_image(path)


@pytest.mark.parametrize("part", [0.3, 0.9])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_truncated_picture_is_refused(tmp_path: Path, ramp: NDArray, part: float, compression: str | None) -> None:
    noise = np.random.default_rng(0).normal(size=ramp.shape)
    path = tiff(tmp_path / "image.tif", noise, compression=compression)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(RadiographError, match="damaged or cut off"):
        read_image(path)


def test_missing_strips_are_not_read_as_black(tmp_path: Path, ramp: NDArray) -> None:
    path = tiff(tmp_path / "image.tif", ramp.astype("f8"), rowsperstrip=8)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags["ImageLength"].overwrite(96)
    with pytest.raises(RadiographError, match="2 of 12 pieces are missing"):
        read_image(path)


def test_8_bits_are_left_to_pillow(tmp_path: Path, ramp: NDArray) -> None:
    Image.fromarray((ramp >> 4).astype(np.uint8)).save(tmp_path / "image.tif", compression="tiff_lzw")
    np.testing.assert_array_equal(read_image(tmp_path / "image.tif").pixels, ramp >> 4)
