"""The module's panel by its clicks and keys: the unchanged module on a real scene and a real worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
from pydicom.data import get_testdata_file
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cxr_grounding import find_model, split_report
from cxr_grounding_desktop.slicer_stand_in.host import Host
from interface_work import InterfaceWork
from lent_worker import LentWorker
from told_engine import ToldEngine

from .hands_on_panel import LONG, Panel, opened_host

PHRASE = "Large left pleural effusion"


@pytest.fixture(scope="module")
def open_host(qapp: Any, lent_worker: LentWorker) -> Iterator[Host]:
    """One host for all tests of this file."""
    with opened_host(lent_worker) as host:
        yield host


@pytest.fixture
def host(open_host: Host, qtbot: QtBot) -> Iterator[Host]:
    """With an empty scene, and settled again afterwards."""
    open_host.close_scene()
    qtbot.wait(20)
    yield open_host
    if open_host.widget.logic.isBusy:
        open_host.widget.logic.cancel()
        qtbot.waitUntil(lambda: not open_host.widget.logic.isBusy, timeout=LONG)
    open_host.close_scene()
    qtbot.wait(20)


@pytest.fixture
def panel(host: Host, qtbot: QtBot) -> Panel:
    """The panel over an empty scene."""
    return Panel(host, qtbot)


@pytest.fixture
def loaded(panel: Panel, phantom_file: Path) -> Panel:
    """The panel with a phantom."""
    panel.host.widget.loadRadiograph(str(phantom_file))
    return panel


@pytest.fixture
def grounded(loaded: Panel) -> Panel:
    """The panel with a phantom and a finding, quickly found."""
    loaded.choose_quickest()
    loaded.type_phrase(PHRASE)
    loaded.enter()
    loaded.wait_until_idle()
    assert loaded.rows == [(PHRASE, True)]
    return loaded


def test_the_engine_starts_beside_each_radiograph_once_before_anything_is_asked(
    qapp: Any, qtbot: QtBot, phantom_file: Path
) -> None:
    engine = ToldEngine()
    with opened_host(engine) as host:
        from CXRGroundingLib.widget_run import WARM_UP_MILLISECONDS  # the host has put it there

        qtbot.wait(WARM_UP_MILLISECONDS + 300)
        assert engine.starts == 0
        engine.needed_starts = 2  # as a process, which goes on only while it is looked after
        host.widget.loadRadiograph(str(phantom_file))
        qtbot.waitUntil(lambda: engine.starts == 2)
        Panel(host, qtbot).type_phrase(PHRASE)
        qtbot.wait(WARM_UP_MILLISECONDS + 300)
        assert (engine.starts, engine.asked) == (2, [])
        host.widget.loadRadiograph(str(phantom_file))
        qtbot.waitUntil(lambda: engine.starts == 3)


def shown(host: Host) -> Any:
    """The label map in the view, or None."""
    return host.scene.GetNodeByID(host.slice_logic.GetSliceCompositeNode().GetLabelVolumeID() or "")


def made_nodes(host: Host) -> list[str]:
    """All nodes that the module made."""
    nodes = (host.scene.GetNthNode(index) for index in range(host.scene.GetNumberOfNodes()))
    return [node.GetName() for node in nodes if node.GetAttribute("CXRGrounding.Kind")]


def test_a_file_that_the_user_picks_is_loaded_and_shown(
    panel: Panel, phantom_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (str(phantom_file), ""))
    panel.click("loadButton")
    volume = panel.ui.radiographSelector.currentNode()
    assert volume.GetName() == "phantom-2000012"
    assert panel.host.slice_logic.GetSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()
    assert (panel.message, panel.ui.groundButton.enabled) == ("", False)


def test_enter_grounds_and_the_interface_stays_alive(loaded: Panel) -> None:
    loaded.type_phrase(PHRASE)
    texts = set()
    with InterfaceWork() as work:
        loaded.enter()
        assert loaded.ui.groundButton.text == "Cancel"
        loaded.bot.waitUntil(
            lambda: texts.add(str(loaded.ui.progressBar.format)) or not loaded.logic.isBusy, timeout=LONG
        )
        loaded.bot.wait(50)
    assert any("Reading the radiograph, " in text and "left" in text for text in texts)
    assert loaded.rows == [(PHRASE, True)]
    assert shown(loaded.host).GetAttribute("CXRGrounding.Kind") is not None
    assert loaded.ui.groundButton.text == "Ground"
    assert not loaded.widget("progressBar").isVisible()
    assert (work.arrived, work.written) == ([1], [1])
    assert (work.read, work.slept) == (0, 0)


def test_the_model_is_called_a_demonstration(grounded: Panel) -> None:
    assert "DEMONSTRATION MODEL" in grounded.ui.modelLabel.text
    assert grounded.widget("researchUseLabel").text() == "Research use only. Not for diagnosis."


def test_a_report_gives_a_finding_for_each_sentence_that_affirms_one(loaded: Panel, phantom_file: Path) -> None:
    report = phantom_file.with_suffix(".txt").read_text(encoding="utf-8")
    loaded.choose_quickest()
    loaded.widget("reportEdit").setPlainText(report)
    sentences = split_report(report)
    assert loaded.ui.groundReportButton.text == f"Ground {len(sentences)} sentences"
    loaded.click("groundReportButton")
    loaded.wait_until_idle()
    assert [phrase for phrase, _ in loaded.rows] == sentences
    assert [is_shown for _, is_shown in loaded.rows] == [True] + [False] * (len(sentences) - 1)


def test_the_verdict_stands_below_its_phrase_and_says_why_when_pointed_at(loaded: Panel) -> None:
    loaded.choose_quickest()
    loaded.type_phrase("No left effusion")
    loaded.enter()
    loaded.wait_until_idle()
    assert loaded.rows == [("No left effusion", True)]
    assert loaded.verdicts == ["→ the sentence denies it"]
    hint = loaded.widget("findingsTable").item(0, 0).toolTip()
    assert hint.splitlines()[-1] == 'Pleural Effusion is denied: "No … effusion".'
    color, table = [0.0] * 4, shown(loaded.host).GetDisplayNode().GetColorNode()
    looks = {}
    box = loaded.widget("doubtedComboBox")
    for index in (1, 2, 0):
        box.setCurrentIndex(index)
        table.GetColor(10, color)
        looks[box.itemText(index)] = color[3]
    assert looks == pytest.approx({"Pale": 0.3, "Not at all": 0, "As any other": 1}, abs=1 / 255)


def test_a_text_far_longer_than_a_report_is_not_grounded_and_says_why(loaded: Panel) -> None:
    loaded.widget("reportEdit").setPlainText("Effusion. " * 20_000)
    assert not loaded.widget("groundReportButton").isEnabled()
    assert "has 200,000 letters, far more" in loaded.ui.groundReportButton.toolTip
    loaded.widget("reportEdit").setPlainText(PHRASE)
    assert loaded.widget("groundReportButton").isEnabled()


def test_without_a_phrase_too_the_focus_is_on_cancel_while_a_report_is_grounded(loaded: Panel) -> None:
    loaded.type_phrase("")
    loaded.bot.keyClick(loaded.widget("phraseComboBox").lineEdit(), Qt.Key_Delete)
    loaded.widget("reportEdit").setPlainText(PHRASE)
    assert not loaded.widget("groundButton").isEnabled()
    loaded.click("groundReportButton")
    assert loaded.widget("groundButton").window().focusWidget() is loaded.widget("groundButton")
    loaded.bot.keyClick(loaded.widget("groundButton"), Qt.Key_Space)
    loaded.wait_until_idle()
    assert loaded.message == "Cancelled. Nothing was added to the scene."


def test_findings_are_chosen_hidden_and_removed(grounded: Panel) -> None:
    grounded.type_phrase("Cardiomegaly")
    grounded.click("groundButton")
    grounded.wait_until_idle()
    assert [phrase for phrase, _ in grounded.rows] == [PHRASE, "Cardiomegaly"]
    table, bot = grounded.widget("findingsTable"), grounded.bot
    bot.mouseClick(table.viewport(), Qt.LeftButton, pos=table.visualItemRect(table.item(0, 1)).center())
    bot.wait(20)
    assert grounded.rows == [(PHRASE, True), ("Cardiomegaly", False)]
    table.item(0, 0).setCheckState(Qt.Unchecked)
    bot.wait(20)
    assert (grounded.rows[0][1], shown(grounded.host)) == (False, None)
    bot.mouseClick(table.cellWidget(0, 2), Qt.LeftButton)
    bot.wait(20)
    assert [phrase for phrase, _ in grounded.rows] == ["Cardiomegaly"]
    assert not any(PHRASE in name for name in made_nodes(grounded.host))
    grounded.click("undoRemoveButton")
    bot.wait(20)
    assert set(grounded.rows) == {(PHRASE, True), ("Cardiomegaly", False)}


def test_findings_that_are_ticked_are_drawn_around_beside_the_active_one(grounded: Panel) -> None:
    grounded.type_phrase("Cardiomegaly")
    grounded.enter()
    grounded.wait_until_idle()
    table, bot = grounded.widget("findingsTable"), grounded.bot

    def drawn() -> set[str]:
        curves = slicer.util.getNodesByClass("vtkMRMLMarkupsClosedCurveNode", scene=grounded.host.scene)
        return {curve.GetAttribute("CXRGrounding.Phrase") for curve in curves}

    active = shown(grounded.host)
    other = next(row for row in range(2) if table.item(row, 0).checkState() == Qt.Unchecked)
    table.item(other, 0).setCheckState(Qt.Checked)
    bot.wait(20)
    assert shown(grounded.host) is active
    assert [isShown for _, isShown in grounded.rows] == [True, True]
    assert drawn() == {grounded.rows[other][0]}
    table.item(other, 0).setCheckState(Qt.Unchecked)
    bot.wait(20)
    assert drawn() == set()
    assert "phantom-ldm" in grounded.ui.engineLabel.text


def test_the_display_follows_its_controls(grounded: Panel) -> None:
    composite = grounded.host.slice_logic.GetSliceCompositeNode()
    slider, colors = grounded.widget("opacitySlider"), grounded.host.widget.logic
    slider.setValue(0.25)
    assert composite.GetLabelOpacity() == 0.25
    table = shown(grounded.host).GetDisplayNode().GetColorNode()
    lowest = [0.0] * 4
    grounded.widget("thresholdSlider").setValue(40)
    table.GetColor(1, lowest)
    assert lowest[3] == 0.0
    grounded.widget("outlineCheckBox").click()
    assert grounded.host.slice_logic.GetSliceNode().GetUseLabelOutline() == 1
    before = [0.0] * 4
    table.GetColor(8, before)
    grounded.widget("colorMapComboBox").setCurrentIndex(1)
    after = [0.0] * 4
    table.GetColor(8, after)
    assert before != after
    assert colors.colorMapNames()[1] == grounded.ui.colorMapComboBox.currentText


def test_a_second_click_cancels_and_leaves_the_scene_as_it_was(loaded: Panel) -> None:
    before = made_nodes(loaded.host)
    loaded.type_phrase("Cardiomegaly")
    loaded.click("groundButton")
    loaded.click("groundButton")
    assert loaded.ui.groundButton.text == "Cancelling..."
    assert not loaded.ui.groundButton.enabled
    loaded.wait_until_idle()
    assert loaded.message == "Cancelled. Nothing was added to the scene."
    assert made_nodes(loaded.host) == before
    assert loaded.ui.groundButton.text == "Ground"


def test_a_double_click_never_starts_two_runs(loaded: Panel) -> None:
    loaded.choose_quickest()
    loaded.type_phrase(PHRASE)
    button = loaded.widget("groundButton")
    loaded.bot.mouseDClick(button, Qt.LeftButton)
    loaded.bot.mouseClick(button, Qt.LeftButton)
    loaded.bot.mouseClick(button, Qt.LeftButton)
    loaded.wait_until_idle()
    assert len(loaded.rows) <= 1
    assert loaded.message in ("", "Cancelled. Nothing was added to the scene.")


def test_a_quick_answer_comes_first_and_the_full_one_takes_its_place(loaded: Panel) -> None:
    loaded.ui.quickFirstCheckBox.checked = True
    loaded.type_phrase("Right pneumothorax")
    loaded.enter()
    loaded.bot.waitUntil(lambda: loaded.rows == [("Right pneumothorax", True)], timeout=LONG)
    label = shown(loaded.host)
    quick = slicer.util.arrayFromVolume(label).copy()
    assert "preset 'fast'" in loaded.ui.warningsLabel.text
    assert loaded.ui.groundButton.text == "Cancel"
    loaded.widget("findingsTable").item(0, 0).setCheckState(Qt.Unchecked)
    loaded.wait_until_idle()
    assert loaded.rows == [("Right pneumothorax", False)]  # what the user chose meanwhile stays
    assert loaded.logic.result(label)["recipe"]["preset"] == "full"
    assert (slicer.util.arrayFromVolume(label) != quick).any()
    loaded.ui.quickFirstCheckBox.checked = False
    loaded.type_phrase("Right pneumothorax")
    loaded.enter()
    loaded.wait_until_idle()
    assert "preset" not in loaded.ui.warningsLabel.text


def test_a_cancelled_refinement_leaves_the_quick_answers(loaded: Panel, phantom_file: Path) -> None:
    loaded.host.widget.loadRadiograph(str(phantom_file.with_name("phantom-2000090.dcm")))
    loaded.ui.quickFirstCheckBox.checked = True
    loaded.type_phrase("Cardiomegaly")
    loaded.enter()
    loaded.bot.waitUntil(lambda: loaded.rows == [("Cardiomegaly", True)], timeout=LONG)
    loaded.click("groundButton")
    loaded.wait_until_idle()
    assert loaded.message == "Cancelled. What is shown are quick answers."
    assert loaded.rows == [("Cardiomegaly", True)]
    assert loaded.logic.result(shown(loaded.host))["recipe"]["preset"] == "fast"


def test_the_chosen_quality_is_the_preset_of_the_answer(loaded: Panel) -> None:
    box = loaded.widget("qualityComboBox")
    assert [box.itemText(index) for index in range(box.count())] == ["Full", "As published", "Balanced", "Fast"]
    box.setCurrentIndex(3)
    loaded.type_phrase(PHRASE)
    loaded.enter()
    loaded.wait_until_idle()
    assert loaded.logic.result(shown(loaded.host))["recipe"]["preset"] == "fast"
    assert "preset 'fast'" in loaded.ui.warningsLabel.text


# Bad input


def test_without_a_radiograph_the_button_says_what_is_missing(panel: Panel) -> None:
    panel.type_phrase(PHRASE)
    assert not panel.widget("groundButton").isEnabled()
    assert panel.ui.groundButton.toolTip == "<p>Select a radiograph, or load one.</p>"
    panel.enter()
    assert not panel.logic.isBusy


def test_a_file_that_is_no_radiograph_is_refused_with_a_sentence(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.dcm").write_text("no image")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (str(tmp_path / "notes.dcm"), ""))
    panel.click("loadButton")
    assert "notes.dcm" in panel.message
    assert slicer.util.getNodesByClass("vtkMRMLVolumeNode") == []


@pytest.fixture
def choose(host: Host) -> Callable[..., None]:
    """Adds a volume to the scene and picks it in the panel's selector."""

    def add(shape: tuple[int, ...], name: str, className: str = "vtkMRMLScalarVolumeNode") -> Any:
        voxels = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
        node = slicer.util.addVolumeFromArray(voxels, name=name, nodeClassName=className)
        host.widget.ui.radiographSelector.setCurrentNode(node)
        return node

    return add


