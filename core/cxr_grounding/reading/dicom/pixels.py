"""The stored pixel values of a DICOM data set, whatever they were compressed with (DICOM PS3.5 8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import apply_color_lut, get_decoder
from pydicom.uid import UID, JPEG2000TransferSyntaxes, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import RadiographError, UndecodableError
from cxr_grounding.reading.dicom.codestream import check_jpeg_ends, jpeg2000_header, jpeg_header
from cxr_grounding.reading.dicom.elements import text
from cxr_grounding.reading.dicom.samples import padding_mask, stored_values_of
from cxr_grounding.reading.grey import grey_from_colour

GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
"""Values of PhotometricInterpretation (0028,0004) with one sample a pixel (DICOM PS3.3 C.7.6.3.1.2)."""


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


def can_decode(dataset: Dataset) -> bool:
    """Whether a decoder for the data set's transfer syntax is installed."""
    try:
        return get_decoder(UID(dataset.file_meta.TransferSyntaxUID)).is_available
    except NotImplementedError:
        return False


def stored_values(dataset: Dataset, path: Path) -> StoredValues:
    """Decode the image of a data set that `open_dicom.check_has_one_frame` let pass.

    Bits beyond BitsStored are removed (see `samples`), and colour that is grey becomes one channel; nothing else is
    done to the values.

    Raises:
        RadiographError: for a colour image, a syntax that cannot be decoded, or a compressed image whose size is
            not the header's.
        Any other exception on damaged bytes: call it inside `guard.untrusted`.
    """
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    name = printable(syntax.name)
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
    array, properties = decoder.as_array(dataset, index=0, **options)
    meaning = str(properties["photometric_interpretation"]).upper()
    if meaning == "PALETTE COLOR":
        array, meaning = apply_color_lut(array, dataset), "RGB"
    if meaning in GREY:
        padding = padding_mask(array, dataset)
        return StoredValues(stored_values_of(array, dataset, padding), padding, ())
    if array.ndim == 3 and meaning == "RGB":
        grey, warnings = grey_from_colour(array, path)
        return StoredValues(grey, None, warnings)
    raise RadiographError(
        f"{path} has the photometric interpretation {text(dataset, 'PhotometricInterpretation')!r}, which no "
        "radiograph has. Export the image again."
    )


def _check_stream(dataset: Dataset, syntax: UID) -> None:
    """Compare the size in the compressed stream with the header's, before a decoder believes it (see codestream)."""
    if syntax in JPEG2000TransferSyntaxes:
        read = jpeg2000_header
    elif syntax in JPEGTransferSyntaxes or syntax in JPEGLSTransferSyntaxes:
        read = jpeg_header
    else:
        return  # RLE states no size; its decoder fills the array that the header asked for
    content = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if syntax in JPEGLSTransferSyntaxes:
        check_jpeg_ends(content)
    stream = read(content)
    expected = (int(dataset.Rows), int(dataset.Columns), int(dataset.get("SamplesPerPixel") or 1))
    if (stream.rows, stream.columns, stream.components) != expected:
        raise ValueError(
            f"the compressed image has (rows, columns, samples) {(stream.rows, stream.columns, stream.components)}, "
            f"but the header says {expected}"
        )
