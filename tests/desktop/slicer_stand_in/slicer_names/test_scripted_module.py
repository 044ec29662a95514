"""The base classes of a module's four classes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import slicer
from PyQt5.QtCore import QSettings
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.slicer_stand_in.host import Host

MODULE = """
from slicer.ScriptedLoadableModule import *

class Tried(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.placeholders = (parent.title, parent.categories, parent.dependencies, bool(parent.contributors))
        parent.title = "Tried"

class TriedLogic(ScriptedLoadableModuleLogic):
    pass

class TriedWidget(ScriptedLoadableModuleWidget):
    made, cleaned = [], []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.made.append(self)

    def enter(self):
        pass

    def exit(self):
        pass

    def cleanup(self):
        self.cleaned.append(self)

class TriedTest(ScriptedLoadableModuleTest):
    ran = []

    def setUp(self):
        self.ran.append("setUp")

    def test_one(self):
        self.delayDisplay("one")
        self.ran.append("one")

    def test_two(self):
        self.ran.append("two")
"""
ICON = Path(__file__).parents[4] / "CXRGrounding" / "Resources" / "Icons" / "CXRGrounding.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A module of its own, with an icon."""
    folder = tmp_path / "Tried"
    (folder / "Resources" / "Icons").mkdir(parents=True)
    (folder / "Tried.py").write_text(MODULE, encoding="utf-8")
    (folder / "Resources" / "Icons" / "Tried.png").write_bytes(ICON.read_bytes())
    return folder


@pytest.fixture
def tried(host_names: Host, folder: Path) -> Iterator[Any]:
    """That module, loaded."""
    from cxr_grounding_desktop.slicer_stand_in.slicer_names.modules import load_modules

    path = list(sys.path)
    load_modules(folder, QApplication.instance().moduleManager())
    yield sys.modules["Tried"]
    sys.path[:] = path
    del sys.modules["Tried"]


@pytest.fixture
def panel(tried: Any) -> Any:
    return slicer.modules.tried.widgetRepresentation().self()


def test_a_module_begins_with_placeholders_and_its_icon(tried: Any) -> None:
    assert slicer.modules.TriedInstance.placeholders == ("", (), (), True)
    assert slicer.modules.tried.title == "Tried"
    assert slicer.modules.tried.helpText
    assert not slicer.modules.tried.icon.isNull()
    assert slicer.modules.TriedInstance.moduleName == "Tried"


def test_a_panel_knows_its_module_and_its_place(panel: Any, folder: Path) -> None:
    assert panel.moduleName == "Tried"
    assert panel.parent == slicer.modules.tried.widgetRepresentation()
    assert panel.layout == panel.parent.layout()
    assert panel.resourcePath("UI/Tried.ui") == str(folder / "Resources" / "UI" / "Tried.ui")
    assert panel.made == [panel]
    assert slicer.modules.TriedWidget is panel


def test_only_developers_get_the_reload_button(panel: Any) -> None:
    assert panel.developerMode is False
    assert panel.layout.count() == 0


def test_reloading_ends_the_old_panel_and_builds_a_new_one_in_its_place(
    settings: QSettings, tried: Any, folder: Path
) -> None:
    settings.setValue("Developer/DeveloperMode", "true")
    panel = slicer.modules.tried.widgetRepresentation().self()
    assert panel.developerMode is True
    (folder / "Tried.py").write_text(MODULE + "\nCHANGED = True\n", encoding="utf-8")
    panel.reloadButton.click()
    again = slicer.modules.TriedWidget
    assert again is not panel
    assert (again.parent, again.layout.count()) == (panel.parent, 1)
    assert panel.cleaned == [panel]
    assert sys.modules["Tried"].CHANGED
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit("Tried")
    assert panel.cleaned == [panel]
    assert again.cleaned == [again]


def test_a_panel_is_cleaned_up_once_and_for_its_own_module_only(panel: Any) -> None:
    for name in ("Other", "Tried", "Tried"):
        slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(name)
    assert panel.cleaned == [panel]


def test_a_panel_without_a_parent_makes_a_window_and_shows_it(tried: Any, host_names: Host) -> None:
    panel = tried.TriedWidget()
    assert panel.made[-1] is panel
    assert panel.parent.visible is True
    assert panel.parent.mrmlScene() is host_names.scene
    panel.parent.close()


def test_a_logic_has_one_parameter_node(tried: Any, host_names: Host) -> None:
    logic = tried.TriedLogic()
    assert logic.getAllParameterNodes() == []
    node = logic.getParameterNode()
    assert node.IsA("vtkMRMLScriptedModuleNode")
    assert (node.GetName(), node.GetAttribute("ModuleName"), node.GetSingletonTag()) == ("Tried", "Tried", "Tried")
    assert tried.TriedLogic().getParameterNode() is node
    assert logic.getAllParameterNodes() == [node]
    assert node.GetReferenceCount() == node_in_a_scene(host_names.scene).GetReferenceCount()


def node_in_a_scene(scene: Any) -> Any:
    """A parameter node that only the scene and a variable hold."""
    return scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")


def test_the_parameter_node_outlives_the_scene_and_gets_its_mark_again(tried: Any, host_names: Host) -> None:
    logic = tried.TriedLogic()
    node = logic.getParameterNode()
    host_names.close_scene()
    assert node.GetAttribute("ModuleName") is None
    assert logic.getParameterNode() is node
    assert node.GetAttribute("ModuleName") == "Tried"


def test_a_logic_may_have_several_parameter_nodes(tried: Any, host_names: Host) -> None:
    logic = tried.TriedLogic()
    logic.isSingletonParameterNode = False
    first = logic.getParameterNode()
    assert logic.getParameterNode() is first
    second = host_names.scene.AddNode(logic.createParameterNode())
    node_in_a_scene(host_names.scene)
    assert logic.getAllParameterNodes() == [first, second]
    assert (first.GetSingletonTag(), second.GetName()) == (None, "Tried_1")


def test_a_test_runs_every_method_that_is_called_test(tried: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        slicer.selfTests["Tried"](msec=10)
    assert tried.TriedTest.ran == ["setUp", "one", "setUp", "two"]
    assert "Running test_two" in caplog.text


def test_a_module_without_a_test_class_says_so(tried: Any) -> None:
    del tried.TriedTest
    with pytest.raises(AssertionError, match=r"Tried.py has no class TriedTest"):
        slicer.modules.TriedInstance.runTest()


def test_nothing_stays_behind_when_the_host_is_closed(qapp: Any, folder: Path) -> None:
    host = Host(testing=True)
    from slicer.ScriptedLoadableModule import ScriptedLoadableModule

    ScriptedLoadableModule(SimpleNamespace(path=str(folder / "Tried.py")))
    assert slicer.selfTests
    host.close()
    assert not hasattr(slicer, "selfTests")
    assert "slicer.ScriptedLoadableModule" not in sys.modules
