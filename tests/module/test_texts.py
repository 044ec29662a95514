"""What the panel says."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cxr_grounding import Grounder, Laterality, Orientation, VerdictKind, Zone, read_image


@pytest.fixture
def texts(untranslated: None) -> ModuleType:
    """The texts as they are written, in no other language."""
    return importlib.import_module("CXRGroundingLib.texts")


@pytest.fixture(scope="module")
def result(demoGrounder: Grounder, phantomFile: Path) -> dict[str, Any]:
    """A real answer."""
    demoGrounder.set_radiograph(read_image(phantomFile), preset="fast")
    return demoGrounder.ground("left pleural effusion").to_dict()


class Clock:
    """A clock that is set by hand, in s."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_model_is_listed_with_its_state(texts: ModuleType) -> None:
    assert texts.modelText("a", demonstration=True, problem="") == "a - demonstration"
    assert texts.modelText("a", demonstration=False, problem="") == "a - ready"
    assert texts.modelText("a", demonstration=True, problem="no weights") == "a - cannot be used"


def test_a_model_that_is_not_here_says_how_to_get_it(texts: ModuleType) -> None:
    assert "Press Get this model" in texts.missingModelProblem("a", canBeDownloaded=True)
    assert "fetch" not in texts.missingModelProblem("a", canBeDownloaded=False)


@pytest.mark.parametrize(
    ("radiograph", "model", "phrases", "report", "expected"),
    [
        (None, "", ["x"], False, "Select a radiograph"),
        ("Three slices.", "", ["x"], False, "Three slices."),
        ("", "No weights.", ["x"], True, "No weights."),
        ("", "", [" "], False, "Write a phrase"),
        ("", "", [], True, "Paste a report"),
    ],
)
def test_a_disabled_button_says_what_is_missing_first(
    texts: ModuleType, radiograph: str | None, model: str, phrases: list[str], report: bool, expected: str
) -> None:
    assert texts.whyNotGround(radiograph, model, phrases, report).startswith(expected)


def test_with_all_that_is_needed_nothing_stands_against_grounding(texts: ModuleType) -> None:
    assert texts.whyNotGround("", "", ["cardiomegaly"], report=False) == ""


def test_no_time_is_claimed_before_the_work_has_advanced_twice(texts: ModuleType) -> None:
    clock = Clock()
    left = texts.TimeLeft(clock)
    assert left.update("inversion", 0, 10) is None
    clock.now += 1
    assert left.update("inversion", 1, 10) is None
    assert left.update("inversion", 1, 10) is None
    clock.now += 1
    assert left.update("inversion", 2, 10) == pytest.approx(8)


def test_the_time_left_follows_the_pace_of_its_own_stage(texts: ModuleType) -> None:
    clock = Clock()
    left = texts.TimeLeft(clock)
    for done in range(4):
        left.update("inversion", done, 4)
        clock.now += 10
    assert left.update("attention", 0, 4) is None
    clock.now += 2
    assert left.update("attention", 1, 4) is None
    clock.now += 2
    assert left.update("attention", 2, 4) == pytest.approx(4)


def test_a_stage_that_begins_anew_is_timed_anew(texts: ModuleType) -> None:
    clock = Clock()
    left = texts.TimeLeft(clock)
    for done in (0, 1, 2, 0, 1):
        clock.now += 1
        assert (left.update("attention", done, 3) is None) == (done < 2)


def test_the_bar_says_stage_count_and_time(texts: ModuleType) -> None:
    assert texts.progressText("loading", 0, 1, None) == "Opening the model"
    assert texts.progressText("inversion", 3, 30, None) == "Reading the radiograph, 3 of 30"
    assert texts.progressText("inversion", 3, 30, 8.2) == "Reading the radiograph, 3 of 30, about 8 s left"
    assert texts.progressText("inversion", 30, 30, 0.0) == "Reading the radiograph, 30 of 30"
    assert texts.progressText("a new stage", 0, 1, None) == "a new stage"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.2, "about 1 s"),
        (8.4, "about 8 s"),
        (33, "about 35 s"),
        (89, "about 90 s"),
        (95, "about 2 min"),
        (600, "about 10 min"),
    ],
)
def test_an_estimate_is_told_as_coarsely_as_it_is(texts: ModuleType, seconds: float, expected: str) -> None:
    assert texts.durationText(seconds) == expected


def test_a_row_shows_phrase_region_and_area_of_a_real_answer(texts: ModuleType, result: dict[str, Any]) -> None:
    row = texts.findingTexts(result)
    strongest = result["boxes_pixels"][0]
    kind, reasons = result["verdict"]["kind"], result["verdict"]["reasons"]
    place = texts.placeText(result["place"])
    assert row.phrase == f"left pleural effusion\n→ {kind}\n{place}"
    assert row.phraseHint == "\n".join([f"left pleural effusion\n→ {kind}", *reasons])
    mm = result["spacing_mm"]["row"]
    assert row.region == f"{strongest['width'] * mm / 10:.1f} x {strongest['height'] * mm / 10:.1f} cm"
    assert f"column {round(strongest['x'])}, row {round(strongest['y'])}" in row.regionHint
    said = f"{result['area_mm2'] / 100:.0f} cm²; pixel size from {result['spacing_mm']['source']}."
    assert row.regionHint.endswith(f"\nArea of all regions: {said}")


