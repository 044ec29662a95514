"""Open a DICOM file and say whether it is one radiograph, before its pixels are touched."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
    XRayRadiofluoroscopicImageStorage,
)
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from cxr_grounding.disk.dicom_elements import number, text
from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.guard import LARGEST_DECODED_BYTES, check_decoded_size, check_pixel_count

PREAMBLE_BYTES = 128
PREFIX = b"DICM"
FIRST_BYTES = PREAMBLE_BYTES + len(PREFIX)
"""As many tell a DICOM file."""

RADIOGRAPH_MODALITIES = frozenset({"", "CR", "DX", "DR", "RG", "RF", "SC", "OT", "HC"})
"""Values of Modality (0008,0060) under which chest radiographs are stored (DICOM PS3.3 C.7.3.1.1.1); DR is none of the
standard's, but many sites write it for DX."""

RADIOGRAPH_CLASSES = frozenset(
    {
        ComputedRadiographyImageStorage,
        DigitalXRayImageStorageForPresentation,
        DigitalXRayImageStorageForProcessing,
        SecondaryCaptureImageStorage,
        MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
        MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        MultiFrameTrueColorSecondaryCaptureImageStorage,
        XRayRadiofluoroscopicImageStorage,
    }
)
"""SOP classes under which chest radiographs are stored (DICOM PS3.6 table A-1)."""

_STANDARD_STORAGE = "1.2.840.10008.5.1.4.1.1."
_MOST_SAMPLES = 3
_PIXEL_BITS = (8, 16, 32)
_CHUNK_BYTES = 2**16
_DEFLATED = DeflatedExplicitVRLittleEndian.encode()
LARGEST_META_BYTES = 2**20
"""In which the file meta information must end; it has a few hundred bytes."""


def has_dicom_prefix(start: bytes) -> bool:
    """Whether the first bytes of a file (`FIRST_BYTES` or more) hold the preamble and prefix of DICOM (PS3.10 7.1)."""
    return start[PREAMBLE_BYTES:FIRST_BYTES] == PREFIX


def looks_like_dicom(start: bytes) -> bool:
    """Whether the first bytes of a file (`FIRST_BYTES` or more) are DICOM's, also without preamble and meta header."""
    if has_dicom_prefix(start):
        return True
    # Without a preamble the file opens with an element of group 0002 or 0008, in either byte order.
    return start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08") and len(start) > PREAMBLE_BYTES and start[3] < 0x20


def open_dicom(path: Path) -> Dataset:
    """Read the data set of a DICOM file, its pixel data included but not decoded.

    A file without preamble or meta header is read too; its transfer syntax is then the one that pydicom found.

    Raises:
        RadiographError: when the file ends too early, or would inflate beyond
            `guard.LARGEST_DECODED_BYTES`.
        Any other exception on damaged bytes: call it inside `guard.untrusted`.
    """
    source = _inflated(path) or io.BytesIO(path.read_bytes())
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        # Not out of a file: there Python makes room for as many bytes as a damaged length names, up to 4 GB.
        dataset = pydicom.dcmread(source, force=True)
    source.close()  # or the data set would keep it
    # pydicom only warns of a file that ends early, and may then give back nothing of it.
    if "PixelData" not in dataset and any("End of file" in str(complaint.message) for complaint in complaints):
        raise RadiographError(f"{path} was cut off: it ends in the middle of an element. Copy or export it again.")
    if not dataset.file_meta.get("TransferSyntaxUID"):
        dataset.file_meta.TransferSyntaxUID = guessed_syntax(dataset)
    return dataset


def check_is_radiograph(dataset: Dataset, path: Path, *, force: bool) -> tuple[str, ...]:
    """Refuse what is not a projection radiograph, unless forced.

    Returns:
        Warnings, where `force` lets an image pass.

    Raises:
        RadiographError: for another modality or SOP class, without `force`.
    """
    modality, sop_class = text(dataset, "Modality").upper(), text(dataset, "SOPClassUID")
    foreign_class = sop_class.startswith(_STANDARD_STORAGE) and sop_class not in RADIOGRAPH_CLASSES
    if modality in RADIOGRAPH_MODALITIES and not foreign_class:
        return ()
    kind = modality if modality not in RADIOGRAPH_MODALITIES else UID(sop_class).name
    if not force:
        raise RadiographError(
            f"{path} is not a radiograph but {kind}, and the models know only radiographs. Choose a CR or DX image, "
            "or force the grounding (--force) to see what comes out."
        )
    return (f"This is {kind}, not a radiograph; it was grounded because that was forced, and the result means little.",)


