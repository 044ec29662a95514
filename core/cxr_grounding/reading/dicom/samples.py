"""From samples, as they lie in their allocated bits, to stored values; which of them are padding (DICOM PS3.5 8.1.1).

Writers do not agree on how PixelPaddingValue is written: as a number of the other sign, or as one that needs more bits
than BitsStored has. What they agree on are the bits in the file. So the padding is looked for in the samples as they
are allocated, before the unused bits are removed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import number


def padding_mask(samples: NDArray, dataset: Dataset) -> NDArray[np.bool_] | None:
    """The pixels that PixelPaddingValue, up to PixelPaddingRangeLimit, declares not to be image (PS3.3 C.7.5.1.1.2).

    Args:
        samples: [rows, columns] integers, of the type that BitsAllocated and PixelRepresentation make.
        dataset: the image's.

    Returns:
        [rows, columns] bool; None where nothing is declared, or the declaration leaves all or nothing of the image.
    """
    value = number(dataset, "PixelPaddingValue")
    if value is None:
        return None
    limit = number(dataset, "PixelPaddingRangeLimit")
    ends = [int(value), int(value if limit is None else limit)]
    mask = _between(samples, ends, 8 * samples.dtype.itemsize)
    bits = _bits_stored(samples, dataset)
    if not mask.any() and all(-(2 ** (bits - 1)) <= end < 2**bits for end in ends):
        # Other things may lie in the unused bits.
        mask = _between(_extracted(samples, bits, _lowest_bit(samples, bits, dataset)), ends, bits)
    return mask if mask.any() and not mask.all() else None


def stored_values_of(samples: NDArray, dataset: Dataset, padding: NDArray[np.bool_] | None) -> NDArray:
    """The values that samples hold: the unused bits are removed (old overlays live there), and the sign is extended.

    HighBit may place a sample above unused bits; it is then brought down. Files whose HighBit says so although their
    samples lie in the lowest bits exist too, and are told by their samples.

    Args:
        samples, dataset: as for `padding_mask`.
        padding: what that found; these pixels do not tell where samples lie.
    """
    bits = _bits_stored(samples, dataset)
    image = samples if padding is None else samples[~padding]
    return _extracted(samples, bits, _lowest_bit(image, bits, dataset))


def _bits_stored(samples: NDArray, dataset: Dataset) -> int:
    return int(number(dataset, "BitsStored") or 8 * samples.dtype.itemsize)


def _lowest_bit(samples: NDArray, bits: int, dataset: Dataset) -> int | None:
    """The lowest of the bits that hold a sample; None where HighBit is one that no sample of so many bits can have."""
    high = number(dataset, "HighBit")
    lowest = 0 if high is None else int(high) + 1 - bits
    if not 0 <= lowest <= 8 * samples.dtype.itemsize - bits:
        return None
    half = 2 ** (bits - 1)
    first, last = (-half, half - 1) if samples.dtype.kind == "i" else (0, 2 * half - 1)
    lies_low = lowest > 0 and samples.min() >= first and samples.max() <= last and (samples & (2**lowest - 1)).any()
    return 0 if lies_low else lowest


def _extracted(samples: NDArray, bits: int, lowest: int | None) -> NDArray:
    """The `bits` bits from `lowest` on, with their sign; all bits where `lowest` is None, which at most scales them."""
    unused = 8 * samples.dtype.itemsize - bits
    if lowest is None or unused == 0:
        return samples
    return (samples << (unused - lowest)) >> unused


def _between(values: NDArray, ends: list[int], bits: int) -> NDArray[np.bool_]:
    """Where values of `bits` bits lie between the ends, which may be written with the other sign."""
    ends = [end % 2**bits for end in ends]
    if values.dtype.kind == "i":
        ends = [end - 2**bits if end >= 2 ** (bits - 1) else end for end in ends]
    return (values >= min(ends)) & (values <= max(ends))
