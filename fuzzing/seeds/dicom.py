"""DICOM files of every transfer syntax that is read."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import UID

from fuzzing.dicom_layouts import Coding, elements, encapsulated, fragmented
from fuzzing.layouts import JPEG, JPEG_2000, PLAIN, Layout, boxed
from fuzzing.seeds.lossless_jpeg import lossless_jpeg
from fuzzing.seeds.pictures import saved
from fuzzing.seeds.seed import COLUMNS, ROWS, Seed, in_colour, picture

_INSTANCE = "1.2.826.0.1.3680043.8.498.1"
_WITH_PALETTE = 2
"""Which of the JP2 files has one."""

_HIGH_THROUGHPUT = 0x40
"""Bit of a code block's style (T.814, table A.2)."""


def native_seeds() -> list[Seed]:
    """Uncompressed, little endian."""
    grey, narrow = picture(), picture(8, "u1")
    palette = {f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in ("Red", "Green", "Blue")} | {
        f"{name}PaletteColorLookupTableData": bytes(range(256)) * 2 for name in ("Red", "Green", "Blue")
    }
    table = Dataset()
    table.LUTDescriptor, table.LUTData, table.ModalityLUTType = (
        [4096, 0, 16],
        np.arange(4096, dtype="<u2").tobytes(),
        "US",
    )
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "OW"
    half = narrow.reshape(ROWS, -1, 2)
    sets = [
        data_set(grey, RescaleSlope="2", RescaleIntercept="-5", PixelPaddingValue=0, PixelPaddingRangeLimit=3),
        data_set(grey, ModalityLUTSequence=[table], VOILUTSequence=[table]),
        data_set(grey.astype("<i2") - 900, BitsStored=16, HighBit=15, PhotometricInterpretation="MONOCHROME1"),
        data_set(picture(16, "<u2"), HighBit=15, BitsStored=12),
        data_set(picture(12, "<u4"), BitsStored=32, HighBit=31),
        data_set(in_colour(narrow)),
        data_set(in_colour(narrow).transpose(2, 0, 1), PlanarConfiguration=1),
        data_set(narrow, PhotometricInterpretation="PALETTE COLOR", **palette),
        data_set(
            np.concatenate([half, np.full_like(half, 128)], axis=2),
            SamplesPerPixel=3, PlanarConfiguration=0, PhotometricInterpretation="YBR_FULL_422",
        ),
    ]  # fmt: skip
    return [_seed(each, f"{number}.dcm") for number, each in enumerate(sets)]


def other_coding_seeds() -> list[Seed]:
    """Uncompressed, implicit or big endian, and files without meta header."""
    implicit, big = Coding(implicit=True), Coding(order=">")
    swapped = data_set(picture(12, ">u2"))
    swapped.file_meta.TransferSyntaxUID = uid.ExplicitVRBigEndian
    plain = data_set(picture())
    plain.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian
    bare = written(plain)
    bare = bare[data_set_start(bare) :]
    return [
        _seed(plain, "implicit.dcm", implicit),
        _seed(swapped, "big.dcm", big),
        Seed("bare.dcm", bare, (elements(implicit, 0), PLAIN)),
    ]


def deflated_seeds() -> list[Seed]:
    """Deflated as a whole."""
    seeds = []
    for number, array in enumerate((picture(), picture(8, "u1"))):
        made = data_set(array)
        made.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
        content = written(made)
        inflated = elements(Coding(), data_set_start(content), deflated=True)
        seeds.append(Seed(f"{number}.dcm", content, (inflated, inflated, PLAIN)))
    return seeds


def _by_pydicom(syntax: uid.UID, inner: Layout) -> list[Seed]:
    """Grey of 12 and of 8 bits, and colours, as pydicom compresses them."""
    seeds = []
    for number, array in enumerate((picture(), picture(8, "u1"), in_colour(picture(8, "u1")))):
        made = data_set(array)
        made.compress(syntax, generate_instance_uid=False)
        seeds.append(_seed(made, f"{number}.dcm", inner=inner))
    return seeds


def rle_seeds() -> list[Seed]:
    """RLE."""
    return _by_pydicom(uid.RLELossless, PLAIN)


def jpeg_seeds() -> list[Seed]:
    """JPEG baseline, and as extended."""
    grey, colour = picture(8, "u1"), in_colour(picture(8, "u1"))
    streams = [
        (grey, saved(Image.fromarray(grey), "JPEG"), uid.JPEGBaseline8Bit, {}),
        (grey, saved(Image.fromarray(grey), "JPEG"), uid.JPEGExtended12Bit, {}),
        (
            colour,
            saved(Image.fromarray(colour), "JPEG"),
            uid.JPEGBaseline8Bit,
            {"PhotometricInterpretation": "YBR_FULL_422"},
        ),
    ]
    return [_compressed(*each, name=f"{number}.dcm", inner=JPEG) for number, each in enumerate(streams)]


