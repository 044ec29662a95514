"""Widgets that show parameters: both ways, by exact class, or not at all."""

from __future__ import annotations

import enum
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from pytestqt.exceptions import capture_exceptions
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap


class Side(enum.Enum):
    LEFT = "l"
    RIGHT = "r"

    def label(self) -> str:
        return f"On the {self.name.lower()}"


class Plain(enum.Enum):
    ONE, TWO = 1, 2


@pytest.fixture
def node(host_names: Host) -> Any:
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    return ScriptedLoadableModuleLogic().getParameterNode()


@pytest.fixture
def parameters(node: Any) -> Any:
    from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

    annotations = {
        "outline": bool,
        "opacity": Annotated[float, WithinRange(0, 1)],
        "factor": float,
        "side": Side,
        "plain": Plain,
        "volume": vtkMRMLScalarVolumeNode | vtkMRMLVectorVolumeNode | None,
        "phrase": str,
        "report": str,
    }
    described = type("Parameters", (), {"__annotations__": annotations, "opacity": 0.5, "side": Side.RIGHT})
    return parameterNodeWrapper(described)(node)


def named(widget: Any, parameter: str) -> Any:
    """A widget as a .ui file makes it."""
    widget.setObjectName(f"{parameter}Widget")
    widget.setProperty("SlicerParameterName", parameter)
    return widget


def by_parameter(ui: Any) -> dict[str, Any]:
    """The widgets by the parameters that they name."""
    return {widget.property("SlicerParameterName"): widget for widget in vars(ui).values()}


def test_what_connect_gui_connects_cannot_be_ended(parameters: Any) -> None:
    import qt

    ui = SimpleNamespace(box=named(qt.QCheckBox(), "outline"))
    tag = parameters.connectGui(ui)
    parameters.disconnectGui(tag)
    parameters.outline = True
    assert (tag, ui.box.checked) == (None, True)


def test_a_check_box_shows_a_bool(parameters: Any) -> None:
    import qt

    ui = SimpleNamespace(box=named(qt.QCheckBox(), "outline"))
    parameters.outline = True
    tag = parameters.connectParametersToGui(by_parameter(ui))
    assert ui.box.checked is True
    ui.box.checked = False
    assert parameters.outline is False
    parameters.outline = True
    assert ui.box.checked is True
    parameters.disconnectGui(tag)
    ui.box.checked = False
    assert parameters.outline is True
    parameters.outline = False
    ui.box.checked = True
    assert parameters.outline is False


def test_a_slider_shows_a_number_and_takes_its_range(parameters: Any) -> None:
    import ctk

    ui = SimpleNamespace(slider=named(ctk.ctkSliderWidget(), "opacity"))
    ui.slider.maximum, ui.slider.singleStep = 70.0, 0.05
    parameters.connectGui(ui)
    assert (ui.slider.minimum, ui.slider.maximum, ui.slider.value) == (0.0, 1.0, 0.5)
    ui.slider.value = 0.75
    assert parameters.opacity == 0.75
    parameters.opacity = 0.25
    assert ui.slider.value == 0.25


def test_a_slider_without_a_range_is_refused(parameters: Any) -> None:
    import ctk

    ui = SimpleNamespace(slider=named(ctk.ctkSliderWidget(), "factor"))
    with pytest.raises(RuntimeError, match=r"The parameter factor .* factorWidget, a ctkSliderWidget, .* WithinRange"):
        parameters.connectGui(ui)


def test_a_combo_box_is_filled_with_the_labels_of_an_enum(parameters: Any) -> None:
    import qt

    ui = SimpleNamespace(side=named(qt.QComboBox(), "side"), plain=named(qt.QComboBox(), "plain"))
    ui.side.addItem("from the .ui file")
    parameters.connectGui(ui)
    assert [ui.side.itemText(index) for index in range(ui.side.count)] == ["On the left", "On the right"]
    assert [ui.plain.itemText(index) for index in range(ui.plain.count)] == ["ONE", "TWO"]
    assert ui.side.currentIndex == 1
    ui.side.currentIndex = 0
    assert parameters.side is Side.LEFT
    parameters.plain = Plain.TWO
    assert ui.plain.currentText == "TWO"


def test_a_combo_box_keeps_the_choice_when_it_is_connected_again(parameters: Any) -> None:
    import qt

    ui = SimpleNamespace(side=named(qt.QComboBox(), "side"))
    for _ in range(2):
        tag = parameters.connectParametersToGui(by_parameter(ui))
        ui.side.currentIndex = 0
        parameters.disconnectGui(tag)
    parameters.connectGui(ui)
    assert (ui.side.count, ui.side.currentIndex, parameters.side) == (2, 0, Side.LEFT)


def test_a_node_selector_takes_the_classes_and_shows_the_node(parameters: Any, host_names: Host) -> None:
    import slicer

    ui = SimpleNamespace(selector=named(slicer.qMRMLNodeComboBox(), "volume"))
    ui.selector.nodeTypes = ["vtkMRMLModelNode"]
    ui.selector.noneEnabled = True
    ui.selector.setMRMLScene(host_names.scene)
    parameters.connectGui(ui)
    assert ui.selector.nodeTypes == ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode")
    assert ui.selector.currentNode() is None
    first = host_names.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "first")
    second = host_names.scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "second")
    parameters.volume = first
    assert ui.selector.currentNode() is first
    ui.selector.setCurrentNode(second)
    assert parameters.volume is second
    ui.selector.setCurrentNode(None)
    assert parameters.volume is None


