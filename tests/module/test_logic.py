"""From DICOM to the overlay, as a script in Slicer's Python console does it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from cxr_grounding import (
    Cancelled,
    CXRGroundingError,
    Grounder,
    ModelError,
    OrderError,
    PhraseError,
    RadiographError,
    Worker,
    WorkerError,
    find_model,
    read_image,
    read_report,
)
from CXRGroundingLib.color_maps import heatLevels
from CXRGroundingLib.logic import GroundingLogic
from slicer_application import Application

PHRASE = "Large left pleural effusion"


class QuickLogic(GroundingLogic):
    """The logic asked for the quickest answers, where a test asks for no others: most look at what becomes of one."""

    quick: dict[str, Any]
    """Fields of an `Ask`; of the model among them an answer may be there before one looks for its progress."""

    def ground(self, *asked: Any, **how: Any) -> Any:
        return super().ground(*asked, **self.quick | how)

    def groundAsync(self, *asked: Any, **how: Any) -> None:
        super().groundAsync(*asked, **self.quick | how)


@pytest.fixture
def logic(scene: Any, application: Application, worker: Worker, tinyModel: Path) -> GroundingLogic:
    logic = QuickLogic(applicationLogic=application.logic, engine=worker)
    logic.quick = {"model": tinyModel, "preset": "fast"}
    return logic


@pytest.fixture
def volumeNode(logic: GroundingLogic, phantomFile: Path) -> Any:
    return logic.loadRadiograph(phantomFile)


class Told:
    """What the callbacks of `groundAsync` were told."""

    def __init__(self) -> None:
        self.progress: list[tuple[str, int, int]] = []
        self.finished: list[list[Any]] = []
        self.failed: list[CXRGroundingError] = []

    @property
    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "onProgress": lambda *progress: self.progress.append(progress),
            "onFinished": self.finished.append,
            "onFailed": self.failed.append,
        }


def pollUntilDone(logic: GroundingLogic, each: Callable[[], None] = lambda: None) -> None:
    """What the panel's timer does."""
    while logic.isBusy:
        logic.poll()
        each()
        time.sleep(0.01)


def made(scene: Any) -> list[str]:
    """The nodes of the module in the scene."""
    nodes = (scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes()))
    return [node.GetName() for node in nodes if node.GetAttribute("CXRGrounding.Kind")]


def test_three_lines_lead_from_a_file_to_the_overlay(
    application: Application, logic: GroundingLogic, phantomFile: Path, demoGrounder: Grounder
) -> None:
    volumeNode = logic.loadRadiograph(phantomFile)
    labelNode = logic.ground(volumeNode, PHRASE, model=None)
    demoGrounder.set_radiograph(read_image(phantomFile), preset="fast")
    expected = demoGrounder.ground(PHRASE)
    levels = slicer.util.arrayFromVolume(labelNode)[0]
    assert (levels != heatLevels(expected.heatmap)).mean() < 1e-3
    assert logic.result(labelNode)["boxes_pixels"][0]["strength"] == pytest.approx(1)
    assert logic.shownFinding(volumeNode) is labelNode
    assert logic.about(volumeNode) == (read_image(phantomFile).orientation, expected.spacing)
    composite = application.views["Red"].GetSliceCompositeNode()
    assert composite.GetBackgroundVolumeID() == volumeNode.GetID()
    assert composite.GetLabelVolumeID() == labelNode.GetID()
    assert composite.GetLabelOpacity() == 0.7


def test_several_phrases_give_a_finding_each_and_show_the_first(logic: GroundingLogic, volumeNode: Any) -> None:
    nodes = logic.ground(volumeNode, ["Cardiomegaly", PHRASE, "  Cardiomegaly\n"])
    assert [logic.result(node)["phrase"] for node in nodes] == ["Cardiomegaly", PHRASE]
    assert logic.findings(volumeNode) == nodes
    assert logic.shownFinding(volumeNode) is nodes[0]


def test_a_sentence_of_a_report_is_judged_by_its_section(logic: GroundingLogic, volumeNode: Any) -> None:
    asked, seen = read_report(f"INDICATION: {PHRASE}. FINDINGS: {PHRASE}.")
    past = 'Pleural Effusion is told of the past: "indication: pleural effusion".'
    assert logic.result(logic.ground(volumeNode, asked))["verdict"]["reasons"][0] == past
    (node,) = logic.ground(volumeNode, [seen])
    assert past not in logic.result(node)["verdict"]["reasons"]


