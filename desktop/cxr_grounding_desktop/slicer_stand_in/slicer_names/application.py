"""`slicer.app`, and what hangs from it: the layout's one slice view, the loaded modules, reading and writing scenes."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.slicer_stand_in.slicer_names.scene_files import qSlicerCoreIOManager
from cxr_grounding_desktop.slicer_stand_in.slicer_names.tool_tips import ToolTipTrapper

__all__ = ["qMRMLLayoutManager", "qMRMLSliceWidget", "qSlicerApplication", "qSlicerModuleManager"]

NAME, ORGANIZATION = "CXRGrounding", "CXRGrounding"
"""Under which the settings are kept."""


class qMRMLSliceWidget(QObject):
    """The slice view by its logic; what it looks like is the window's matter."""

    def __init__(self, logic: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._logic = logic

    def sliceLogic(self) -> Any:
        """vtkMRMLSliceLogic."""
        return self._logic

    def mrmlSliceNode(self) -> Any:
        """vtkMRMLSliceNode."""
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        """vtkMRMLSliceCompositeNode."""
        return self._logic.GetSliceCompositeNode()


class qMRMLLayoutManager(QObject):
    """A layout that holds the Red slice view, and no other one."""

    def __init__(self, logic: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._widget = qMRMLSliceWidget(logic, self)

    def sliceViewNames(self) -> list[str]:
        """["Red"]."""
        return [self._widget.mrmlSliceNode().GetLayoutName()]

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        """The view of that name, None where there is none."""
        return self._widget if name in self.sliceViewNames() else None

    def resetSliceViews(self) -> None:
        """Fit what the views show into them."""
        self._widget.sliceLogic().FitSliceToAll()


class qSlicerModuleManager(QObject):
    """The loaded modules."""

    moduleAboutToBeUnloaded = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._modules: dict[str, QObject] = {}

    def module(self, name: str) -> QObject | None:
        """The module of that name, None where there is none."""
        return self._modules.get(name)


class qSlicerApplication(QApplication):
    """The application; what it keeps beside its windows comes and goes with the host that is attached to it."""

    startupCompleted = pyqtSignal()

    _layout: qMRMLLayoutManager | None
    _modules: qSlicerModuleManager | None
    _files: qSlicerCoreIOManager | None

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.setOrganizationName(ORGANIZATION)
        self.setApplicationName(NAME)
        self.installEventFilter(ToolTipTrapper(self))
        self._detach()

    def _attach(self, scene: Any, logic: Any, layout: qMRMLLayoutManager | None, testing: bool) -> None:
        self._scene, self._logic, self._layout, self._testing = scene, logic, layout, testing
        self._modules, self._files = qSlicerModuleManager(self), qSlicerCoreIOManager(scene, self)

    def _detach(self) -> None:
        self._scene = self._logic = self._layout = self._modules = self._files = None
        self._testing = False

    def mrmlScene(self) -> Any:
        """vtkMRMLScene."""
        return self._scene

    def applicationLogic(self) -> Any:
        """vtkSlicerApplicationLogic, which knows the slice views."""
        return self._logic

    def layoutManager(self) -> qMRMLLayoutManager | None:
        """None where there is no main window."""
        return self._layout

    def moduleManager(self) -> qSlicerModuleManager | None:
        """The loaded modules."""
        return self._modules

    def coreIOManager(self) -> qSlicerCoreIOManager | None:
        """Reads and writes scenes."""
        return self._files

    def testingEnabled(self) -> bool:
        """Whether tests run, in which nobody is there to answer a question."""
        return self._testing
