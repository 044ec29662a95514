"""The host: puts the names that the module expects of Slicer in their places, opens the module, and clears all away."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import slicer
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

from cxr_grounding import CXRGroundingError
from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.slicer_stand_in.module_loading import loaded_apart, module_folder
from cxr_grounding_desktop.slicer_stand_in.pythonqt import make_namespace, wrap, wrapper_class
from cxr_grounding_desktop.slicer_stand_in.scene import (
    application_logic,
    list_in_subject_hierarchy,
    new_scene,
    slice_view,
)
from cxr_grounding_desktop.slicer_stand_in.slicer_names import application, ctk_widgets, modules, mrml_widgets
from cxr_grounding_desktop.slicer_stand_in.slicer_names.single_shot import singleShot
from cxr_grounding_desktop.slicer_stand_in.ui_loader import QUiLoader

MODULE = "CXRGrounding"
VIEW = "Red"

PYTHON_MODULES = {
    "slicer.ScriptedLoadableModule": "scripted_module",
    "slicer.parameterNodeWrapper": "parameter_node",
    "slicer.i18n": "i18n",
    "slicer.packaging": "packaging",
    "SampleData": "sample_data",
}
"""Slicer's own Python modules, and which file of `slicer_names` stands in for each: with what it names in `__all__`."""


class SceneError(CXRGroundingError):
    """A scene could not be read or written; the message says which, and what to do."""


class Host:
    """What Slicer is to the module, once `QApplication` is a `qSlicerApplication`.

        host = Host()
        host.open_module()

    One at a time: it puts names into `sys.modules` and the `slicer` package, and `close` takes them away.

    Args:
        testing: whether `slicer.app.testingEnabled()`: nobody is asked anything, and nothing is installed.
        main_window: whether there will be one; without it there is no layout manager either, as in Slicer.
        folder: of the module; the one that belongs to this package by default.
    """

    def __init__(self, *, testing: bool = False, main_window: bool = True, folder: Path | None = None) -> None:
        running = QApplication.instance()
        if not isinstance(running, application.qSlicerApplication):
            raise TypeError("Make a qSlicerApplication before the host: Qt has one application for all that follows")
        self._application = running
        self._folder = folder or module_folder()
        self.panel: modules.qSlicerScriptedLoadableModuleWidget | None = None
        """The module's panel, after `open_module`."""
        with ExitStack() as undo:
            cache = undo.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            self.scene = new_scene(Path(cache))
            """The vtkMRMLScene."""
            self.slice_logic = slice_view(self.scene, VIEW, "Axial", 300)
            """The vtkMRMLSliceLogic of the Red view."""
            self.application_logic = application_logic(self.scene, [self.slice_logic])
            """The vtkSlicerApplicationLogic."""
            undo.callback(list_in_subject_hierarchy(self.scene))
            layout = application.qMRMLLayoutManager(self.slice_logic, running) if main_window else None
            running._attach(self.scene, self.application_logic, layout, testing)
            undo.callback(running._detach)
            undo.enter_context(_names_in_place(running, self.scene))
            self._undo = undo.pop_all()

    def open_module(self) -> None:
        """Load the module and build its panel."""
        manager = given(self._application.moduleManager())
        self._undo.enter_context(loaded_apart(self._folder))
        (module,) = (one for one in modules.load_modules(self._folder, manager) if one.name == MODULE)
        self._application.startupCompleted.emit()
        panel = module.widgetRepresentation()
        panel._enter()
        self.panel = panel

    @property
    def widget(self) -> Any:
        """The module's own widget object (`CXRGroundingWidget`), with its `ui` and its `logic`."""
        return given(self.panel).self()

    def add_view(self, name: str) -> Any:
        """The vtkMRMLSliceLogic of a further slice view, which scenes that are saved do not hold; hidden at first."""
        logic = slice_view(self.scene, name, "Axial", 300)
        for node in (logic.GetSliceNode(), logic.GetSliceCompositeNode()):
            node.SetSaveWithScene(False)
        logic.GetSliceNode().SetMappedInLayout(False)
        return logic

    def save_scene(self, path: Path | str) -> None:
        """Write the scene into a bundle (.mrb), which Slicer opens too.

        Raises:
            SceneError: when it could not be written; a file that was there is then as it was.
        """
        target = Path(path).with_suffix(".mrb")
        _check_name(target)
        messages, files = slicer.vtkMRMLMessageCollection(), given(self._application.coreIOManager())
        if not files.saveNodes("SceneFile", {"fileName": str(target)}, messages):
            raise _scene_error(target, messages, "Choose another folder, and check the space on it.")

    def load_scene(self, path: Path | str) -> None:
        """Put a scene, .mrb or .mrml, in the place of this one.

        Raises:
            SceneError: when it is none; this one is then as it was.
        """
        _check_name(Path(path))
        _check_scene_file(Path(path))
        messages, files = slicer.vtkMRMLMessageCollection(), given(self._application.coreIOManager())
        if not files.loadNodes("SceneFile", {"fileName": str(path), "clear": True}, None, messages):
            raise _scene_error(Path(path), messages, "It may be damaged: save it again where it was made.")
        self.slice_logic.FitSliceToAll()

    def close_scene(self) -> None:
        """Take everything out of the scene."""
        self.scene.Clear(False)

    def close(self) -> None:
        """End the module and its worker, and take all names away; the panel is not to be used any more."""
        if self.panel is not None:
            self.panel._exit()
            given(self._application.moduleManager()).moduleAboutToBeUnloaded.emit(MODULE)
            self.panel.setParent(None)
            self.panel.deleteLater()
            self.panel = None
        self._undo.close()


