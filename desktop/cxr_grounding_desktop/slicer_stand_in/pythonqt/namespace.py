"""The flat modules `qt` and `ctk`: all of Qt's names that Slicer has there, and those of the host's own classes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from PyQt5 import QtCore, QtGui, QtWidgets, sip

from cxr_grounding_desktop.slicer_stand_in.pythonqt.settings import QSettings
from cxr_grounding_desktop.slicer_stand_in.pythonqt.wrapper import wrapper_class

NOT_IN_QT = frozenset({"QThread", "QThreadPool", "QRunnable", "QtConcurrent"})
"""Threads; see `module_loading.threads_refused_to`."""


class Namespace(ModuleType):
    """A module that knows what it lacks.

    Args:
        name: by which it is imported.
        contents: its names.
        qt: whether all of Qt's classes belong to it.
    """

    def __init__(self, name: str, contents: dict[str, Any], *, qt: bool = False) -> None:
        super().__init__(name)
        self.__dict__.update(contents)
        self._has_qt = qt

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self._has_qt and name not in NOT_IN_QT:
            for module in (QtCore, QtGui, QtWidgets):
                value = vars(module).get(name)
                if isinstance(value, type) and issubclass(value, sip.simplewrapper):
                    return self.__dict__.setdefault(name, wrapper_class(value))
        raise AttributeError(f"{self.__name__} has no {name} in Slicer, or this host does not offer it")


def make_namespace(name: str, contents: dict[str, Any] | None = None, *, qt: bool = False) -> Namespace:
    """A module of that name with these contents; with all of Qt's classes beside them for `qt`."""
    own = {QSettings.__name__: wrapper_class(QSettings)} if qt else {}
    return Namespace(name, {**own, **(contents or {})}, qt=qt)
