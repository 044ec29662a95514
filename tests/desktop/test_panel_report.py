"""A report in the panel: its sentences and the findings are one list, which is filled as the answers come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QCheckBox, QFileDialog, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from interface_work import InterfaceWork
from told_engine import ToldEngine

from .hands_on_panel import Panel, opened_host

REPORT = """CLINICAL HISTORY: Right pneumonia.
TECHNIQUE: One view.
IMPRESSION: 1. Small left pleural effusion. 2. Right pneumothorax.
FINDINGS: Small left pleural effusion. Possible edema. No fracture. The mediastinum is normal. Cardiomegaly.
Dr. Smith was told."""

ABOUT = (
    '{"orientation": ["L", "F", true], "spacing": [2.0, 2.0, "PixelSpacing"], "view": "PA", "body_part": "CHEST", '
    '"uids": ["1.2", "1.3", "1.4"], "warnings": []}'
)
"""What the module keeps of a radiograph's file on its node: pixels of 2 mm, left at the image's right."""


@pytest.fixture(scope="module")
def open_host(qapp: Any) -> Iterator[Host]:
    """One host for all tests of this file."""
    with opened_host(ToldEngine(), height=1000) as host:
        yield host


@pytest.fixture
def engine(open_host: Host) -> ToldEngine:
    """In place of the worker."""
    open_host.widget.logic._engine = engine = ToldEngine()
    return engine


@pytest.fixture
def panel(open_host: Host, engine: ToldEngine, qtbot: QtBot) -> Iterator[Panel]:
    """The panel with a small radiograph."""
    open_host.close_scene()
    qtbot.wait(20)
    panel = Panel(open_host, qtbot)
    add_radiograph(panel, "first")
    yield panel
    if panel.logic.isBusy:
        panel.logic.cancel()
        panel.wait_until_idle()
    open_host.close_scene()
    qtbot.wait(20)


def add_radiograph(panel: Panel, name: str) -> Any:
    """Put a radiograph into the scene, choose it, and show it."""
    pixels = np.random.default_rng(0).integers(0, 4000, (1, 96, 96)).astype(np.int16)
    node = slicer.util.addVolumeFromArray(pixels, ijkToRAS=np.diag([-1.0, -1.0, 1.0, 1.0]), name=name)
    node.SetAttribute("CXRGrounding.About", ABOUT)
    panel.host.slice_logic.GetSliceCompositeNode().SetBackgroundVolumeID(node.GetID())
    panel.ui.radiographSelector.setCurrentNode(node)
    panel.bot.wait(20)
    return node


def paste(panel: Panel, report: str) -> None:
    """Into the report's field, until it is read."""
    panel.widget("reportEdit").setPlainText(report)
    panel.bot.wait(20)


def lines(panel: Panel) -> list[tuple[str, str]]:
    """Of each row that is no finding: whether it is ticked, and what a screen reader says of it."""
    table, said = panel.widget("findingsTable"), []
    for row in range(table.rowCount()):
        widget = table.cellWidget(row, 0)
        if widget is not None:
            box = widget.findChild(QCheckBox)
            tick = " " if box.isHidden() else "x" if box.isChecked() else "-"
            said.append((tick, table.item(row, 0).data(Qt.AccessibleTextRole)))
    return said


def row_of(panel: Panel, text: str) -> int:
    """The row that a sentence or a finding stands in."""
    table = panel.widget("findingsTable")
    for row in range(table.rowCount()):
        item = table.item(row, 0)
        if (item.text() or str(item.data(Qt.AccessibleTextRole))).startswith(text):
            return row
    raise LookupError(text)


def tell(panel: Panel, engine: ToldEngine, count: int = 1) -> None:
    """Have the engine answer, and the panel take it."""
    for _ in range(count):
        before = len(panel.logic.findings())
        engine.answer()
        panel.bot.waitUntil(lambda before=before: len(panel.logic.findings()) > before, timeout=20_000)
        panel.bot.wait(30)


def click_box(panel: Panel, row: int) -> None:
    """The check box of a row, with the mouse."""
    box = panel.widget("findingsTable").cellWidget(row, 0).findChild(QCheckBox)
    panel.bot.mouseClick(box, Qt.LeftButton)
    panel.bot.wait(20)


def text_of(panel: Panel, row: int) -> str:
    """What a sentence's row shows, as rich text."""
    return str(panel.widget("findingsTable").cellWidget(row, 0).findChild(QLabel).text())


