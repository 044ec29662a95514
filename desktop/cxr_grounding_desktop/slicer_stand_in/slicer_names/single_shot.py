"""`qt.QTimer.singleShot`: Slicer puts a Python function of its own in the place of Qt's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def singleShot(msec: int, receiverOrCallable: Callable[[], Any], member: str | None = None) -> None:
    """Call a function once, from the event loop.

    The timer belongs to the module manager, so that it fires also when nobody holds it.

    Args:
        msec: how long to wait, in ms.
        receiverOrCallable: the function; Qt's third argument, a type of timer, has no place before it.
        member: of a receiver that is an object of Qt, its slot; this host has none of these.
    """
    import qt
    import slicer

    if not callable(receiverOrCallable) or member is not None:
        raise NotImplementedError("This host's QTimer.singleShot calls Python functions only: give it one")
    timer = qt.QTimer(slicer.app.moduleManager())
    timer.setSingleShot(True)
    timer.connect("timeout()", receiverOrCallable)
    timer.start(msec)
