"""The .ui file against what Slicer's loader and its parameter connectors take, and against the code that uses it."""

from __future__ import annotations

import ast
import re
from xml.etree import ElementTree

from sources import ROOT, assert_none, at, parsed

MODULE = ROOT / "CXRGrounding"
PANEL = [MODULE / "CXRGroundingLib" / "self_test.py", *sorted((MODULE / "CXRGroundingLib").glob("widget*.py"))]
UI = ElementTree.parse(MODULE / "Resources" / "UI" / "CXRGrounding.ui").getroot()
WIDGETS = {widget.get("name"): widget for widget in UI.iter("widget")}

KNOWN_CLASSES = {
    *("QLabel", "QPushButton", "QComboBox", "QTextEdit", "QCheckBox", "QProgressBar", "QTableWidget"),
    *("qMRMLWidget", "qMRMLNodeComboBox", "ctkCollapsibleButton", "ctkSliderWidget"),
}
CONNECTORS = {
    "QCheckBox": r"bool",
    "QComboBox": r"Device|Quality|PlacesAsked|DoubtedHeat",
    "ctkSliderWidget": r"Annotated\[(float|int), WithinRange\(.+\)\]",
    "qMRMLNodeComboBox": r"Union\[(vtkMRML\w+Node, )+None\]",
}
"""Slicer's connectors take exactly these classes of widgets, each for these types (a combo box for an enum)."""

ASKED = ("QPushButton", "QComboBox", "QTextEdit", "QCheckBox", "qMRMLNodeComboBox", "ctkSliderWidget", "QTableWidget")
"""Classes of widgets that the user does something with."""


def property_of(widget: ElementTree.Element, name: str) -> str | None:
    """The text of a property, None when the file does not set it."""
    for element in widget.findall("property"):
        if element.get("name") == name:
            return "".join(element.itertext()).strip()
    return None


def parameters() -> dict[str, str]:
    """Name and type, as written, of each parameter."""
    tree = parsed(MODULE / "CXRGroundingLib" / "parameters.py")
    (node,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "CXRGroundingParameterNode")
    return {n.target.id: ast.unparse(n.annotation) for n in node.body if isinstance(n, ast.AnnAssign)}


def bound() -> dict[str, ElementTree.Element]:
    """The widgets that name a parameter, by its name."""
    return {name: w for w in WIDGETS.values() if (name := property_of(w, "SlicerParameterName")) is not None}


def test_no_name_is_given_twice() -> None:
    names = [element.get("name") for kind in ("widget", "layout", "spacer") for element in UI.iter(kind)]
    assert len(names) == len(set(names))


def test_all_widgets_are_of_classes_that_slicer_has() -> None:
    assert {widget.get("class") for widget in WIDGETS.values()} <= KNOWN_CLASSES
    foreign = {c for widget in WIDGETS.values() if not (c := widget.get("class")).startswith("Q")}
    assert {element.findtext("class") for element in UI.iter("customwidget")} == foreign


def of_the_file(node: ast.Attribute) -> bool:
    """Whether an attribute is a widget by its name: `ui.x`, `self.ui.x` or `self._ui.x`."""
    owner = node.value
    return (isinstance(owner, ast.Name) and owner.id == "ui") or (
        isinstance(owner, ast.Attribute) and owner.attr in ("ui", "_ui")
    )


def test_what_the_code_calls_by_name_is_in_the_file() -> None:
    used = [
        (path, node)
        for path in PANEL
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and of_the_file(node)
    ]
    assert len(used) > 20
    assert_none([at(path, node) for path, node in used if node.attr not in WIDGETS])


def test_a_widget_with_a_parameter_has_a_connector_for_its_type() -> None:
    types = parameters()
    assert set(bound()) <= set(types)
    for name, widget in bound().items():
        assert re.fullmatch(CONNECTORS[widget.get("class")], types[name]), name


def test_a_parameter_without_a_connected_widget_is_kept_by_the_panel_itself() -> None:
    library = MODULE / "CXRGroundingLib"
    source, display = ((library / name).read_text(encoding="utf-8") for name in ("widget.py", "widget_display.py"))
    by_hand = set(parameters()) - set(bound())
    assert by_hand == {"phrase", "report", "sentences", "model", "colorMap"}
    for name in by_hand:
        assert f"self._parameterNode.{name} = " in source
        assert f"parameters.{name}" in (display if name == "colorMap" else source)


def test_the_connected_properties_are_dynamic_ones() -> None:
    elements = [e for e in UI.iter("property") if e.get("name") == "SlicerParameterName"]
    assert len(elements) == len(bound())
    assert all(element.get("stdset") == "0" for element in elements)


def test_selectors_get_the_scene_from_the_panel() -> None:
    root = UI.find("widget").get("name")
    connected = {
        element.findtext("receiver")
        for element in UI.iter("connection")
        if element.findtext("sender") == root
        and element.findtext("signal") == "mrmlSceneChanged(vtkMRMLScene*)"
        and element.findtext("slot") == "setMRMLScene(vtkMRMLScene*)"
    }
    assert UI.find("widget").get("class") == "qMRMLWidget"
    selectors = {n for n, w in WIDGETS.items() if w.get("class").startswith("qMRML")} - {root}
    assert connected == selectors


def test_the_radiograph_is_never_a_label_map() -> None:
    selector = WIDGETS["radiographSelector"]
    assert property_of(selector, "showChildNodeTypes") == "false"
    (types,) = (e.find("stringlist") for e in selector.findall("property") if e.get("name") == "nodeTypes")
    assert [element.text for element in types] == ["vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode"]
    assert parameters()["radiograph"] == "Union[vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode, None]"


def test_research_use_only_is_in_no_section_that_can_be_closed() -> None:
    label = WIDGETS["researchUseLabel"]
    assert property_of(label, "text").startswith("Research use only")
    closable = [widget for widget in WIDGETS.values() if widget.get("class") == "ctkCollapsibleButton"]
    for name in ("researchUseLabel", "modelLabel", "messageLabel", "progressBar"):
        assert not any(WIDGETS[name] in section.iter("widget") for section in closable), name


def test_the_sections_are_the_four() -> None:
    layout = UI.find("widget/layout")
    sections = [w for w in layout.findall("item/widget") if w.get("class") == "ctkCollapsibleButton"]
    assert [property_of(section, "text") for section in sections] == ["Inputs", "Findings", "Display", "Advanced"]


def test_what_the_user_reads_can_be_translated_and_what_the_program_reads_cannot() -> None:
    for element in UI.iter("property"):
        for string in element.findall("string"):
            is_read = element.get("name") != "SlicerParameterName" and bool((string.text or "").strip())
            assert (string.get("notr") != "true") == is_read, (element.get("name"), string.text)


def test_all_that_can_be_used_says_what_it_does() -> None:
    told_by_code = {"groundButton", "groundReportButton"}
    for name, widget in WIDGETS.items():
        if widget.get("class") in ASKED and name not in told_by_code:
            assert property_of(widget, "toolTip"), name


def test_texts_from_elsewhere_are_not_read_as_html() -> None:
    for name in ("messageLabel", "warningsLabel", "modelLabel"):
        assert property_of(WIDGETS[name], "textFormat") == "Qt::PlainText"
        assert property_of(WIDGETS[name], "wordWrap") == "true"