def test_text_fields_show_a_text(parameters: Any) -> None:
    import qt

    ui = SimpleNamespace(line=named(qt.QLineEdit(), "phrase"), report=named(qt.QTextEdit(), "report"))
    parameters.phrase, parameters.report = "nodule", "First.\nSecond."
    parameters.connectGui(ui)
    assert (ui.line.text, ui.report.toPlainText()) == ("nodule", "First.\nSecond.")
    ui.line.text = "mass"
    ui.report.setPlainText("Third.")
    assert (parameters.phrase, parameters.report) == ("mass", "Third.")
    ui.line.setCursorPosition(2)
    parameters.report = "Fourth."
    assert ui.report.toPlainText() == "Fourth."
    assert ui.line.cursorPosition == 2


@pytest.mark.parametrize(
    ("class_name", "parameter"),
    [
        *(("QPlainTextEdit", "report"), ("QRadioButton", "outline"), ("QGroupBox", "outline"), ("QLabel", "outline")),
        *(("QCheckBox", "phrase"), ("QComboBox", "phrase"), ("QLineEdit", "opacity"), ("QCheckBox", "volume")),
    ],
)
def test_other_widgets_are_refused_by_name_class_and_parameter(
    parameters: Any, class_name: str, parameter: str
) -> None:
    import qt

    ui = SimpleNamespace(widget=named(getattr(qt, class_name)(), parameter))
    with pytest.raises(RuntimeError, match=rf"{parameter} \(.*\) cannot be .* {parameter}Widget, a {class_name}\."):
        parameters.connectGui(ui)


def test_a_derived_class_is_another_class(parameters: Any) -> None:
    """What Qt would take for a check box, Slicer does not."""
    from PyQt5.QtWidgets import QCheckBox

    from cxr_grounding_desktop.slicer_stand_in.pythonqt import wrap

    class Better(QCheckBox):
        pass

    ui = SimpleNamespace(box=named(wrap(Better()), "outline"))
    with pytest.raises(RuntimeError, match="outlineWidget, a Better"):
        parameters.connectGui(ui)


def test_an_attribute_of_the_ui_that_is_no_qt_object_fails(parameters: Any) -> None:
    import qt

    ui = SimpleNamespace(box=named(qt.QCheckBox(), "outline"), remembered="last time")
    with pytest.raises(AttributeError, match="property"):
        parameters.connectGui(ui)


def test_a_widget_that_names_no_parameter_is_left_alone_and_a_wrong_name_is_told(parameters: Any) -> None:
    import qt

    ui = SimpleNamespace(box=qt.QCheckBox())
    parameters.connectGui(ui)
    ui.box.checked = True
    assert parameters.outline is False
    with pytest.raises(ValueError, match="There is no parameter outlines, but there are: outline, opacity"):
        parameters.connectGui(SimpleNamespace(box=named(ui.box, "outlines")))


def test_a_widget_can_be_given_whole_with_what_lies_in_it(parameters: Any) -> None:
    import qt

    panel, frame = qt.QWidget(), None
    frame = qt.QFrame(panel)
    box = named(qt.QCheckBox(frame), "outline")
    parameters.connectGui(panel)
    box.checked = True
    assert parameters.outline is True


def test_widgets_can_be_named_by_hand(parameters: Any) -> None:
    import qt

    box = qt.QCheckBox()
    parameters.connectParametersToGui({"outline": box})
    parameters.outline = True
    assert box.checked is True
    with pytest.raises(ValueError, match="There is no parameter wish"):
        parameters.connectParametersToGui({"wish": box})


def test_two_widgets_of_one_parameter_follow_each_other(parameters: Any) -> None:
    import qt

    one, other = (SimpleNamespace(box=named(qt.QCheckBox(), "outline")) for _ in range(2))
    tags = [parameters.connectParametersToGui(by_parameter(ui)) for ui in (one, other)]
    one.box.checked = True
    assert other.box.checked is True
    parameters.disconnectGui(tags[0])
    other.box.checked = False
    assert one.box.checked is True
    parameters.disconnectGui(99)


def test_a_widget_that_says_what_the_parameter_cannot_be_is_told_as_slots_are(parameters: Any) -> None:
    import ctk

    slider = ctk.ctkSliderWidget()
    parameters.connectParametersToGui({"opacity": slider})
    unwrap(slider).setRange(0, 2)
    with capture_exceptions() as raised:
        slider.value = 1.5
    assert [kind for kind, _, _ in raised] == [ValueError]
    assert parameters.opacity == 0.5


def test_the_panel_of_the_module_follows_its_parameters(host: Host) -> None:
    parameters, ui = host.widget.logic.getParameterNode(), host.widget.ui
    assert (ui.opacitySlider.minimum, ui.opacitySlider.maximum, ui.opacitySlider.value) == (0, 1, parameters.opacity)
    assert ui.deviceComboBox.count == 4
    parameters.outline, parameters.threshold = True, 30
    assert (ui.outlineCheckBox.checked, ui.thresholdSlider.value) == (True, 30.0)
    ui.boxCheckBox.click()
    assert parameters.box is True
