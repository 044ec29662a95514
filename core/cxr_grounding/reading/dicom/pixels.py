"""The stored pixel values of a DICOM data set, whatever they were compressed with (DICOM PS3.5 8)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels import apply_color_lut, convert_color_space, get_decoder
from pydicom.pixels.common import PhotometricInterpretation
from pydicom.uid import JPEG2000, UID, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.disk.sentences import shortened
from cxr_grounding.errors import RadiographError, UndecodableError
from cxr_grounding.reading.dicom.codestream import (
    JPEG_2000,
    StreamHeader,
    check_jpeg_ends,
    code_stream,
    jpeg2000_header,
    jpeg_header,
)
from cxr_grounding.reading.dicom.samples import padding_mask, stored_values_of
from cxr_grounding.reading.grey import grey_from_strips
from cxr_grounding.reading.guard import check_decoded_size

GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
"""Values of PhotometricInterpretation (0028,0004) with one sample a pixel (DICOM PS3.3 C.7.6.3.1.2)."""

_OPENJPEG_BYTES = 8
"""Of memory that OpenJPEG takes for a sample, whatever its bits: 32-bit numbers in a tile, and again in the image."""

_BITS_KEPT_BY_PILLOW = {1: 16, 3: 8}
"""Of a JPEG 2000 stream's components: the most bits of each that pillow does not narrow."""

_LONGEST_STREAM = 2
"""How many times as long as its pixels a compressed image may be: noise is a little longer than uncompressed."""
_STREAM_OVERHEAD = 2**16

_UNSUPPORTED = re.compile(r"not supported|does not support|unsupported|cannot decode|are supported", re.IGNORECASE)
"""How decoders say that an image is of a kind that they do not know."""


class StoredValues(NamedTuple):
    """The outcome of `stored_values`.

    Args:
        values: [rows, columns]: integers as stored, or float32 from a colour image.
        padding: [rows, columns] the pixels that are declared not to be image; None where there are none.
        warnings: doubts that arose.
    """

    values: NDArray
    padding: NDArray[np.bool_] | None
    warnings: tuple[str, ...]


def stored_values(dataset: Dataset, path: Path) -> StoredValues:
    """Decode the image of a data set that `open_dicom.check_has_one_frame` let pass.

    Bits beyond BitsStored are removed (see `samples`), and colour that is grey becomes one channel; nothing else is
    done to the values.

    Raises:
        UndecodableError: for a syntax, or a kind of image in it, that cannot be decoded here.
        RadiographError: for a colour image.
        Any other exception on damaged bytes: call it inside `guard.untrusted`.
    """
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    name = shortened(syntax.name)
    if text(dataset, "PhotometricInterpretation") not in set(PhotometricInterpretation):
        raise _strange_meaning(dataset, path)
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise UndecodableError(
            f"{path} is stored as {name}, which cannot be decoded here. Export it uncompressed or as JPEG 2000."
        ) from None
    if not decoder.is_available:
        raise UndecodableError(
            f"{path} is stored as {name}, and no decoder for it is installed. Install those that come with this "
            "package (pylibjpeg-libjpeg is one of them), or export the image uncompressed."
        )
    # What becomes of unused bits and colours is left to `samples` and `_as_rgb`, which need less memory for it.
    options: dict[str, Any] = {"raw": True}
    if text(dataset, "PhotometricInterpretation").upper() in GREY:
        options["correct_unused_bits"] = False
    if syntax.is_encapsulated:
        stream = _check_stream(dataset, syntax, path)
        if syntax in JPEG_2000:
            decoder = get_decoder(JPEG2000)
            if "pillow" in decoder.available_plugins and _is_kept_by_pillow(stream, dataset):
                options["decoding_plugin"] = "pillow"
    else:
        options["view_only"] = True
    try:
        array, properties = decoder.as_array(dataset, index=0, **options)
    except RuntimeError as error:
        raise _undecoded(error, name, path) from error
    meaning = str(properties["photometric_interpretation"]).upper()
    if meaning in GREY:
        padding = padding_mask(array, dataset)
        return StoredValues(stored_values_of(array, dataset, padding), padding, ())
    if meaning == "PALETTE COLOR" or (array.ndim == 3 and meaning in ("RGB", "YBR_FULL", "YBR_FULL_422")):
        grey, warnings = grey_from_strips(lambda rows: _as_rgb(array[rows], meaning, dataset), array.shape[:2], path)
        return StoredValues(grey, None, warnings)
    raise _strange_meaning(dataset, path)


