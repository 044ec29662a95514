"""The nodes of a scene as rows of a Qt model, and which of them a selector lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from weakref import WeakMethod

import slicer
import vtk
from PyQt5.QtCore import QModelIndex, QObject, QSortFilterProxyModel, Qt
from PyQt5.QtGui import QStandardItem, QStandardItemModel

from cxr_grounding_desktop.pyqt_types import given

ID_ROLE = Qt.ItemDataRole.UserRole + 1
"""The ID of a row's node; the other rows have none."""

EXTRA_ROLE = Qt.ItemDataRole.UserRole + 2
"""The texts of the rows around the nodes, at the scene's own row."""

CHOOSABLE = Qt.ItemFlags(Qt.ItemFlag.ItemIsEnabled) | Qt.ItemFlag.ItemIsSelectable

_FIRST, _LAST = 10.0, -10.0
"""Priorities of observers: a selector lists a node before others hear of it, and until they have heard that it goes."""


class Observers:
    """Observers of VTK objects that do not keep alive what they call, and that can be ended together."""

    _in_use: ClassVar[set[Observers]] = set()
    """Kept here until they are ended, and with them what they observe. Were a scene and its observers left to Python's
    garbage collector, the scene could go first and call them on its way, which VTK does not survive."""

    def __init__(self) -> None:
        self._tags: list[tuple[Any, int]] = []

    def add(self, observed: Any, event: int, method: Callable[[Any], None], priority: float = 0.0) -> None:
        """Have a bound method called with the node that the event is about, or else with what was observed."""
        reference = WeakMethod(method)

        def call(caller: Any, event: str, node: Any = None) -> None:
            function = reference()
            if function is not None:
                function(caller if node is None else node)

        if event in (slicer.vtkMRMLScene.NodeAddedEvent, slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent):
            call.CallDataType = vtk.VTK_OBJECT  # type: ignore[attr-defined]  # how VTK is asked for the node
        self._tags.append((observed, observed.AddObserver(event, call, priority)))
        self._in_use.add(self)

    def __contains__(self, observed: Any) -> bool:
        return any(one is observed for one, _ in self._tags)

    def remove(self, observed: Any) -> None:
        """End those of one object."""
        for one, tag in self._tags:
            if one is observed:
                one.RemoveObserver(tag)
        self._tags = [entry for entry in self._tags if entry[0] is not observed]

    def clear(self) -> None:
        """End all."""
        for observed, tag in self._tags:
            observed.RemoveObserver(tag)
        self._tags = []
        self._in_use.discard(self)


