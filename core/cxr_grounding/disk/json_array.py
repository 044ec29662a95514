"""Arrays inside of JSON documents: exact, and small where most values are equal."""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError

DTYPE, ENCODING = "float32", "zlib+base64"
STORED = np.dtype("<f4")
"""What the bytes are before they are deflated: 32-bit floats, little-endian, last axis fastest."""

SLOWEST = 9
"""zlib's level that makes the fewest bytes; maps are small enough for it."""


def array_entry(array: NDArray[np.float32]) -> dict[str, Any]:
    """An array of float32, of any shape, as a JSON object: "shape", "dtype", "encoding" and "data"."""
    data = zlib.compress(np.ascontiguousarray(array, dtype=STORED).tobytes(), SLOWEST)
    return {
        "shape": list(array.shape),
        "dtype": DTYPE,
        "encoding": ENCODING,
        "data": base64.b64encode(data).decode("ascii"),
    }


def read_array(entry: JsonFields, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The array that `array_entry` wrote: float32, finite.

    No more memory is asked for than an array of the expected shape takes, whatever the entry holds.

    Args:
        entry: from `array_entry`, or from anywhere.
        shape: that it must have.

    Raises:
        JsonError: when it is anything else.
    """
    if (entry.text("dtype"), entry.text("encoding")) != (DTYPE, ENCODING):
        raise JsonError(f"an array is not {DTYPE} in {ENCODING}")
    if entry.wholes("shape") != shape:
        raise JsonError(f"an array has the shape {_listed(entry.wholes('shape'))}, but expected is {_listed(shape)}")
    size = math.prod(shape) * STORED.itemsize
    text, inflater = entry.text("data"), zlib.decompressobj()
    try:
        data = inflater.decompress(base64.b64decode(text, validate=True), size + 1)
    except (ValueError, zlib.error) as error:  # ValueError: no base64
        raise JsonError("an array's data is damaged") from error
    if len(data) != size or not inflater.eof or inflater.unused_data:
        raise JsonError("an array's data has another size than its shape says")
    values = np.frombuffer(data, STORED).reshape(shape).astype(np.float32)
    if not np.isfinite(values).all():
        raise JsonError("an array holds values that are not finite")
    return values


def _listed(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape[:4]))
