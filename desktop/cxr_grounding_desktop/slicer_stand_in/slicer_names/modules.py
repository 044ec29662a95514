"""Scripted modules as Slicer finds, loads and opens them (qSlicerScriptedLoadableModule and its factory)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import slicer
from PyQt5.QtCore import QObject
from PyQt5.QtGui import QIcon
from PyQt5.QtWidgets import QVBoxLayout

from cxr_grounding_desktop.pyqt_types import pyqtProperty
from cxr_grounding_desktop.slicer_stand_in.pythonqt import wrap
from cxr_grounding_desktop.slicer_stand_in.pythonqt.slots import call_guarded
from cxr_grounding_desktop.slicer_stand_in.slicer_names.mrml_widgets import qMRMLWidget

__all__ = ["qSlicerScriptedLoadableModule", "qSlicerScriptedLoadableModuleWidget"]


def _text_property(name: str) -> Any:
    return pyqtProperty(
        str, lambda self: self._texts.get(name, ""), lambda self, value: self._texts.update({name: value})
    )


def _list_property(name: str) -> Any:
    return pyqtProperty(
        "QStringList", lambda self: self._lists.get(name, []), lambda self, value: self._lists.update({name: value})
    )


class qSlicerScriptedLoadableModule(QObject):
    """What the module's class is given as `parent`, and what the application keeps as `slicer.modules.<name>`.

    Args:
        path: of the module's file.
    """

    title, helpText, acknowledgementText = map(_text_property, ("title", "helpText", "acknowledgementText"))
    categories, contributors, dependencies = map(_list_property, ("categories", "contributors", "dependencies"))

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path, self._icon = path, QIcon()
        self._texts: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {}
        self._widget: qSlicerScriptedLoadableModuleWidget | None = None

    path = pyqtProperty(str, lambda self: str(self._path))
    """Of the module's file."""

    name = pyqtProperty(str, lambda self: self._path.stem)
    """Of the module: its file's, without the suffix."""

    def _get_icon(self) -> QIcon:
        return self._icon

    def _set_icon(self, icon: QIcon) -> None:
        self._icon = icon

    icon = pyqtProperty(QIcon, _get_icon, _set_icon)

    def widgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        """The panel; made and set up when it is asked for first."""
        if self._widget is None:
            self._widget = qSlicerScriptedLoadableModuleWidget(self._path)
            self._widget._instantiate()
        return self._widget


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The panel's outermost widget, which the module's widget class fills.

    Args:
        path: of the module's file.
    """

    mrmlScene = None  # type: ignore[assignment]  # in Slicer qSlicerObject has it, which Python does not see

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path, self._is_entered, self._self = path, False, None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setMRMLScene(slicer.mrmlScene)

    isEntered = pyqtProperty(bool, lambda self: self._is_entered)
    """Whether the panel is the open one."""

    def self(self) -> Any:
        """The module's own widget object."""
        return self._self

    def reload(self) -> None:
        """Make the module's widget object anew, of the class that is loaded now."""
        self._instantiate()

    def _instantiate(self) -> None:
        name = f"{self._path.stem}Widget"
        self._self = getattr(sys.modules[self._path.stem], name)(wrap(self))
        setattr(slicer.modules, name, self._self)
        self._call("setup")

    def _enter(self) -> None:
        self._is_entered = True  # before the module is told, as in Slicer
        self._call("enter")

    def _exit(self) -> None:
        self._is_entered = False
        self._call("exit")

    def _call(self, method: str) -> None:
        """One of the methods that a module may have; what it raises, Slicer prints, and goes on."""
        function = getattr(self._self, method, None)
        if function is not None:
            call_guarded(function)


def load_modules(folder: Path, manager: Any) -> list[qSlicerScriptedLoadableModule]:
    """Load every module of a folder: each .py file that lies directly in it is taken for one.

    Args:
        folder: appended to `sys.path` before.
        manager: the `qSlicerModuleManager` that keeps them.

    Raises:
        ImportError: when a file holds no class of its name.
    """
    sys.path.append(str(folder))
    loaded = []
    for path in sorted(folder.glob("*.py")):
        name = path.stem
        specification = importlib.util.spec_from_file_location(name, path)
        assert specification is not None and specification.loader is not None  # noqa: PT018 - it ends in .py
        source = importlib.util.module_from_spec(specification)
        sys.modules[name] = source
        specification.loader.exec_module(source)
        if not hasattr(source, name):
            raise ImportError(
                f"{path} is no module: it has no class {name}. Put what is no module into a folder below."
            )
        module = qSlicerScriptedLoadableModule(path, manager)
        setattr(slicer.modules, f"{name}Instance", getattr(source, name)(wrap(module)))
        setattr(slicer.modules, name.lower(), wrap(module))
        manager._modules[name] = module
        loaded.append(module)
    return loaded