def test_each_sentence_says_whether_it_is_grounded_and_why_not(panel: Panel) -> None:
    paste(panel, REPORT)
    assert lines(panel) == [
        ("-", "Right pneumonia: tells of the past"),
        ("-", "One view: not a finding: about the examination"),
        ("x", "Small left pleural effusion: will be grounded; also under findings"),
        ("x", "Right pneumothorax: will be grounded"),
        ("-", "Possible edema: in doubt"),
        ("-", "No fracture: denies a finding"),
        ("-", "The mediastinum is normal: not a finding: calls anatomy normal"),
        ("x", "Cardiomegaly: will be grounded"),
        ("-", "Dr. Smith was told: not a finding: names people or times"),
    ]
    assert panel.ui.groundReportButton.text == "Ground 3 sentences"
    assert text_of(panel, row_of(panel, "No fracture")).startswith("<b><u>No</u></b> <b><u>fracture</u></b><br/>")
    paste(panel, "")
    assert (lines(panel), panel.ui.groundReportButton.text) == ([], "Ground report")


def test_a_click_changes_it_and_the_scene_keeps_that(panel: Panel, engine: ToldEngine) -> None:
    paste(panel, REPORT)
    click_box(panel, row_of(panel, "Possible edema"))
    click_box(panel, row_of(panel, "Cardiomegaly"))
    assert ("x", "Possible edema: will be grounded all the same; in doubt") in lines(panel)
    assert ("-", "Cardiomegaly: left out by you") in lines(panel)
    table = panel.widget("findingsTable")
    table.setFocus()
    table.setCurrentCell(row_of(panel, "No fracture"), 0)
    panel.bot.keyClick(table, Qt.Key_Space)
    panel.bot.wait(20)
    assert ("x", "No fracture: will be grounded all the same; denies a finding") in lines(panel)
    assert panel.ui.groundReportButton.text == "Ground 4 sentences"
    stored = panel.host.widget._parameterNode.parameterNode.GetParameter("sentences")
    assert '"Possible edema": true' in stored
    paste(panel, REPORT.replace("Possible", "Probable"))
    assert ("x", "Probable edema: will be grounded") in lines(panel)
    assert ("-", "Cardiomegaly: left out by you") in lines(panel)


def test_a_double_click_edits_a_sentence_and_esc_leaves_it(panel: Panel, engine: ToldEngine) -> None:
    paste(panel, REPORT)
    table, row = panel.widget("findingsTable"), row_of(panel, "Possible edema")
    table.scrollToItem(table.item(row, 0))
    place = table.visualItemRect(table.item(row, 0)).center()
    for key, expected in (
        (Qt.Key_Escape, "Possible edema: in doubt"),
        (Qt.Key_Return, "Mild edema: will be grounded; edited"),
    ):
        panel.bot.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
        panel.bot.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)
        editor = table.viewport().findChild(QLineEdit)
        assert editor.text() == "Possible edema"
        editor.setText("Mild edema")
        panel.bot.keyClick(editor, key)
        panel.bot.wait(30)
        assert lines(panel)[row][1] == expected
        assert table.cellWidget(row, 0) is not None
    assert panel.ui.reportEdit.toPlainText() == REPORT
    panel.click("groundReportButton")
    assert "Mild edema" in engine.asked


def test_answers_come_one_by_one_into_the_rows_of_their_sentences_first_that_of_the_findings(
    panel: Panel, engine: ToldEngine
) -> None:
    paste(panel, REPORT)
    with InterfaceWork() as work:
        panel.click("groundReportButton")
        panel.bot.wait(30)
        assert engine.asked == ["Cardiomegaly", "Small left pleural effusion", "Right pneumothorax"]
        assert engine.sections == ["findings", "impression", "impression"]
        assert (
            lines(panel)[-2][1],
            lines(panel)[3][1],
        ) == ("Cardiomegaly: being looked for", "Right pneumothorax: waiting")
        tell(panel, engine)
        assert panel.rows == [("Cardiomegaly", True)]
        assert lines(panel)[2][1] == "Small left pleural effusion: being looked for"
        tell(panel, engine, 2)
        panel.wait_until_idle()
    assert panel.rows == [
        ("Small left pleural effusion", False),
        ("Right pneumothorax", False),
        ("Cardiomegaly", True),
    ]
    assert (work.written, work.slept) == ([1, 1, 1], 0)
    table = panel.widget("findingsTable")
    assert table.currentRow() == row_of(panel, "Cardiomegaly")
    assert (len(lines(panel)), panel.message) == (6, "")
    assert panel.ui.groundReportButton.text == "Ground 3 sentences"