def _scene_error(path: Path, messages: Any, advice: str) -> SceneError:
    said = messages.GetAllMessagesAsString().strip() or f"The scene {path} could not be used."
    return SceneError(f"{said} {advice}")


def _check_name(path: Path) -> None:
    """Refuse a path that is no UTF-8: to VTK it is a null pointer, and ends the process."""
    shown = os.fsencode(path).decode(errors="replace")
    if shown != str(path):
        raise SceneError(f"The path {shown} has letters that are no UTF-8. Rename the file or its folder.")


def _check_scene_file(path: Path) -> None:
    """Refuse what is no scene before the one that is open is given up for it."""
    if not path.is_file():
        raise SceneError(f"The scene {path} is not there. Check the path.")
    try:
        if path.suffix.lower() != ".mrb":
            ElementTree.parse(path)
            return
        with zipfile.ZipFile(path) as bundle:
            if bundle.testzip() is None:
                (scene,) = (name for name in bundle.namelist() if name.endswith(".mrml"))
                ElementTree.fromstring(bundle.read(scene))
                return
    except (zipfile.BadZipFile, ElementTree.ParseError, ValueError, OSError):
        pass  # and say so below
    raise SceneError(f"{path.name} is no scene, or it is damaged. Save it again where it was made.")


@contextmanager
def _names_in_place(running: application.qSlicerApplication, scene: Any) -> Iterator[None]:
    """`qt`, `ctk`, and what `slicer` has beyond the MRML core."""
    imported: dict[str, ModuleType] = {
        "qt": make_namespace("qt", {QUiLoader.__name__: wrapper_class(QUiLoader)}, qt=True),
        "ctk": make_namespace("ctk", {name: wrapper_class(getattr(ctk_widgets, name)) for name in ctk_widgets.__all__}),
    }
    attributes: dict[str, Any] = {"app": wrap(running), "mrmlScene": scene, "modules": ModuleType("slicer.modules")}
    for module in (mrml_widgets, modules):
        attributes.update({name: wrapper_class(getattr(module, name)) for name in module.__all__})
    with ExitStack() as undo:
        _put_all(sys.modules, imported, undo)
        _put_all(vars(slicer), attributes, undo)
        timer = wrapper_class(QTimer)
        type.__setattr__(timer, singleShot.__name__, staticmethod(singleShot))  # as Slicer's slicerqt.py does
        undo.callback(type.__delattr__, timer, singleShot.__name__)
        undo.callback(vars(slicer).pop, "selfTests", None)  # made by the first module
        for name, file in PYTHON_MODULES.items():  # these import qt
            _put_all(sys.modules, {name: _stand_in(name, file)}, undo)
            if name.startswith("slicer."):
                _put_all(vars(slicer), {name.partition(".")[2]: sys.modules[name]}, undo)
        yield


def _stand_in(name: str, file: str) -> ModuleType:
    """A fresh module with the names that a file offers, so that no state outlives the host."""
    source = f"cxr_grounding_desktop.slicer_stand_in.slicer_names.{file}"
    sys.modules.pop(source, None)
    module = importlib.import_module(source)
    return make_namespace(name, {offered: getattr(module, offered) for offered in module.__all__})


def _put_all(where: dict[str, Any], entries: dict[str, Any], undo: ExitStack) -> None:
    """Set entries of a dictionary until `undo` is closed."""
    for key, value in entries.items():
        undo.callback(_put_back(where, key))
        where[key] = value


def _put_back(where: dict[str, Any], key: str) -> Callable[[], None]:
    if key in where:
        before = where[key]
        return lambda: where.__setitem__(key, before)
    return lambda: where.pop(key, None)