def test_a_volume_of_many_slices_is_refused(panel: Panel, choose: Callable[..., Any]) -> None:
    choose((5, 100, 100), "CT")
    panel.type_phrase(PHRASE)
    assert not panel.widget("groundButton").isEnabled()
    assert "100 x 100 x 5 voxels" in panel.ui.groundButton.toolTip


def test_an_rgb_photograph_is_refused(panel: Panel, choose: Callable[..., Any]) -> None:
    choose((1, 100, 100, 3), "photograph", "vtkMRMLVectorVolumeNode")
    panel.type_phrase(PHRASE)
    panel.click("groundButton")
    assert "'photograph'" in panel.message
    assert "colour" in panel.message or "color" in panel.message
    assert not panel.logic.isBusy
    assert made_nodes(panel.host) == []


def test_a_volume_under_a_bending_transform_is_refused(loaded: Panel) -> None:
    transform = loaded.host.scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", "bent")
    bend = slicer.vtkOrientedBSplineTransform()
    transform.SetAndObserveTransformFromParent(bend)
    loaded.ui.radiographSelector.currentNode().SetAndObserveTransformNodeID(transform.GetID())
    loaded.type_phrase(PHRASE)
    assert not loaded.widget("groundButton").isEnabled()
    assert "'bent', which bends it" in loaded.ui.groundButton.toolTip


