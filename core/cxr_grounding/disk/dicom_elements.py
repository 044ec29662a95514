"""Values of a DICOM data set, taken with care: what is absent, empty or malformed becomes nothing, not an error.

Only for elements that an image can do without. What it cannot do without is read plainly, so that damage shows.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence
from typing import Any

from pydicom.dataset import Dataset

from cxr_grounding.disk.sentences import shortened

_MALFORMED = (ValueError, TypeError, AttributeError, LookupError, OverflowError, NotImplementedError)
"""What pydicom raises when it converts a malformed value, as it does on first access."""


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """The values of an element as printable text without spaces around it; [] where there are none.

    What is longer than the texts that are looked at may be (DICOM PS3.5 6.2) is cut: it would fill the screen. An item
    of a sequence is no text; of damaged ones inside of each other, pydicom makes texts of gigabytes.
    """
    return [shortened(str(value)) for value in _values(dataset, keyword) if not isinstance(value, Dataset)]


def text(dataset: Dataset, keyword: str) -> str:
    """The first value of an element as stripped text; "" where there is none."""
    return (texts(dataset, keyword) or [""])[0]


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """The values of an element as finite numbers; [] where there are none or one of them is no number."""
    try:
        found = [float(value) for value in _values(dataset, keyword)]
    except _MALFORMED:
        return []
    return found if all(math.isfinite(value) for value in found) else []


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first value of an element as a finite number, or None."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def item(dataset: Dataset, keyword: str) -> Dataset | None:
    """The first item of a sequence, or None."""
    items = [value for value in _values(dataset, keyword) if isinstance(value, Dataset)]
    return items[0] if items else None


def _values(dataset: Dataset, keyword: str) -> list[Any]:
    try:
        value = dataset.get(keyword)
    except _MALFORMED:
        return []
    if value is None or value == "":
        return []
    # Not whatever can be walked through: a text and a person's name can, letter by letter.
    if not isinstance(value, MutableSequence):
        return [value]
    return [each for each in value if each is not None]
