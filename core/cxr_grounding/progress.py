"""How long work says how far it is, and how it is asked to stop."""

from __future__ import annotations

from typing import Protocol

from cxr_grounding.errors import Cancelled


class Progress(Protocol):
    """What a caller passes to be told about long work.

    It is called with the name of the stage, the units done and the units in all (0 of n first, n of
    n last). Returning False asks to stop: the work ends with `Cancelled` at that very call. Any other
    answer, None included, means go on. An error that it raises ends the work likewise.
    """

    def __call__(self, stage: str, done: int, total: int, /) -> bool | None: ...


class StopSwitch:
    """Stops long work from elsewhere, another thread for example, where it reports its progress next."""

    def __init__(self) -> None:
        self._is_pressed = False

    def press(self) -> None:
        """Stop the work that is watched."""
        self._is_pressed = True

    def watched(self, progress: Progress | None) -> Progress:
        """`progress` for work that begins now; it also stops once the switch is pressed."""
        self._is_pressed = False

        def told(stage: str, done: int, total: int, /) -> bool | None:
            answer = None if progress is None else progress(stage, done, total)
            return False if self._is_pressed else answer

        return told


def report(progress: Progress | None, stage: str, done: int, total: int) -> None:
    """Tell `progress`, where there is one, and stop when it says so.

    Raises:
        Cancelled: when it returned False.
    """
    if progress is not None and progress(stage, done, total) is False:
        raise Cancelled(f"Stopped on request during {stage}, after {done} of {total}.")