def _as_rgb(values: NDArray, meaning: str, dataset: Dataset) -> NDArray:
    """[rows, columns, 3 or more] of stored values of a photometric interpretation."""
    if meaning == "PALETTE COLOR":
        return apply_color_lut(values, dataset)
    return values if meaning == "RGB" else convert_color_space(values, meaning, "RGB")


def _is_kept_by_pillow(stream: StreamHeader, dataset: Dataset) -> bool:
    """Whether pillow keeps every bit of a JPEG 2000 stream, and so is the one to decode it.

    pydicom tries its plug-ins in an order of its own, pylibjpeg's first, whose OpenJPEG is the 2.5.2 of 2024; writing
    beyond the end of its memory was mended since. Pillow comes with a newer one, but narrows colours to 8 bits and
    takes a number's sign from the stream alone. No other decoder is tried after it: one that fails on a stream may
    leave it to an older one with holes.
    """
    bits = _BITS_KEPT_BY_PILLOW.get(stream.components, 0)
    return stream.is_even and stream.bits <= bits and stream.is_signed <= (dataset.PixelRepresentation == 1)


def _strange_meaning(dataset: Dataset, path: Path) -> RadiographError:
    return RadiographError(
        f"{path} has the photometric interpretation {text(dataset, 'PhotometricInterpretation')!r}, which no "
        "radiograph has. Export the image again."
    )


def _undecoded(error: RuntimeError, syntax: str, path: Path) -> Exception:
    """What to raise in place of pydicom's error that no decoder succeeded, whose lines after the first are the reasons.

    A decoder that says only that it does not know this kind of image hides why the others failed. Where all say that,
    the file is not damaged.
    """
    reasons = [line.strip() for line in str(error).splitlines()[1:] if line.strip()]
    telling = [line for line in reasons if not _UNSUPPORTED.search(line)]
    if reasons and not telling:
        return UndecodableError(
            f"{path} is stored as {syntax}, of a kind that no decoder here knows ({shortened(reasons[0])}). Export it "
            "uncompressed."
        )
    return ValueError("; ".join(telling)) if telling else error


def _check_stream(dataset: Dataset, syntax: UID, path: Path) -> StreamHeader:
    """Compare the size in the compressed stream with the header's, before a decoder believes it (see codestream).

    The data set then holds that stream alone, so that what was checked is what is decoded: an offset table, a second
    fragment or a box could point the decoder elsewhere. One of HTJ2K counts as one of JPEG 2000 then, which the same
    decoder reads.

    Returns:
        What the stream says of itself; for RLE, which says nothing, what the header says of it.
    """
    rows, columns, samples = expected = (int(dataset.Rows), int(dataset.Columns), int(dataset.SamplesPerPixel))
    size = rows * columns * samples * int(dataset.BitsAllocated) // 8
    if len(dataset.PixelData) > _LONGEST_STREAM * size + _STREAM_OVERHEAD:
        raise ValueError("the compressed image is far longer than it would be without compression")
    content = get_frame(dataset.PixelData, 0, number_of_frames=1)
    stream = StreamHeader(rows, columns, samples, int(dataset.BitsStored))
    if syntax in JPEG_2000:
        content = code_stream(content)
        stream = jpeg2000_header(content)
        check_decoded_size(path, stream.rows * stream.columns * stream.components * _OPENJPEG_BYTES)
        dataset.file_meta.TransferSyntaxUID = JPEG2000
    elif syntax in JPEGTransferSyntaxes or syntax in JPEGLSTransferSyntaxes:
        stream = jpeg_header(content)
        if syntax in JPEGLSTransferSyntaxes:
            check_jpeg_ends(content)
    # RLE's decoder fills the array that the header asked for.
    dataset.PixelData = encapsulate([content])
    for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        dataset.pop(name, None)
    if (stream.rows, stream.columns, stream.components) != expected:
        raise ValueError(
            f"the compressed image has (rows, columns, samples) {(stream.rows, stream.columns, stream.components)}, "
            f"but the header says {expected}"
        )
    return stream
