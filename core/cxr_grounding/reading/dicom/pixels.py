"""The stored pixel values of a DICOM data set, whatever they were compressed with (DICOM PS3.5 8)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels import apply_color_lut, get_decoder
from pydicom.pixels.common import PhotometricInterpretation
from pydicom.uid import UID, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import RadiographError, UndecodableError
from cxr_grounding.reading.dicom.codestream import check_jpeg_ends, code_stream, jpeg2000_header, jpeg_header
from cxr_grounding.reading.dicom.elements import text
from cxr_grounding.reading.dicom.samples import padding_mask, stored_values_of
from cxr_grounding.reading.grey import grey_from_colour

GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
"""Values of PhotometricInterpretation (0028,0004) with one sample a pixel (DICOM PS3.3 C.7.6.3.1.2)."""

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
    name = printable(syntax.name)
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
    if syntax.is_encapsulated:
        _check_stream(dataset, syntax)
    is_grey = text(dataset, "PhotometricInterpretation").upper() in GREY
    options: dict[str, Any] = {"correct_unused_bits": False} if is_grey else {}  # left to `samples`
    try:
        array, properties = decoder.as_array(dataset, index=0, **options)
    except RuntimeError as error:
        raise _undecoded(error, name, path) from error
    meaning = str(properties["photometric_interpretation"]).upper()
    if meaning == "PALETTE COLOR":
        array, meaning = apply_color_lut(array, dataset), "RGB"
    if meaning in GREY:
        padding = padding_mask(array, dataset)
        return StoredValues(stored_values_of(array, dataset, padding), padding, ())
    if array.ndim == 3 and meaning == "RGB":
        grey, warnings = grey_from_colour(array, path)
        return StoredValues(grey, None, warnings)
    raise _strange_meaning(dataset, path)


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
            f"{path} is stored as {syntax}, of a kind that no decoder here knows ({printable(reasons[0])}). Export it "
            "uncompressed."
        )
    return ValueError("; ".join(telling)) if telling else error


def _check_stream(dataset: Dataset, syntax: UID) -> None:
    """Compare the size in the compressed stream with the header's, before a decoder believes it (see codestream).

    The data set then holds that stream alone, so that what was checked is what is decoded: an offset table, a second
    fragment or a box could point the decoder elsewhere.
    """
    content = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if syntax in JPEG2000TransferSyntaxes:
        content = code_stream(content)
    dataset.PixelData = encapsulate([content])
    for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        dataset.pop(name, None)
    if syntax in JPEG2000TransferSyntaxes:
        read = jpeg2000_header
    elif syntax in JPEGTransferSyntaxes or syntax in JPEGLSTransferSyntaxes:
        read = jpeg_header
    else:
        return  # RLE states no size; its decoder fills the array that the header asked for
    if syntax in JPEGLSTransferSyntaxes:
        check_jpeg_ends(content)
    stream = read(content)
    expected = (int(dataset.Rows), int(dataset.Columns), int(dataset.get("SamplesPerPixel") or 1))
    if (stream.rows, stream.columns, stream.components) != expected:
        raise ValueError(
            f"the compressed image has (rows, columns, samples) {(stream.rows, stream.columns, stream.components)}, "
            f"but the header says {expected}"
        )
