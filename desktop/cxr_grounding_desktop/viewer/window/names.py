"""Names that are too long for their place: what tells them from their neighbours is kept."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QFontMetrics

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Common:
    """What all names of a group begin and end with.

    Args:
        start, end: texts; None before there was a name.
    """

    start: str | None = None
    end: str | None = None

    def with_name(self, name: str) -> Common:
        """The same after another name has come to the group."""
        if self.start is None or self.end is None:
            return Common(name, name)
        backwards = _common(self.end[::-1], name[::-1])
        return Common(_common(self.start, name), backwards[::-1])


def _common(first: str, second: str) -> str:
    """What two texts begin with."""
    length = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    return first[:length] if length is not None else min(first, second, key=len)


def shortened(name: str, common: Common, metrics: QFontMetrics, width: int) -> str:
    """A name in at most `width` pixels; cut where it is like the others, and in its middle only where it must be."""
    if metrics.horizontalAdvance(name) <= width:
        return name
    first = len(common.start or "")
    last = max(len(name) - len(common.end or ""), first)
    if first >= len(name) or not 0 <= first < last:  # alone, or the beginning of another one
        return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width)
    kept = _around(name, first, last)
    if metrics.horizontalAdvance(kept) > width:
        return metrics.elidedText(kept, Qt.TextElideMode.ElideMiddle, width)
    while True:
        for wider in ((first - 1, last), (first, last + 1)):
            if wider[0] >= 0 and wider[1] <= len(name) and metrics.horizontalAdvance(_around(name, *wider)) <= width:
                first, last = wider
                break
        else:
            return _around(name, first, last)


def _around(name: str, first: int, last: int) -> str:
    return (ELLIPSIS if first else "") + name[first:last] + (ELLIPSIS if last < len(name) else "")