def test_place_and_size_of_a_region_are_words_and_centimetres(panel: Panel, engine: ToldEngine) -> None:
    paste(panel, "FINDINGS: Left effusion. Right effusion.")
    panel.click("groundReportButton")
    tell(panel, engine, 2)
    table = panel.widget("findingsTable")
    assert [table.item(row, 1).text() for row in (0, 1)] == [
        "left lower zone\n3.2 x 3.2 cm",
        "right lower zone\n3.2 x 3.2 cm",
    ]
    assert "not by the lungs" in table.item(0, 1).toolTip()
    assert "Area of all regions: 10 cm²" in table.item(0, 1).toolTip()


def test_cancel_keeps_what_is_there_and_the_rest_can_be_asked_for(panel: Panel, engine: ToldEngine) -> None:
    paste(panel, REPORT)
    panel.click("groundReportButton")
    tell(panel, engine)
    panel.click("groundButton")
    panel.wait_until_idle()
    assert panel.rows == [("Cardiomegaly", True)]
    assert panel.message == "Cancelled. 1 answer stays."
    assert lines(panel)[2][1] == "Small left pleural effusion: will be grounded; also under findings"
    assert panel.ui.groundReportButton.text == "Ground the other 2"
    panel.click("groundReportButton")
    assert panel.message == ""
    assert engine.asked[-2:] == ["Small left pleural effusion", "Right pneumothorax"]


def test_a_failure_keeps_what_is_there_too_and_says_why(panel: Panel, engine: ToldEngine) -> None:
    paste(panel, REPORT)
    panel.click("groundReportButton")
    tell(panel, engine)
    engine.fail()
    panel.wait_until_idle()
    assert (panel.rows, panel.message) == ([("Cardiomegaly", True)], "The model broke.")


def test_a_phrase_that_is_entered_during_a_run_waits_in_line(panel: Panel, engine: ToldEngine) -> None:
    panel.type_phrase("Left effusion")
    panel.enter()
    panel.type_phrase("Right effusion")
    panel.enter()
    panel.enter()  # the same again waits once
    panel.bot.wait(30)
    assert engine.asked == ["Left effusion"]
    assert [text for _, text in lines(panel)] == ["Left effusion: being looked for", "Right effusion: waiting"]
    tell(panel, engine)
    panel.bot.waitUntil(lambda: engine.asked == ["Left effusion", "Right effusion"], timeout=20_000)
    tell(panel, engine)
    panel.wait_until_idle()
    assert panel.rows == [("Left effusion", False), ("Right effusion", True)]


def test_resting_on_a_row_shows_its_finding_until_the_mouse_leaves_and_keys_walk(
    panel: Panel, engine: ToldEngine
) -> None:
    engine.is_eager = True
    paste(panel, "FINDINGS: Left effusion. No edema. Right effusion.")
    panel.click("groundReportButton")
    panel.wait_until_idle()
    radiograph, table = panel.ui.radiographSelector.currentNode(), panel.widget("findingsTable")
    left, right = panel.logic.findings()
    hover = panel.host.widget._findings._hover
    hover._onEntered(row_of(panel, "Right effusion"), 0)
    hover._table = _Under()  # an offscreen mouse is nowhere
    hover._onRested()
    panel.bot.wait(30)
    assert panel.logic.shownFinding(radiograph) is right
    assert panel.rows == [("Left effusion", True), ("Right effusion", False)]
    hover._table = panel.ui.findingsTable
    hover._onLook()
    panel.bot.wait(30)
    assert panel.logic.shownFinding(radiograph) is left
    table.setFocus()
    for expected in (left, right):  # the sentence between them shows nothing, and keeps what is shown
        panel.bot.keyClick(table, Qt.Key_Down)
        panel.bot.wait(30)
        assert panel.logic.shownFinding(radiograph) is expected
    panel.bot.keyClick(table, Qt.Key_Up)
    panel.bot.keyClick(table, Qt.Key_Up)
    panel.bot.wait(30)
    assert panel.logic.shownFinding(radiograph) is left


class _Under:
    """A table that the mouse rests on."""

    def underMouse(self) -> bool:
        return True


