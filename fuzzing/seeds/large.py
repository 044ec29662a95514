"""Small files of pictures as large as are read: how much memory and time they take is the question."""

from __future__ import annotations

import gzip
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.encaps import encapsulate

from fuzzing.dicom_layouts import encapsulated
from fuzzing.layouts import JPEG, JPEG_2000, LINES, PACKED_PNG, PLAIN, TIFF, Layout, header_and_data
from fuzzing.seeds import dicom, pictures, volumes
from fuzzing.seeds.seed import Seed

SIDE = 8192
"""Of the largest picture that is read."""

_RUN, _RUN_BYTES = 129, 128
"""RLE's sign for the longest run, and how long it is (DICOM PS3.5, G.3.1)."""


def large_seeds() -> list[Seed]:
    """Of each way to pack much into little."""
    narrow = np.ascontiguousarray(np.broadcast_to((np.arange(SIDE) % 251).astype("u1"), (SIDE, SIDE)))
    deep = np.ascontiguousarray(np.broadcast_to((np.arange(SIDE) % 4001).astype("<u2"), (SIDE, SIDE)))
    grey = Image.fromarray(narrow)
    jpeg = pictures.saved(grey, "JPEG", quality=30)
    header = volumes.nrrd_header(
        "gzip", "double", f"dimension: 3\nsizes: 4 {SIDE} {SIDE // 4}\nkinds: vector domain domain\n"
    )
    zipped = header_and_data(b"\n\n", bytes, bytes)
    colour = np.repeat(deep[: SIDE // 2, : SIDE // 2, np.newaxis], 3, axis=2).astype(">u2")
    return [
        *(
            Seed(f"{mode}.png", pictures.saved(grey.convert(mode), "PNG"), (PACKED_PNG, PLAIN))
            for mode in ("L", "RGB", "RGBA", "P")
        ),
        Seed("deep.png", pictures.png(deep.astype(">u2")[..., np.newaxis], pictures.GREY), (PACKED_PNG,)),
        Seed("deep-colour.png", pictures.png(colour, pictures.RGB), (PACKED_PNG,)),
        Seed("grey.jpg", jpeg, (JPEG, PLAIN)),
        Seed("colour.jpg", pictures.saved(grey.convert("RGB"), "JPEG", quality=30, progressive=True), (JPEG, PLAIN)),
        Seed("grey.tif", pictures.saved(grey, "TIFF", compression="tiff_adobe_deflate"), (TIFF, PLAIN)),
        Seed("deep.tif", pictures.tiff(deep.astype("<u4")[: SIDE // 2], compression=8), (TIFF, PLAIN)),
        Seed("volume.nrrd", header + gzip.compress(bytes(SIDE * SIDE * 8), 1, mtime=0), (zipped, LINES)),
        Seed("volume.nii.gz", gzip.compress(volumes.nifti(deep), 1, mtime=0)),
        Seed("deflated.dcm", _native(deep, uid.DeflatedExplicitVRLittleEndian)),
        _compressed("jpeg-2000.dcm", narrow, dicom.code_stream(narrow), uid.JPEG2000Lossless, JPEG_2000),
        _compressed("jpeg.dcm", narrow, jpeg, uid.JPEGBaseline8Bit, JPEG),
        _compressed("rle.dcm", deep, _run_lengths(), uid.RLELossless, PLAIN),
        Seed("jpeg-ls.dcm", _jpeg_ls(narrow // 64), (encapsulated(JPEG), PLAIN)),
    ]


def _set(array: NDArray, **values: Any) -> Any:
    return dicom.data_set(array, Rows=SIDE, Columns=SIDE, **values)


def _native(array: NDArray, syntax: uid.UID) -> bytes:
    made = _set(array)
    made.file_meta.TransferSyntaxUID = syntax
    return dicom.written(made)


def _compressed(name: str, array: NDArray, stream: bytes, syntax: uid.UID, inner: Layout) -> Seed:
    made = _set(array)
    made.PixelData = encapsulate([stream])
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    made.file_meta.TransferSyntaxUID = syntax
    return Seed(name, dicom.written(made), (encapsulated(inner), PLAIN))


def _jpeg_ls(array: NDArray) -> bytes:
    made = _set(array)
    made.compress(uid.JPEGLSLossless, generate_instance_uid=False)
    return dicom.written(made)


def _run_lengths() -> bytes:
    """An RLE stream of 16 bits: a header and two segments of runs."""
    line = b"".join(bytes([_RUN, number % 15]) for number in range(SIDE // _RUN_BYTES))
    segment = line * SIDE
    return struct.pack("<16L", 2, 64, 64 + len(segment), *[0] * 13) + segment * 2
