"""What a path is, and how it is opened; which radiograph of the scene the view shows."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import slicer
from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from cxr_grounding import RadiographError
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap

SCENES = (".mrb", ".mrml")

_NOT_LOOKED_YET = object()
"""In place of what the panel has chosen, which may be nothing."""


class Kind(enum.Enum):
    """What a path is to the program."""

    FOLDER = enum.auto()
    SCENE = enum.auto()
    RADIOGRAPH = enum.auto()


def kind_of(path: str) -> Kind:
    """A folder that is there, a scene by its name, else what can only be a radiograph: reading it will tell."""
    if Path(path).is_dir():
        return Kind.FOLDER
    return Kind.SCENE if path.lower().endswith(SCENES) else Kind.RADIOGRAPH


def kind_of_several(paths: Sequence[str]) -> Kind:
    """As `kind_of`; several paths are looked through as one folder.

    Raises:
        RadiographError: for a scene among several.
    """
    if len(paths) == 1:
        return kind_of(paths[0])
    if any(kind_of(path) is Kind.SCENE for path in paths):
        raise RadiographError("A scene is opened by itself, since it takes the place of this one. Open one file.")
    return Kind.FOLDER


class Radiographs(QObject):
    """Loads radiographs through the module, each file once, and has the view follow what the panel has chosen.

    Args:
        host: with its module open.
        view: the SliceView.
    """

    shown = pyqtSignal(str)
    """The name of the radiograph that the view shows now; "" for none."""

    def __init__(self, host: Any, view: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host, self._view = host, view
        self._loaded: dict[str, Any] = {}
        self._overlays: dict[str, str] = {}
        self._chosen: Any = _NOT_LOOKED_YET
        # Later, once: while a file is read, the panel already chooses a node that is still empty.
        self._follow_timer = QTimer(self)
        self._follow_timer.setSingleShot(True)
        self._follow_timer.setInterval(0)
        self._follow_timer.timeout.connect(self._follow)
        self._selector = unwrap(host.widget.ui.radiographSelector)
        self._selector.currentNodeChanged.connect(self._follow_timer.start)
        self._follow_timer.start()

    def open(self, path: str) -> None:
        """Load a file, or choose the radiograph that was loaded from it.

        Raises:
            CXRGroundingError: when it is no radiograph.
        """
        whole = str(Path(path).absolute())
        node = self._node_of(whole)
        if node is None:
            self._remember_overlay()  # the module takes it away when it shows another radiograph
            self._host.widget.loadRadiograph(whole)
            self._loaded[whole] = self._selector.currentNode()
        else:
            self.choose(node)

    def load(self, path: str) -> Any:
        """The radiograph of a file, loaded if it is not there yet, without showing it in the first view.

        Raises:
            CXRGroundingError: when it is no radiograph.
        """
        whole = str(Path(path).absolute())
        node = self._node_of(whole)
        if node is None:
            node = self._loaded[whole] = self._host.widget.logic.loadRadiograph(whole, show=False)
        return node

    @property
    def shown_path(self) -> str:
        """The file of the radiograph that the panel has chosen, "" where there is none."""
        node = self._selector.currentNode()
        if node is None:
            return ""
        opened = next((path for path, loaded in self._loaded.items() if loaded is node), None)
        return opened or _file_of(node)

    def choose(self, node: Any) -> None:
        """Have the panel choose a radiograph of the scene; the view follows."""
        self._selector.setCurrentNode(node)

    def forget(self) -> None:
        """The scene has become another one."""
        self._loaded.clear()
        self._overlays.clear()
        self._chosen = _NOT_LOOKED_YET
        self._follow_timer.start()

    def _node_of(self, path: str) -> Any:
        """The radiograph that came from a file, also when the panel or a sample loaded it; None for none."""
        node = self._loaded.get(path)
        if node is not None and self._host.scene.IsNodePresent(node):
            return node
        for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode", scene=self._host.scene):
            name = _file_of(node)
            if node.GetClassName() == "vtkMRMLScalarVolumeNode" and name and Path(name) == Path(path):
                return node
        return None

    def _follow(self) -> None:
        """Show what the panel has chosen, as it was shown last, unless the view shows it already."""
        if self._host.panel is None:
            return  # the host has been closed meanwhile
        if self._host.scene.IsBatchProcessing():
            return
        node, composite = self._selector.currentNode(), self._host.slice_logic.GetSliceCompositeNode()
        is_shown = node is None or composite.GetBackgroundVolumeID() == node.GetID()
        if node is self._chosen and is_shown:
            return
        self._chosen = node
        self.shown.emit("" if node is None else node.GetName())
        if not is_shown:
            self._remember_overlay()
            composite.SetBackgroundVolumeID(node.GetID())
            composite.SetForegroundVolumeID(None)
            composite.SetLabelVolumeID(None)
            self._show_overlay(node)
        self._view.fit()

    def _remember_overlay(self) -> None:
        composite = self._host.slice_logic.GetSliceCompositeNode()
        self._overlays[composite.GetBackgroundVolumeID() or ""] = composite.GetLabelVolumeID() or ""

    def _show_overlay(self, node: Any) -> None:
        """The finding that lay over the radiograph when it was shown last, by its row, as a click does it."""
        overlay = self._overlays.get(node.GetID())
        for finding in self._host.widget.logic.findings(node):
            if finding.GetID() == overlay:
                self._host.widget.showFinding(finding)


def _file_of(node: Any) -> str:
    """The file that a volume was loaded from, "" for none."""
    storage = node.GetStorageNode()
    return "" if storage is None else storage.GetFullNameFromFileName() or ""
