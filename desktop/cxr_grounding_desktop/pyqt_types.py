"""Where PyQt5's type stubs say other than what Qt is."""

from __future__ import annotations

from typing import Any, TypeVar

from PyQt5 import QtCore

T = TypeVar("T")

pyqtProperty: Any = QtCore.pyqtProperty  # type: ignore[attr-defined]  # the stubs leave it out


def given(value: T | None) -> T:
    """What Qt gives without fail, such as a widget's style; the stubs call every pointer optional.

    Raises:
        RuntimeError: when it is not there all the same, which is a mistake of the caller's.
    """
    if value is None:
        raise RuntimeError("Qt gave nothing here; ask for it when its owner is set up")
    return value
