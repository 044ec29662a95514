"""Words at their places in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar


class Span(Protocol):
    """The characters [start, stop) of a text."""

    @property
    def start(self) -> int: ...

    @property
    def stop(self) -> int: ...


SomeSpan = TypeVar("SomeSpan", bound=Span)


def without_overlaps(spans: Iterable[SomeSpan]) -> list[SomeSpan]:
    """Those that lie over no other, in order; of two over each other the one that begins first, or else the longer."""
    kept: list[SomeSpan] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.stop)):
        if not kept or span.start >= kept[-1].stop:
            kept.append(span)
    return kept


def whole_words(words: str) -> re.Pattern[str]:
    """A regular expression for words that are not part of others; signs may stand beside letters."""
    return re.compile(rf"(?:(?<!\w)|(?=\W))(?:{words})(?:(?!\w)|(?<=\W))")


def lowered(text: str) -> str:
    """A text in lower case, letter by letter, so that places stay the same."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(one.lower()[:1] for one in text)
