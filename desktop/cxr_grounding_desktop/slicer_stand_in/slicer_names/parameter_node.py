"""`slicer.parameterNodeWrapper`: typed parameters of a module, kept in the scene, for the types that the module uses.

What is offered behaves as in Slicer's Base/Python/slicer/parameterNodeWrapper/wrapper.py; any other type is refused
when the class is defined.
"""

from __future__ import annotations

import typing
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import slicer
import vtk

from cxr_grounding_desktop.slicer_stand_in.slicer_names.parameter_connectors import Connector, make_connector
from cxr_grounding_desktop.slicer_stand_in.slicer_names.parameter_types import NodeKind, TextKind, WithinRange, kind_of

__all__ = ["WithinRange", "parameterNodeWrapper"]

WIDGET_PROPERTY = "SlicerParameterName"
"""Of a widget in a .ui file: the parameter that it shows."""

NOT_OFFERED = ("allParameters", "default", "isCached", "dataType", "getValue", "setValue")
"""Names that Slicer's wrapper has beside those offered here: no parameter may take them."""


@dataclass(frozen=True)
class _Described:
    """A parameter as the class describes it."""

    name: str
    kind: TextKind | NodeKind
    default: Any


class _Stored:
    """A parameter in a parameter node; keeps the value until the node changes, as Slicer does."""

    def __init__(self, described: _Described, node: Any) -> None:
        self._described, self._node, self._is_writing = described, node, False
        self.value = self._read()
        # A reference that does not hold it: the observer goes when the wrapper goes.
        this: Callable[[], Any] = weakref.ref(self)
        self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: this()._on_modified())

    def __del__(self) -> None:
        if hasattr(self, "_tag"):
            self._node.RemoveObserver(self._tag)

    def _read(self) -> Any:
        """What the node holds; when it holds nothing, as after the scene was closed, the default is put there."""
        kind, name = self._described.kind, self._described.name
        if not kind.is_in(self._node, name):
            self._check_and_write(self._described.default)
        return kind.read(self._node, name)

    def _check_and_write(self, value: Any) -> None:
        self._described.kind.check(value)
        self._described.kind.write(self._node, self._described.name, value)

    def _on_modified(self) -> None:
        if not self._is_writing:
            self.value = self._read()

    def write(self, value: Any) -> None:
        """Raises ValueError or TypeError for what the parameter cannot be, and leaves it as it was."""
        self._is_writing = True
        try:
            with slicer.util.NodeModify(self._node):  # observers are told when `value` is up to date
                self._check_and_write(value)
                self.value = self._read()
        finally:
            self._is_writing = False


class _Methods:
    """What each class of parameters gets."""

    parameterNode: Any
    _described: dict[str, _Described]

    def __init__(self, parameterNode: Any) -> None:
        self.parameterNode = parameterNode
        self._stored = {described.name: _Stored(described, parameterNode) for described in self._described.values()}
        self._guis: dict[int, tuple[dict[str, Connector], int]] = {}
        self._next_gui = 0
        self._is_updating_gui = False

    def connectGui(self, gui: Any) -> None:
        """Connect every widget that names a parameter in its property `SlicerParameterName`.

        Args:
            gui: a widget, or the object that `slicer.util.childWidgetVariables` makes.

        As in Slicer there is no tag of it, and so nothing that ends it: to end one, use `connectParametersToGui`.
        """
        isWidget = getattr(gui, "isWidgetType", lambda: False)()
        widgets = _widgets_below(gui) if isWidget else vars(gui).values()
        named = ((widget.property(WIDGET_PROPERTY), widget) for widget in widgets)
        self.connectParametersToGui({name: widget for name, widget in named if name})

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        """Connect widgets by the names of their parameters.

        Returns:
            A tag for `disconnectGui`.

        Raises:
            ValueError: when there is no parameter of a name.
            RuntimeError: when a widget cannot show its parameter.
        """
        for name in mapping:
            if name not in self._described:
                raise ValueError(f"There is no parameter {name}, but there are: {', '.join(self._described)}")
        connectors = {
            name: make_connector(name, widget, self._described[name].kind) for name, widget in mapping.items()
        }
        tag, self._next_gui = self._next_gui, self._next_gui + 1
        for name, connector in connectors.items():
            connector.write(self._stored[name].value)
            connector.connect(self._writer(name, connector))
        observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: self._update_gui())
        self._guis[tag] = connectors, observer
        return tag

    def _writer(self, name: str, connector: Connector) -> Callable[[], None]:
        def write() -> None:
            with slicer.util.NodeModify(self):
                if not self._is_updating_gui:
                    self._stored[name].write(connector.read())

        return write

    def _update_gui(self) -> None:
        if self._is_updating_gui:
            return
        self._is_updating_gui = True
        try:
            with slicer.util.NodeModify(self):
                for connectors, _ in self._guis.values():
                    for name, connector in connectors.items():
                        connector.write(self._stored[name].value)
        finally:
            self._is_updating_gui = False

    def disconnectGui(self, tag: int) -> None:
        """Undo a connection; does nothing when there is none of that tag."""
        connectors, observer = self._guis.pop(tag, ({}, None))
        for connector in connectors.values():
            connector.disconnect()
        if observer is not None:
            self.RemoveObserver(observer)

    def AddObserver(self, event: Any, callback: Callable[..., Any], priority: float = 0.0) -> int:
        """Observe the parameter node."""
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        """End an observation of the parameter node."""
        self.parameterNode.RemoveObserver(tag)

    def StartModify(self) -> int:
        """Collect changes of the parameter node, and say whether they were collected already."""
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified: int) -> int:
        """Tell observers of the collected changes."""
        return self.parameterNode.EndModify(wasModified)

    def Modified(self) -> None:
        """Tell observers that the parameter node has changed."""
        self.parameterNode.Modified()


def parameterNodeWrapper(classtype: type) -> type:
    """Make of a class with annotated members one whose instances keep these in a vtkMRMLScriptedModuleNode.

    The class is called with the node. A value that the node has already stays; else it gets the member's default.

    Raises:
        TypeError: when a member is of a type that this host does not offer.
        ValueError: when a member has a name that the wrapper needs.
    """
    described = {}
    for name, annotation in typing.get_type_hints(classtype, include_extras=True).items():
        kind = kind_of(name, annotation)
        described[name] = _Described(name, kind, getattr(classtype, name, kind.default))
        setattr(classtype, name, _property(name))
    methods = {name: value for name, value in vars(_Methods).items() if not name.startswith("__")}
    for name in (*methods, *NOT_OFFERED):
        if hasattr(classtype, name):
            raise ValueError(f"{classtype.__name__}.{name} cannot be a parameter: the wrapper has that name")
    for name, method in {**methods, "__init__": _Methods.__init__, "_described": described}.items():
        setattr(classtype, name, method)
    return classtype


def _property(name: str) -> property:
    return property(lambda self: self._stored[name].value, lambda self, value: self._stored[name].write(value))


def _widgets_below(widget: Any) -> Iterator[Any]:
    for child in widget.children():
        if child.isWidgetType():
            yield child
            yield from _widgets_below(child)
