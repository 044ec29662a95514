"""`slicer.app.coreIOManager()`: scenes as bundles (.mrb) and scene files (.mrml), by MRML's own readers and writers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import vtk
from PyQt5.QtCore import QObject

__all__ = ["qSlicerCoreIOManager"]

SCENE_FILE = "SceneFile"


class qSlicerCoreIOManager(QObject):
    """Reads and writes scenes and no other files, which the module has no need of.

    Args:
        scene: a vtkMRMLScene.
    """

    def __init__(self, scene: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = scene

    def saveNodes(self, fileType: str, properties: dict[str, Any], userMessages: Any = None) -> bool:
        """Write the scene into the bundle `properties["fileName"]`; False, and the file as it was, when that failed."""
        self._refuse_other(fileType)
        target = Path(properties["fileName"])
        if target.suffix.lower() != ".mrb":
            raise NotImplementedError(f"This host saves scenes as bundles (.mrb), not as {target.name}")
        try:
            with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as folder:
                bundle = Path(folder) / target.name
                if not self._scene.WriteToMRB(str(bundle), None) or not bundle.is_file():
                    self._say(userMessages, f"{target} could not be written.")
                    return False
                bundle.replace(target)
        except OSError as error:
            self._say(userMessages, f"{target} could not be written: {error.strerror}.")
            return False
        return True

    def loadNodes(
        self, fileType: str, properties: dict[str, Any], loadedNodes: Any = None, messages: Any = None
    ) -> bool:
        """Add a scene to this one, as Slicer does; False when it could not be read."""
        self._refuse_other(fileType)
        path = str(properties["fileName"])
        if not Path(path).is_file():
            self._say(messages, f"{path} is not there.")
            return False
        clear = bool(properties.get("clear", False))
        if path.lower().endswith(".mrb"):
            return bool(self._scene.ReadFromMRB(path, clear, None))
        self._scene.SetURL(path)
        return bool(self._scene.Connect() if clear else self._scene.Import())

    def _refuse_other(self, fileType: str) -> None:
        if fileType != SCENE_FILE:
            raise NotImplementedError(f"This host reads and writes scenes only, not files of type {fileType}")

    def _say(self, messages: Any, text: str) -> None:
        if messages is not None:
            messages.AddMessage(vtk.vtkCommand.ErrorEvent, text)