def test_what_the_panel_says_is_about_what_is_on_the_screen(panel: Panel, engine: ToldEngine, tmp_path: Path) -> None:
    first = panel.ui.radiographSelector.currentNode()

    def cancelled() -> None:
        panel.type_phrase("Left effusion")
        panel.enter()
        panel.click("groundButton")
        panel.wait_until_idle()
        assert panel.message == "Cancelled. Nothing was added to the scene."

    cancelled()
    add_radiograph(panel, "second")
    assert panel.message == "", "it was about the other radiograph"
    panel.ui.radiographSelector.setCurrentNode(first)
    panel.host.slice_logic.GetSliceCompositeNode().SetBackgroundVolumeID(first.GetID())
    panel.bot.wait(20)
    assert panel.message == ""
    cancelled()
    panel.type_phrase("Right effusion")
    panel.enter()
    assert panel.message == "", "another run has begun"
    tell(panel, engine)
    panel.wait_until_idle()
    panel.host.save_scene(tmp_path / "scene.mrb")
    cancelled()
    panel.host.load_scene(tmp_path / "scene.mrb")
    panel.bot.waitUntil(lambda: panel.rows != [], timeout=20_000)
    assert panel.message == ""
    panel.host.slice_logic.GetSliceCompositeNode().SetBackgroundVolumeID(None)
    panel.bot.wait(20)
    assert panel.message.startswith("No slice view shows the radiograph.")
    panel.host.slice_logic.GetSliceCompositeNode().SetBackgroundVolumeID(
        panel.ui.radiographSelector.currentNode().GetID()
    )
    panel.bot.wait(20)
    assert panel.message == ""
    panel.type_phrase("Left effusion")
    panel.enter()
    panel.host.close_scene()
    panel.wait_until_idle()
    assert panel.message == "The scene was closed, so the grounding was stopped."
    add_radiograph(panel, "third")
    assert (panel.message, panel.rows) == ("", [])


# Files, and what is much


def test_a_report_is_opened_and_what_is_none_is_refused(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(name: str, content: bytes) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (str(path), ""))
        panel.click("openReportButton")
        panel.bot.wait(20)

    opened("report.rtf", rb"{\rtf1 FINDINGS: {\b Left effusion}.\par No edema.}")
    assert [text.partition(":")[0] for _, text in lines(panel)] == ["Left effusion", "No edema"]
    opened("report.pdf", b"%PDF-1.7")
    assert "is no text file" in panel.message
    assert len(lines(panel)) == 2, "the report that was there stays"
    opened("report.txt", "FINDINGS: Edema <b>not</b> markup & more.".encode("utf-16"))
    assert panel.message == ""
    assert "<b><u>Edema</u></b>" in text_of(panel, 0)


def test_markup_and_escapes_that_are_pasted_are_read_as_text_and_never_as_markup(panel: Panel) -> None:
    paste(panel, "FINDINGS:\\.br\\Left effusion \\T\\ edema.\\.br\\No mass.")
    assert [text.partition(":")[0] for _, text in lines(panel)] == ["Left effusion & edema", "No mass"]
    paste(panel, "Left effusion a < b and <img src=x> so on")
    assert "&lt; b" in text_of(panel, 0)


def test_two_hundred_sentences_are_read_and_listed_in_pieces_and_asked_about_first(
    panel: Panel, engine: ToldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = "FINDINGS: " + " ".join(f"Edema is at {number}x." for number in range(200))
    filled: list[int] = []
    by_turn: list[int] = []
    table, findings = panel.widget("findingsTable"), panel.host.widget._findings
    fill, refresh = findings._sentences.fill, findings.refresh

    def counted() -> None:
        before = len(filled)
        refresh()
        by_turn.append(len(filled) - before)

    monkeypatch.setattr(findings._sentences, "fill", lambda row, entry: filled.append(row) or fill(row, entry))
    monkeypatch.setattr(findings, "refresh", counted)
    panel.widget("reportEdit").setPlainText(report)
    assert panel.ui.reportRestLabel.text == "Reading the report..."
    assert filled == []
    panel.bot.waitUntil(lambda: len(set(filled)) == 200, timeout=300_000)
    assert (max(by_turn), len(filled)) == (20, 200)
    assert (table.rowCount(), panel.ui.groundReportButton.text) == (200, "Ground 200 sentences")
    assert panel.ui.reportRestLabel.text == ""
    questions: list[str] = []
    answer = [False]
    monkeypatch.setattr(
        slicer.util, "confirmOkCancelDisplay", lambda text, *rest, **more: questions.append(text) or answer[0]
    )
    panel.click("groundReportButton")
    assert (engine.asked, len(questions)) == ([], 1)
    assert questions[0].startswith("200 sentences of the report would be grounded")
    answer[0] = True
    panel.click("groundReportButton")
    assert len(engine.asked) == 10, "piece by piece"
    tell(panel, engine, 10)
    panel.bot.waitUntil(lambda: len(engine.asked) == 20, timeout=20_000)
    panel.click("groundButton")
    panel.wait_until_idle()
    assert panel.message == "Cancelled. 10 answers stay."
    assert panel.ui.groundReportButton.text == "Ground the other 190"