def test_progress_is_told_and_false_stops_the_run(scene: Any, logic: GroundingLogic, volumeNode: Any) -> None:
    told: list[str] = []

    def stop(stage: str, done: int, total: int) -> bool:
        told.append(stage)
        return stage != "inversion" or done < 3

    with pytest.raises(Cancelled):
        logic.ground(volumeNode, PHRASE, model=None, steps=40, progress=stop)
    assert "inversion" in told
    assert made(scene) == []
    assert not logic.isBusy


def test_the_non_blocking_twin_tells_progress_and_gives_the_nodes(logic: GroundingLogic, volumeNode: Any) -> None:
    told = Told()
    logic.groundAsync(volumeNode, ["Cardiomegaly", PHRASE], model=None, steps=30, **told.callbacks)
    assert (logic.isBusy, told.finished) == (True, [])
    pollUntilDone(logic)
    assert told.finished == [logic.findings(volumeNode)]
    assert {stage for stage, _, _ in told.progress} >= {"inversion"}
    assert told.failed == []


def test_the_non_blocking_twin_can_be_cancelled(
    scene: Any, logic: GroundingLogic, volumeNode: Any, worker: Worker
) -> None:
    logic.ground(volumeNode, PHRASE)
    pid, told = worker.pid, Told()
    logic.groundAsync(volumeNode, "Cardiomegaly", preset="full", steps=300, **told.callbacks)
    pollUntilDone(logic, lambda: logic.cancel() if told.progress and told.progress[-1][1] > 2 else None)
    assert [type(error) for error in told.failed] == [Cancelled]
    assert (told.finished, worker.pid) == ([], pid)
    assert logic.ground(volumeNode, "Cardiomegaly") in logic.findings()


def test_answers_come_into_the_scene_one_a_poll_and_their_progress_is_that_of_all(
    logic: GroundingLogic, volumeNode: Any
) -> None:
    told, counts = Told(), []
    logic.ground(volumeNode, PHRASE)
    phrases = ["Cardiomegaly", "Right pneumothorax", "Left lower lobe atelectasis"]
    logic.groundAsync(volumeNode, phrases, model=None, preset="full", steps=10, **told.callbacks)
    pollUntilDone(logic, lambda: counts.append(len(logic.findings())))
    assert counts == sorted(counts)
    assert set(counts) == {1, 2, 3, 4}
    assert [logic.result(node)["phrase"] for node in told.finished[0]] == phrases
    looking = [(done, total) for stage, done, total in told.progress if stage == "attention"]
    passes = [sum(logic.result(node)["unet_calls"].values()) for node in told.finished[0]]
    assert len(set(passes)) == 3, "none of them takes as many as another"
    assert looking == sorted(looking)
    assert {total for _, total in looking} == {300}


def test_a_cancellation_among_the_answers_keeps_those_that_are_there(logic: GroundingLogic, volumeNode: Any) -> None:
    told, slowly = Told(), {"model": None, "steps": 10}
    former = logic.ground(volumeNode, "Left lower lobe atelectasis", **slowly)
    logic.groundAsync(volumeNode, [PHRASE, "Cardiomegaly", "Right pneumothorax"], **slowly, **told.callbacks)
    assert logic.pendingPhrases == [PHRASE, "Cardiomegaly", "Right pneumothorax"]
    pollUntilDone(logic, lambda: logic.cancel() if len(logic.findings()) == 2 else None)
    assert [type(error) for error in told.failed] == [Cancelled]
    first, kept = logic.findings()
    assert (first, logic.result(kept)["phrase"]) == (former, PHRASE)
    assert logic.shownFinding(volumeNode) is kept, "the first answer is shown as soon as it is there"
    assert logic.pendingPhrases == []


def test_an_answer_by_another_preset_takes_the_place_of_the_one_before_and_moves_nothing(
    logic: GroundingLogic, volumeNode: Any
) -> None:
    quick, other = logic.ground(volumeNode, [PHRASE, "Cardiomegaly"], preset="fast")
    assert logic.result(quick)["recipe"]["preset"] == "fast"
    logic.showFinding(other)
    told = Told()
    logic.groundAsync(volumeNode, PHRASE, preset="paper", show=False, **told.callbacks)
    pollUntilDone(logic)
    assert told.finished == [[quick]]
    assert logic.result(quick)["recipe"]["preset"] == "paper"
    assert logic.shownFinding(volumeNode) is other


