"""What a DICOM image cannot be decoded without, where the file leaves it out, misspells it or says it wrong.

Viewers show such files, so they come: from converters that drop elements, and from archives that compress or
decompress without saying so. What is put in place of the missing is what GDCM, and so ITK and Slicer, takes, and is
said in a warning. Sources: DICOM PS3.3 C.7.6.3 (elements), PS3.5 A.4 (transfer syntaxes).
"""

from __future__ import annotations

import re
import struct

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.common import PhotometricInterpretation
from pydicom.uid import (
    JPEG2000,
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from cxr_grounding.disk.dicom_elements import number, text
from cxr_grounding.disk.sentences import shortened
from cxr_grounding.reading.dicom.codestream import JPEG_2000, jpeg_header
from cxr_grounding.reading.dicom.open_dicom import guessed_syntax

_MEANINGS = {re.sub(r"\W|_", "", meaning.value): str(meaning.value) for meaning in PhotometricInterpretation}
"""Without blanks and underscores: the values of PhotometricInterpretation (0028,0004)."""
_ASSUMED = (
    "The file leaves out or misstates how its pixels are stored; {} was assumed. Check that the picture looks right."
)
_GREY_SAMPLES, _COLOUR_SAMPLES = 1, 3
_ITEM = b"\xfe\xff\x00\xe0"
_JPEG_2000_STARTS = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP")
_JPEG_START = b"\xff\xd8"
_JPEG_KINDS = {
    0xC0: (JPEGBaseline8Bit, JPEGExtended12Bit),
    0xC1: (JPEGExtended12Bit, JPEGBaseline8Bit),
    0xC3: (JPEGLossless, JPEGLosslessSV1),
    0xF7: (JPEGLSNearLossless, JPEGLSLossless),
}
"""Of the marker of a frame header: the transfer syntaxes of such streams, the one first that stands for all."""
_COMPRESSED = frozenset({uid for kinds in _JPEG_KINDS.values() for uid in kinds} | {RLELossless, *JPEG_2000})
_RLE_HEADER_BYTES = 64
_MOST_RLE_SEGMENTS = 15


def complete_elements(dataset: Dataset) -> tuple[str, ...]:
    """Put in place what is missing or malformed of the elements that say how pixels are stored.

    Returns:
        A warning that names what was assumed, where the file did not say it.
    """
    assumed = []
    for keyword, value in _elements(dataset).items():
        given = text(dataset, keyword) if isinstance(value, str) else number(dataset, keyword)
        if given != value and not (keyword == "NumberOfFrames" and not text(dataset, keyword)):
            assumed.append(f"{keyword} {value}")
        vr = "CS" if isinstance(value, str) else "IS" if keyword == "NumberOfFrames" else "US"
        dataset[keyword] = DataElement(tag_for_keyword(keyword) or 0, vr, value)
    return (_ASSUMED.format(", ".join(assumed)),) if assumed else ()


def correct_meaning(dataset: Dataset) -> tuple[str, ...]:
    """Take uncompressed YBR_FULL_422 for YBR_FULL where every pixel has colours of its own, as the length tells.

    Returns:
        A warning where that was so.
    """
    is_full = len(dataset.PixelData) >= _uncompressed_bytes(dataset)
    if dataset.PhotometricInterpretation != "YBR_FULL_422" or is_encapsulated(dataset) or not is_full:
        return ()
    dataset.PhotometricInterpretation = "YBR_FULL"
    return (_ASSUMED.format("PhotometricInterpretation YBR_FULL"),)


def correct_syntax(dataset: Dataset) -> tuple[str, ...]:
    """Give the data set the transfer syntax that its pixel data are in, where it declares another one.

    Args:
        dataset: one that `complete_elements` completed and `open_dicom.check_has_one_frame` let pass.

    Returns:
        A warning that names both, where they differ.

    Raises:
        ValueError, struct.error, IndexError: when compressed pixel data are damaged.
    """
    declared = UID(dataset.file_meta.TransferSyntaxUID)
    found = _syntaxes_of_stream(dataset) if is_encapsulated(dataset) else ()
    if (
        not is_encapsulated(dataset)
        and declared in _COMPRESSED
        and len(dataset.PixelData) >= _uncompressed_bytes(dataset)
    ):
        found = (guessed_syntax(dataset),)
    if not found or declared in found:
        return ()
    dataset.file_meta.TransferSyntaxUID = found[0]
    return (
        f"The file says that its pixels are stored as {shortened(declared.name)}, but they are {found[0].name}; they "
        "were read as that. Check that the picture looks right.",
    )


def is_encapsulated(dataset: Dataset) -> bool:
    """Whether the pixel data are in items, as compressed ones are (PS3.5 A.4), whatever the transfer syntax says."""
    data = dataset.PixelData
    return bytes(data[:4]) == _ITEM and not 0 <= len(data) - _uncompressed_bytes(dataset) <= 1


def _elements(dataset: Dataset) -> dict[str, int | str]:
    """The values to decode with: the file's own, wherever it has any that can be."""
    values: dict[str, int | str] = {}
    for keyword in ("Rows", "Columns", "BitsAllocated"):
        own = number(dataset, keyword)
        if own is not None and 0 <= own < 2**16:
            values[keyword] = int(own)
    samples, written = number(dataset, "SamplesPerPixel"), text(dataset, "PhotometricInterpretation")
    meaning = _MEANINGS.get(re.sub(r"\W|_", "", written.upper()), written)
    if samples is None:
        samples = _COLOUR_SAMPLES if meaning.startswith(("RGB", "YBR")) else _GREY_SAMPLES
    values["SamplesPerPixel"] = int(samples)
    values["PhotometricInterpretation"] = meaning or ("MONOCHROME2" if samples == _GREY_SAMPLES else "RGB")
    values["PixelRepresentation"] = int(number(dataset, "PixelRepresentation") == 1)
    allocated = int(number(dataset, "BitsAllocated") or 0)
    stored, high = int(number(dataset, "BitsStored") or 0), int(number(dataset, "HighBit") or 0)
    values["BitsStored"] = next((bits for bits in (stored, high + 1) if 1 < bits <= allocated), allocated)
    if samples == _COLOUR_SAMPLES:
        values["PlanarConfiguration"] = int(number(dataset, "PlanarConfiguration") == 1)
    if "NumberOfFrames" in dataset:
        values["NumberOfFrames"] = _frames(dataset)
    return values


def _frames(dataset: Dataset) -> int:
    """NumberOfFrames (0028,0008), of a malformed text the digits at its beginning; 1 for none."""
    own = number(dataset, "NumberOfFrames")
    if own is None:
        written = getattr(dataset.get_item("NumberOfFrames"), "value", "")
        written = written.decode("latin-1") if isinstance(written, bytes) else written
        digits = re.match(r"\s*(\d{1,9})", written) if isinstance(written, str) else None  # never a sequence printed
        own = int(digits[1]) if digits else 1
    return max(int(own), 1)


def _uncompressed_bytes(dataset: Dataset) -> int:
    return int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel) * int(dataset.BitsAllocated) // 8


def _syntaxes_of_stream(dataset: Dataset) -> tuple[UID, ...]:
    """The transfer syntaxes of streams such as the one in the first frame; () for one of another kind."""
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if stream.startswith(_JPEG_2000_STARTS):
        return (JPEG2000, *JPEG_2000)
    if stream.startswith(_JPEG_START):
        return _JPEG_KINDS.get(jpeg_header(stream).marker, ())
    if len(stream) >= _RLE_HEADER_BYTES:
        segments, first = struct.unpack_from("<2L", stream)
        if 1 <= segments <= _MOST_RLE_SEGMENTS and first == _RLE_HEADER_BYTES:
            return (RLELossless,)
    return ()