def check_has_one_frame(dataset: Dataset, path: Path) -> None:
    """Check, from the header alone, that there is one image of a sane size to decode (DICOM PS3.3 C.7.6.3).

    Raises:
        RadiographError: without pixel data, with several frames, or with a size or sample format that no
            radiograph has.
    """
    if "Rows" not in dataset or "Columns" not in dataset:
        raise RadiographError(f"{path} holds no image (it has no Rows and Columns). Choose a DICOM file with an image.")
    frames = number(dataset, "NumberOfFrames")
    if frames is not None and frames > 1:
        raise RadiographError(
            f"{path} holds {frames:.0f} frames, but one radiograph is grounded at a time. Export the frame that you "
            "want as an image of its own."
        )
    rows, columns = number(dataset, "Rows") or 0, number(dataset, "Columns") or 0
    check_pixel_count(path, int(rows), int(columns))
    samples, bits = number(dataset, "SamplesPerPixel") or 1, number(dataset, "BitsAllocated")
    if samples not in (1, _MOST_SAMPLES):
        raise RadiographError(f"{path} declares {samples:.0f} samples per pixel; 1 or 3 are possible. Export it again.")
    if bits not in _PIXEL_BITS:
        raise RadiographError(
            f"{path} declares {'no' if bits is None else int(bits)} bits per sample; 8, 16 or 32 are possible. "
            "Export the image again."
        )
    check_decoded_size(path, int(rows * columns * samples * bits) // 8)
    if not dataset.get("PixelData"):
        raise RadiographError(
            f"{path} has a header but no pixel data: it was cut off, or is a reference without image. Export it again."
        )


def guessed_syntax(dataset: Dataset) -> UID:
    """The uncompressed syntax that pydicom parsed a data set with; all that is known without a meta header to trust."""
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _inflated(path: Path) -> io.BytesIO | None:
    """A deflated file as one that is not; None for any other.

    pydicom inflates the whole of a data set at once, whatever it becomes, and has it in memory twice then.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST_META_BYTES)
        start = _end_of_meta_header(content)
        if start == LARGEST_META_BYTES:
            raise ValueError("its meta information has no end")
        if _DEFLATED not in content[:start]:
            return None
        # Under the name that the data set has inflated, as long as the other (PS3.5 A.2 and A.5; UI is padded so).
        meta = content[:start].replace(_DEFLATED, ExplicitVRLittleEndian.encode().ljust(len(_DEFLATED), b"\0"))
        inflated = io.BytesIO()
        inflated.write(meta)
        file.seek(start)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while not inflater.eof and (pending := inflater.unconsumed_tail or file.read(_CHUNK_BYTES)):
            inflated.write(inflater.decompress(pending, _CHUNK_BYTES))
            if inflated.tell() > LARGEST_DECODED_BYTES:
                raise RadiographError(
                    f"{path} inflates to over {LARGEST_DECODED_BYTES / 2**20:.0f} MB, far more than one radiograph "
                    "takes. Export the image again."
                )
    inflated.seek(0)
    return inflated


def _end_of_meta_header(content: bytes) -> int:
    """Where the group 0002 ends, found as pydicom does, by the tags.

    It is explicit little endian (DICOM PS3.10 7.1); some writers leave out what kinds of values there are.
    """
    position = FIRST_BYTES if has_dicom_prefix(content) else 0
    while content[position : position + 2] == b"\x02\x00":
        vr = content[position + 4 : position + 6].decode("latin-1")
        if not (vr.isascii() and vr.isalpha()):
            form, at = "<L", position + 4
        else:
            form, at = ("<L", position + 8) if vr in EXPLICIT_VR_LENGTH_32 else ("<H", position + 6)
        (length,) = struct.unpack_from(form, content, at)
        position = at + struct.calcsize(form) + length
    return min(position, len(content))