def test_a_precision_is_followed_in_both_ways_to_ask(logic: GroundingLogic, volumeNode: Any) -> None:
    labelNode = logic.ground(volumeNode, PHRASE, device="cpu", precision="half")
    assert logic.result(labelNode)["precision"] == "half"
    logic.groundAsync(volumeNode, PHRASE, device="cpu", precision="single")
    pollUntilDone(logic)
    assert logic.result(labelNode)["precision"] == "single"


def test_an_unknown_preset_is_refused(logic: GroundingLogic, volumeNode: Any) -> None:
    with pytest.raises(CXRGroundingError, match="no preset 'quick'"):
        logic.ground(volumeNode, PHRASE, preset="quick")
    assert logic.findings() == []


def test_a_callback_may_ask_for_the_next_phrase(logic: GroundingLogic, volumeNode: Any) -> None:
    told = Told()

    def next_(nodes: list[Any]) -> None:
        logic.groundAsync(volumeNode, "Cardiomegaly", **told.callbacks)

    logic.groundAsync(volumeNode, PHRASE, onFinished=next_)
    pollUntilDone(logic)
    assert len(told.finished) == 1
    assert len(logic.findings(volumeNode)) == 2


def test_the_radiograph_is_prepared_once_for_many_phrases(logic: GroundingLogic, volumeNode: Any) -> None:
    logic.ground(volumeNode, PHRASE)
    stages: list[str] = []
    logic.ground(volumeNode, "Cardiomegaly", progress=lambda stage, done, total: stages.append(stage))
    assert "inversion" not in stages


def test_changed_pixels_are_grounded_anew(logic: GroundingLogic, volumeNode: Any) -> None:
    first = slicer.util.arrayFromVolume(logic.ground(volumeNode, PHRASE)).copy()
    voxels = slicer.util.arrayFromVolume(volumeNode)
    voxels[:] = voxels[:, :, ::-1].copy()
    slicer.util.arrayFromVolumeModified(volumeNode)
    again = slicer.util.arrayFromVolume(logic.ground(volumeNode, PHRASE))
    assert (again != first).mean() > 0.01


def test_a_volume_that_slicer_loaded_is_grounded_like_the_file(
    scene: Any, logic: GroundingLogic, volumeNode: Any, phantomFile: Path
) -> None:
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.SetFileName(str(phantomFile))
    other = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "from the DICOM module")
    storage.ReadData(other)
    other.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    logic._givenFileForInstance = {"1.2.3": str(phantomFile)}.get
    one, two = (logic.ground(node, PHRASE) for node in (volumeNode, other))
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(one), slicer.util.arrayFromVolume(two))
    assert logic.result(two)["area_mm2"] == logic.result(one)["area_mm2"] > 0


def test_area_is_unknown_where_no_tag_gives_it(
    logic: GroundingLogic, makeVolume: Callable[..., Any], phantomFile: Path
) -> None:
    bare = makeVolume(read_image(phantomFile).pixels.astype(np.int16))
    bare.SetSpacing(0.2, 0.2, 1)
    assert logic.result(logic.ground(bare, PHRASE))["area_mm2"] is None


def test_display_settings_hold_for_findings_shown_and_to_come(
    application: Application, logic: GroundingLogic, volumeNode: Any
) -> None:
    logic.ground(volumeNode, PHRASE)
    logic.setDoubted("full")
    logic.setOpacity(0.4)
    logic.setOutline(True)
    logic.setColorMap("viridis")
    logic.setThreshold(50)
    view = application.views["Red"]
    assert view.GetSliceCompositeNode().GetLabelOpacity() == pytest.approx(0.4)
    assert view.GetSliceNode().GetUseLabelOutline()
    for node in (logic.findings()[0], logic.ground(volumeNode, "Cardiomegaly")):
        color = [0.0] * 4
        node.GetDisplayNode().GetColorNode().GetColor(5, color)
        assert color[3] == 0
        node.GetDisplayNode().GetColorNode().GetColor(9, color)
        assert (color[1] > color[0], color[3]) == (True, pytest.approx(0.9, abs=1 / 255))
    assert view.GetSliceCompositeNode().GetLabelOpacity() == pytest.approx(0.4)


