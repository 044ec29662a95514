"""From stored values to the grey values of a radiograph: modality LUT, polarity, padding (DICOM PS3.3 C.11, PS3.4 N.2).

What becomes part of the pixels, and what does not:

* The modality LUT does, whether a table or slope and intercept: it says what the stored numbers are.
* The polarity does. MONOCHROME1 turns the image over, once: PresentationLUTShape INVERSE only repeats what MONOCHROME1
  says (PS3.3 C.8.11.3) and is not looked at. A VOI LUT that falls turns it over as well.
* The VOI LUT and the window do not: they become the radiograph's display curve. The MIMIC-CXR-JPG images, which the
  models were trained on, were made from the pixels without them (METHOD 2.2); applying them would clip and bend the
  values in a way that the models never saw, and Slicer's readers do not apply them either. The models' equalisation
  undoes any rising curve in any case.

The values agree with what ITK's reader (GDCM) gives for the same file, except where that has no answer: it ignores
a modality LUT *table*, and refuses MONOCHROME1 with signed values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import item, number, numbers, text
from cxr_grounding.radiograph import DisplayCurve
from cxr_grounding.reading.grey import strips

SIGMOID_POINTS = 257
"""Points by which the sigmoid window (PS3.3 C.11.2.1.3.1) is drawn."""

SIGMOID_REACH = 3.0
"""How far from the centre the sigmoid is drawn, in window widths; beyond, it is flat to 1e-5."""


@dataclass(frozen=True)
class GreyValues:
    """The outcome of `grey_values`.

    Args:
        pixels: [rows, columns] float64, dense tissue bright.
        display: how the file asks for them to be shown, or None.
        warnings: doubts that arose.
    """

    pixels: NDArray[np.float64]
    display: DisplayCurve | None
    warnings: tuple[str, ...]


def grey_values(stored: NDArray, padding: NDArray[np.bool_] | None, dataset: Dataset) -> GreyValues:
    """Apply modality LUT and polarity to the stored values [rows, columns], and darken the padding, if there is any.

    An inverted image is mirrored within the range of its bits, as GDCM does, so that values stay comparable.
    """
    signed = stored.dtype.kind == "i"
    bits = int(number(dataset, "BitsStored") or 8 * stored.dtype.itemsize)
    ends = -1.0 if signed else 2.0**bits - 1  # lowest plus highest stored value: -2^(n-1) + 2^(n-1) - 1, or 2^n - 1
    values, ends = _modality_lut(stored, ends, dataset, signed)

    curve = _voi_curve(dataset, signed)
    inverted = text(dataset, "PhotometricInterpretation").upper() == "MONOCHROME1"
    if curve is not None:
        grey, shades = curve
        if inverted:
            shades = 1 - shades
        trend = float((grey - grey.mean()) @ (shades - shades.mean()))
        inverted = trend < 0 or (trend == 0 and inverted)
        if inverted:
            grey, shades = ends - grey[::-1], shades[::-1]
        curve = grey, shades
    if inverted:
        np.subtract(ends, values, out=values)
    if padding is not None:
        values[padding] = values.min(where=~padding, initial=np.inf)
    return GreyValues(values, None if curve is None else DisplayCurve(*curve), _contradictions(dataset))


def _contradictions(dataset: Dataset) -> tuple[str, ...]:
    shape = text(dataset, "PresentationLUTShape").upper()
    if shape == "INVERSE" and text(dataset, "PhotometricInterpretation").upper() == "MONOCHROME2":
        return (
            "The file calls itself MONOCHROME2 (high is bright) and PresentationLUTShape INVERSE at once; the first "
            "was believed. If bones look dark on the picture, the result is not to be used.",
        )
    return ()


def _modality_lut(stored: NDArray, ends: float, dataset: Dataset, signed: bool) -> tuple[NDArray[np.float64], float]:
    """The values after the modality LUT (PS3.3 C.11.1), and the sum of the ends of their range."""
    lut = item(dataset, "ModalityLUTSequence")
    table = None if lut is None else _table(lut, dataset, signed)
    if table is not None:
        first, entries, highest = table
        values = np.empty(stored.shape)
        for rows in strips(*stored.shape):
            values[rows] = entries[np.clip(stored[rows].astype(np.int64) - first, 0, entries.size - 1)]
        return values, highest
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept") or 0.0
    slope = slope or 1.0  # absent, or 0, which would make every pixel equal; GDCM reads it so too
    values = stored.astype(np.float64)
    np.add(np.multiply(values, slope, out=values), intercept, out=values)
    return values, slope * ends + 2 * intercept


def _voi_curve(dataset: Dataset, signed: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The first VOI LUT, or else the first window, as (values ascending, shades in [0, 1]); PS3.3 C.11.2."""
    lut = item(dataset, "VOILUTSequence")
    table = None if lut is None else _table(lut, dataset, signed)
    if table is not None:
        first, entries, highest = table
        return first + np.arange(entries.size, dtype=np.float64), entries / highest
    center, width = number(dataset, "WindowCenter"), number(dataset, "WindowWidth")
    if center is None or width is None:
        return None
    function = text(dataset, "VOILUTFunction").upper() or "LINEAR"
    if function == "SIGMOID" and width > 0:
        reach = np.linspace(-SIGMOID_REACH, SIGMOID_REACH, SIGMOID_POINTS)
        return _rising(center + reach * width, 1 / (1 + np.exp(-4 * reach)))
    if function == "LINEAR_EXACT" and width > 0:
        return _rising(np.array([center - width / 2, center + width / 2]), np.array([0.0, 1.0]))
    if function == "LINEAR" and width > 1:
        half = (width - 1) / 2
        return _rising(np.array([center - 0.5 - half, center - 0.5 + half]), np.array([0.0, 1.0]))
    return None


def _rising(values: NDArray, shades: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    # A window that is narrow beside its centre can vanish in rounding.
    return (values, shades) if np.isfinite(values).all() and (np.diff(values) > 0).all() else None


def _table(lut: Dataset, dataset: Dataset, signed: bool) -> tuple[int, NDArray[np.float64], float] | None:
    """(first value mapped, entries, highest possible entry) of a LUT item, or None where it is malformed."""
    descriptor = numbers(lut, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    count, first, bits = (int(value) for value in descriptor)
    count = count % 2**16 or 2**16  # 0 means 65536, and 65535 may have been read as -1 (PS3.3 C.11.1.1)
    if signed and first >= 2**15:
        first -= 2**16
    data = lut.get("LUTData")
    if isinstance(data, bytes):
        order = "<" if dataset.original_encoding[1] in (True, None) else ">"
        narrow = bits <= 8 and len(data) < 2 * count
        entries = np.frombuffer(data[: len(data) & ~1], dtype="u1" if narrow else f"{order}u2")
    else:
        entries = np.asarray([] if data is None else data).ravel()
    if entries.size < count or count < 2 or entries.dtype.kind not in "iu":
        return None
    entries = entries[:count].astype(np.float64) % 2**16
    return first, entries, max(2.0 ** min(max(bits, 1), 16) - 1, float(entries.max()))
