"""What an image's place in space says about the view that it shows (for DICOM and volume files alike)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.radiograph import Orientation

CLOSE_TO_AXIS = 0.9
"""Smallest cosine between an image's axis and a patient's axis that still names it (25 degrees)."""

FARTHEST_MM = 1e6
"""Largest number in a place in space that is believed."""

TURNED = "as if it were a slice across the body; it was read as stored. Check left and right on the picture."

_POSITIVE, _NEGATIVE = "LPH", "RAF"


def orientation_in_space(along_row: NDArray[np.float64], along_column: NDArray[np.float64]) -> Orientation | None:
    """The orientation of an image that is placed in a plane which radiographs can have.

    Args:
        along_row, along_column: unit vectors [3] in DICOM patient coordinates (x left, y back, z head), of
            increasing column and of increasing row.

    Returns:
        None for a plane across the body: ITK and Slicer give it to images of which nothing is known, so it says
        nothing (DICOM PS3.3 C.7.6.2.1.1 defines the axes).
    """
    row, column = _patient_axis(along_row), _patient_axis(along_column)
    if row is None or column is None or (row in "HF") == (column in "HF"):
        return None
    return Orientation(row, column, known=True)


def placed_orientation(
    along_row: NDArray[np.float64], along_column: NDArray[np.float64], turned: str
) -> tuple[Orientation, tuple[str, ...]]:
    """The orientation of an image by its place in space, and the warning where that place cannot be believed.

    Args:
        along_row, along_column: as for `orientation_in_space`.
        turned: who says that it lies turned over, as the beginning of a sentence.

    Returns:
        The standard view for a plane across the body; with a warning when its columns run to the patient's right or
        its rows to the front, which no slice has that is only without a place of its own.
    """
    orientation = orientation_in_space(along_row, along_column)
    if orientation is not None:
        return orientation, ()
    is_turned = along_row[0] < 0 or along_column[1] < 0
    return Orientation(), (f"{turned}, {TURNED}",) if is_turned else ()


def check_place(numbers: Iterable[float]) -> None:
    """Refuse a place in space that no image has.

    Args:
        numbers: of a header's matrix, in mm or without unit.

    Raises:
        ValueError: when one of them is no number, or too large.
    """
    if not all(abs(number) < FARTHEST_MM for number in numbers):  # NaN is not below either
        raise ValueError("its header places the image nowhere")


def _patient_axis(direction: NDArray[np.float64]) -> str | None:
    axis = int(np.argmax(np.abs(direction)))
    if abs(direction[axis]) < CLOSE_TO_AXIS:
        return None
    return _POSITIVE[axis] if direction[axis] > 0 else _NEGATIVE[axis]
