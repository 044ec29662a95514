"""Forks of the program: none of them keeps, or ends, what belongs to the program itself."""

from __future__ import annotations

import os
import sys
import weakref
from typing import Protocol


class Forgetful(Protocol):
    """What has something that a fork must not have."""

    def forget(self) -> None:
        """In the fork, as its first thing: let go of all that is the program's."""


_KNOWN: weakref.WeakSet[Forgetful] = weakref.WeakSet()


def tell_in_forks(one: Forgetful) -> None:
    """Have `forget` called in every fork, as long as there is the object."""
    _KNOWN.add(one)


def _forget_all() -> None:
    for one in list(_KNOWN):
        one.forget()


if sys.platform != "win32":  # which has no forks
    os.register_at_fork(after_in_child=_forget_all)
