"""Ten mistakes that pass on PyQt5 and the bare MRML core, and fail in Slicer: here they fail too.

Each is made in a small scripted module that the host loads as it loads the real one. Where a mistake is shown
elsewhere, the test of that is named.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cxr_grounding import shared_reader
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.module_loading import threads_refused_to
from cxr_grounding_desktop.slicer_stand_in.slicer_names import modules

NAME = "Sample"
Load = Callable[[str], Any]


@pytest.fixture
def load(host_names: Host, tmp_path: Path) -> Iterator[Load]:
    """Loads a module whose widget's `setup` has the given body; gives the module (a qSlicerScriptedLoadableModule)."""
    folder, path = tmp_path / NAME, list(sys.path)
    folder.mkdir()

    def write(body: str) -> Any:
        source = f"""
            import slicer, qt, ctk, vtk, threading
            from slicer.ScriptedLoadableModule import *

            class {NAME}(ScriptedLoadableModule):
                pass

            class {NAME}Widget(ScriptedLoadableModuleWidget):
                def setup(self):
                    ScriptedLoadableModuleWidget.setup(self)
        """
        text = textwrap.dedent(source) + textwrap.indent(textwrap.dedent(body), 8 * " ")
        (folder / f"{NAME}.py").write_text(text, encoding="utf-8")
        (module,) = modules.load_modules(folder, QApplication.instance().moduleManager())
        return module

    with threads_refused_to({NAME}):
        yield write
    sys.path[:] = path
    sys.modules.pop(NAME, None)


def mistake_of(qtbot: QtBot, module: Any) -> BaseException:
    """What the module's `setup` raises, which the host reports and swallows as Slicer does."""
    with qtbot.captureExceptions() as reported:
        module.widgetRepresentation()
    assert len(reported) == 1, reported
    return reported[0][1]


def test_a_module_without_a_mistake_is_set_up(qtbot: QtBot, load: Load) -> None:
    module = load("self.button = qt.QPushButton('Go'); self.layout.addWidget(self.button)")
    widget = module.widgetRepresentation()
    assert widget.self().button.text == "Go"
    assert slicer.modules.sample.name == NAME


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("qt.QLineEdit('x').text()", TypeError),
        ("qt.QComboBox().currentText()", TypeError),
        ("qt.QSlider().value()", TypeError),
        ("qt.QTimer().interval()", TypeError),
        ("self.parent.width()", TypeError),
        ("qt.QLineEdit().txet = 'x'", AttributeError),
        ("qt.QLineEdit().clear = None", AttributeError),
        ("qt.QLineEdit().txet", AttributeError),
        ("qt.QLineEdit().setText('a', 'b')", TypeError),
        ("qt.QtCore", AttributeError),
    ],
)
def test_1_qt_as_pyqt_has_it_fails(qtbot: QtBot, load: Load, body: str, error: type[BaseException]) -> None:
    assert isinstance(mistake_of(qtbot, load(body)), error)


@pytest.mark.parametrize(
    "body",
    [
        "threading.Thread(target=print).start()",
        "from concurrent.futures import ThreadPoolExecutor; ThreadPoolExecutor(1).submit(print)",
        "qt.QThread()",
    ],
)
def test_2_a_thread_that_would_stall_fails(qtbot: QtBot, load: Load, body: str) -> None:
    assert isinstance(mistake_of(qtbot, load(body)), RuntimeError | AttributeError)


LAUNCHER = """#!/bin/sh
# As Slicer's PythonSlicer: starts the interpreter as a child with its own input, waits for it, and hands no signal on.
exec 3<&0
"{python}" "$@" <&3 &
wait $!
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_3_the_interpreter_behind_the_launcher_ends_with_the_panel(
    qapp: Any, tmp_path: Path, phantom_file: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    launcher = tmp_path / "bin" / "PythonSlicer"
    launcher.parent.mkdir()
    launcher.write_text(LAUNCHER.format(python=sys.executable), encoding="utf-8")
    launcher.chmod(0o755)
    monkeypatch.setenv("PATH", str(launcher.parent), prepend=os.pathsep)
    host = Host(testing=True)
    host.open_module()
    try:
        host.widget.loadRadiograph(str(phantom_file))
        host.widget.ui.phraseComboBox.setEditText("Large left pleural effusion")
        host.widget.ui.groundButton.click()
        qtbot.waitUntil(lambda: children_of(launcher) != [], timeout=60_000)
        started = children_of(launcher)
    finally:
        host.close()
        shared_reader(str(launcher)).close()  # which outlives panels
    qtbot.waitUntil(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), timeout=20_000)


def children_of(launcher: Path) -> list[str]:
    """The launcher's process and those that it started."""
    found = [path.name for path in Path("/proc").iterdir() if path.name.isdigit() and str(launcher) in command_of(path)]
    return found + [path.name for path in Path("/proc").iterdir() if path.name.isdigit() and parent_of(path) in found]


def command_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended
        return ""