def lossless_jpeg_seeds() -> list[Seed]:
    """JPEG lossless."""
    return [
        _compressed(array, lossless_jpeg(array, bits), syntax, {}, name=f"{bits}.dcm", inner=JPEG)
        for array, bits, syntax in (
            (picture(8, "u1"), 8, uid.JPEGLosslessSV1),
            (picture(), 12, uid.JPEGLosslessSV1),
            (picture(16), 16, uid.JPEGLossless),
        )
    ]


def jpeg_ls_seeds() -> list[Seed]:
    """JPEG-LS, lossless and near."""
    near = data_set(picture())
    near.compress(uid.JPEGLSNearLossless, jls_error=3, generate_instance_uid=False)
    return [*_by_pydicom(uid.JPEGLSLossless, JPEG), _seed(near, "near.dcm", inner=JPEG)]


def jpeg_2000_seeds() -> list[Seed]:
    """The code stream alone, as DICOM asks for it."""
    grey, narrow = picture(16), picture(8, "u1")
    streams = [
        (grey, code_stream(grey), uid.JPEG2000Lossless, {}),
        (narrow, code_stream(narrow), uid.JPEG2000Lossless, {}),
        (narrow, code_stream(narrow, irreversible=True, quality_layers=[40, 10]), uid.JPEG2000, {}),
        (narrow, code_stream(narrow, tile_size=(32, 32), num_resolutions=3, progression="RPCL"), uid.JPEG2000, {}),
        (in_colour(narrow), code_stream(in_colour(narrow)), uid.JPEG2000Lossless, {"PhotometricInterpretation": "RGB"}),
    ]
    return [_compressed(*each, name=f"{number}.dcm", inner=JPEG_2000) for number, each in enumerate(streams)]


def jp2_seeds() -> list[Seed]:
    """In the boxes of JP2, as some writers leave it, also with a palette."""
    seeds = []
    for number, array in enumerate((picture(16), picture(8, "u1"), picture(8, "u1"))):
        content = saved(Image.fromarray(array), "JPEG2000", no_jp2=False)
        if number == _WITH_PALETTE:
            content = _with_palette(content)
        seeds.append(
            _compressed(array, content, uid.JPEG2000Lossless, {}, name=f"{number}.dcm", inner=boxed(JPEG_2000))
        )
    return seeds


def htj2k_seeds() -> list[Seed]:
    """High-throughput JPEG 2000, which no library here writes: other streams that call themselves so."""
    seeds = []
    for number, array in enumerate((picture(16), picture(8, "u1"))):
        parts = JPEG_2000.split(code_stream(array))
        marked = [_marked(part) if part[:2] == b"\xff\x52" else part for part in parts]
        marked.insert(2, b"\xff\x50" + struct.pack(">HLH", 8, 1 << 17, 0))  # CAP (T.814, A.3)
        for name, syntax in (("htj2k", uid.HTJ2KLossless), ("as-j2k", uid.JPEG2000Lossless)):
            stream = JPEG_2000.join(marked)
            seeds.append(_compressed(array, stream, syntax, {}, name=f"{name}-{number}.dcm", inner=JPEG_2000))
    return seeds


def fragment_seeds() -> list[Seed]:
    """Several items, and tables of where they begin; one leads to another image than the header's."""
    array = picture(8, "u1")
    stream = code_stream(array)
    stream += b"\0" * (len(stream) % 2)
    seeds = []
    for syntax, content in (
        (uid.JPEG2000Lossless, stream),
        (uid.JPEGBaseline8Bit, saved(Image.fromarray(array), "JPEG")),
    ):
        for has_offsets in (True, False):
            made = _with_stream(array, encapsulate([content], fragments_per_frame=3, has_bot=has_offsets), syntax)
            seeds.append(_in_items(made, f"{syntax.name[:8]}-{has_offsets}.dcm"))
        data, offsets, lengths = encapsulate_extended([content])
        made = _with_stream(array, data, syntax)
        made.ExtendedOffsetTable, made.ExtendedOffsetTableLengths = offsets, lengths
        seeds.append(_in_items(made, f"{syntax.name[:8]}-extended.dcm"))
    second = _with_stream(array, encapsulate([stream, code_stream(np.tile(array, (4, 4)))]), uid.JPEG2000Lossless)
    second.ExtendedOffsetTable = struct.pack("<Q", len(stream) + 8)
    second.ExtendedOffsetTableLengths = struct.pack("<Q", len(second.PixelData))
    seeds.append(_in_items(second, "second.dcm"))
    return seeds