def test_a_denied_phrase_is_pale_and_says_so_and_its_document_is_at_hand(
    logic: GroundingLogic, volumeNode: Any
) -> None:
    node = logic.ground(volumeNode, "No left effusion", preset="fast")
    hottest = [0.0] * 4

    def opacity() -> float:
        node.GetDisplayNode().GetColorNode().GetColor(10, hottest)
        return hottest[3]

    assert node.GetAttribute("CXRGrounding.Verdict") == "the sentence denies it"
    assert logic.result(node)["verdict"]["reasons"] == ['Pleural Effusion is denied: "No … effusion".']
    assert logic.result(node)["phrase"] == "No left effusion"
    assert opacity() == pytest.approx(0.3, abs=1 / 255)
    logic.setDoubted("hidden")
    assert opacity() == 0
    with pytest.raises(ValueError, match="faint"):
        logic.setDoubted("faint")


def test_findings_can_be_hidden_shown_and_removed(scene: Any, logic: GroundingLogic, volumeNode: Any) -> None:
    one, two = logic.ground(volumeNode, [PHRASE, "Cardiomegaly"], heatmapVolume=True, box=True)
    logic.hideFindings(volumeNode)
    assert logic.shownFinding(volumeNode) is None
    assert logic.showFinding(two)
    logic.jumpTo(two)
    logic.removeFinding(two)
    assert logic.shownFinding(volumeNode) is None
    assert logic.findings() == [one]
    assert logic.radiographOf(one) is volumeNode
    logic.removeFinding(one)
    assert made(scene) == []


def test_the_models_are_those_of_the_core(logic: GroundingLogic) -> None:
    first = logic.models()[0]
    assert (first.name, first.identity.demonstration) == ("phantom-ldm", True)


def test_published_models_are_to_download_until_they_are_here(
    logic: GroundingLogic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path))
    assert logic.modelsToDownload() == ["monai-cxr-ldm", "cxr-bert-ldm"]
    shutil.copytree(find_model().folder, tmp_path / "models" / "monai-cxr-ldm")
    assert logic.modelsToDownload() == ["cxr-bert-ldm"]


@pytest.mark.parametrize("phrases", ["", "  \n ", [], ["effusion", ""]])
def test_a_phrase_of_nothing_is_refused(scene: Any, logic: GroundingLogic, volumeNode: Any, phrases: Any) -> None:
    with pytest.raises(PhraseError, match="Type what to look for"):
        logic.ground(volumeNode, phrases)
    assert (made(scene), logic.isBusy) == ([], False)


def test_bad_volumes_are_refused_before_anything_starts(
    scene: Any, logic: GroundingLogic, makeVolume: Callable[..., Any]
) -> None:
    colors = np.random.default_rng(0).integers(0, 255, (1, 80, 100, 3)).astype(np.uint8)
    bad = {
        "No radiograph is chosen": None,
        "a single slice": makeVolume(np.zeros((5, 80, 100), dtype=np.int16)),
        "colour image": makeVolume(colors, className="vtkMRMLVectorVolumeNode"),
        "nothing to see": makeVolume(np.zeros((80, 100), dtype=np.int16)),
        "Use the full-size image": makeVolume(np.arange(200.0).reshape(10, 20)),
    }
    for message, volumeNode in bad.items():
        with pytest.raises(RadiographError, match=message):
            logic.ground(volumeNode, PHRASE)
        with pytest.raises(RadiographError, match=message):
            logic.groundAsync(volumeNode, PHRASE)
    assert (made(scene), logic.isBusy) == ([], False)


def test_a_volume_of_another_scene_is_refused(logic: GroundingLogic, volumeNode: Any, scene: Any) -> None:
    scene.RemoveNode(volumeNode)
    with pytest.raises(RadiographError, match="not in the scene"):
        logic.ground(volumeNode, PHRASE)


def test_a_second_click_is_refused_and_the_first_goes_on(logic: GroundingLogic, volumeNode: Any) -> None:
    told = Told()
    logic.groundAsync(volumeNode, PHRASE, **told.callbacks)
    for again in (logic.ground, logic.groundAsync):
        with pytest.raises(OrderError, match="A grounding is under way"):
            again(volumeNode, "Cardiomegaly")
    pollUntilDone(logic)
    assert [logic.result(node)["phrase"] for node in told.finished[0]] == [PHRASE]


def test_a_click_during_the_blocking_form_is_refused(logic: GroundingLogic, volumeNode: Any) -> None:
    refused: list[str] = []

    def click(stage: str, done: int, total: int) -> None:
        logic.poll()
        try:
            logic.groundAsync(volumeNode, "Cardiomegaly")
        except OrderError as error:
            refused.append(str(error))

    assert logic.ground(volumeNode, PHRASE, model=None, steps=20, progress=click) in logic.findings()
    assert refused
    assert len(logic.findings()) == 1


