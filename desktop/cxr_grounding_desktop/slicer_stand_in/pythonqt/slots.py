"""Python functions as receivers of Qt's signals: how many arguments they get, and what becomes of their exceptions."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any


def accepted_arguments(slot: Callable[..., Any]) -> int | None:
    """The most arguments that a slot takes, those with defaults among them; None for any number.

    PythonQt counts the same way (PythonQtSignalReceiver.cpp): a parameter that was meant as an option is filled by a
    signal that has a value for it. It looks into functions and methods alone: any other callable, such as an object
    with `__call__` or a functools.partial, gets all, and raises where it takes fewer.
    """
    if not isinstance(slot, (FunctionType, MethodType)):
        return None
    parameters = inspect.signature(slot).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return sum(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD) for parameter in parameters
    )


def call_guarded(slot: Callable[..., Any], *arguments: Any) -> None:
    """Call a slot; what it raises is reported and swallowed, as PythonQt does (PyQt5 would end the process).

    The report goes to `sys.excepthook`: the program logs it there, and pytest-qt makes the test fail.
    """
    count = accepted_arguments(slot)
    try:
        slot(*(arguments if count is None else arguments[:count]))
    except Exception:  # noqa: BLE001 - whatever it is, it is not the affair of who emitted the signal
        sys.excepthook(*sys.exc_info())