def test_a_region_has_its_place_in_the_words_of_a_report(texts: ModuleType, result: dict[str, Any]) -> None:
    seen = result["seen_pixels"]
    at = {"x": seen["x"] + 0.7 * seen["width"], "y": seen["y"] + 0.7 * seen["height"], "width": 20, "height": 10}
    lower = result | {"boxes_pixels": [{**at, "strength": 1.0}]}
    row = texts.findingTexts(lower, Orientation(known=True))
    assert row.region == f"left lower zone\n{texts.findingTexts(lower).region}"
    assert "the standard view is assumed" not in row.regionHint
    assert "the standard view is assumed" in texts.findingTexts(lower, Orientation()).regionHint
    named = [texts.regionName(*place) for place in ((None, Zone.UPPER), (Laterality.BILATERAL, Zone.MIDDLE))]
    assert named == ["upper zone", "middle zone, both sides"]


@pytest.mark.parametrize("kind", VerdictKind)
def test_every_verdict_stands_below_its_phrase_in_its_own_words(
    texts: ModuleType, result: dict[str, Any], kind: VerdictKind
) -> None:
    verdict = {"kind": kind.value, "reasons": ["Because.", "And so."], "share": None}
    row = texts.findingTexts(result | {"verdict": verdict, "place": None})
    assert row.phrase == f"left pleural effusion\n→ {kind.value}"
    assert row.phraseHint == row.phrase + "\nBecause.\nAnd so."


def test_a_finding_from_before_there_were_verdicts_shows_its_phrase_alone(
    texts: ModuleType, result: dict[str, Any]
) -> None:
    without = {name: value for name, value in result.items() if name not in ("verdict", "place")}
    for old in (without, result | {"verdict": None, "place": None}):
        row = texts.findingTexts(old)
        assert row.phrase == row.phraseHint == "left pleural effusion"


def test_the_place_names_the_next_one_and_how_far_behind_it_is(texts: ModuleType, result: dict[str, Any]) -> None:
    places = [
        place(size, standing) for size, standing in (("large", "best"), ("small", "close"), ("moderate", "behind"))
    ]
    entry = {"words": "large, left", "chosen": places[:1], "places": places}
    assert texts.placeText(entry) == "best explained at: large, left; next: small, left, close"
    assert texts.placeText(entry | {"places": places[:1]}) == "best explained at: large, left"
    rows = texts.placeRows(result | {"place": entry}, result | {"place": entry})
    assert [(row.place, row.explains) for row in rows] == [
        ("large, left", "best, shown"),
        ("small, left", "close"),
        ("moderate, left", "behind"),
    ]
    assert rows[1].hint == 'Asked: "Small left pleural effusion". It explains 0.10 of the noise (P).'
    other = texts.placeRows(result | {"place": entry}, {"phrase": "Small left pleural effusion"})
    assert [row.explains for row in other] == ["best", "close, shown", "behind"]


def place(size: str, standing: str) -> dict[str, Any]:
    """A place as documents have it."""
    phrase = f"{size.capitalize()} left pleural effusion"
    return {"phrase": phrase, "words": f"{size}, left", "explained": 0.1, "standing": standing}


def test_an_area_is_unknown_without_the_size_of_a_pixel(texts: ModuleType, result: dict[str, Any]) -> None:
    row = texts.findingTexts(result | {"area_mm2": None, "spacing_mm": None})
    strongest = result["boxes_pixels"][0]
    assert row.region == f"{round(strongest['width'])} x {round(strongest['height'])} px"
    assert "The area is unknown: the image does not say how large its pixels are." in row.regionHint


def test_a_phrase_that_points_nowhere_has_no_region(texts: ModuleType, result: dict[str, Any]) -> None:
    assert texts.findingTexts(result | {"boxes_pixels": []}).region == "none"


def test_warnings_stand_one_a_line_and_only_beside_a_finding(texts: ModuleType, result: dict[str, Any]) -> None:
    assert texts.warningsText(result | {"warnings": ["One.", "Two."]}) == "One.\nTwo."
    assert texts.warningsText(None) == ""


@pytest.mark.parametrize(
    ("stored", "expected"), [(None, []), ("", []), ("one", ["one"]), (("one", "two"), ["one", "two"])]
)
def test_the_history_is_read_in_every_form_that_qt_gives_it_back(
    texts: ModuleType, stored: Any, expected: list[str]
) -> None:
    assert texts.historyFrom(stored) == expected


def test_a_phrase_used_again_moves_to_the_head_and_the_oldest_is_forgotten(texts: ModuleType) -> None:
    assert texts.historyWith(["a", "b"], "b") == ["b", "a"]
    full = [str(number) for number in range(texts.HISTORY_LENGTH)]
    assert texts.historyWith(full, "new") == ["new", *full[:-1]]


def test_what_is_no_character_is_shown_as_the_replacement_character(texts: ModuleType) -> None:
    assert texts.shown("m\udcf6del\0") == "m\ufffddel\ufffd"
    assert texts.shown("Erguß 肺 \U0001fac1\n") == "Erguß 肺 \U0001fac1\n"


def test_one_line_says_on_what_by_whom_and_how_fast_it_was_answered(texts: ModuleType) -> None:
    model = {"name": "phantom-ldm", "version": "2"}
    answer = {"device": "cpu", "model": model, "seconds": {"encoding": 0.5, "inversion": 2.25}}
    assert texts.engineText(answer) == "processor · phantom-ldm 2 · 2.8 s"
    assert texts.engineText({**answer, "device": "cuda:0"}).startswith("cuda:0 · ")
    assert "processor · single precision · phantom-ldm" in texts.engineText({**answer, "precision": "single"})
    assert "processor · bfloat16 · phantom-ldm" in texts.engineText({**answer, "precision": "bfloat16"})
    assert texts.engineText({"model": model}) == texts.engineText(None) == ""
