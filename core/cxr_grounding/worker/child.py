"""One child as the conductor knows it: what is wanted of it, what it has done, what it was asked."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cxr_grounding.worker.link import Link
from cxr_grounding.worker.protocol import DOING
from cxr_grounding.worker.task import Step


class Wanted(enum.Enum):
    """What the first task wants of the child."""

    NOTHING = enum.auto()
    """No task needs it; when it fails or ends, nobody hears of it."""
    ANSWER = enum.auto()
    """It is to start, or to do what it was asked; when it fails, the task gets the error."""
    STOP = enum.auto()
    """The task was cancelled, and ends when the child answers, or when its grace is over."""


@dataclass
class Child:
    """One child, and all that is known of it.

    Args:
        link: to it.
        heard: when it last gave a sign of life, as `PolledClock` counts.
        wanted: what the first task wants of it.
        standing: what it has open and prepared.
        sent: what it was asked and has not answered.
        number: of the last request.
        stop_by: when it is ended if it has not stopped, while `wanted` is STOP.
        lost_at: when its connection was found closed.
    """

    link: Link
    heard: float
    wanted: Wanted = Wanted.NOTHING
    standing: tuple[Step, ...] = ()
    sent: Step | None = None
    number: int = 0
    stop_by: float = 0.0
    lost_at: float | None = None

    @property
    def doing(self) -> str:
        """What it is at, to follow "while"."""
        return "starting" if self.sent is None else DOING[self.sent.work]
