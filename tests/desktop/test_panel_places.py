"""A phrase without a place in the panel: the place beside it, and the list of the others, by its clicks and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.view.caption import finding_texts
from lent_worker import LentWorker

from .hands_on_panel import LONG, Panel, opened_host

PHRASE = "pleural effusion"


@pytest.fixture(scope="module")
def open_host(qapp: Any, lent_worker: LentWorker) -> Iterator[Host]:
    """One host for all tests of this file."""
    with opened_host(lent_worker, height=1200) as host:
        yield host


@pytest.fixture
def panel(open_host: Host, qtbot: QtBot, phantom_file: Path) -> Iterator[Panel]:
    """The panel with a phantom that has a large effusion at the left, and the quickest answers chosen."""
    open_host.close_scene()
    qtbot.wait(20)
    panel = Panel(open_host, qtbot)
    open_host.widget.loadRadiograph(str(phantom_file))
    panel.choose_quickest()  # where a phrase is asked takes the same passes in all
    yield panel
    if panel.logic.isBusy:
        panel.logic.cancel()
        panel.wait_until_idle()
    open_host.close_scene()
    qtbot.wait(20)


def asked(panel: Panel, phrase: str = PHRASE) -> Panel:
    """After the phrase was typed and answered."""
    panel.type_phrase(phrase)
    panel.enter()
    panel.wait_until_idle()
    return panel


def places(panel: Panel) -> list[tuple[str, str]]:
    """Of each row in the list of places: place, and how well it explains; none where there is no list."""
    table = panel.widget("placesTable")
    assert table.isVisible() == panel.widget("placesLabel").isVisible() == bool(table.rowCount())
    return [tuple(table.item(row, column).text() for column in (0, 1)) for row in range(table.rowCount())]


def click(panel: Panel, row: int) -> None:
    """A row of the list of places, with the mouse; and until it is shown."""
    table = panel.widget("placesTable")
    table.scrollToItem(table.item(row, 0))
    panel.bot.mouseClick(table.viewport(), Qt.LeftButton, pos=table.visualItemRect(table.item(row, 0)).center())
    panel.wait_until_idle()


def test_the_place_stands_below_its_phrase_and_the_others_in_a_list(panel: Panel) -> None:
    asked(panel)
    assert panel.rows == [(PHRASE, True)], "the user's own words stay the title"
    rows = places(panel)
    next_best = ", ".join(rows[1])
    assert panel.verdicts[0].splitlines()[1:] == [f"best explained at: large, left; next: {next_best}"]
    assert rows[0] == ("large, left", "best, shown")
    assert {place for place, _ in rows} == {
        f"{size}, {side}" for size in ("small", "moderate", "large") for side in ("left", "right")
    }
    assert {standing for place, standing in rows if "right" in place} == {"far behind"}
    assert panel.widget("placesLabel").text() == f'Places asked for "{PHRASE}"; click one to see its map:'
    hint = panel.widget("placesTable").item(1, 0).toolTip()
    assert hint.startswith('Asked: "Small left pleural effusion". It explains ')
    assert panel.widget("placesTable").currentRow() == 0
    hint = panel.widget("findingsTable").item(0, 0).toolTip()
    assert 'The map is of "Large left pleural effusion", asked in its stead.' in hint


def test_a_click_on_another_place_grounds_what_is_asked_there_under_its_own_title(panel: Panel) -> None:
    asked(panel)
    row = next(number for number, (place, _) in enumerate(places(panel)) if place == "moderate, right")
    click(panel, row)
    assert panel.rows == [(PHRASE, False), ("Moderate right pleural effusion", True)]
    label = panel.logic.shownFinding(panel.ui.radiographSelector.currentNode())
    result = panel.logic.result(label)
    assert (result["phrase"], result["place"]) == ("Moderate right pleural effusion", None)
    assert len(panel.verdicts[1].splitlines()) == 1, "it names its place, so nothing was asked in its stead"
    assert panel.ui.phraseComboBox.currentText == PHRASE
    assert places(panel)[row] == ("moderate, right", "far behind, shown")
    assert places(panel)[0] == ("large, left", "best"), "the list stays, for the way back"
    assert panel.widget("placesTable").currentRow() == row
    click(panel, 0)
    assert panel.rows == [(PHRASE, True), ("Moderate right pleural effusion", False)]
    table = panel.widget("placesTable")
    panel.bot.mouseClick(table.viewport(), Qt.LeftButton, pos=table.visualItemRect(table.item(row, 0)).center())
    assert not panel.logic.isBusy, "its map is there already"
    panel.wait_until_idle()
    assert panel.rows[1] == ("Moderate right pleural effusion", True)


def test_enter_on_a_place_is_as_good_as_a_click_and_a_double_click_starts_one_run(panel: Panel) -> None:
    asked(panel)
    table = panel.widget("placesTable")
    table.setFocus()
    panel.bot.keyClick(table, Qt.Key_Down)
    panel.bot.keyClick(table, Qt.Key_Return)
    assert panel.logic.isBusy
    assert not table.isEnabled(), "until the run is over"
    panel.wait_until_idle()
    assert panel.rows[-1] == ("Small left pleural effusion", True)
    at = table.visualItemRect(table.item(2, 0)).center()
    panel.bot.mouseClick(table.viewport(), Qt.LeftButton, pos=at)
    panel.bot.mouseDClick(table.viewport(), Qt.LeftButton, pos=at)
    panel.wait_until_idle()
    assert (panel.message, len(panel.rows)) == ("", 3)
    assert table.isEnabled()


def test_a_cancelled_place_leaves_the_list_and_what_was_shown(panel: Panel) -> None:
    asked(panel)
    before = places(panel)
    table = panel.widget("placesTable")
    panel.bot.mouseClick(table.viewport(), Qt.LeftButton, pos=table.visualItemRect(table.item(3, 0)).center())
    panel.click("groundButton")
    panel.wait_until_idle()
    assert panel.message == "Cancelled. Nothing was added to the scene."
    assert (panel.rows, places(panel)) == ([(PHRASE, True)], before)


def test_a_phrase_that_names_its_place_has_no_list_and_the_one_of_another_goes_with_it(panel: Panel) -> None:
    asked(panel)
    asked(panel, "Moderate pneumonia in the right lower zone.")
    assert places(panel) == []
    panel.widget("findingsTable").selectRow(0)
    panel.bot.wait(20)
    assert len(places(panel)) == 6
    panel.widget("findingsTable").item(0, 0).setCheckState(Qt.Unchecked)
    panel.bot.wait(20)
    assert places(panel) == [], "nothing is shown"


def test_asked_as_it_stands_a_phrase_has_no_place(panel: Panel) -> None:
    box = panel.widget("placesComboBox")
    assert [box.itemText(index) for index in range(box.count())] == [
        "As the model says",
        "At every place",
        "As it stands",
    ]
    try:
        box.setCurrentIndex(2)
        asked(panel)
        assert (places(panel), len(panel.verdicts[0].splitlines())) == ([], 1)
        box.setCurrentIndex(1)
        asked(panel)
        assert len(places(panel)) == 6
    finally:
        box.setCurrentIndex(0)


def test_of_both_sides_each_can_be_seen_alone(panel: Panel) -> None:
    asked(panel, "bilateral pleural effusion")
    rows = places(panel)
    both = [number for number, (_, standing) in enumerate(rows) if standing == "best, shown"]
    assert len({rows[number][0].split(", ")[1] for number in both}) == len(both) == 2
    assert panel.widget("placesTable").selectedItems() == [], "both are shown, so none alone is chosen"
    click(panel, both[1])
    assert [number for number, (_, standing) in enumerate(places(panel)) if standing.endswith("shown")] == [both[1]]
    assert [phrase for phrase, _ in panel.rows] == ["bilateral pleural effusion", "Small right pleural effusion"]


def test_the_window_says_the_place_and_what_was_asked_below_the_users_phrase(panel: Panel) -> None:
    asked(panel)
    said = [text for text, _ in finding_texts(panel.host.slice_logic)]
    assert said[0] == PHRASE
    assert 'best explained at: large, left (asked: "Large left pleural effusion")' in said
    asked(panel, "Large left pleural effusion")
    assert not any("best explained" in text for text, _ in finding_texts(panel.host.slice_logic))


def test_a_scene_that_was_saved_brings_the_list_back(panel: Panel, tmp_path: Path) -> None:
    asked(panel)
    before = places(panel)
    panel.host.save_scene(tmp_path / "scene.mrb")
    panel.host.close_scene()
    panel.bot.wait(20)
    assert places(panel) == []
    panel.host.load_scene(tmp_path / "scene.mrb")
    panel.bot.waitUntil(lambda: panel.rows == [(PHRASE, True)], timeout=LONG)
    assert places(panel) == before
    click(panel, 1)
    assert panel.rows == [(PHRASE, False), ("Small left pleural effusion", True)]
