"""What an answer by looks at a noised radiograph holds beside its heatmap, and its document. METHOD 13."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.content_words import MARKS
from cxr_grounding.disk.json_array import array_entry, read_array
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError

HIGHEST = 1.25
"""That a merged map can have (METHOD 13.7)."""

LARGEST_GRID = 1024
"""Side of a grid that a document may hold."""


@dataclass(frozen=True, eq=False)
class Noised:
    """Of one phrase. Two are equal when they hold the same, arrays to the last bit; the stages are not compared.

    Args:
        kept_words: the words of the phrase that were looked at, each by its first token, as they stand in it.
        map: [size, size], float32, from 0 to 1.25: the map as it was made, on the grid of METHOD 13.6.
        mask: [size, size], bool: where it is high (METHOD 13.8).
        threshold: above which it lies.
        alike: how alike the biases of image and text are, [0, 1]: how much they were merged; None without BBM.
        stages: every array on the way, by name, where the arrays were asked for; no document holds them.
    """

    kept_words: tuple[str, ...]
    map: NDArray[np.float32]
    mask: NDArray[np.bool_]
    threshold: float
    alike: float | None = None
    stages: Mapping[str, NDArray[Any]] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Noised):
            return NotImplemented
        numbers = (self.kept_words, self.threshold, self.alike) == (other.kept_words, other.threshold, other.alike)
        return numbers and np.array_equal(self.map, other.map) and np.array_equal(self.mask, other.mask)

    @property
    def words_said(self) -> str:
        """The kept words for people, without the punctuation around them."""
        return ", ".join(word.strip(MARKS) or word for word in self.kept_words)

    def __hash__(self) -> int:
        return hash((self.kept_words, self.threshold, self.alike))


def noised_entry(noised: Noised) -> dict[str, Any]:
    """All but the arrays, as JSON knows it."""
    return {"kept_words": list(noised.kept_words), "threshold": noised.threshold, "alike": noised.alike}


def noised_arrays(noised: Noised) -> dict[str, Any]:
    """The map and the mask, as JSON knows them."""
    return {
        "size": len(noised.map),
        "map": array_entry(noised.map),
        "mask": array_entry(noised.mask.astype(np.float32)),
    }


def read_noised(entry: JsonFields, arrays: JsonFields) -> Noised:
    """What `noised_entry` and `noised_arrays` wrote.

    Raises:
        JsonError: when it is anything else.
    """
    size = arrays.whole("size", least=1)
    if size > LARGEST_GRID:
        raise JsonError("a map in it is larger than a document may hold")
    values, mask = (read_array(arrays.inner(name), (size, size)) for name in ("map", "mask"))
    if not (values.min() >= 0 and values.max() <= HIGHEST and np.isin(mask, (0, 1)).all()):
        raise JsonError("a map holds values outside of its range")
    return Noised(
        kept_words=entry.texts("kept_words"),
        map=values,
        mask=mask > 0,
        threshold=entry.number("threshold"),
        alike=entry.number_or_none("alike"),
    )