def parent_of(process: Path) -> str:
    try:
        return (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
    except OSError:
        return ""


def test_4_a_helper_beside_the_module_is_taken_for_a_module(load: Load, tmp_path: Path) -> None:
    (tmp_path / NAME / "helper.py").write_text("VALUE = 1\n", encoding="utf-8")
    with pytest.raises(ImportError, match="no class helper"):
        load("pass")


@pytest.mark.parametrize(
    ("annotation", "widget"),
    [
        ("str", "qt.QPlainTextEdit()"),
        ("float", "ctk.ctkSliderWidget()"),
        ("bool", "qt.QRadioButton()"),
        ("str", "'no widget at all'"),
    ],
)
def test_5_what_no_connector_takes_fails(qtbot: QtBot, load: Load, annotation: str, widget: str) -> None:
    mistake = mistake_of(
        qtbot,
        load(f"""
            from slicer.parameterNodeWrapper import parameterNodeWrapper
            @parameterNodeWrapper
            class Parameters:
                value: {annotation}
            logic = ScriptedLoadableModuleLogic()
            logic.moduleName = "{NAME}"
            ui = type("", (), {{}})()
            ui.edit = {widget}
            if hasattr(ui.edit, "setProperty"):
                ui.edit.setProperty("SlicerParameterName", "value")
            Parameters(logic.getParameterNode()).connectGui(ui)
        """),
    )
    assert isinstance(mistake, RuntimeError | AttributeError)


def test_6_pixels_and_lengths_are_those_of_slicers_own_reader() -> None:
    """tests/module/test_scene_reader.py shows it: the volumes here are read by the very code that Slicer has."""
    assert slicer.vtkMRMLVolumeArchetypeStorageNode.__module__.startswith("slicer")


def test_7_the_scene_has_what_a_real_session_has(host_names: Host, makeNode: Callable[[str], Any]) -> None:
    own, foreign = makeNode("vtkMRMLLabelMapVolumeNode"), makeNode("vtkMRMLVectorVolumeNode")
    first = host_names.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    assert first in (own, foreign), "a selection by IsA must find the wrong nodes here too"


@pytest.fixture
def makeNode(host_names: Host) -> Callable[[str], Any]:
    """Adds a volume of a class."""

    def make(className: str) -> Any:
        shape = (1, 4, 4, 3) if "Vector" in className else (1, 4, 4)
        return slicer.util.addVolumeFromArray(np.zeros(shape, np.uint8), nodeClassName=className)

    return make


def test_8_nobody_answers_in_testing_mode(host_names: Host) -> None:
    assert slicer.app.testingEnabled() is True
    assert slicer.util.confirmOkCancelDisplay("Install?") is False
    assert slicer.util.errorDisplay("Nobody sees this") is None


def test_8_there_may_be_no_window_and_no_layout(qapp: Any) -> None:
    host = Host(testing=True, main_window=False)
    try:
        assert slicer.util.mainWindow() is None
        assert slicer.app.layoutManager() is None
        host.open_module()
        assert host.widget.ui.groundButton.toolTip == "<p>Select a radiograph, or load one.</p>"
        with pytest.raises(AttributeError):
            slicer.util.resetSliceViews()
    finally:
        host.close()


def test_9_nodes_are_listed_in_the_subject_hierarchy(host_names: Host, makeNode: Callable[[str], Any]) -> None:
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    assert hierarchy.GetItemByDataNode(makeNode("vtkMRMLScalarVolumeNode")) != 0


def test_9_choosing_a_volume_for_all_views_clears_the_label_layer(
    host_names: Host, makeNode: Callable[[str], Any]
) -> None:
    composite = host_names.slice_logic.GetSliceCompositeNode()
    composite.SetLabelVolumeID(makeNode("vtkMRMLLabelMapVolumeNode").GetID())
    selection = slicer.app.applicationLogic().GetSelectionNode()
    selection.SetActiveVolumeID(makeNode("vtkMRMLScalarVolumeNode").GetID())
    slicer.app.applicationLogic().PropagateVolumeSelection()
    assert composite.GetLabelVolumeID() is None


def test_9_closing_the_scene_resets_the_parameters_and_keeps_their_node(qtbot: QtBot, host: Host) -> None:
    host.widget._parameterNode.report = "The heart is large."
    node = host.widget._parameterNode.parameterNode
    host.close_scene()
    assert host.scene.IsNodePresent(node)
    assert node.GetParameter("report") == ""
    qtbot.waitUntil(lambda: host.widget.ui.reportEdit.toPlainText() == "")


def test_9_a_reload_runs_the_doorway_again_and_nothing_below_unless_it_was_dropped(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, texts = host.widget, sys.modules["CXRGroundingLib.texts"]
    slicer.util.reloadScriptedModule("CXRGrounding")
    assert sys.modules["CXRGroundingLib.texts"] is texts
    host.widget.onReload()
    assert sys.modules["CXRGroundingLib.texts"] is not texts
    assert host.widget is not before
    assert host.widget.ui.groundButton.toolTip == "<p>Select a radiograph, or load one.</p>"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("bytes(qt.QPushButton().saveGeometry())", TypeError),
        ("assert isinstance(qt.QPushButton(), qt.QWidget)", AssertionError),
        ("s = qt.QSettings(); s.setValue('k', ['a', 'b']); s.value('k').append('c')", AttributeError),
        ("s = qt.QSettings(); s.setValue('k', False); assert not s.value('k')", AssertionError),
        ("qt.QPushButton().connect('clicked(int)', print)", ValueError),
    ],
)
def test_10_values_are_those_that_pythonqt_gives(
    qtbot: QtBot, load: Load, body: str, error: type[BaseException]
) -> None:
    assert isinstance(mistake_of(qtbot, load(body)), error)


def test_10_a_slot_that_raises_is_a_failure_of_the_test_and_not_of_the_program(qtbot: QtBot, load: Load) -> None:
    module = load("""
        self.button, self.given = qt.QPushButton(), []
        self.button.connect("clicked(bool)", lambda force="default": self.given.append(force))
        self.button.connect("clicked(bool)", lambda: 1 / 0)
        self.button.connect("clicked(bool)", lambda: self.given.append("next"))
    """)
    panel = module.widgetRepresentation().self()
    with qtbot.captureExceptions() as reported:
        panel.button.click()
    assert [kind for kind, _, _ in reported] == [ZeroDivisionError]
    assert panel.given == [False, "next"]
