"""Compressed transfer syntaxes give what the uncompressed image gives; streams that lie are not decoded."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from openjpeg.utils import decode as pylibjpeg_decode
from openjpeg.utils import encode_array
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.decoders import JPEG2000Decoder, JPEG2000LosslessDecoder, JPEGLosslessSV1Decoder
from pydicom.uid import (
    HTJ2K,
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.dicom.codestream import MOST_TILES, code_stream, jpeg2000_header, jpeg_header
from cxr_grounding.reading.dicom.open_dicom import LARGEST_META_BYTES, _end_of_meta_header
from cxr_grounding.reading.dicom.read_dicom import read_dicom

RealFile = Callable[[str], Path]
Saved = Callable[[Dataset], Path]
MakeDataset = Callable[..., Dataset]


def test_reversible_jpeg_2000_gives_exactly_the_uncompressed_chest(real_file: RealFile, chest: Path) -> None:
    compressed, plain = read_dicom(real_file("RG1_J2KR.dcm")), read_dicom(chest)
    np.testing.assert_array_equal(compressed.pixels, plain.pixels)
    assert compressed.spacing is plain.spacing is None
    assert compressed.orientation == plain.orientation
    np.testing.assert_array_equal(compressed.affine, plain.affine)


def test_irreversible_jpeg_2000_gives_the_chest_within_its_loss(real_file: RealFile, chest: Path) -> None:
    compressed, plain = read_dicom(real_file("RG1_J2KI.dcm")), read_dicom(chest)
    difference = compressed.pixels - plain.pixels
    assert np.sqrt((difference**2).mean()) < 0.005 * np.ptp(plain.pixels)
    assert abs(difference.mean()) < 1, "the same polarity and level"


def test_jpeg_2000_gives_the_extremity(real_file: RealFile, lower_leg: Path) -> None:
    np.testing.assert_array_equal(read_dicom(real_file("RG3_J2KR.dcm")).pixels, read_dicom(lower_leg).pixels)
    assert np.abs(read_dicom(real_file("RG3_J2KI.dcm")).pixels - read_dicom(lower_leg).pixels).mean() < 5


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.name)
@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("meaning", ["MONOCHROME1", "MONOCHROME2"])
def test_lossless_syntaxes_give_the_stored_values(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, syntax: str, bits: int, meaning: str
) -> None:
    stored = (ramp >> 4).astype(np.uint8) if bits == 8 else (ramp << (bits - 12)).astype("<u2")
    made = dataset(stored, bits=bits, PhotometricInterpretation=meaning)
    plain = read_dicom(saved(made)).pixels
    made.compress(syntax)
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, plain)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.name)
def test_lossless_syntaxes_give_signed_values(dataset: MakeDataset, saved: Saved, ramp: NDArray, syntax: str) -> None:
    signed = (ramp.astype("<i2")) - 2048
    made = dataset(signed, bits=12)
    made.compress(syntax)
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, signed)


def test_near_lossless_jpeg_ls_is_read(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    made = dataset(ramp, bits=12)
    made.compress(JPEGLSNearLossless, jls_error=2)
    assert np.abs(read_dicom(saved(made)).pixels - ramp).max() <= 2


def as_baseline_jpeg(made: Dataset, stored: NDArray[np.uint8]) -> Dataset:
    stream = io.BytesIO()
    Image.fromarray(stored).save(stream, "JPEG", quality=95)
    made.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    made.PixelData = encapsulate([stream.getvalue()])
    made["PixelData"].is_undefined_length = True
    return made


@pytest.mark.parametrize("meaning", ["MONOCHROME1", "MONOCHROME2"])
def test_baseline_jpeg_is_read(dataset: MakeDataset, saved: Saved, ramp: NDArray, meaning: str) -> None:
    stored = (ramp >> 4).astype(np.uint8)
    made = as_baseline_jpeg(dataset(stored, PhotometricInterpretation=meaning), stored)
    expected = stored if meaning == "MONOCHROME2" else 255 - stored
    assert np.abs(read_dicom(saved(made)).pixels - expected).max() <= 4


def test_grey_in_colour_jpeg_is_read(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    stored = np.repeat((ramp >> 4).astype(np.uint8)[..., None], 3, axis=-1)
    made = as_baseline_jpeg(dataset(stored, kind="SC", PhotometricInterpretation="YBR_FULL_422"), stored)
    assert np.abs(read_dicom(saved(made)).pixels - stored[..., 0]).max() <= 4


def test_lossless_jpeg_is_read(real_file: RealFile) -> None:
    path = real_file("JPEG-LL.dcm")
    radiograph = read_dicom(path, force=True)
    assert radiograph.shape == (1024, 256)
    np.testing.assert_array_equal(radiograph.pixels, pydicom.dcmread(path).pixel_array)


def test_a_deflated_file_is_read(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    made = dataset(ramp, bits=12)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, ramp)


def test_a_deflated_file_that_would_fill_the_memory_is_refused(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset(ramp, bits=12)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = saved(made)
    monkeypatch.setattr("cxr_grounding.reading.dicom.open_dicom.LARGEST_DECODED_BYTES", 10_000)
    with pytest.raises(RadiographError, match="inflates"):
        read_dicom(path)


def test_what_a_deflated_file_becomes_is_counted_behind_a_meta_header_without_kinds_of_values(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset(ramp, bits=12)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    content = saved(made).read_bytes()
    deflated = content[_end_of_meta_header(content) :]
    meta = b"\x02\x00\x10\x00" + struct.pack("<I", 22) + b"1.2.840.10008.1.2.1.99"
    (tmp_path / "odd.dcm").write_bytes(bytes(128) + b"DICM" + meta + deflated)
    monkeypatch.setattr("cxr_grounding.reading.dicom.open_dicom.LARGEST_DECODED_BYTES", 10_000)
    with pytest.raises(RadiographError, match="inflates"):
        read_dicom(tmp_path / "odd.dcm")


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def in_boxes(stream: bytes, side: int, *more: bytes) -> bytes:
    """A JPEG 2000 stream as a JP2 file (T.800 annex I)."""
    size = box(b"ihdr", struct.pack(">IIHBBBB", side, side, 1, 7, 7, 0, 0))
    color = box(b"colr", b"\1\0\0" + struct.pack(">I", 17))
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + box(b"jp2h", size + color + b"".join(more)) + box(b"jp2c", stream)


def jpeg_2000(pixels: NDArray, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG2000", no_jp2=True, **options)
    return stream.getvalue()


PALETTE = (
    box(b"pclr", struct.pack(">HB", 256, 3) + bytes([7] * 3) + b"A" * 768),
    box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3))),
)


@pytest.mark.parametrize("more", [(), PALETTE], ids=["plain", "palette"])
def test_only_the_stream_in_jp2_boxes_reaches_the_decoder(
    dataset: MakeDataset, saved: Saved, more: tuple[bytes, ...]
) -> None:
    pixels = (np.arange(512 * 512) % 251).astype(np.uint8).reshape(512, 512)
    made = dataset(pixels, bits=8)
    made.file_meta.TransferSyntaxUID = JPEG2000Lossless
    made.PixelData = encapsulate([in_boxes(jpeg_2000(pixels), 512, *more)])
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, pixels)


def test_an_offset_table_leads_no_decoder_past_the_stream_that_was_checked(dataset: MakeDataset, saved: Saved) -> None:
    first = (np.arange(128 * 128) % 251).astype(np.uint8).reshape(128, 128)
    streams = [jpeg_2000(pixels) for pixels in (first, np.full((512, 512), 7, np.uint8))]
    streams = [stream + bytes(len(stream) % 2) for stream in streams]
    made = dataset(first, bits=8)
    made.file_meta.TransferSyntaxUID = JPEG2000Lossless
    made.PixelData = encapsulate(streams, has_bot=False)
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    made.ExtendedOffsetTable = struct.pack("<Q", 8 + len(streams[0]))
    made.ExtendedOffsetTableLengths = struct.pack("<Q", len(streams[1]))
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, first)


@pytest.mark.parametrize(
    "content",
    [b"", box(b"jP  ", b"\r\n\x87\n"), box(b"jp2c", b"no stream"), struct.pack(">I4s", 0, b"jp2h"), bytes(64)],
)
def test_what_holds_no_jpeg_2000_stream_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        code_stream(content)


def jpeg_2000_of(made: Dataset, stream: bytes, syntax: str = JPEG2000Lossless) -> Dataset:
    """The data set with another stream for its pixels."""
    made.file_meta.TransferSyntaxUID = syntax
    made.PixelData = encapsulate([stream])
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    return made


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The plug-ins that got a stream of JPEG 2000, one after the other."""
    seen: list[str] = []

    def noted(name: str, decode: Callable[..., bytes]) -> Callable[..., bytes]:
        return lambda *arguments: (seen.append(name), decode(*arguments))[1]

    available = JPEG2000LosslessDecoder._available | JPEG2000Decoder._available
    for decoder in (JPEG2000LosslessDecoder, JPEG2000Decoder):
        monkeypatch.setattr(decoder, "_available", {name: noted(name, each) for name, each in available.items()})
    return seen