class SceneModel(QStandardItemModel):
    """One row for the scene, and below it one for each node, in the scene's order, and rows before and after them.

    Args:
        observers: of the scene and its nodes; to be cleared by the owner at its end.
    """

    def __init__(self, observers: Observers, parent: QObject) -> None:
        super().__init__(parent)
        self._observers = observers
        self._items: dict[Any, QStandardItem] = {}
        self.scene: Any = None
        self.above: list[str] = []
        """Texts of the rows before the nodes."""
        self.below = 0
        """How many rows come after the nodes."""

    def set_scene(self, scene: Any) -> None:
        """List another scene; None for none. Rows before and after the nodes stay if there was a scene before."""
        self._observers.clear()
        self.scene = scene
        if scene is None:
            self._items, self.above, self.below = {}, [], 0
            self.removeRows(0, self.rowCount())
            return
        if not self.rowCount():
            self.appendRow(QStandardItem("Scene"))
        self._fill()
        events = slicer.vtkMRMLScene
        self._observers.add(scene, events.NodeAddedEvent, self._on_node_added, _FIRST)
        self._observers.add(scene, events.NodeAboutToBeRemovedEvent, self._on_node_about_to_be_removed, _LAST)
        self._observers.add(scene, events.EndCloseEvent, self._on_all_changed)
        self._observers.add(scene, events.EndImportEvent, self._on_all_changed)

    def set_above(self, texts: list[str]) -> None:
        """Have these rows before the nodes; without a scene there are none."""
        if self.scene is not None and texts != self.above:
            self._scene_row.removeRows(0, len(self.above))
            self.above = list(texts)
            for row, text in enumerate(texts):
                self._scene_row.insertRow(row, _item(text, CHOOSABLE))
            self._note_extra_rows()

    def set_below(self, count: int) -> bool:
        """Have so many rows after the nodes, each a line that cannot be chosen; whether that changed anything."""
        if self.scene is None or count == self.below:
            return False
        self._scene_row.removeRows(self._scene_row.rowCount() - self.below, self.below)
        self.below = count
        for _ in range(count):
            line = _item("", Qt.ItemFlag.NoItemFlags)
            line.setData("separator", Qt.ItemDataRole.AccessibleDescriptionRole)  # by which a combo box knows one
            self._scene_row.appendRow(line)
        self._note_extra_rows()
        return True

    def _note_extra_rows(self) -> None:
        """Write at the scene's own row what stands around its nodes, as Slicer's model does: a combo box that has that
        row chosen, since it was not yet sent below it, takes that for another text and says that it changed."""
        self._scene_row.setData([*self.above, *[""] * self.below], EXTRA_ROLE)

    def observe(self, node: Any) -> None:
        """Follow a node's name and ID."""
        if node not in self._observers:
            self._observers.add(node, vtk.vtkCommand.ModifiedEvent, self._on_node_modified)
            self._observers.add(node, slicer.vtkMRMLNode.IDChangedEvent, self._on_node_modified)

    @property
    def _scene_row(self) -> QStandardItem:
        return given(self.item(0))

    def _fill(self) -> None:
        for node in self._items:
            self._observers.remove(node)
        self._items = {}
        self._scene_row.removeRows(len(self.above), self._scene_row.rowCount() - len(self.above) - self.below)
        nodes = self.scene.GetNodes()
        for index in range(nodes.GetNumberOfItems()):
            self._insert(nodes.GetItemAsObject(index), index)

    def _insert(self, node: Any, index: int) -> None:
        item = _item("", CHOOSABLE)
        self._items[node] = item
        self._update(node)
        last = self._scene_row.rowCount() - self.below
        self._scene_row.insertRow(min(len(self.above) + index, last), item)

    def _update(self, node: Any) -> None:
        item = self._items[node]
        was_blocked = self.blockSignals(True)  # the ID and the text change together
        item.setData(node.GetID(), ID_ROLE)
        self.blockSignals(was_blocked)
        item.setText(node.GetName() or "")
        item.setToolTip(node.GetNodeTagName())

    def _on_node_added(self, node: Any) -> None:
        if not self.scene.IsImporting() and node not in self._items:  # IDs may still change during an import
            self._insert(node, self.scene.GetNodes().IsItemPresent(node) - 1)

    def _on_node_about_to_be_removed(self, node: Any) -> None:
        if self.scene.IsClosing():
            return
        self._observers.remove(node)
        item = self._items.pop(node, None)
        if item is not None:
            self._scene_row.removeRow(item.row())

    def _on_node_modified(self, node: Any) -> None:
        if not self.scene.IsClosing() and not self.scene.IsImporting() and node.GetScene() is not None:
            self._update(node)

    def _on_all_changed(self, scene: Any) -> None:
        self._fill()


class NodeFilter(QSortFilterProxyModel):
    """Which rows of a `SceneModel` are listed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.node_types: list[str] = []
        self.show_child_node_types = True
        self.show_hidden = False

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        """Whether a row is listed; a node that is, is also observed (and no other one, as in Slicer)."""
        model = self.sourceModel()
        assert isinstance(model, SceneModel)
        node_id = model.index(row, 0, parent).data(ID_ROLE)
        node = model.scene.GetNodeByID(node_id) if node_id and model.scene is not None else None
        if node is None:
            return True
        accepted = self._accepts(node)
        if accepted:
            model.observe(node)
        return accepted

    def _accepts(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self.show_hidden:
            return False
        if not self.node_types:
            return True
        if self.show_child_node_types:
            return any(node.IsA(name) for name in self.node_types)
        return node.GetClassName() in self.node_types


def _item(text: str, flags: Qt.ItemFlags | Qt.ItemFlag) -> QStandardItem:
    item = QStandardItem(text)
    item.setFlags(flags)
    return item
