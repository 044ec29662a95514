"""`evaluate presets`: what presets and precisions lose and cost, on the user's own model and images."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxr_grounding.evaluation.ways_compared import correlation, overlap_of_ways


@pytest.fixture
def compared(
    cxr_ground: Callable[..., Any], tiny_model_folder: Path, phantom_file: Path, tmp_path: Path
) -> Callable[..., Any]:
    """Compare on a folder with two radiographs, one of which is damaged."""
    images = tmp_path / "images"
    images.mkdir()
    shutil.copy(phantom_file, images / "b.dcm")
    (images / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")

    def run(*arguments: object, images: Path = images, model: Path = tiny_model_folder) -> Any:
        return cxr_ground(
            *("evaluate", "presets", "--model", model, "--images", images, "--device", "cpu"),
            *("--phrase", "left effusion", *arguments),
        )

    return run


def test_each_preset_and_precision_stands_beside_paper_in_single_precision(compared: Callable[..., Any]) -> None:
    told = compared("--steps", 40, "--preset", "fast", "--precision", "half", "--json")
    assert told.code == 0
    found = told.document
    assert (found["model"]["name"], found["device"], found["images"]) == ("tiny", "cpu", 1)
    assert len(found["problems"]) == 1
    assert "a.png" in found["problems"][0]
    ways = {(way["preset"], way["precision"]): way for way in found["ways"]}
    assert list(ways) == [(preset, of) for of in ("single", "half") for preset in ("paper", "fast")]
    exact, fast, half = ways["paper", "single"], ways["fast", "single"], ways["paper", "half"]
    assert (exact["correlation"], exact["iou"], exact["maps"], exact["time"]) == (pytest.approx(1), 1, 1, 1)
    assert exact["correlation"] > half["correlation"] > 0.9
    assert exact["correlation"] > fast["correlation"]
    assert half["forwards"] == exact["forwards"] > fast["forwards"] > 6
    assert all(way["time"] > 0 for way in found["ways"])


def test_without_precisions_what_auto_takes_is_compared_and_the_table_says_whose_model_it_was(
    compared: Callable[..., Any],
) -> None:
    told = compared("--preset", "paper")
    assert told.code == 0
    assert "1 images, 1 maps: agreement with paper in single precision" in told.out
    assert [line.split()[1:4:2] for line in told.out.splitlines() if line.startswith("│ paper")] == [
        ["paper", "single"]
    ]
    assert "Model tiny: Random weights." in told.out
    assert "a.png" in told.err


def test_the_same_as_csv(compared: Callable[..., Any]) -> None:
    told = compared("--preset", "paper", "--csv")
    (row,) = csv.DictReader(io.StringIO(told.out))
    assert (row["preset"], row["precision"], row["maps"], row["empty"]) == ("paper", "single", "1", "0")
    assert float(row["iou"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--preset", "quick"), "There is no preset 'quick'. Known are: full, paper, balanced, fast."),
        (("--precision", "double"), "There is no precision 'double'. Choose one of: auto, single, half, bfloat16."),
        (("--images", "nowhere"), "nowhere matches no file that may be a radiograph. Check the name."),
    ],
)
def test_what_cannot_be_compared_is_told_before_anything_is_computed(
    arguments: tuple[str, ...], told: str, compared: Callable[..., Any]
) -> None:
    answer = compared(*arguments)
    assert answer.code == 2
    assert told in answer.err


def test_where_no_image_can_be_read_the_first_reason_is_told(compared: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    answer = compared("--preset", "paper", images=tmp_path / "bad")
    assert answer.code == 2
    assert "None of the images could be read." in answer.err
    assert "c.png" in answer.err


def test_maps_that_are_even_have_no_correlation_and_empty_masks_are_the_same() -> None:
    even, other = np.zeros((2, 2)), np.eye(2)
    assert np.isnan(correlation(even, other))
    assert correlation(other, 2 * other + 1) == pytest.approx(1)
    assert overlap_of_ways(even > 0, even > 0) == 1
    assert overlap_of_ways(even > 0, other > 0) == 0
    assert overlap_of_ways(other > 0, np.ones((2, 2)) > 0) == 0.5
