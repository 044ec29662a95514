"""How far a run over many images is: a bar where there is a terminal, and else a plain line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from cxr_grounding.cli.console import err, progress_bar

EVERY_IMAGES, EVERY_SECONDS = 10, 30.0
"""After so many images, or so long, there is another line."""

STAGE = "images"


class ToldOfImages(Protocol):
    """What is told of a run: a `Progress` within an image, and how many images are done."""

    def __call__(self, stage: str, done: int, total: int, /) -> bool | None: ...

    def images(self, done: int, failed: int) -> None:
        """So many are done now, so many of them failed."""


class PlainLines:
    """Lines on stderr, for logs.

    Args:
        total: images in all.
        clock: seconds, from anywhere.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock = total, clock
        self._begun = self._said = clock()
        self._done = self._failed = self._done_said = 0

    def __call__(self, _stage: str, _done: int, _total: int, /) -> None:
        """Within an image: only so that a slow one does not keep the log silent."""
        if self._clock() - self._said >= EVERY_SECONDS:
            self._say()

    def images(self, done: int, failed: int) -> None:
        """So many are done now."""
        self._done, self._failed = done, failed
        if done - self._done_said >= EVERY_IMAGES or self._clock() - self._said >= EVERY_SECONDS:
            self._say()

    def _say(self) -> None:
        now = self._clock()
        seconds = now - self._begun
        line = f"{self._done} of {self._total} images"
        if self._failed:
            line += f", {self._failed} failed"
        if self._done:
            each = seconds / self._done
            line += f", {each:.1f} s each, {duration((self._total - self._done) * each)} left"
        err.print(line, markup=False)
        self._said, self._done_said = now, self._done


class _Bars:
    """The same as bars."""

    def __init__(self, total: int, bars: Callable[[str, int, int], None]) -> None:
        self._total, self._bars = total, bars
        self.images(0, 0)

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        self._bars(stage, done, total)

    def images(self, done: int, failed: int) -> None:
        self._bars(STAGE, done, self._total)


@contextmanager
def told_of_images(total: int) -> Iterator[ToldOfImages]:
    """What is told of a run over so many images."""
    if not err.is_terminal:
        yield PlainLines(total)
        return
    with progress_bar() as bars:
        yield _Bars(total, bars)


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