def test_a_label_map_cannot_be_chosen(grounded: Panel) -> None:
    selector = grounded.ui.radiographSelector
    assert selector.nodeCount() == 1
    selector.setCurrentNode(shown(grounded.host))
    assert selector.currentNode() is None or selector.currentNode().GetClassName() == "vtkMRMLScalarVolumeNode"


def test_a_scene_that_is_closed_during_a_run_ends_it(loaded: Panel, phantom_file: Path) -> None:
    loaded.host.widget.loadRadiograph(str(phantom_file.with_name("phantom-2000035.dcm")))
    loaded.type_phrase("Cardiomegaly")
    loaded.click("groundButton")
    loaded.wait_for_inversion()
    loaded.host.close_scene()
    loaded.wait_until_idle()
    assert loaded.message == "The scene was closed, so the grounding was stopped."
    assert made_nodes(loaded.host) == []
    assert loaded.ui.groundButton.text == "Ground"


def test_a_radiograph_that_is_deleted_during_a_run_ends_it(loaded: Panel, phantom_file: Path) -> None:
    loaded.host.widget.loadRadiograph(str(phantom_file.with_name("phantom-2000090.dcm")))
    loaded.type_phrase("Cardiomegaly")
    loaded.click("groundButton")
    loaded.wait_for_inversion()
    loaded.host.scene.RemoveNode(loaded.ui.radiographSelector.currentNode())
    loaded.wait_until_idle()
    assert loaded.message == "The radiograph was removed from the scene, so the grounding was stopped."
    assert made_nodes(loaded.host) == []


