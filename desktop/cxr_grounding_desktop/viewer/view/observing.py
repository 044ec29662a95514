"""Hearing of changes of VTK objects without keeping alive who wants to hear of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from weakref import WeakMethod


class Observing:
    """Calls a method whenever one of the watched objects says that it changed.

    Args:
        method: a bound method; its object may vanish, and is not called any more then.
    """

    def __init__(self, method: Callable[[], None]) -> None:
        # No method of this object: VTK may still call it when Python has already taken the object apart.
        self._hear = partial(_tell, WeakMethod(method))
        self._watched: dict[str, tuple[Any, list[int]]] = {}

    def watch(self, role: str, subject: Any | None, events: Iterable[int | str]) -> None:
        """Watch an object in a role, in which it takes the place of the one before; None watches nothing."""
        before, tags = self._watched.get(role, (None, []))
        if before is subject:
            return
        for tag in tags:
            before.RemoveObserver(tag)
        self._watched.pop(role, None)
        if subject is not None:
            self._watched[role] = subject, [subject.AddObserver(event, self._hear) for event in events]

    def watch_all(self, prefix: str, subjects: dict[str, Any], events: Iterable[int | str]) -> None:
        """Watch these, by their roles, which begin with a prefix, and of that prefix no others."""
        for role in [role for role in self._watched if role.startswith(prefix) and role not in subjects]:
            self.watch(role, None, ())
        for role, subject in subjects.items():
            self.watch(role, subject, events)

    def release(self) -> None:
        """Watch nothing any more."""
        for role in list(self._watched):
            self.watch(role, None, ())


def _tell(method: WeakMethod[Callable[[], None]], _subject: Any, _event: str) -> None:
    wanted = method()
    if wanted is not None:
        wanted()
