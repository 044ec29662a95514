"""Read a radiograph from any file that is understood: the content decides how, not the file's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.dicom.open_dicom import has_dicom_prefix, looks_like_dicom
from cxr_grounding.reading.dicom.read_dicom import read_dicom
from cxr_grounding.reading.grey import grey_from_colour
from cxr_grounding.reading.guard import check_decoded_size, check_pixel_count, untrusted_file
from cxr_grounding.reading.nifti_header import HEADER_BYTES, is_nifti, start_of
from cxr_grounding.reading.read_picture import read_picture
from cxr_grounding.reading.read_volume import META, NIFTI, NRRD, read_volume

READABLE = "DICOM, NIfTI, NRRD, MetaImage, PNG, JPEG, TIFF or .npy"

_SNIFFED_BYTES = max(HEADER_BYTES, 4096)
_PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NPY_START = b"\x93NUMPY"
_NRRD_START = b"NRRD0"
_META_KEY = re.compile(rb"^\s*NDims\s*=", re.MULTILINE)
_COLOUR_CHANNELS = (3, 4)


def read_image(path: Path | str, *, force: bool = False, undecodable: NDArray | None = None) -> Radiograph:
    """Read one radiograph.

    Args:
        path: of a DICOM, NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), PNG, JPEG, TIFF or .npy
            file.
        force: ground also what is no radiograph, such as a CT slice (DICOM says so; the other formats cannot).
        undecodable: for DICOM and pictures, see `read_dicom`.

    Returns:
        The radiograph, [rows, columns] as stored.

    Raises:
        RadiographError: with one sentence that says what is wrong with the file and what to do.
    """
    with untrusted_file(path) as file:
        read = _reader_for(start_of(file, _SNIFFED_BYTES), file, force, undecodable)
    if read is None:
        raise RadiographError(f"{path} is not an image that can be read here. Choose a file in one of: {READABLE}.")
    return read()


def read_array(path: Path | str) -> Radiograph:
    """Read a NumPy array [rows, columns], bright is dense; also with a single slice, or with 3 equal channels last.

    Raises:
        RadiographError: when the file is missing or damaged, holds Python objects, or is not one grey image.
    """
    with untrusted_file(path) as file:
        # Mapped, so that a header which lies about the shape allocates nothing; never unpickled.
        mapped = np.load(file, mmap_mode="r", allow_pickle=False)
        shape = tuple(count for count in mapped.shape if count != 1) if mapped.ndim > 2 else mapped.shape
        if len(shape) in (2, 3):
            check_pixel_count(file, shape[0], shape[1])
        check_decoded_size(file, mapped.nbytes)
        array = mapped.reshape(shape)  # still in the file: the radiograph makes a copy
        if array.ndim == 3 and array.shape[2] in _COLOUR_CHANNELS and array.dtype.kind in "uif":
            grey, warnings = grey_from_colour(array, file)
            return Radiograph(pixels=grey, source=file, warnings=warnings)
        return Radiograph(pixels=array, source=file)


def _reader_for(start: bytes, path: Path, force: bool, undecodable: NDArray | None) -> Callable[[], Radiograph] | None:
    """What reads a file that begins with `start` (inflated where gzipped); None where nothing does."""
    # First, since a DICOM preamble may make the file a TIFF as well (PS3.10 7.1); those of pydicom-data are both.
    if has_dicom_prefix(start):
        return lambda: read_dicom(path, force=force, undecodable=undecodable)
    if start.startswith(_PICTURE_STARTS):
        return lambda: read_picture(path, undecodable=undecodable)
    if start.startswith(_NPY_START):
        return lambda: read_array(path)
    if start.startswith(_NRRD_START):
        return lambda: read_volume(path, NRRD)
    if is_nifti(start):
        return lambda: read_volume(path, NIFTI)
    if _META_KEY.search(start):
        return lambda: read_volume(path, META)
    if looks_like_dicom(start):
        return lambda: read_dicom(path, force=force, undecodable=undecodable)
    return None
