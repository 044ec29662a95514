"""The report's sentences as the panel has them, without a window."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from cxr_grounding import propose, read_report
from CXRGroundingLib.report_lines import Changes, entriesOf, inTheirOrder, isAnother, linesOf

REPORT = "IMPRESSION: Left effusion. FINDINGS: No edema. Cardiomegaly. TECHNIQUE: Right pneumothorax kit."


@pytest.fixture
def texts(untranslated: None) -> ModuleType:
    """The texts as they are written, in no other language."""
    return importlib.import_module("CXRGroundingLib.report_texts")


def test_changes_survive_the_scene_and_rubbish_is_none() -> None:
    changes = Changes()
    effusion, edema, *_ = linesOf(propose(read_report(REPORT)), changes)
    changes.choose(effusion, False)
    changes.write(edema, "  Mild   edema ")
    again = Changes.fromText(changes.toText())
    assert again == changes
    left, mild, heart, kit = linesOf(propose(read_report(REPORT)), again)
    assert (left.isChosen, mild.text, mild.isChosen, mild.isEdited) == (False, "Mild edema", True, True)
    assert [one.text for one in inTheirOrder([left, mild, heart, kit])] == ["Mild edema", "Cardiomegaly"]
    again.write(mild, "No edema")
    assert (again.texts, Changes().toText()) == ({}, "")
    for rubbish in ("{", "[]", "3", '{"chosen": 3}', '{"chosen": {"a": "b"}, "texts": {"a": 1, "b": " "}}', "[" * 9999):
        assert Changes.fromText(rubbish) == Changes()


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (REPORT + " More.", False),
        ("More. " + REPORT, False),
        (REPORT.replace("No edema", "Mild edema"), False),
        ("FINDINGS: Cardiomegaly.", True),
        ("", True),
    ],
)
def test_a_report_that_takes_the_place_of_another_is_told_from_one_that_is_worked_on(
    after: str, expected: bool
) -> None:
    assert isAnother(REPORT, after) is expected
    assert isAnother("", after) is False


def test_findings_take_the_rows_of_their_sentences_and_what_was_typed_stands_below() -> None:
    lines = linesOf(propose(read_report(REPORT)), Changes())
    entries = entriesOf([("typed", "node 1"), ("Cardiomegaly", "node 2")], lines, ["Left effusion", "x"], ["y"])
    assert [(one.text, one.labelNode, one.isRunning, one.isWaiting) for one in entries] == [
        ("Left effusion", None, True, False),
        ("No edema", None, False, False),
        ("Cardiomegaly", "node 2", False, False),
        ("Right pneumothorax kit", None, False, False),
        ("typed", "node 1", False, False),
        ("x", None, False, True),
        ("y", None, False, True),
    ]


def test_answers_of_several_models_to_one_text_have_a_row_each() -> None:
    lines = linesOf(propose(read_report(REPORT)), Changes())
    entries = entriesOf([("No edema", "by one"), ("x", "node"), ("No edema", "by two")], lines, [], [])
    assert [(one.text, one.labelNode, one.isOneOfSeveral) for one in entries][1:3] == [
        ("No edema", "by one", True),
        ("No edema", "by two", True),
    ]
    assert entries[1].line is entries[2].line is lines[1]
    assert (entries[-1].labelNode, entries[-1].isOneOfSeveral) == ("node", False)


def test_each_line_says_what_becomes_of_it(texts: ModuleType) -> None:
    lines = linesOf(propose(read_report(REPORT)), Changes())
    assert [texts.lineText(line) for line in lines] == [
        "will be grounded",
        "denies a finding",
        "will be grounded",
        "stands under technique",
    ]
    assert texts.lineHint(lines[1]).splitlines()[:2] == ["Under findings.", 'Edema: denied, "No edema"']
    assert texts.markedHtml("a < b & c", [(4, 5)], "why") == "a &lt; <b><u>b</u></b> &amp; c<br/><i>why</i>"
    assert [texts.reportButtonText(*given) for given in ((0, False), (1, False), (4, False), (2, True))] == [
        "Ground report",
        "Ground 1 sentence",
        "Ground 4 sentences",
        "Ground the other 2",
    ]
