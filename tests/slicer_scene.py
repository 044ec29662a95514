"""A scene as Slicer's application has it; a plugin for all tests, so what it needs is imported in the fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The application's scene (vtkMRMLScene): empty but for Slicer's own color tables."""
    import slicer

    from cxr_grounding_desktop.slicer_stand_in.scene import new_scene

    scene = new_scene(tmp_path / "cache")
    monkeypatch.setattr(slicer, "mrmlScene", scene, raising=False)
    yield scene
    scene.Clear(True)