def data_set(pixels: NDArray, **values: Any) -> Dataset:
    """An uncompressed radiograph with most of the elements that are looked at; `values` come last."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = UID(_INSTANCE)
    made.StudyInstanceUID, made.SeriesInstanceUID = f"{_INSTANCE}.2", f"{_INSTANCE}.3"
    made.SpecificCharacterSet, made.PatientName, made.PatientID = "ISO_IR 192", "Müller^Änne", "1"
    made.Modality, made.StudyDate, made.ViewPosition, made.BodyPartExamined = "DX", "20240229", "PA", "CHEST"
    made.PatientOrientation, made.ImageOrientationPatient = ["L", "F"], [1, 0, 0, 0, 0, -1]
    made.ImagePositionPatient, made.ImagerPixelSpacing, made.PixelSpacing = [1, 2, 3], [0.14, 0.14], [0.13, 0.13]
    made.WindowCenter, made.WindowWidth, made.VOILUTFunction = "2000", "3000", "SIGMOID"
    made.Rows, made.Columns, made.NumberOfFrames = ROWS, COLUMNS, "1"
    made.SamplesPerPixel = 3 if pixels.ndim == 3 and "PhotometricInterpretation" not in values else 1
    made.PhotometricInterpretation = "RGB" if made.SamplesPerPixel == 3 else "MONOCHROME2"
    if made.SamplesPerPixel == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = 8 * pixels.itemsize
    made.BitsStored = 8 if pixels.itemsize == 1 else 12 if int(pixels.max()) < 2**12 else 16
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, int(pixels.dtype.kind == "i")
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def code_stream(array: NDArray, **options: Any) -> bytes:
    """A JPEG 2000 stream of grey or colour."""
    return saved(Image.fromarray(array), "JPEG2000", no_jp2=True, **options)


def written(made: Dataset) -> bytes:
    """The file."""
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _seed(made: Dataset, name: str, coding: Coding | None = None, inner: Layout | None = None) -> Seed:
    content = written(made)
    by_element = elements(coding or Coding(), data_set_start(content))
    inside = () if inner is None else (encapsulated(inner), encapsulated(PLAIN))
    return Seed(name, content, (by_element, *inside, PLAIN))


def _compressed(
    array: NDArray, stream: bytes, syntax: UID, values: dict[str, Any], *, name: str, inner: Layout
) -> Seed:
    made = _with_stream(array, encapsulate([stream]), syntax)
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return _seed(made, name, inner=inner)


def _with_stream(array: NDArray, data: bytes, syntax: UID) -> Dataset:
    made = data_set(array)
    made.PixelData = data
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    made.file_meta.TransferSyntaxUID = syntax
    return made


def _in_items(made: Dataset, name: str) -> Seed:
    """Of the pixel data in several items."""
    content = written(made)
    first = content.index(made.PixelData[:8])

    def cut(whole: bytes) -> list[bytes]:
        parts, position = [whole[:first]], first
        while position < len(whole):
            end = position + 8 + struct.unpack_from("<L", whole, position + 4)[0]
            parts.append(whole[position:end])
            position = end
        return parts

    return Seed(name, content, (fragmented(cut), elements(Coding(), data_set_start(content)), PLAIN))


def data_set_start(content: bytes) -> int:
    """Behind the meta header, whose first element tells its length."""
    return 144 + int(struct.unpack_from("<L", content, 140)[0])


def _with_palette(content: bytes) -> bytes:
    """A JP2 file of grey with boxes that make three colours of it (T.800, I.5.3.4 and I.5.3.5)."""
    palette = struct.pack(">HB3B", 256, 3, 7, 7, 7) + bytes(range(256)) * 3
    mapped = b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3))
    boxes = b"".join(
        struct.pack(">L4s", len(data) + 8, kind) + data for kind, data in ((b"pclr", palette), (b"cmap", mapped))
    )
    start = content.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">L", content, start)
    end = start + length
    return content[:start] + struct.pack(">L", length + len(boxes)) + content[start + 4 : end] + boxes + content[end:]


def _marked(cod: bytes) -> bytes:
    """A COD segment that asks for the high-throughput decoder (T.800, A.6.1)."""
    return cod[:12] + bytes([cod[12] | _HIGH_THROUGHPUT]) + cod[13:]
