"""What connects a parameter with a widget, both ways; in Slicer, parameterNodeWrapper/guiConnectors.py.

A widget is recognised by its exact class, and not at all when it is derived from one: so Slicer does it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cxr_grounding_desktop.slicer_stand_in.slicer_names.parameter_types import NodeKind, TextKind


@dataclass
class Connector:
    """One widget.

    Args:
        widget: as PythonQt shows it.
        signal: that it emits when its value changes.
        read, write: its value.
    """

    widget: Any
    signal: str
    read: Callable[[], Any]
    write: Callable[[Any], None]
    _slot: Callable[[], None] | None = None

    def connect(self, slot: Callable[[], None]) -> None:
        """Have a slot called when the value changes."""
        self._slot = slot
        self.widget.connect(self.signal, slot)

    def disconnect(self) -> None:
        """Undo that."""
        self.widget.disconnect(self.signal, self._slot)


def make_connector(name: str, widget: Any, kind: TextKind | NodeKind) -> Connector:
    """The connector of a parameter and a widget.

    Raises:
        RuntimeError: when the widget cannot show a parameter of this type.
    """
    import ctk
    import qt
    import slicer

    makers: dict[tuple[type, type], Callable[[str, Any, Any], Connector]] = {
        (qt.QCheckBox, bool): _check_box,
        (ctk.ctkSliderWidget, float): _slider,
        (qt.QComboBox, enum.Enum): _combo_box,
        (qt.QLineEdit, str): _line_edit,
        (qt.QTextEdit, str): _text_edit,
        (slicer.qMRMLNodeComboBox, NodeKind): _node_combo_box,
    }
    for (widget_class, of), make in makers.items():
        if type(widget) is widget_class and (isinstance(kind, NodeKind) if of is NodeKind else _is(kind, of)):
            return make(name, widget, kind)
    what = "a node" if isinstance(kind, NodeKind) else kind.of.__name__
    known = ", ".join(
        f"{of.__name__} with {widget_class.__name__}" for widget_class, of in makers if of is not NodeKind
    )
    raise RuntimeError(
        f"The parameter {name} ({what}) cannot be connected with the widget {widget.objectName}, a "
        f"{widget.className()}. This host connects {known}, and a node with qMRMLNodeComboBox; of classes derived from "
        "these, none."
    )


def _is(kind: TextKind | NodeKind, of: type) -> bool:
    return isinstance(kind, TextKind) and issubclass(kind.of, of)


def _property(widget: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """How a property of a widget is read and written."""
    return lambda: getattr(widget, name), lambda value: setattr(widget, name, value)


def _check_box(name: str, widget: Any, kind: TextKind) -> Connector:
    return Connector(widget, "stateChanged(int)", *_property(widget, "checked"))


def _slider(name: str, widget: Any, kind: TextKind) -> Connector:
    """The parameter's range takes the place of the one in the .ui file."""
    if kind.within is None:
        raise RuntimeError(
            f"The parameter {name} cannot be connected with the widget {widget.objectName}, a ctkSliderWidget, because "
            "it has no range: annotate it with WithinRange"
        )
    widget.minimum = kind.within.minimum
    widget.maximum = kind.within.maximum
    return Connector(widget, "valueChanged(double)", *_property(widget, "value"))


def _combo_box(name: str, widget: Any, kind: TextKind) -> Connector:
    """The list is filled anew, with what `label()` says of each member of the Enum, or with its name."""
    members: list[Any] = list(kind.of)  # type: ignore[call-overload]  # an Enum

    def read() -> Any:
        return members[widget.currentIndex]

    def write(value: Any) -> None:
        widget.currentIndex = members.index(value)

    before = read()
    widget.clear()
    for member in members:
        widget.addItem(member.label() if hasattr(member, "label") else member.name)
    write(before)
    return Connector(widget, "currentIndexChanged(int)", read, write)


def _line_edit(name: str, widget: Any, kind: TextKind) -> Connector:
    read, write = _property(widget, "text")
    # Writing moves the cursor, also when the text is the same.
    return Connector(widget, "textChanged(QString)", read, lambda text: None if read() == text else write(text))


def _text_edit(name: str, widget: Any, kind: TextKind) -> Connector:
    # Slicer writes here always, so that the cursor moves to the beginning at each change of any parameter.
    return Connector(widget, "textChanged()", widget.toPlainText, widget.setPlainText)


def _node_combo_box(name: str, widget: Any, kind: NodeKind) -> Connector:
    """The parameter's classes take the place of those in the .ui file."""
    widget.nodeTypes = kind.node_types
    return Connector(widget, "currentNodeChanged(vtkMRMLNode*)", widget.currentNode, widget.setCurrentNode)
