"""The MRML widgets that the module's .ui file uses, in plain PyQt5, on a real scene.

What the public names do is what Slicer's of the same names do; what Slicer has beyond them is left out.
"""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QPaintEvent
from PyQt5.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from cxr_grounding_desktop.pyqt_types import given, pyqtProperty
from cxr_grounding_desktop.slicer_stand_in.slicer_names.scene_model import ID_ROLE, NodeFilter, Observers, SceneModel

__all__ = ["qMRMLNodeComboBox", "qMRMLWidget"]


class qMRMLWidget(QWidget):
    """A widget that has a scene; none at first."""

    mrmlSceneChanged = pyqtSignal(object)

    def __init__(self, *arguments: Any) -> None:
        """Takes (parent, window flags)."""
        super().__init__(*arguments)
        self._scene: Any = None

    def mrmlScene(self) -> Any:
        """vtkMRMLScene, or None."""
        return self._scene

    @pyqtSlot(object)
    def setMRMLScene(self, scene: Any) -> None:
        """Give it a scene; `mrmlSceneChanged` says so when that is another one than before."""
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qMRMLNodeComboBox(QWidget):
    """A list of the nodes of a scene, of which one may be the current one. It is disabled while it has no scene.

    It follows the scene as Slicer's does. When the current node is removed, the one listed after it becomes current,
    or the entry before it if it was the last. While a scene is closed or imported nothing changes; afterwards all is
    listed anew, with none chosen where that is possible. `currentNodeChanged` is also emitted when the current node is
    renamed. Without `noneEnabled` the first node becomes the current one; but see the next paragraph.

    `addEnabled` and `removeEnabled` are on at first, as in Slicer, where the list then ends with entries that create
    and delete nodes. This host has no such entries, and refuses to turn them on. Where they are left on there is a
    line in their place, so that, as in Slicer, a first node that comes later is not chosen by itself.
    `selectNodeUponCreation` concerns nodes that those entries make, and no others.
    """

    currentNodeChanged = pyqtSignal(object)
    currentNodeIDChanged = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._none_enabled, self._none_display = False, "None"
        self._add_enabled = self._remove_enabled = self._select_node_upon_creation = True
        self._is_switching_scene = False
        self._requested: Any = None
        observers = Observers()
        # Not a method of this object: that would no longer be called when it is destroyed.
        self.destroyed.connect(observers.clear)
        self._model, self._filter = SceneModel(observers, self), NodeFilter(self)
        self._filter.setSourceModel(self._model)
        self._combo_box = _ComboBox(self)
        self._combo_box.setModel(self._filter)
        self._combo_box.currentTextChanged.connect(self._tell)
        for signal in (self._filter.rowsRemoved, self._filter.modelReset, self._filter.layoutChanged):
            signal.connect(self._forget_lost_node)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo_box)
        self.setFocusProxy(self._combo_box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setEnabled(False)

    def mrmlScene(self) -> Any:
        """vtkMRMLScene, or None."""
        return self._model.scene

    @pyqtSlot(object)
    def setMRMLScene(self, scene: Any) -> None:
        """List the nodes of a scene, of none for None.

        Kept is the ID of the current node, if there was one to choose from; else what was asked for while there was
        no scene; else the first entry of the list is taken, "none" if that is enabled.
        """
        if scene is self._model.scene:
            return
        had_nodes, old = self.nodeCount() > 0, self._id_at(self._combo_box.currentIndex())
        self._is_switching_scene = True
        self._model.set_scene(scene)
        self._is_switching_scene = False
        self._update_extra_rows()
        self._combo_box.setRootModelIndex(self._filter.index(0, 0))
        requested = self._requested if isinstance(self._requested, str) else _id_of(self._requested)
        self._requested = None
        self._choose(old if had_nodes else requested or self._get_current_node_id())
        self.setEnabled(scene is not None)

    def nodeCount(self) -> int:
        """How many nodes are listed."""
        if self._model.scene is None:
            return 0
        return self._combo_box.count() - len(self._model.above) - self._model.below

    # The current node

    def currentNode(self) -> Any:
        """vtkMRMLNode, or None."""
        node_id = self._id_at(self._combo_box.currentIndex())
        return self._model.scene.GetNodeByID(node_id) if node_id and self._model.scene is not None else None

    def _get_current_node_id(self) -> str:
        return _id_of(self.currentNode())

    @pyqtSlot(object)
    def setCurrentNode(self, node: Any) -> None:
        """Choose a node; one that is not listed, or None, is none."""
        if self._model.scene is None:
            self._requested = node
        self._choose(_id_of(node))

    @pyqtSlot(str)
    def setCurrentNodeID(self, nodeID: str) -> None:
        """Choose the node of that ID; one that is not listed, or "", is none."""
        if self._model.scene is None:
            self._requested = nodeID
        self._choose(nodeID)

    currentNodeID = pyqtProperty(str, _get_current_node_id, setCurrentNodeID, notify=currentNodeIDChanged)

    def _id_at(self, row: int) -> str:
        return self._filter.index(row, 0, self._combo_box.rootModelIndex()).data(ID_ROLE) or ""

    def _choose(self, node_id: str) -> None:
        rows = range(self._combo_box.count() if node_id else 0)
        nothing = 0 if self._none_enabled else -1
        self._combo_box.setCurrentIndex(next((row for row in rows if self._id_at(row) == node_id), nothing))

    def _forget_lost_node(self) -> None:
        if self.currentNode() is None:
            self.setCurrentNode(None)

    def _tell(self) -> None:
        if self._is_switching_scene:
            return
        node, row = self.currentNode(), self._combo_box.currentIndex()
        if node is None and row != (0 if self._none_enabled else -1):
            # Neither a node nor "none": Slicer takes the last node, if there is one.
            last = self._id_at(self.nodeCount() - 1 + len(self._model.above))
            if last:
                self._choose(last)
            return
        self.currentNodeChanged.emit(node)
        self.currentNodeIDChanged.emit(_id_of(node))

    # What is listed

    def _get_node_types(self) -> list[str]:
        return list(self._filter.node_types)

    def setNodeTypes(self, nodeTypes: list[str]) -> None:
        """Names of classes; of any class when there are none."""
        self._set_filter("node_types", [name for name in nodeTypes if name])

    def _get_show_child_node_types(self) -> bool:
        return self._filter.show_child_node_types

    def setShowChildNodeTypes(self, show: bool) -> None:
        """Whether nodes of derived classes are listed too."""
        self._set_filter("show_child_node_types", show)

    def _get_show_hidden(self) -> bool:
        return self._filter.show_hidden

    def setShowHidden(self, show: bool) -> None:
        """Whether nodes that are hidden from editors are listed too."""
        self._set_filter("show_hidden", show)

    def _set_filter(self, name: str, value: Any) -> None:
        if getattr(self._filter, name) != value:
            setattr(self._filter, name, value)
            self._filter.invalidateFilter()

    def _get_none_enabled(self) -> bool:
        return self._none_enabled

    def setNoneEnabled(self, enable: bool) -> None:
        """Whether no node can be chosen."""
        self._none_enabled = enable
        self._update_extra_rows()

    def _get_none_display(self) -> str:
        return self._none_display

    def setNoneDisplay(self, displayName: str) -> None:
        """What the choice of no node is called."""
        self._none_display = displayName
        self._update_extra_rows()

    def _get_add_enabled(self) -> bool:
        return self._add_enabled

    def setAddEnabled(self, enable: bool) -> None:
        """Whether the list has an entry that creates a node; this host has none."""
        _refuse(enable, "addEnabled")
        self._add_enabled = enable
        self._update_extra_rows()

    def _get_remove_enabled(self) -> bool:
        return self._remove_enabled

    def setRemoveEnabled(self, enable: bool) -> None:
        """Whether the list has an entry that deletes the current node; this host has none."""
        _refuse(enable, "removeEnabled")
        self._remove_enabled = enable
        self._update_extra_rows()

    def _get_select_node_upon_creation(self) -> bool:
        return self._select_node_upon_creation

    def setSelectNodeUponCreation(self, value: bool) -> None:
        """Whether a node that the list itself creates is chosen; of no effect in this host."""
        self._select_node_upon_creation = value

    nodeTypes = pyqtProperty("QStringList", _get_node_types, setNodeTypes)
    showChildNodeTypes = pyqtProperty(bool, _get_show_child_node_types, setShowChildNodeTypes)
    showHidden = pyqtProperty(bool, _get_show_hidden, setShowHidden)
    noneEnabled = pyqtProperty(bool, _get_none_enabled, setNoneEnabled)
    noneDisplay = pyqtProperty(str, _get_none_display, setNoneDisplay)
    addEnabled = pyqtProperty(bool, _get_add_enabled, setAddEnabled)
    removeEnabled = pyqtProperty(bool, _get_remove_enabled, setRemoveEnabled)
    selectNodeUponCreation = pyqtProperty(bool, _get_select_node_upon_creation, setSelectNodeUponCreation)

    def _update_extra_rows(self) -> None:
        self._model.set_above([self._none_display] if self._none_enabled else [])
        row = self._combo_box.currentIndex()
        if self._model.set_below(int(self._add_enabled or self._remove_enabled)):
            self._combo_box.setCurrentIndex(row)


class _ComboBox(QComboBox):
    """Leaves out the middle of a name that is too long; and a long one does not make it wider."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        place = given(self.style()).subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideMiddle, place.width()
        )
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


def _refuse(enable: bool, name: str) -> None:
    if enable:
        raise NotImplementedError(f"This host's qMRMLNodeComboBox has no {name}: set it to False")


def _id_of(node: Any) -> str:
    return "" if node is None else node.GetID() or ""
