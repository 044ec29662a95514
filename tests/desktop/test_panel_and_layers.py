"""The panel beside Slicer's other windows, which change the layers of the slice views too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from cxr_grounding import Grounding
from cxr_grounding_desktop.slicer_stand_in.host import Host
from CXRGroundingLib.scene_writer import writeFinding
from slicer_application import Legends, chooseLabelLayer, legendsOf

from .hands_on_panel import Panel

EFFUSION, HEART = "Large left pleural effusion", "Cardiomegaly"


@pytest.fixture
def panel(host: Host, qtbot: QtBot, phantom_file: Path) -> Panel:
    """The panel with a phantom."""
    host.panel.resize(480, 900)
    host.panel.show()
    host.widget.loadRadiograph(str(phantom_file))
    return Panel(host, qtbot)


@pytest.fixture
def findings(panel: Panel, groundings: list[Grounding]) -> dict[str, Any]:
    """The label maps of two phrases: the first one is shown; the second one has a warning, and is no demonstration."""
    radiograph = panel.ui.radiographSelector.currentNode()
    answer = groundings[0]
    other = dataclasses.replace(
        answer,
        phrase=dataclasses.replace(answer.phrase, text=HEART),
        model=dataclasses.replace(answer.model, label="ANOTHER MODEL.", demonstration=True),
        warnings=("The heart is not in the middle.",),
    )
    made = {one.phrase.text: writeFinding(radiograph, one) for one in (answer, other)}
    panel.logic.showFinding(made[EFFUSION])
    panel.bot.wait(20)
    assert panel.rows == [(EFFUSION, True), (HEART, False)]
    return made


@pytest.fixture
def legends(panel: Panel) -> Iterator[Legends]:
    """Those on the screen of the Red view."""
    with legendsOf(panel.host.application_logic, panel.host.slice_logic) as legends:
        yield legends


def test_a_label_layer_that_the_slice_controller_changes_is_followed(panel: Panel, findings: dict[str, Any]) -> None:
    chooseLabelLayer(panel.host.slice_logic, findings[HEART])
    panel.bot.wait(20)
    assert panel.rows == [(EFFUSION, False), (HEART, True)]
    assert panel.ui.warningsLabel.text == "The heart is not in the middle."
    assert panel.ui.modelLabel.text.splitlines()[-1] == "ANOTHER MODEL."
    chooseLabelLayer(panel.host.slice_logic, None)
    panel.bot.wait(20)
    assert panel.rows == [(EFFUSION, False), (HEART, False)]
    assert not panel.widget("warningsLabel").isVisible()
    assert "ANOTHER MODEL." not in panel.ui.modelLabel.text


def test_a_label_layer_that_the_data_module_changes_is_followed_by_panel_and_legend(
    panel: Panel, legends: Legends, findings: dict[str, Any]
) -> None:
    composite = panel.host.slice_logic.GetSliceCompositeNode()
    for shown, hidden in ((HEART, EFFUSION), (EFFUSION, HEART)):
        composite.SetLabelVolumeID(findings[shown].GetID())  # by code, as Data's eye does
        panel.bot.wait(20)
        assert dict(panel.rows) == {shown: True, hidden: False}
        assert (legends.shows(findings[shown]), legends.shows(findings[hidden])) == (True, False)


def test_another_background_takes_the_check_away(panel: Panel, findings: dict[str, Any]) -> None:
    panel.host.slice_logic.GetSliceCompositeNode().SetBackgroundVolumeID(None)
    panel.bot.wait(20)
    assert panel.rows == [(EFFUSION, False), (HEART, False)]


def test_a_slice_view_that_came_later_is_followed_too(panel: Panel, findings: dict[str, Any]) -> None:
    later = panel.host.scene.AddNewNodeByClass("vtkMRMLSliceNode")
    later.SetLayoutName("Later")
    composite = panel.host.scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
    composite.SetLayoutName("Later")
    panel.bot.wait(20)
    panel.host.slice_logic.GetSliceCompositeNode().SetBackgroundVolumeID(None)
    composite.SetBackgroundVolumeID(panel.ui.radiographSelector.currentNode().GetID())
    panel.bot.wait(20)
    composite.SetLabelVolumeID(findings[HEART].GetID())
    panel.bot.wait(20)
    assert panel.rows == [(EFFUSION, False), (HEART, True)]


def test_in_a_layout_of_3d_views_only_the_panel_says_that_no_slice_view_shows_it(
    panel: Panel, findings: dict[str, Any]
) -> None:
    panel.host.slice_logic.GetSliceNode().SetMappedInLayout(False)
    panel.widget("findingsTable").item(1, 0).setCheckState(Qt.Checked)
    panel.bot.wait(20)
    assert panel.message.startswith("No slice view shows the radiograph.")
    panel.host.widget._onFinished([findings[EFFUSION]], True)
    assert panel.message.startswith("No slice view shows the radiograph.")
    panel.host.slice_logic.GetSliceNode().SetMappedInLayout(True)
    panel.host.widget.showFinding(findings["Cardiomegaly"])
    panel.bot.wait(20)
    assert panel.message == ""


def test_a_removed_radiograph_takes_its_overlay_along_and_leaves_its_findings_to_be_removed(
    panel: Panel, legends: Legends, findings: dict[str, Any]
) -> None:
    panel.logic.hideFindings(panel.ui.radiographSelector.currentNode())
    panel.logic.showFinding(findings[EFFUSION])
    assert legends.shows(findings[EFFUSION])
    panel.host.scene.RemoveNode(panel.ui.radiographSelector.currentNode())
    panel.bot.wait(20)
    assert panel.host.slice_logic.GetSliceCompositeNode().GetLabelVolumeID() is None
    assert not legends.shows(findings[EFFUSION])
    table = panel.widget("findingsTable")
    texts = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert texts == [f"{phrase} (radiograph removed)" for phrase in (EFFUSION, HEART)]
    assert not table.item(0, 0).flags() & (Qt.ItemIsSelectable | Qt.ItemIsUserCheckable)
    for _ in findings:
        panel.bot.mouseClick(table.cellWidget(0, 2), Qt.LeftButton)
        panel.bot.wait(20)
    assert table.rowCount() == 0
    assert panel.logic.findings() == []


def test_beside_another_radiograph_the_findings_of_the_removed_one_can_still_be_removed(
    panel: Panel, findings: dict[str, Any], phantom_file: Path
) -> None:
    first = panel.ui.radiographSelector.currentNode()
    panel.host.widget.loadRadiograph(str(phantom_file.with_name("phantom-2000035.dcm")))
    panel.bot.wait(20)
    assert panel.rows == []
    panel.host.scene.RemoveNode(first)
    panel.bot.wait(20)
    assert [phrase for phrase, _ in panel.rows] == [f"{phrase} (radiograph removed)" for phrase in (EFFUSION, HEART)]
