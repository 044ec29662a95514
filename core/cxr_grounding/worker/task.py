"""What is asked of a worker: a wanted state rather than a command, so that a fresh process can be brought to it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from cxr_grounding.ask import Ask, Stage
from cxr_grounding.errors import CXRGroundingError, OrderError
from cxr_grounding.recipe import FILE_NAME
from cxr_grounding.worker.packing import pack
from cxr_grounding.worker.protocol import LOAD

T = TypeVar("T")

LONGEST_TICK = 1.0
"""Seconds that pass at most between two polls, as `PolledClock` counts."""


@dataclass(eq=False)
class Step:
    """One request on the way to what a task wants.

    Args:
        work: one of `protocol.DOING`.
        packed: what it needs, from `pack`.
        stamp: of the files that it reads: when they change, it is another step.
        answer: what came of it the last time.
    """

    work: str
    packed: bytes = field(repr=False)
    stamp: tuple[int, ...] = ()
    answer: Any = None

    def or_same(self, known: Step | None) -> Step:
        """`known` where it leads to the same, so that what stands of it counts; else this one."""
        if known is None or (self.work, self.stamp, self.packed) != (known.work, known.stamp, known.packed):
            return self
        return known


def loading(ask: Ask) -> Step:
    """The step that opens a model.

    Args:
        ask: with the model's folder as an absolute path, for the child works in another folder.
    """
    stamp: tuple[int, ...] = ()
    try:
        status = (Path(str(ask.model)) / FILE_NAME).stat()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError:
        pass  # what is wrong with the folder is said when it is opened
    return Step(LOAD, pack(ask.until(Stage.MODEL)), stamp)


class WorkerTask(Generic[T]):
    """Something asked of a `Worker`, now or later done. The worker makes it.

    Attributes:
        progress: the latest (stage, done, total), of this task or of what has to be done before it; None before any.
            Stages are "starting" and "loading", then those of `Grounder`.
    """

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.progress: tuple[str, int, int] | None = None
        self.steps = steps
        self._is_done = False
        self._value: Any = None
        self._error: CXRGroundingError | None = None

    @property
    def done(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self._is_done

    @property
    def error(self) -> CXRGroundingError | None:
        """What went wrong; None for a task that is not done, or came to a good end."""
        return self._error

    def result(self) -> T:
        """What came of it.

        Raises:
            CXRGroundingError: what went wrong; `Cancelled` when it was cancelled.
            OrderError: when it is not done.
        """
        if not self._is_done:
            raise OrderError(
                "The worker is not done with this. Call worker.wait(task), or worker.poll() until task.done."
            )
        if self._error is not None:
            raise self._error
        value: T = self._value
        return value

    def finish(self, value: Any) -> None:
        """For the worker: it has come to a good end."""
        self._is_done, self._value, self.steps = True, value, ()

    def fail(self, error: CXRGroundingError) -> None:
        """For the worker: it has come to a bad end."""
        self._is_done, self._error, self.steps = True, error, ()


class PolledClock:
    """Time as someone who polls it sees it: long pauses, a sleeping computer among them, count as one tick.

    So a worker is not taken for hung because its parent slept.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._last = time.monotonic()

    def tick(self) -> None:
        """Let time go on."""
        now = time.monotonic()
        self.now += min(now - self._last, LONGEST_TICK)
        self._last = now
