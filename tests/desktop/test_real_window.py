"""The whole program in a real window, on a screen of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cxr_grounding import split_report
from screen_in_memory import screen_in_memory, why_no_screen

from .real_window import PHRASE, REPORT

TESTS = Path(__file__).parents[1]
PICTURE = TESTS.parent / "build" / "desktop-window.png"
COLUMNS, ROWS = 1600, 1000
SECONDS = 240
"""For all steps, on a busy machine; they take about 20."""

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """What the user of `real_window.py` saw at each step."""
    _need_screen()
    folder = tmp_path_factory.mktemp("real_window")
    with screen_in_memory(COLUMNS, ROWS) as environment:
        ended = subprocess.run(
            [sys.executable, "-m", "desktop.real_window", folder],
            cwd=TESTS,
            env={**environment, "XDG_CONFIG_HOME": str(folder / "settings"), "XDG_RUNTIME_DIR": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
        )
    assert ended.returncode == 0, f"It ended after these steps, for a reason that stands below:\n{ended.stdout}"
    PICTURE.parent.mkdir(exist_ok=True)
    shutil.copy(folder / PICTURE.name, PICTURE)
    return {seen.pop("step"): seen for seen in map(json.loads, ended.stdout.splitlines())}


def _need_screen() -> None:
    """Where tests are run for all, a screen must be there, unless `make test` could not install it and says why."""
    reason, not_installed = why_no_screen(), os.environ.get("WHY_NO_SCREEN", "")
    if reason and os.environ.get("CI") == "true" and not not_installed:
        pytest.fail(f"{reason}. Run tests/desktop/install_screen.sh, as `make test` does.")
    if reason:
        pytest.skip(not_installed or f"{reason}. Run tests/desktop/install_screen.sh, as `make test` does.")


def test_a_dicom_file_is_opened(steps: dict[str, Seen]) -> None:
    assert steps["begin"]["platform"] == "xcb"
    assert steps["begin"]["screen"] == [COLUMNS, ROWS]
    assert not steps["begin"]["can_ground"]
    assert steps["begin"]["brightness"] < 20
    assert 80 < steps["open"]["brightness"] < 130
    assert steps["open"]["colorful"] == 0
    assert steps["open"]["title"].endswith("phantom-2000012.dcm - CXR Grounding")


def test_a_drag_darkens_the_image_and_a_key_takes_it_back(steps: dict[str, Seen]) -> None:
    assert steps["drag_in_the_view"]["darker_by"] > 20
    assert steps["drag_in_the_view"]["left_after_reset"] == 0


def test_a_phrase_is_typed(steps: dict[str, Seen]) -> None:
    assert steps["type_a_phrase"]["text"] == PHRASE
    assert steps["type_a_phrase"]["field_changed_by"] > 100
    assert steps["type_a_phrase"]["can_ground"]


def test_enter_shows_progress_and_then_the_overlay(steps: dict[str, Seen]) -> None:
    seen = steps["ground"]
    assert seen["button"] == "Cancel"
    assert any(text.startswith("Reading the radiograph, ") and text.endswith("left") for text in seen["texts"])
    assert seen["most_filled"] > 30
    assert seen["bar_is_gone"]
    assert seen["rows"] == [[PHRASE, True]]
    assert 5 < seen["colorful"] < 30


def test_the_interface_stays_alive_meanwhile(steps: dict[str, Seen]) -> None:
    seen = steps["ground"]
    assert (seen["arrived"], seen["written"]) == ([1], [1])
    assert max(seen["composited"]) == 1
    assert seen["read_or_slept"] == 0


def test_threshold_and_opacity_are_dragged(steps: dict[str, Seen]) -> None:
    threshold, opacity = steps["raise_threshold"], steps["lower_opacity"]
    assert threshold["value"] == pytest.approx(50, abs=10)
    assert 0 < threshold["colorful"] < 0.9 * threshold["colorful_before"]
    assert opacity["value"] == pytest.approx(0.5, abs=0.05)
    assert 0 < opacity["color"] < 0.9 * opacity["color_before"]


def test_a_run_on_a_second_radiograph_is_cancelled(steps: dict[str, Seen]) -> None:
    assert steps["cancel_a_second_run"] == {
        "button": "Cancel",
        "message": "Cancelled. Nothing was added to the scene.",
        "scene_is_as_before": True,
        "colorful": 0,
    }


def test_the_first_radiograph_has_its_finding_again(steps: dict[str, Seen]) -> None:
    assert steps["go_back"]["rows"] == [[PHRASE, True]]
    assert steps["go_back"]["colorful"] == steps["lower_opacity"]["colorful"]


def test_of_a_report_of_four_sentences_those_are_grounded_that_affirm_a_finding(steps: dict[str, Seen]) -> None:
    *sentences, normal = split_report(REPORT)
    assert (len(sentences), normal) == (3, "The heart is normal in size")
    assert steps["ground_a_report"]["button"] == "Ground 3 sentences"
    assert [phrase for phrase, _ in steps["ground_a_report"]["rows"]] == sentences
    assert [is_shown for _, is_shown in steps["ground_a_report"]["rows"]] == [True, False, False]


def test_the_scene_is_saved_and_reopened_as_it_was(steps: dict[str, Seen]) -> None:
    assert steps["save"]["is_there"]
    assert steps["save"]["status"].startswith("Saved ")
    assert steps["close_the_scene"]["rows"] == []
    assert steps["close_the_scene"]["title"] == "CXR Grounding"
    assert steps["close_the_scene"]["brightness"] < 20
    assert steps["reopen"]["rows"] == steps["ground_a_report"]["rows"]
    assert "phantom-2000012" in steps["reopen"]["title"]
    assert steps["reopen"]["colorful"] > 0
    assert steps["reopen"]["differs_from_saved_by"] <= 2  # window and level are written as decimals
    assert steps["quit"]["window_is_gone"]


def test_a_picture_of_the_screen_is_left(steps: dict[str, Seen]) -> None:
    picture = np.asarray(Image.open(PICTURE).convert("RGB")).astype(int)
    assert picture.shape == (ROWS, COLUMNS, 3)
    red, _, blue = np.moveaxis(picture, -1, 0)
    warm = (red - blue > 40)[ROWS // 10 : ROWS * 8 // 10, : COLUMNS // 2]
    assert warm.mean() > 0.01  # the overlay's colors, where only the radiograph is otherwise
