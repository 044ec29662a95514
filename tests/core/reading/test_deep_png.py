"""PNGs of 16 bits keep all of them, in however many channels."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.deep_png import deep_png, png_chunks
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.reading.read_picture import TURNED_BY_EXIF

KINDS = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's colour types by their channels."""

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(path: Path, channels: NDArray[np.uint16], *, interlaced: bool = False, pixels: bytes | None = None) -> Path:
    """A file of [rows, columns, channels] without filters, or with other bytes for its pixels."""
    rows, columns, count = channels.shape
    passes = [channels[y::down, x::across] for x, y, across, down in ADAM7] if interlaced else [channels]
    lines = b"".join(b"\0" + row.tobytes() for each in passes for row in each.astype(">u2"))
    header = struct.pack(">IIBBBBB", columns, rows, 16, KINDS[count], 0, 0, int(interlaced))
    data = zlib.compress(lines if pixels is None else pixels)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", data[:99]) + chunk(b"IDAT", data[99:]) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    return path


def in_channels(ramp: NDArray[np.uint16], count: int) -> NDArray[np.uint16]:
    """The ramp in each colour, and an opacity that must not be looked at."""
    channels = np.repeat(ramp[..., None], count, axis=2)
    if count in (2, 4):
        channels[..., -1] = 9
    return channels


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_number_of_channels_keeps_its_levels(tmp_path: Path, ramp: NDArray, count: int, interlaced: bool) -> None:
    path = png(tmp_path / "image.png", in_channels(ramp, count), interlaced=interlaced)
    np.testing.assert_array_equal(read_image(path).pixels, ramp)


@pytest.mark.parametrize("count", [3, 4])
def test_what_libpng_writes_is_read_to_the_last_bit(tmp_path: Path, count: int) -> None:
    """With every filter that libpng's choice brings about; channels unlike one another."""
    chance = np.random.default_rng(0)
    steps = chance.integers(0, 300, (80, 72, count)).cumsum(axis=0) + chance.integers(0, 300, (80, 72, count))
    channels = (steps + np.arange(72)[:, None] * 40).astype(np.uint16)
    path = tmp_path / "image.png"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(channels, isVector=True), str(path))
    np.testing.assert_array_equal(deep_png(png_chunks(path), path), channels[..., :3])


@pytest.mark.parametrize("kind", range(5))
def test_every_filter_is_undone(tmp_path: Path, kind: int) -> None:
    """The second line is filtered, from samples whose predictors are easy to see."""
    first, second = np.full((64, 3), 0x0102, np.uint16), np.full((64, 3), 0x0304, np.uint16)
    plain = second.astype(">u2").view("u1").reshape(64, 6).astype(int)
    above = first.astype(">u2").view("u1").reshape(64, 6).astype(int)
    left, corner = (np.vstack([np.zeros((1, 6), int), each[:-1]]) for each in (plain, above))
    estimate = left + above - corner
    nearest = np.stack([left, above, corner])
    paeth = np.take_along_axis(nearest, np.abs(estimate - nearest).argmin(axis=0)[None], axis=0)[0]
    filtered = (plain - [0 * left, left, above, (left + above) // 2, paeth][kind]).astype(np.uint8)
    lines = b"\0" + first.astype(">u2").tobytes() + bytes([kind]) + filtered.tobytes()
    image = np.stack([first, second] * 32)
    path = png(tmp_path / "image.png", image, pixels=lines * 32)
    np.testing.assert_array_equal(deep_png(png_chunks(path), path), image)


def test_a_photograph_of_16_bits_is_refused(tmp_path: Path, ramp: NDArray) -> None:
    with pytest.raises(RadiographError, match="colour image"):
        read_image(png(tmp_path / "image.png", np.dstack([ramp, np.flip(ramp), ramp // 2])))


def test_missing_pixels_and_wrong_checksums_are_refused(tmp_path: Path, ramp: NDArray) -> None:
    channels = in_channels(ramp, 3)
    with pytest.raises(RadiographError, match="433 of 34640 bytes of pixels are missing"):
        read_image(png(tmp_path / "short.png", channels, pixels=bytes(79 * 433)))
    content = bytearray(png(tmp_path / "wrong.png", channels).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "wrong.png").write_bytes(content)
    with pytest.raises(RadiographError, match="checksum"):
        read_image(tmp_path / "wrong.png")


def test_a_turned_picture_and_a_moving_one_are_told(tmp_path: Path, ramp: NDArray) -> None:
    content = png(tmp_path / "image.png", in_channels(ramp, 3)).read_bytes()
    turned = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + bytes(4)
    for name, extra in (("turned", chunk(b"eXIf", turned)), ("moving", chunk(b"acTL", struct.pack(">II", 2, 0)))):
        (tmp_path / f"{name}.png").write_bytes(content[:33] + extra + content[33:])
    radiograph = read_image(tmp_path / "turned.png")
    np.testing.assert_array_equal(radiograph.pixels, np.rot90(ramp, -1))
    assert radiograph.warnings == (TURNED_BY_EXIF,)
    with pytest.raises(RadiographError, match="2 pictures"):
        read_image(tmp_path / "moving.png")


def test_an_absurd_size_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    path = png(tmp_path / "image.png", np.broadcast_to(np.uint16(0), (8192, 8193, 3)), pixels=bytes(100))
    with pytest.raises(RadiographError, match="8193 x 8192 pixels, far more"):
        read_image(path)