@pytest.mark.parametrize("form", ["ground", "groundAsync"])
def test_a_radiograph_removed_during_the_run_is_told(
    scene: Any, logic: GroundingLogic, volumeNode: Any, form: str
) -> None:
    told = Told()
    if form == "ground":
        with pytest.raises(RadiographError, match="removed from the scene during the grounding"):
            logic.ground(volumeNode, PHRASE, model=None, steps=21, progress=lambda *_: scene.RemoveNode(volumeNode))
    else:
        logic.groundAsync(volumeNode, PHRASE, **told.callbacks)
        scene.RemoveNode(volumeNode)
        pollUntilDone(logic)
        assert "removed from the scene during the grounding" in str(told.failed[0])
    assert (made(scene), logic.isBusy) == ([], False)


def test_a_scene_closed_during_the_run_is_told(scene: Any, logic: GroundingLogic, volumeNode: Any) -> None:
    told = Told()
    logic.groundAsync(volumeNode, PHRASE, **told.callbacks)
    scene.Clear(False)
    pollUntilDone(logic)
    assert "removed from the scene during the grounding" in str(told.failed[0])
    assert made(scene) == []


def test_a_radiograph_replaced_during_the_run_is_told(scene: Any, logic: GroundingLogic, volumeNode: Any) -> None:
    told = Told()
    logic.groundAsync(volumeNode, PHRASE, **told.callbacks)
    slicer.util.updateVolumeFromArray(volumeNode, np.arange(6400, dtype=np.int16).reshape(1, 80, 80))
    pollUntilDone(logic)
    assert "replaced by another image" in str(told.failed[0])
    assert made(scene) == []


def test_a_model_folder_deleted_between_runs_is_told(
    scene: Any, logic: GroundingLogic, volumeNode: Any, tmp_path: Path
) -> None:
    folder = shutil.copytree(find_model().folder, tmp_path / "mine")
    node = logic.ground(volumeNode, PHRASE, model=folder)
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match="There is no model"):
        logic.ground(volumeNode, "Cardiomegaly", model=folder)
    assert logic.findings() == [node]
    assert logic.ground(volumeNode, "Cardiomegaly") in logic.findings()


def test_a_damaged_model_gives_one_error_and_the_next_run_works(
    scene: Any, logic: GroundingLogic, volumeNode: Any, tmp_path: Path
) -> None:
    folder = shutil.copytree(find_model().folder, tmp_path / "mine")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"no weights")
    told = Told()
    logic.groundAsync(volumeNode, PHRASE, model=folder, **told.callbacks)
    pollUntilDone(logic)
    with pytest.raises(ModelError):
        logic.ground(volumeNode, PHRASE, model=folder)
    assert [type(error) for error in told.failed] == [ModelError]
    assert made(scene) == []
    assert logic.ground(volumeNode, PHRASE) in logic.findings()


def test_a_killed_worker_gives_one_error_and_the_next_run_works(
    scene: Any, logic: GroundingLogic, volumeNode: Any, worker: Worker
) -> None:
    logic.ground(volumeNode, "Cardiomegaly")
    told = Told()
    logic.groundAsync(volumeNode, PHRASE, preset="full", steps=300, **told.callbacks)
    killed: list[int] = []

    def kill() -> None:
        if told.progress and not killed:
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    pollUntilDone(logic, kill)
    assert [isinstance(error, WorkerError) for error in told.failed] == [True]
    assert len(made(scene)) == 2  # the first finding's label map and color table
    assert logic.ground(volumeNode, PHRASE) in logic.findings()
    assert worker.pid not in killed


def test_closing_ends_the_worker_and_a_later_request_starts_it(
    logic: GroundingLogic, volumeNode: Any, worker: Worker
) -> None:
    logic.ground(volumeNode, PHRASE)
    pid = worker.pid
    logic.close()
    logic.close()
    assert not Path(f"/proc/{pid}").exists()
    told = Told()
    logic.groundAsync(volumeNode, PHRASE, **told.callbacks)
    logic.close()
    assert not logic.isBusy
    assert not worker.is_running


def test_importing_the_module_brings_no_heavy_package_into_slicer() -> None:
    heavy = ["torch", "diffusers", "transformers", "pydicom", "SimpleITK", "scipy", "PIL"]
    program = f"import sys, CXRGroundingLib.logic; print([name for name in {heavy} if name in sys.modules])"
    module = str(Path(__file__).parents[2] / "CXRGrounding")
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": module},
    )
    assert done.stdout.strip() == "[]"
