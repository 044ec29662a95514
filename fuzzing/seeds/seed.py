"""A small file of some kind, whole and right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fuzzing.layouts import PLAIN, Layout

ROWS, COLUMNS = 64, 72


@dataclass(frozen=True)
class Seed:
    """A file, and those that belong beside it.

    Args:
        name: of the file.
        content: of the file.
        layouts: ways to take it apart, beside that byte by byte.
        beside: content of files that it refers to, by name.
    """

    name: str
    content: bytes
    layouts: tuple[Layout, ...] = (PLAIN,)
    beside: Mapping[str, bytes] = field(default_factory=dict)


def picture(bits: int = 12, dtype: str = "<u2") -> NDArray:
    """[ROWS, COLUMNS] numbers of that many bits: a ramp with some noise, so that no predictor makes nothing of it."""
    y, x = np.indices((ROWS, COLUMNS))
    values = (x * 37 + y * 11 + (x * y * 7919) % 61) % 2**12
    return (values * 2.0 ** (bits - 12)).astype(dtype)


def in_colour(grey: NDArray) -> NDArray:
    """[ROWS, COLUMNS, 3] of a grey picture."""
    return np.repeat(grey[..., np.newaxis], 3, axis=2)