CHANCE = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("kind", "bits", "channels"),
    [(kind, bits, 1) for kind in "ui" for bits in (8, 9, 12, 16)] + [("u", 8, 3), ("u", 7, 1), ("i", 5, 1)],
)
def test_pillow_decodes_jpeg_2000_where_it_keeps_every_bit_that_pylibjpeg_keeps(
    dataset: MakeDataset, saved: Saved, turns: list[str], kind: str, bits: int, channels: int
) -> None:
    lowest = -(2 ** (bits - 1)) if kind == "i" else 0
    stored = CHANCE.integers(lowest, lowest + 2**bits, (80, 72), endpoint=False)
    stored = stored.astype(f"<{kind}{1 if bits <= 8 else 2}")
    pixels = stored if channels == 1 else np.repeat(stored[..., None], 3, axis=2)
    made = dataset(pixels, bits=bits) if channels == 1 else dataset(pixels, PhotometricInterpretation="YBR_RCT")
    stream = encode_array(pixels, bits_stored=bits, photometric_interpretation=2 if channels == 1 else 1)
    radiograph = read_dicom(saved(jpeg_2000_of(made, stream)))
    np.testing.assert_array_equal(radiograph.pixels, stored)
    assert turns == ["pillow"]
    np.testing.assert_array_equal(pylibjpeg_decode(stream), pixels)