def test_a_model_folder_that_is_deleted_between_runs_is_told(
    qtbot: QtBot, panel: Panel, phantom_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path))
    folder = tmp_path / "models" / "copy"
    shutil.copytree(find_model().folder, folder)
    panel.host.widget.exit()
    panel.host.widget.enter()
    panel.host.widget.loadRadiograph(str(phantom_file))
    models = panel.widget("modelComboBox")
    models.setCurrentIndex(models.findData("copy"))
    panel.choose_quickest()
    panel.type_phrase(PHRASE)
    panel.click("groundButton")
    panel.wait_until_idle()
    assert panel.rows == [(PHRASE, True)]
    shutil.rmtree(folder)
    panel.type_phrase("Cardiomegaly")
    panel.click("groundButton")
    panel.wait_until_idle()
    assert "copy" in panel.message
    assert [phrase for phrase, _ in panel.rows] == [PHRASE]
    assert not panel.widget("groundButton").isEnabled()
    assert "is not on this computer" in panel.ui.groundButton.toolTip
    panel.host.close_scene()
    qtbot.waitUntil(lambda: models.currentData() == "phantom-ldm")


def test_a_real_radiograph_is_grounded_while_the_interface_stays_alive(panel: Panel) -> None:
    panel.host.widget.loadRadiograph(get_testdata_file("RG1_UNCR.dcm", download=False))
    panel.choose_quickest()
    panel.type_phrase(PHRASE)
    with InterfaceWork() as work:
        panel.enter()
        panel.wait_until_idle()
    assert (panel.message, [phrase for phrase, _ in panel.rows]) == ("", [PHRASE])
    assert (work.arrived, work.written) == ([1], [1])
    with InterfaceWork() as report:
        panel.widget("reportEdit").setPlainText("Left effusion. Pneumothorax.")
        panel.click("groundReportButton")
        panel.wait_until_idle()
    assert len(panel.rows) == 3
    assert (report.arrived, report.written) == ([1, 1], [1, 1])
    assert (work.read + report.read, work.slept + report.slept) == (0, 0)
