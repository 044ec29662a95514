"""A second view beside the first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from cxr_grounding import Grounding, find_model
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.window.main_window import MainWindow
from told_engine import ToldEngine

from .driving import User, action, chosen

ONE_WINDOW = True


@pytest.fixture
def prior(tmp_path: Path, phantom_file: Path) -> Path:
    """Another file of the phantom's patient."""
    return Path(shutil.copy(phantom_file, tmp_path / "prior.dcm"))


def test_another_finding_on_the_same_radiograph_and_the_module_leaves_it_as_it_is(
    with_findings: MainWindow, host: Host
) -> None:
    _, second = host.widget.logic.findings()
    action(with_findings, "Second view").trigger()
    one, other = with_findings.comparing.frames
    assert one.view.volume is other.view.volume
    assert [frame.said().texts[0][0] for frame in (one, other)] == [
        "Large left pleural effusion",
        "Right apical pneumothorax",
    ]
    host.widget.logic.showFinding(second)
    with_findings.comparing.beside.findings.activated.emit(0)
    assert [frame.said().texts[0][0] for frame in (one, other)] == [
        "Right apical pneumothorax",
        "Large left pleural effusion",
    ]
    action(with_findings, "Second view").trigger()
    assert with_findings.comparing.frames == [one]
    assert not action(with_findings, "Second view").isChecked()


def test_zoom_and_place_are_linked_both_ways_and_a_picture_moves_neither(with_findings: MainWindow) -> None:
    action(with_findings, "Second view").trigger()
    one, other = (frame.view.camera for frame in with_findings.comparing.frames)
    one.zoom(2.0, 40, 60)
    assert other.relative_sight() == pytest.approx(one.relative_sight())
    assert one.relative_sight().zoom == pytest.approx(2.0, rel=0.01)
    other.pan(15, 7)
    assert one.relative_sight() == pytest.approx(other.relative_sight())
    before = other.relative_sight()
    with_findings.pictures.whole()
    assert other.relative_sight() == pytest.approx(before)
    seen = with_findings.pictures.seen()
    assert seen.width() == sum(frame.picture().width() for frame in with_findings.comparing.frames)


def test_a_prior_stands_beside_the_radiograph_and_shows_what_was_found_for_the_same_phrase(
    with_findings: MainWindow, host: Host, user: User, prior: Path, groundings: list[Grounding], qtbot: QtBot
) -> None:
    from CXRGroundingLib.scene_writer import writeFinding

    before, user.open_path = chosen(host), str(prior)
    action(with_findings, "Beside a prior...").trigger()
    assert user.questions == []  # it is the same patient
    one, other = with_findings.comparing.frames
    assert other.identity.file == "prior.dcm"
    assert chosen(host) is one.view.volume is before
    beside = with_findings.comparing.beside
    assert beside.missing == ["Large left pleural effusion", "Right apical pneumothorax"]
    writeFinding(other.view.volume, groundings[0])
    qtbot.waitUntil(lambda: [text for text, _ in other.said().texts][:1] == ["Large left pleural effusion"])
    assert beside.missing == ["Right apical pneumothorax"]
    asked: list[tuple[object, list[str]]] = []
    beside.wanted.disconnect()
    beside.wanted.connect(lambda volume, phrases: asked.append((volume, phrases)))
    beside.ground.click()
    assert asked == [(other.view.volume, ["Right apical pneumothorax"])]


@pytest.mark.parametrize("answer", [False, True])
def test_a_prior_of_another_patient_is_asked_about_first(
    with_findings: MainWindow, user: User, folder: Path, answer: bool
) -> None:
    user.says_yes, user.open_path = answer, str(folder / "A" / "study 1" / "IM0001")
    action(with_findings, "Beside a prior...").trigger()
    (question,) = user.questions
    assert "another patient" in question
    assert len(with_findings.comparing.frames) == 1 + answer


def test_without_a_radiograph_there_is_nothing_to_compare(window: MainWindow, user: User) -> None:
    action(window, "Beside a prior...").trigger()
    assert "no radiograph" in window.strip.message
    action(window, "Second view").trigger()
    assert len(window.comparing.frames) == 1


def test_a_closed_scene_ends_it(with_findings: MainWindow, user: User) -> None:
    action(with_findings, "Second view").trigger()
    action(with_findings, "Close scene").trigger()
    assert len(with_findings.comparing.frames) == 1


def test_two_models_answer_the_same_phrase_on_one_radiograph_and_are_told_apart(
    window: MainWindow,
    host: Host,
    user: User,
    phantom_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path))
    logic, ui = host.widget.logic, host.widget.ui
    for name in ("one", "two"):
        folder = shutil.copytree(find_model().folder, tmp_path / "models" / name)
        document = json.loads((folder / "grounding.json").read_text())
        document["model"]["name"] = name
        (folder / "grounding.json").write_text(json.dumps(document))
    logic._engine = ToldEngine(is_eager=True)
    host.widget.enter()
    window.open_paths([str(phantom_file)])
    box, table = unwrap(ui.modelComboBox), unwrap(ui.findingsTable)
    for count, name in enumerate(("one", "two"), 1):
        box.setCurrentIndex(box.findData(name))
        ui.phraseComboBox.setEditText("left pleural effusion")
        unwrap(ui.groundButton).click()
        qtbot.waitUntil(lambda count=count: len(logic.findings()) == table.rowCount() == count, timeout=20_000)
    first, second = logic.findings()
    assert logic.shownFinding(chosen(host)) is second
    qtbot.waitUntil(lambda: table.item(1, 0) is not None and "by two" in table.item(1, 0).text())
    assert [table.item(row, 0).text() for row in (0, 1)] == [
        f"left pleural effusion\nby {name}" for name in ("one", "two")
    ]
    action(window, "Second view").trigger()
    one, other = window.comparing.frames
    assert one.view.volume is other.view.volume
    assert [[text for text, _ in frame.said().texts][:2] for frame in (one, other)] == [
        ["left pleural effusion", "by two"],
        ["left pleural effusion", "by one"],
    ]
    table.selectRow(0)
    assert logic.shownFinding(chosen(host)) is first
    assert [frame.said().texts[1][0] for frame in (one, other)] == ["by one", "by one"]
    window.comparing.beside.findings.activated.emit(1)
    assert [frame.said().texts[1][0] for frame in (one, other)] == ["by one", "by two"]
    qtbot.mouseClick(table.cellWidget(0, 2), Qt.LeftButton)
    qtbot.waitUntil(lambda: table.rowCount() == 1)
    assert [text for text, _ in other.said().texts][:1] == ["left pleural effusion"]
