"""Spacing, orientation and place in space of a DICOM image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import number, numbers, text, texts
from cxr_grounding.disk.sentences import shortened
from cxr_grounding.errors import RadiographError
from cxr_grounding.radiograph import LARGEST_SPACING_MM, Orientation, Spacing, SpacingSource
from cxr_grounding.reading.orientation import FARTHEST_MM, orientation_in_space

_AT_THE_DETECTOR = frozenset(
    {
        uid.ComputedRadiographyImageStorage,
        uid.DigitalXRayImageStorageForPresentation,
        uid.DigitalXRayImageStorageForProcessing,
        uid.DigitalMammographyXRayImageStorageForPresentation,
        uid.DigitalMammographyXRayImageStorageForProcessing,
        uid.DigitalIntraOralXRayImageStorageForPresentation,
        uid.DigitalIntraOralXRayImageStorageForProcessing,
        uid.XRayAngiographicImageStorage,
        uid.XRayRadiofluoroscopicImageStorage,
    }
)
_IN_THE_PATIENT = frozenset(
    {uid.CTImageStorage, uid.MRImageStorage, uid.UltrasoundImageStorage, uid.PositronEmissionTomographyImageStorage}
)
"""Reached with force only."""

COSINE_TOLERANCE = 1e-3
"""How far GDCM lets direction cosines be from unit length and right angles before it ignores them."""


def spacing_of(dataset: Dataset) -> Spacing | None:
    """The spacing for lengths and areas, and what it means; None where the file does not say (zeros say nothing).

    PixelSpacing comes first. Where it repeats ImagerPixelSpacing or NominalScannedPixelSpacing, no correction for
    magnification was made and it means what the other one means (DICOM PS3.3 10.7.1.1).
    """
    pixel = _pair(dataset, "PixelSpacing")
    imager = _pair(dataset, "ImagerPixelSpacing")
    scanned = _pair(dataset, "NominalScannedPixelSpacing")
    if pixel is not None and pixel not in (imager, scanned):
        return Spacing(*pixel, SpacingSource.PIXEL_SPACING)
    if imager is not None:
        return Spacing(*imager, SpacingSource.IMAGER_PIXEL_SPACING)
    if scanned is not None:
        return Spacing(*scanned, SpacingSource.NOMINAL_SCANNED_PIXEL_SPACING)
    return None


def orientation_of(dataset: Dataset) -> tuple[Orientation, tuple[str, ...]]:
    """How the image lies, from PatientOrientation (0020,0020), else from its place in space; and warnings.

    A direction between the axes, such as LA, counts as its first letter, the one that it is closest to
    (DICOM PS3.3 C.7.6.1.1.1). The codes for animals are not understood and warned of.
    """
    given = [value.upper() for value in texts(dataset, "PatientOrientation")]
    if any(given):
        try:
            row, column = given
            animal = text(dataset, "AnatomicalOrientationType").upper() == "QUADRUPED"
            if not animal and set(row + column) <= set("LRAPHF"):
                return Orientation(row[:1], column[:1], known=True), ()
        except (ValueError, RadiographError):
            pass  # not two values, or not two directions that a plane can have
        value = "\\".join(given)
        warning = (
            f"PatientOrientation is {shortened(value)}, which names no view; the usual frontal view was assumed "
            "(the patient's left at the right of the image, head up). Check left and right on the picture."
        )
        return Orientation(), (warning,)
    cosines = _cosines(dataset)
    placed = None if cosines is None else orientation_in_space(cosines[0], cosines[1])
    return placed or Orientation(), ()


def affine_of(dataset: Dataset) -> NDArray[np.float64]:
    """The place that ITK's reader (GDCM), and so Slicer's, gives this file: 4 x 4, (column, row, slice, 1) to LPS, mm.

    GDCM picks the spacing by the SOP class: ImagerPixelSpacing alone for CR and DX, PixelSpacing and then
    NominalScannedPixelSpacing for secondary capture, 1 mm where that is missing or zero. A test holds this
    against SimpleITK. A length of a kilometre or more, which no file can mean, is passed over.
    """
    sop_class = text(dataset, "SOPClassUID")
    spacing: tuple[float, float] | None = None
    if sop_class in _AT_THE_DETECTOR:
        spacing = _pair(dataset, "ImagerPixelSpacing")
    elif sop_class == uid.SecondaryCaptureImageStorage:
        known = "PixelSpacing" if "PixelSpacing" in dataset else "NominalScannedPixelSpacing"
        spacing = _pair(dataset, known)
    elif sop_class in _IN_THE_PATIENT:
        spacing = _pair(dataset, "PixelSpacing")
    row_mm, column_mm = spacing or (1.0, 1.0)
    between = 0.0 if sop_class == uid.UltrasoundImageStorage else number(dataset, "SpacingBetweenSlices") or 0.0
    between = between if abs(between) < FARTHEST_MM else 0.0

    cosines = _cosines(dataset)
    directions = np.eye(3) if cosines is None else np.column_stack([*cosines, np.cross(*cosines)])
    position = numbers(dataset, "ImagePositionPatient")
    affine = np.eye(4)
    affine[:3, :3] = directions * [column_mm, row_mm, between or 1.0]
    affine[:3, 3] = position if len(position) == 3 and max(map(abs, position)) < FARTHEST_MM else 0.0
    return affine


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    values = numbers(dataset, keyword)
    return (values[0], values[1]) if len(values) == 2 and 0 < min(values) <= max(values) < LARGEST_SPACING_MM else None


def _cosines(dataset: Dataset) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The two unit vectors of ImageOrientationPatient (0020,0037), or None where they are none."""
    values = numbers(dataset, "ImageOrientationPatient")
    if len(values) != 6:
        return None
    row, column = np.array(values[:3]), np.array(values[3:])
    errors = (row @ row - 1, column @ column - 1, row @ column)
    return (row, column) if max(map(abs, errors)) < COSINE_TOLERANCE else None
