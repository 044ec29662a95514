"""A grounding becomes nodes that say what they are, lie where the radiograph lies, and do not pile up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk

from cxr_grounding import (
    Doubted,
    Grounder,
    Grounding,
    Laterality,
    Place,
    Placing,
    Spot,
    Verdict,
    VerdictKind,
    read_image,
)
from cxr_grounding_desktop.slicer_stand_in.scene import new_scene
from CXRGroundingLib import scene_writer
from CXRGroundingLib.color_maps import LEVEL_NAMES, NOT_SEEN, heatLevels, levelColors
from CXRGroundingLib.scene_loader import loadRadiograph
from CXRGroundingLib.scene_reader import readRadiograph, sliceGrid
from CXRGroundingLib.scene_writer import Kind, companion, companions, findings, removeFinding, result, writeFinding
from slicer_application import matrixOf, nodeIDs

PHRASE = "Large left pleural effusion."


@pytest.fixture(scope="module")
def groundings(phantomFile: Path, demoGrounder: Grounder) -> dict[str, Grounding]:
    """Answers of the demonstration model on the phantom."""
    from cxr_grounding import read_image

    demoGrounder.set_radiograph(read_image(phantomFile), preset="fast")
    here = Verdict(VerdictKind.POINTS_HERE, ("It is so.",))
    answers = {phrase: demoGrounder.ground(phrase) for phrase in (PHRASE, "Cardiomegaly", "x" * 100)}
    return {phrase: dataclasses.replace(answer, verdict=here) for phrase, answer in answers.items()}


@pytest.fixture
def grounding(groundings: dict[str, Grounding]) -> Grounding:
    return groundings[PHRASE]


@pytest.fixture
def volumeNode(scene: Any, phantomFile: Path) -> Any:
    return loadRadiograph(scene, phantomFile, read_image).volumeNode


def nodeCount(scene: Any) -> int:
    return scene.GetNumberOfNodes()


def test_the_label_map_holds_the_heat_levels_on_the_radiographs_grid(volumeNode: Any, grounding: Grounding) -> None:
    label = writeFinding(volumeNode, grounding)
    voxels = slicer.util.arrayFromVolume(label)
    assert label.GetClassName() == "vtkMRMLLabelMapVolumeNode"
    assert voxels.dtype == np.uint8
    np.testing.assert_array_equal(voxels[0], heatLevels(grounding.heatmap))
    assert {0, NOT_SEEN} < set(np.unique(voxels))
    np.testing.assert_array_equal(matrixOf(label), matrixOf(volumeNode))


def test_a_place_at_an_angle_is_taken_over_exactly(volumeNode: Any, grounding: Grounding) -> None:
    turn = vtk.vtkTransform()
    turn.Translate(12.5, -40.25, 7)
    turn.RotateWXYZ(33, 0.2, 0.5, 1)
    turn.Scale(0.143, 0.144, 1)
    volumeNode.SetIJKToRASMatrix(turn.GetMatrix())
    np.testing.assert_array_equal(matrixOf(writeFinding(volumeNode, grounding)), matrixOf(volumeNode))


def test_the_parent_transform_is_shared(scene: Any, volumeNode: Any, grounding: Grounding) -> None:
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    volumeNode.SetAndObserveTransformNodeID(transform.GetID())
    label = writeFinding(volumeNode, grounding, heatmapVolume=True, box=True)
    nodes = (label, companion(label, Kind.HEATMAP), companion(label, Kind.BOX))
    assert [node.GetParentTransformNode() for node in nodes] == [transform] * 3
    volumeNode.SetAndObserveTransformNodeID(None)
    assert writeFinding(volumeNode, grounding).GetParentTransformNode() is None


def test_the_color_table_names_and_paints_the_levels(volumeNode: Any, grounding: Grounding) -> None:
    label = writeFinding(volumeNode, grounding, colorMap="viridis")
    table = companion(label, Kind.COLORS)
    assert label.GetDisplayNode().GetColorNode() is table
    assert [table.GetColorName(value) for value in range(table.GetNumberOfColors())] == list(LEVEL_NAMES)
    for value, expected in enumerate(levelColors("viridis", lowest=scene_writer.lowestOf(label))):
        color = [0.0] * 4
        table.GetColor(value, color)
        assert color == pytest.approx(expected, abs=1 / 255)
    assert not table.GetHideFromEditors()


def test_nodes_are_named_after_phrase_and_radiograph(volumeNode: Any, groundings: dict[str, Grounding]) -> None:
    label = writeFinding(volumeNode, groundings[PHRASE], box=True)
    assert label.GetName() == "Large left pleural effusion - phantom"
    assert [node.GetName().removeprefix(label.GetName()) for node in companions(label)] == [" - color table", " - box"]
    assert writeFinding(volumeNode, groundings["x" * 100]).GetName() == "x" * 57 + "... - phantom"


@pytest.mark.parametrize("character", ["&", "\x02", "\x1b", "\ufffe"], ids=ascii)
def test_a_scene_with_any_character_in_a_phrase_is_loaded_again(
    scene: Any, volumeNode: Any, grounding: Grounding, tmp_path: Path, character: str
) -> None:
    asked = dataclasses.replace(grounding, phrase=dataclasses.replace(grounding.phrase, text=f"Small {character} left"))
    label = writeFinding(volumeNode, asked, heatmapVolume=True, box=True)
    assert writeFinding(volumeNode, asked) is label
    assert scene.WriteToMRB(str(tmp_path / "scene.mrb"), None)
    folder = tmp_path / "unpacked"
    folder.mkdir()
    again = new_scene(folder)
    assert again.ReadFromMRB(str(tmp_path / "scene.mrb"), True, None)
    (loaded,) = findings(again)
    assert result(loaded)["phrase"] == asked.phrase.text
    assert loaded.GetName() == label.GetName()
    again.Clear(True)


def test_nodes_say_who_answered_and_what_must_be_said(volumeNode: Any, grounding: Grounding) -> None:
    label = writeFinding(volumeNode, grounding, heatmapVolume=True, box=True)
    assert len(companions(label)) == 3
    for node in (label, *companions(label)):
        assert node.GetAttribute("CXRGrounding.Model") == "phantom-ldm"
        assert node.GetAttribute("CXRGrounding.Demonstration") == "true"
        assert node.GetAttribute("CXRGrounding.Label") == grounding.model.label
        assert PHRASE in node.GetDescription()
        assert "DEMONSTRATION MODEL" in node.GetDescription()
        assert "Research use only." in node.GetDescription()
        assert node.GetNodeReference("CXRGrounding.radiograph") is volumeNode
    assert result(label) == grounding.to_dict()


def test_nodes_say_where_a_phrase_is_best_explained_and_what_was_asked_there(
    volumeNode: Any, grounding: Grounding
) -> None:
    spot = Spot("Pleural Effusion", Laterality.LEFT, None, "large", "Large left pleural effusion")
    place = Placing((Place(spot, 0.1),), (Place(spot, 0.1),), 0.1)
    label = writeFinding(volumeNode, dataclasses.replace(grounding, place=place), heatmapVolume=True, box=True)
    for node in (label, *companions(label)):
        said = [node.GetAttribute(f"CXRGrounding.{name}") for name in ("Phrase", "Place", "Asked")]
        assert said == [PHRASE, "large, left", "Large left pleural effusion"]
        assert 'The map is of "Large left pleural effusion", asked in its stead.' in node.GetDescription()
    assert label.GetName().startswith("Large left pleural effusion - "), "the user's own words"
    assert result(label)["place"]["words"] == "large, left"
    again = writeFinding(volumeNode, dataclasses.replace(grounding, place=None))
    assert (again.GetAttribute("CXRGrounding.Place"), again.GetAttribute("CXRGrounding.Asked")) == (None, None)


def test_a_model_whose_label_does_not_say_research_use_only_gets_it_said(volumeNode: Any, grounding: Grounding) -> None:
    import dataclasses

    plain = dataclasses.replace(grounding, model=dataclasses.replace(grounding.model, label="Weights of 2024."))
    label = writeFinding(volumeNode, plain)
    assert label.GetAttribute("CXRGrounding.Label") == "Weights of 2024. Research use only."


def judged(grounding: Grounding, kind: VerdictKind | None) -> Grounding:
    """The same answer with another verdict."""
    return dataclasses.replace(grounding, verdict=None if kind is None else Verdict(kind, ("Because.",), 0.4))


@pytest.mark.parametrize("kind", VerdictKind)
def test_the_verdict_stands_on_every_node_and_in_the_result(
    volumeNode: Any, grounding: Grounding, kind: VerdictKind
) -> None:
    label = writeFinding(volumeNode, judged(grounding, kind), heatmapVolume=True, box=True)
    assert {node.GetAttribute("CXRGrounding.Verdict") for node in (label, *companions(label))} == {kind.value}
    believed = "true" if kind is VerdictKind.POINTS_HERE else "false"
    assert {node.GetAttribute("CXRGrounding.Believed") for node in (label, *companions(label))} == {believed}
    assert result(label)["verdict"] == {"kind": kind.value, "reasons": ["Because."], "share": 0.4}


@pytest.mark.parametrize(("doubted", "strength"), [(Doubted.PALE, 0.3), (Doubted.HIDDEN, 0.0), (Doubted.FULL, 1.0)])
def test_what_is_not_believed_is_painted_and_framed_as_was_asked(
    volumeNode: Any, grounding: Grounding, doubted: Doubted, strength: float
) -> None:
    looks = {}
    for kind in (VerdictKind.POINTS_HERE, VerdictKind.DENIED, None):
        label = writeFinding(volumeNode, judged(grounding, kind), doubted=doubted, box=True)
        color = [0.0] * 4
        companion(label, Kind.COLORS).GetColor(10, color)
        looks[kind] = (color[3], companion(label, Kind.BOX).GetDisplayNode().GetOpacity())
    assert looks[VerdictKind.POINTS_HERE] == looks[None] == (1, 1), "what nobody judged looks as it always did"
    assert looks[VerdictKind.DENIED] == pytest.approx((strength, strength), abs=1 / 255)
    assert label.GetAttribute("CXRGrounding.Verdict") is None, "the one of the answer before has gone"


def test_the_heatmap_volume_is_continuous(volumeNode: Any, grounding: Grounding) -> None:
    volume = companion(writeFinding(volumeNode, grounding, heatmapVolume=True), Kind.HEATMAP)
    voxels = slicer.util.arrayFromVolume(volume)[0]
    seen = ~np.isnan(grounding.heatmap)
    assert voxels.dtype == np.float32
    np.testing.assert_array_equal(voxels[seen], grounding.heatmap[seen])
    assert set(voxels[~seen]) == {-1.0}
    np.testing.assert_array_equal(matrixOf(volume), matrixOf(volumeNode))
    assert (volume.GetDisplayNode().GetWindowLevelMin(), volume.GetDisplayNode().GetWindowLevelMax()) == (0, 1)


def test_the_box_lies_around_the_strongest_region(volumeNode: Any, grounding: Grounding) -> None:
    roi = companion(writeFinding(volumeNode, grounding, box=True), Kind.BOX)
    box, grid = grounding.boxes[0], sliceGrid(volumeNode)
    bounds = [0.0] * 6
    roi.GetRASBounds(bounds)
    corners = np.array([grid.toRAS(box.x, box.y), grid.toRAS(box.x + box.width, box.y + box.height)])
    expected = np.column_stack([corners.min(axis=0), corners.max(axis=0)])
    np.testing.assert_allclose(np.reshape(bounds, (3, 2))[:2], expected[:2], atol=1e-9)
    np.testing.assert_allclose(bounds[4:], [-0.5, 0.5])
    assert roi.GetLocked()


def test_a_phrase_asked_again_updates_its_nodes(scene: Any, volumeNode: Any, grounding: Grounding) -> None:
    import dataclasses

    first = writeFinding(volumeNode, grounding, heatmapVolume=True, box=True)
    count, before = nodeCount(scene), companions(first)
    weaker = dataclasses.replace(grounding, heatmap_frame=grounding.heatmap_frame * np.float32(0.5))
    again = writeFinding(volumeNode, weaker, heatmapVolume=True, box=True)
    assert (again, companions(again), nodeCount(scene)) == (first, before, count)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(again)[0], heatLevels(weaker.heatmap))


def test_what_is_not_asked_for_again_goes(volumeNode: Any, grounding: Grounding) -> None:
    label = writeFinding(volumeNode, grounding, heatmapVolume=True, box=True)
    writeFinding(volumeNode, grounding)
    assert (companion(label, Kind.HEATMAP), companion(label, Kind.BOX)) == (None, None)


def test_findings_are_those_of_their_radiograph(
    scene: Any, volumeNode: Any, phantomFile: Path, groundings: dict[str, Grounding]
) -> None:
    other = loadRadiograph(scene, phantomFile, read_image).volumeNode
    first, second = (writeFinding(volumeNode, groundings[phrase]) for phrase in (PHRASE, "Cardiomegaly"))
    third = writeFinding(other, groundings[PHRASE])
    scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "someone else's")
    assert findings(scene, volumeNode) == [first, second]
    assert findings(scene) == [first, second, third]
    removeFinding(first)
    assert findings(scene) == [second, third]


def test_removing_a_finding_leaves_nothing_of_it(scene: Any, volumeNode: Any, grounding: Grounding) -> None:
    slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)  # made when it is first asked for
    before = nodeIDs(scene)
    removeFinding(writeFinding(volumeNode, grounding, heatmapVolume=True, box=True))
    after = nodeIDs(scene)
    assert after - before == set()


def test_findings_lie_beside_the_radiograph_in_the_subject_hierarchy(
    scene: Any, volumeNode: Any, grounding: Grounding
) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "study")
    hierarchy.CreateItem(study, volumeNode)
    label = writeFinding(volumeNode, grounding, heatmapVolume=True, box=True)
    for node in (label, companion(label, Kind.HEATMAP), companion(label, Kind.BOX)):
        assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == study


def test_a_failure_leaves_the_scene_as_it_was(
    scene: Any, volumeNode: Any, grounding: Grounding, monkeypatch: pytest.MonkeyPatch
) -> None:
    slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    before = nodeIDs(scene)

    def fail(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(scene_writer, "_frame", fail)
    with pytest.raises(MemoryError):
        writeFinding(volumeNode, grounding, heatmapVolume=True, box=True)
    assert nodeIDs(scene) == before


def test_a_heatmap_on_another_grid_is_refused(scene: Any, makeVolume: Callable[..., Any], grounding: Grounding) -> None:
    volumeNode = makeVolume(np.arange(6400.0).reshape(80, 80))
    with pytest.raises(ValueError, match=r"the radiograph is \(80, 80\)"):
        writeFinding(volumeNode, grounding)
    assert findings(scene) == []


def test_an_unknown_color_map_makes_nothing(scene: Any, volumeNode: Any, grounding: Grounding) -> None:
    with pytest.raises(ValueError, match="no color map"):
        writeFinding(volumeNode, grounding, colorMap="jet")
    assert findings(scene) == []


def test_results_are_not_taken_for_radiographs(volumeNode: Any, grounding: Grounding) -> None:
    from cxr_grounding import RadiographError

    label = writeFinding(volumeNode, grounding, heatmapVolume=True)
    for node in (label, companion(label, Kind.HEATMAP)):
        with pytest.raises(RadiographError, match="is a result of this module"):
            readRadiograph(node)
