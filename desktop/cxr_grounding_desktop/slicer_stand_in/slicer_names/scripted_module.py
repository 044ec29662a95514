"""`slicer.ScriptedLoadableModule`: the base classes of a module's four classes, as Slicer 5.12 has them.

`qt` and `ctk` are the host's, which are in place only while it is open; so they are imported inside.
"""

from __future__ import annotations

import importlib
import logging
import unittest
from pathlib import Path
from typing import Any

import slicer

__all__ = [
    "ScriptedLoadableModule",
    "ScriptedLoadableModuleLogic",
    "ScriptedLoadableModuleTest",
    "ScriptedLoadableModuleWidget",
]


class ScriptedLoadableModule:
    """What a module says of itself.

    Args:
        parent: the Qt side of the module, with `path` and the writable `title`, `categories`, `dependencies`,
            `contributors`, `helpText`, `acknowledgementText` and `icon`.
    """

    def __init__(self, parent: Any) -> None:
        import qt

        super().__init__()
        self.parent = parent
        self.moduleName = type(self).__name__
        parent.title = ""
        parent.categories = []
        parent.dependencies = []
        parent.contributors = ["(contributors of this module)"]
        parent.helpText = "(help of this module)"
        parent.acknowledgementText = "(acknowledgement of this module)"
        icons = Path(parent.path).parent / "Resources" / "Icons"
        for icon in (icons / f"{self.moduleName}{ending}" for ending in (".svg", ".png")):
            if icon.is_file():
                parent.icon = qt.QIcon(str(icon))
                break
        if not hasattr(slicer, "selfTests"):
            slicer.selfTests = {}
        slicer.selfTests[self.moduleName] = self.runTest

    def runTest(self, msec: int = 100, **kwargs: Any) -> None:
        """Run the class `<module's name>Test` of the module's file.

        Args:
            msec: how long each of its messages stays, in milliseconds.
            kwargs: for the test's `runTest`.
        """
        name = f"{self.moduleName}Test"
        testClass = getattr(importlib.import_module(self.__module__), name, None)
        if testClass is None:
            raise AssertionError(f"{self.__module__}.py has no class {name}")
        test = testClass()
        test.messageDelay = msec
        test.runTest(**kwargs)


class ScriptedLoadableModuleWidget:
    """A module's panel.

    `moduleName`, `parent` (a widget of Qt, with a layout), `layout` (of the parent) and `developerMode` are
    attributes.

    Args:
        parent: where the panel is built; without one, a window is made for it, set up and shown at once.
    """

    def __init__(self, parent: Any = None) -> None:
        import qt

        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = slicer.util.settingsValue("Developer/DeveloperMode", False, converter=slicer.util.toBool)
        self.parent = parent or slicer.qMRMLWidget()
        if not parent:
            self.parent.setLayout(qt.QVBoxLayout())
            self.parent.setMRMLScene(slicer.mrmlScene)
        self.layout = self.parent.layout()
        if not parent:
            self.setup()
            self.parent.show()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def setup(self) -> None:
        """Begin the panel; called when the module is opened for the first time."""
        self.setupDeveloperSection()

    def setupDeveloperSection(self) -> None:
        """In developer mode a button that loads the module anew; Slicer has others beside it."""
        import ctk
        import qt

        if not self.developerMode:
            return
        self.reloadCollapsibleButton = ctk.ctkCollapsibleButton()
        self.reloadCollapsibleButton.text = "Reload"
        self.layout.addWidget(self.reloadCollapsibleButton)
        self.reloadButton = qt.QPushButton("Reload")
        self.reloadButton.toolTip = "Load this module anew."
        self.reloadButton.connect("clicked()", self.onReload)
        qt.QFormLayout(self.reloadCollapsibleButton).addRow(self.reloadButton)

    def onReload(self) -> None:
        """Load the module's file anew and build the panel again."""
        logging.info(f"Reloading the module {self.moduleName}")
        slicer.util.reloadScriptedModule(self.moduleName)

    def cleanup(self) -> None:
        """For the module to override: called when the module is unloaded or loaded anew."""

    def resourcePath(self, filename: str) -> str:
        """The path of a file in the module's `Resources`."""
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def _onModuleAboutToBeUnloaded(self, moduleName: str) -> None:
        # By this name, because slicer.util.reloadScriptedModule disconnects it.
        if moduleName == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)


class ScriptedLoadableModuleLogic:
    """What a module does, and its parameter nodes in the scene.

    Args:
        parent: of no use; Slicer has it.
    """

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        """The module's first parameter node in the scene; one is made when there is none."""
        if self.isSingletonParameterNode:
            node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
            if node is not None:
                node.SetAttribute("ModuleName", self.moduleName)  # closing the scene may have taken it
                return node
        else:
            nodes = self.getAllParameterNodes()
            if nodes:
                return nodes[0]
        return slicer.mrmlScene.AddNode(self.createParameterNode())

    def getAllParameterNodes(self) -> list[Any]:
        """All parameter nodes of the module in the scene."""
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self) -> Any:
        """A new parameter node, not yet in the scene."""
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)  # the variable holds it now
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """A module's test; `messageDelay`, when it is set, says for all messages how long they stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        super(unittest.TestCase, self).__init__()  # unittest does not call what a class is mixed with

    def delayDisplay(self, message: str, requestedDelay: int | None = None, msec: int | None = None) -> None:
        """Show a message for a while, in milliseconds, and let the event loop run meanwhile."""
        given = (getattr(self, "messageDelay", None), msec, requestedDelay, 100)
        slicer.util.delayDisplay(message, next(delay for delay in given if delay is not None))

    def setUp(self) -> None:
        """For the module to override: called before each test."""

    def runTest(self) -> None:
        """Run every method with "test" in its name, each between `setUp` and `tearDown`."""
        self.setUpClass()
        for name in (name for name in dir(self) if "test" in name and callable(getattr(self, name))):
            self.setUp()
            logging.info(f"Running {name}")
            getattr(self, name)()
            self.tearDown()
        self.tearDownClass()