def test_what_pillow_would_narrow_or_shift_is_left_to_the_others(
    dataset: MakeDataset, saved: Saved, turns: list[str]
) -> None:
    deep = CHANCE.integers(0, 4096, (80, 72)).astype("<u2")
    colours = np.repeat(deep[..., None], 3, axis=2)
    made = dataset(colours, bits=12, PhotometricInterpretation="RGB")
    stream = encode_array(colours, bits_stored=12, photometric_interpretation=1, use_mct=False)
    np.testing.assert_array_equal(read_dicom(saved(jpeg_2000_of(made, stream))).pixels, deep)
    signed = CHANCE.integers(-2048, 2048, (80, 72)).astype("<i2")
    stream = encode_array(signed, bits_stored=12, photometric_interpretation=2)
    without_sign = jpeg_2000_of(dataset(deep, bits=12), stream)
    np.testing.assert_array_equal(read_dicom(saved(without_sign)).pixels, signed.astype(np.uint16) & 0xFFF)
    assert turns == ["pylibjpeg", "pylibjpeg"]


def test_a_stream_on_which_pillow_fails_reaches_no_older_decoder(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, turns: list[str]
) -> None:
    made = dataset(ramp, bits=12)
    stream = encode_array(ramp, bits_stored=12, photometric_interpretation=2)
    with pytest.raises(RadiographError, match="pillow: broken data stream"):
        read_dicom(saved(jpeg_2000_of(made, stream[: len(stream) // 2])))
    assert turns == ["pillow"]


@pytest.mark.parametrize("syntax", [HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K], ids=lambda uid: uid.name)
def test_a_stream_of_htj2k_is_asked_for_its_size_too(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, syntax: str
) -> None:
    stream = encode_array(ramp, bits_stored=12, photometric_interpretation=2)
    made = jpeg_2000_of(dataset(ramp, bits=12), stream, syntax)
    np.testing.assert_array_equal(read_dicom(saved(made)).pixels, ramp)
    made.Rows = 79
    with pytest.raises(RadiographError, match="the header says"):
        read_dicom(saved(made))


def test_a_jpeg_2000_stream_counts_as_what_openjpeg_makes_of_it(dataset: MakeDataset, saved: Saved) -> None:
    side = 5000  # 75 MB of pixels, 600 MB of 32-bit numbers twice
    siz = struct.pack(">8IH", side, side, 0, 0, side, side, 0, 0, 3) + b"\x07\x01\x01" * 3
    stream = b"\xff\x4f\xff\x51" + struct.pack(">HH", len(siz) + 4, 0) + siz
    made = dataset(np.zeros((80, 72, 3), np.uint8), PhotometricInterpretation="RGB")
    made.Rows = made.Columns = side
    with pytest.raises(RadiographError, match="takes 572 MB of memory to decode, more than the 512 MB"):
        read_dicom(saved(jpeg_2000_of(made, stream)))


def test_a_compressed_image_far_longer_than_its_pixels_is_refused(
    dataset: MakeDataset, saved: Saved, ramp: NDArray
) -> None:
    made = jpeg_2000_of(dataset(ramp, bits=12), bytes(100_000))
    with pytest.raises(RadiographError, match="far longer than it would be without compression"):
        read_dicom(saved(made))


def test_a_meta_header_without_end_is_refused_before_anything_is_inflated(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, tmp_path: Path
) -> None:
    made = dataset(ramp, bits=12)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    content = saved(made).read_bytes()
    filler = b"\x02\x00\x02\x01OB\0\0" + struct.pack("<I", LARGEST_META_BYTES) + bytes(LARGEST_META_BYTES)
    (tmp_path / "long.dcm").write_bytes(content[:132] + filler + content[132:])
    with pytest.raises(RadiographError, match="its meta information has no end"):
        read_dicom(tmp_path / "long.dcm")


def test_a_film_is_refused(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    made = dataset(ramp, bits=12)
    made.PixelData = encapsulate([b"\0\0\1\xb3" + bytes(200)])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = MPEG2MPML
    with pytest.raises(RadiographError, match=r"MPEG2 .* cannot be decoded"):
        read_dicom(saved(made))


def test_a_missing_decoder_is_named(real_file: RealFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JPEGLosslessSV1Decoder, "_available", {})
    with pytest.raises(RadiographError, match=r"JPEG Lossless.* no decoder .* installed"):
        read_dicom(real_file("JPEG-LL.dcm"), force=True)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.name)
def test_a_stream_of_another_size_than_the_header_is_not_decoded(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, syntax: str
) -> None:
    made = dataset(ramp, bits=12)
    made.compress(syntax)
    made.Rows = 79
    with pytest.raises(RadiographError, match="the header says"):
        read_dicom(saved(made))


def test_a_jpeg_ls_stream_that_was_cut_off_is_not_decoded(dataset: MakeDataset, saved: Saved, ramp: NDArray) -> None:
    made = dataset(ramp, bits=12)
    made.compress(JPEGLSLossless)
    made.PixelData = encapsulate([get_frame(made.PixelData, 0, number_of_frames=1)[:-40]])
    with pytest.raises(RadiographError, match="cut off"):
        read_dicom(saved(made))


def j2k_start(x: int, y: int, tile: int) -> bytes:
    siz = struct.pack(">8IH", x, y, 0, 0, tile, tile, 0, 0, 1) + b"\x0b\x01\x01"
    return b"\xff\x4f\xff\x51" + struct.pack(">HH", len(siz) + 4, 0) + siz


def test_a_jpeg_2000_stream_says_its_size() -> None:
    header = jpeg2000_header(j2k_start(72, 80, 128))
    assert (header.rows, header.columns, header.components, header.bits) == (80, 72, 1, 12)


@pytest.mark.parametrize("tile", [0, 1])
def test_a_jpeg_2000_stream_of_absurdly_many_tiles_is_refused(tile: int) -> None:
    assert MOST_TILES < 200 * 200
    with pytest.raises(ValueError, match=r"tiles|empty"):
        jpeg2000_header(j2k_start(200, 200, tile))


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xff\xff\xff",
        b"\xff\xd8\xff\xc4\x00\x00",
        b"\xff\xd8\x00\x00",
        b"\xff\xd8\xff\xda\x00\x02",
        b"\xff\xd8" + 2 * b"\xff\xc0\x00\x0b\x08\x00\x50\x00\x48\x01\x01\x11\x00",
    ],
)
def test_a_damaged_jpeg_header_is_told(stream: bytes) -> None:
    with pytest.raises((ValueError, IndexError, struct.error)):
        jpeg_header(stream)


def test_what_a_decoder_prints_from_c_stays_off_the_terminal(
    dataset: MakeDataset, saved: Saved, ramp: NDArray, capfd: pytest.CaptureFixture
) -> None:
    """OpenJPEG says of colours of different sizes that it CAN NOT CONVERT them."""
    grey = (ramp >> 4).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.repeat(grey[..., None], 3, axis=2)).save(stream, "JPEG2000", no_jp2=True)
    content = bytearray(stream.getvalue())
    content[46] = 5  # XRsiz of the second component (T.800, A.5.1)
    made = dataset(np.repeat(grey[..., None], 3, axis=2))
    made.PixelData = encapsulate([bytes(content)])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = JPEG2000Lossless
    with pytest.raises(RadiographError):
        read_dicom(saved(made))
    assert capfd.readouterr() == ("", "")
