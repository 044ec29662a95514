"""Findings leave the scene as DICOM objects, and come back as the same regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import slicer

from cxr_grounding import Grounder, Grounding, OutputError, RadiographError, Worker, read_image
from CXRGroundingLib import scene_writer
from CXRGroundingLib.color_maps import LEVELS
from CXRGroundingLib.logic import GroundingLogic
from slicer_application import Application

PHRASES = ["Large left pleural effusion", "cardiomegaly"]


@pytest.fixture
def logic(scene: Any, application: Application, worker: Worker) -> GroundingLogic:
    return GroundingLogic(applicationLogic=application.logic, engine=worker)


@pytest.fixture
def volumeNode(logic: GroundingLogic, phantomFile: Path) -> Any:
    return logic.loadRadiograph(phantomFile)


@pytest.fixture(scope="module")
def answers(demoGrounder: Grounder, phantomFile: Path) -> list[Grounding]:
    """To both phrases, which no test changes."""
    demoGrounder.set_radiograph(read_image(phantomFile), preset="fast")
    return demoGrounder.ground(PHRASES)


@pytest.fixture
def labelNodes(volumeNode: Any, answers: list[Grounding]) -> list[Any]:
    return [scene_writer.writeFinding(volumeNode, answer) for answer in answers]


def heatOf(labelNode: Any) -> Any:
    """Where a finding's label map is neither empty nor unseen."""
    levels = slicer.util.arrayFromVolume(labelNode)[0]
    return (levels > 0) & (levels <= LEVELS)


def test_ticked_findings_become_a_segmentation_and_a_report_of_the_study(
    logic: GroundingLogic, labelNodes: list[Any], phantomFile: Path, tmp_path: Path
) -> None:
    made = [pydicom.dcmread(path) for path in logic.exportDicom(labelNodes, tmp_path)]
    assert [one.Modality for one in made] == ["SEG", "SR"]
    assert {one.StudyInstanceUID for one in made} == {pydicom.dcmread(phantomFile).StudyInstanceUID}
    assert [segment.SegmentLabel for segment in made[0].SegmentSequence] == PHRASES
    for plane, labelNode in zip(made[0].pixel_array, labelNodes, strict=True):
        np.testing.assert_array_equal(plane.astype(bool), heatOf(labelNode))


def test_slicers_own_reader_reads_the_segmentation(
    logic: GroundingLogic, scene: Any, labelNodes: list[Any], tmp_path: Path
) -> None:
    segmentation, _ = logic.exportDicom(labelNodes, tmp_path)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(segmentation))
    storage.SetSingleFile(True)
    assert storage.ReadData(volume)
    for plane, labelNode in zip(slicer.util.arrayFromVolume(volume), labelNodes, strict=True):
        np.testing.assert_array_equal(plane > 0, heatOf(labelNode))


@pytest.mark.parametrize("kind", ["seg", "sr"])
def test_what_left_comes_back(logic: GroundingLogic, volumeNode: Any, labelNodes: list[Any], tmp_path: Path, kind: str):
    path = next(path for path in logic.exportDicom(labelNodes, tmp_path) if path.name.endswith(f"{kind}.dcm"))
    before = [(logic.result(node)["boxes_pixels"], logic.result(node)["verdict"]["kind"]) for node in labelNodes]
    regions = [heatOf(node).copy() for node in labelNodes]
    for node in labelNodes:
        logic.removeFinding(node)
    back = logic.loadFindings(path, volumeNode)
    assert [logic.result(node)["phrase"] for node in back] == PHRASES
    for node, (boxes, verdict), region in zip(back, before, regions, strict=True):
        result = logic.result(node)
        assert result["verdict"]["kind"] == verdict
        places = [{name: box[name] for name in ("x", "y", "width", "height")} for box in result["boxes_pixels"]]
        expected = [{name: box[name] for name in ("x", "y", "width", "height")} for box in boxes]
        assert sorted(places, key=str) == sorted(expected, key=str)
        if kind == "seg":
            np.testing.assert_array_equal(heatOf(node), region)
    assert logic.findings(volumeNode) == back


def test_findings_without_their_radiographs_file_are_said_to_be_so(
    logic: GroundingLogic, makeVolume: Any, answers: list[Grounding], phantomFile: Path, tmp_path: Path
) -> None:
    unknown = makeVolume(read_image(phantomFile).pixels)
    node = scene_writer.writeFinding(unknown, answers[1])
    with pytest.raises(OutputError, match="is not known"):
        logic.exportDicom([node], tmp_path / "out")
    with pytest.raises(OutputError, match="are of 0 radiographs"):
        logic.exportDicom([], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_object_about_another_image_leaves_the_scene_as_it_was(
    logic: GroundingLogic, volumeNode: Any, labelNodes: list[Any], tmp_path: Path
) -> None:
    path = logic.exportDicom(labelNodes, tmp_path)[0]
    changed = pydicom.dcmread(path)
    for series in changed.ReferencedSeriesSequence:
        series.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    for group in [*changed.SharedFunctionalGroupsSequence, *changed.PerFrameFunctionalGroupsSequence]:
        for derivation in group.get("DerivationImageSequence") or []:
            derivation.SourceImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    changed.save_as(path)
    nodes = volumeNode.GetScene().GetNumberOfNodes()
    with pytest.raises(RadiographError, match="about another image"):
        logic.loadFindings(path, volumeNode)
    assert volumeNode.GetScene().GetNumberOfNodes() == nodes
