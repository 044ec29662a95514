"""Ask again, a few times and ever later, what may be asked again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources.archive_errors import PassingError

T = TypeVar("T")

DELAYS_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Before the second, third ... time."""

LONGEST_SECONDS = 60.0
"""Most that an archive can have us wait for."""


def pause(seconds: float) -> None:
    """Do nothing for some seconds."""
    time.sleep(seconds)


def patiently(ask: Callable[[], T], wait: Callable[[float], None] = pause) -> T:
    """Do what can be done twice without harm, until it succeeds.

    Args:
        ask: what is done; after a `PassingError` it is done again.
        wait: for some seconds.

    Raises:
        ArchiveError: when it failed every time, which is not to be tried again; and whatever else it raises, at once.
    """
    for delay in DELAYS_SECONDS:
        try:
            return ask()
        except PassingError as error:
            wait(delay if error.seconds is None else min(error.seconds, LONGEST_SECONDS))
    try:
        return ask()
    except PassingError as error:
        raise ArchiveError(str(error)) from error
