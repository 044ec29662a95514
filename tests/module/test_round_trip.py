"""What was found survives saving the scene as a bundle and loading it again, with Slicer's own writer and reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from cxr_grounding import Worker
from cxr_grounding_desktop.slicer_stand_in.scene import new_scene
from CXRGroundingLib.color_maps import LEVEL_NAMES
from CXRGroundingLib.logic import GroundingLogic
from CXRGroundingLib.scene_reader import readRadiograph
from CXRGroundingLib.scene_writer import Kind, companion
from slicer_application import Application, matrixOf, viewsOf

PHRASE = 'Left effusion & atelectasis; "blunted" <5 %, größer κ'
"""With all that XML, MRML's own attribute lists and file names are touchy about; short enough to be whole in a name."""


class Saved:
    """A scene before it was saved, and the one that came out of the bundle."""

    def __init__(self, path: Path, before: Any, label: Any, application: Application, picture: Any) -> None:
        self.path, self.before, self.label, self.application, self.picture = path, before, label, application, picture


@pytest.fixture
def saved(scene: Any, application: Application, worker: Worker, phantomFile: Path, tmp_path: Path) -> Saved:
    logic = GroundingLogic(applicationLogic=application.logic, engine=worker)
    volumeNode = logic.loadRadiograph(phantomFile)
    label = logic.ground(volumeNode, PHRASE, preset="fast", heatmapVolume=True, box=True)
    path = tmp_path / "scene.mrb"
    picture = application.composite()
    assert scene.WriteToMRB(str(path), None)
    return Saved(path, scene, label, application, picture)


@pytest.fixture
def loaded(saved: Saved, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The bundle, read into a new scene, which is the application's then."""
    scene = new_scene(tmp_path)
    monkeypatch.setattr(slicer, "mrmlScene", scene)
    assert scene.ReadFromMRB(str(saved.path), True, None)
    yield scene
    scene.Clear(True)


@pytest.fixture
def again(loaded: Any, worker: Worker) -> GroundingLogic:
    return GroundingLogic(scene=loaded, engine=worker)


def test_the_finding_comes_back_whole(saved: Saved, again: GroundingLogic) -> None:
    (label,) = again.findings()
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(label), slicer.util.arrayFromVolume(saved.label))
    np.testing.assert_allclose(matrixOf(label), matrixOf(saved.label), atol=1e-12)
    assert label.GetClassName() == "vtkMRMLLabelMapVolumeNode"
    assert label.GetName() == saved.label.GetName() == PHRASE.replace("&", "+") + " - phantom"
    assert again.result(label) == GroundingLogic(scene=saved.before, engine=again._engine).result(saved.label)
    for name in ("Phrase", "Place", "Asked", "Model", "ModelVersion", "Label", "Demonstration"):
        attribute = "CXRGrounding." + name
        assert label.GetAttribute(attribute) == saved.label.GetAttribute(attribute)
    assert label.GetAttribute("CXRGrounding.Phrase") == PHRASE
    assert label.GetDescription() == saved.label.GetDescription()


def test_its_colors_come_back(saved: Saved, again: GroundingLogic) -> None:
    (label,) = again.findings()
    table, before = companion(label, Kind.COLORS), companion(saved.label, Kind.COLORS)
    assert label.GetDisplayNode().GetColorNode() is table
    assert [table.GetColorName(value) for value in range(table.GetNumberOfColors())] == list(LEVEL_NAMES)
    for value in range(table.GetNumberOfColors()):
        colors = [0.0] * 4, [0.0] * 4
        table.GetColor(value, colors[0])
        before.GetColor(value, colors[1])
        assert colors[0] == pytest.approx(colors[1], abs=1 / 255)


def test_heatmap_and_box_come_back(saved: Saved, again: GroundingLogic) -> None:
    (label,) = again.findings()
    heat, before = (companion(node, Kind.HEATMAP) for node in (label, saved.label))
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(heat), slicer.util.arrayFromVolume(before))
    bounds = [0.0] * 6, [0.0] * 6
    for node, box in zip((label, saved.label), bounds, strict=True):
        companion(node, Kind.BOX).GetRASBounds(box)
    np.testing.assert_allclose(bounds[0], bounds[1], atol=1e-6)
    assert companion(label, Kind.BOX).GetLocked()


def test_the_view_shows_the_same_picture(saved: Saved, loaded: Any, again: GroundingLogic) -> None:
    application = viewsOf(loaded)
    application.views["Red"].FitSliceToAll()
    (label,) = again.findings()
    assert again.shownFinding(again.radiographOf(label)) is label
    difference = np.abs(application.composite().astype(int) - saved.picture).max(axis=2)
    # Opacity is saved in 255 steps; and where a pixel lies half-way between two voxels, the last digit of the place
    # decides which of them it shows.
    assert (difference > 2).mean() < 5e-3


def test_the_legend_comes_back(again: GroundingLogic) -> None:
    (label,) = again.findings()
    assert slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(label).GetTitleText() == "Relative heat"


def test_the_radiograph_keeps_what_its_file_said(saved: Saved, again: GroundingLogic) -> None:
    (label,) = again.findings()
    radiograph = readRadiograph(again.radiographOf(label))
    before = readRadiograph(GroundingLogic(scene=saved.before, engine=again._engine).radiographOf(saved.label))
    np.testing.assert_array_equal(radiograph.pixels, before.pixels)
    assert (radiograph.orientation, radiograph.spacing) == (before.orientation, before.spacing)
    assert radiograph.orientation.known
    assert radiograph.spacing is not None


def test_a_phrase_asked_again_after_loading_updates_the_loaded_nodes(again: GroundingLogic) -> None:
    (label,) = again.findings()
    before = slicer.util.arrayFromVolume(label).copy()
    assert again.ground(again.radiographOf(label), PHRASE, preset="fast") is label
    assert again.findings() == [label]
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(label), before)
