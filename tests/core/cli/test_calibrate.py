"""`cxr-ground calibrate`: from labelled images to what a model's evidence means, beside the model."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cxr_grounding.calibration import read_calibration
from cxr_grounding.cli.calibrate import PLOT, PLOT_OF_PLACED
from cxr_grounding.evaluation.calibration import fit
from cxr_grounding.models.provenance import changed_files, write_provenance
from cxr_grounding.presets import find_preset
from cxr_grounding.recipe import read_grounding_file

pytestmark = pytest.mark.usefixtures("small_phantoms")


@pytest.fixture
def weighing_model(own_model_folder: Path, change_json: Callable[..., None]) -> Path:
    """A model whose recipe asks for evidence and the sharper map, with a record of its files."""
    recipe = json.loads((own_model_folder / "grounding.json").read_text())["recipe"]
    change_json(own_model_folder / "grounding.json", recipe=recipe | {"evidence": True, "refine": True, "steps": 10})
    write_provenance(own_model_folder, [])
    return own_model_folder


def test_a_calibration_is_fitted_and_written_beside_the_model(
    cxr_ground: Any, weighing_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "LEAST", 3)  # so that few phantoms do
    monkeypatch.setattr(fit, "FOLDS", 2)
    arguments = ("calibrate", "--phantoms", 4, "--seed", 5_000_000, "--model", weighing_model, "--device", "cpu")
    arguments = (*arguments, "--preset", "balanced")
    told = cxr_ground(*arguments, "--out", tmp_path / "out")
    assert told.code == 0, told.err
    calibration = read_calibration(weighing_model / "grounding.json")
    assert calibration is not None
    assert calibration.fitted_on == "4 phantoms from seed 5000000"
    said = " ".join(told.out.split())
    assert f"{calibration.present} true and {calibration.absent} absent phrases" in said
    assert "with the preset balanced at 10 steps, in single precision" in said
    assert calibration.fitted_with is not None
    (_, recipe) = read_grounding_file(weighing_model / "grounding.json")
    assert calibration.fitted_with == (find_preset("balanced").applied(recipe), "single")
    with Image.open(tmp_path / "out" / PLOT) as plot:
        assert plot.size == (900, 960)
    assert changed_files(weighing_model) == [], "the record of the model's files knows of it"
    again = cxr_ground(*arguments, "--out", tmp_path / "again")
    assert (again.code, again.out) == (2, "")
    assert "holds a calibration already. Give --overwrite" in again.err
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    "arguments",
    [(), ("--annotations", "a.csv"), ("--images", "images"), ("--phantoms", 3, "--images", "images")],
)
def test_which_set_is_meant_has_to_be_clear(cxr_ground: Any, weighing_model: Path, arguments: tuple) -> None:
    told = cxr_ground("calibrate", "--model", weighing_model, *arguments)
    assert told.code == 2
    assert "Give --annotations and --images, or --phantoms alone." in " ".join(told.err.split())


def test_a_recipe_without_evidence_has_nothing_to_calibrate(
    cxr_ground: Any, weighing_model: Path, tmp_path: Path
) -> None:
    told = cxr_ground(
        "calibrate", "--model", weighing_model, "--phantoms", 3, "--preset", "paper", "--out", tmp_path / "out"
    )
    assert told.code == 2
    assert "measures no evidence with the preset 'paper'" in " ".join(told.err.split())
    assert not (tmp_path / "out").exists()


def test_phantoms_without_a_finding_are_told_with_the_option_that_draws_more(
    cxr_ground: Any, weighing_model: Path
) -> None:
    told = cxr_ground("calibrate", "--model", weighing_model, "--phantoms", 1)
    assert told.code == 2
    assert "has a finding. Draw more with --phantoms." in " ".join(told.err.split())


def test_the_shipped_calibration_is_not_replaced_unasked(cxr_ground: Any) -> None:
    told = cxr_ground("calibrate", "--phantoms", 3)
    assert told.code == 2
    assert "holds a calibration already" in " ".join(told.err.split())


def test_a_set_of_one_class_is_refused_before_anything_is_measured(
    cxr_ground: Any, weighing_model: Path, tmp_path: Path
) -> None:
    rows = [f"image-{number}.png,small left effusion,Pleural Effusion,0,0,9,9" for number in range(40)]
    (tmp_path / "one.csv").write_text("\n".join(["path,phrase,pathology,x,y,w,h", *rows]), encoding="utf-8")
    for number in range(40):
        Image.new("L", (40, 40)).save(tmp_path / f"image-{number}.png")
    told = cxr_ground(
        *("calibrate", "--model", weighing_model, "--annotations", tmp_path / "one.csv", "--images", tmp_path),
        *("--out", tmp_path / "out"),
    )
    assert told.code == 2
    said = " ".join(told.err.split())
    assert "has 40 phrases that are true of their images, and absent ones can be drawn beside 0 of them" in said
    assert "give annotations with more findings, of two classes or more" in said
    assert not (tmp_path / "out").exists()


def test_too_few_phrases_are_told_with_what_is_needed(cxr_ground: Any, weighing_model: Path, tmp_path: Path) -> None:
    told = cxr_ground(
        "calibrate",
        "--model",
        weighing_model,
        "--phantoms",
        2,
        "--seed",
        5_000_000,
        "--device",
        "cpu",
        "--out",
        tmp_path / "out",
    )
    assert told.code == 2
    assert "a calibration needs 30 of each" in " ".join(told.err.split())
    assert read_calibration(weighing_model / "grounding.json") is None


def test_phrases_that_are_asked_at_every_place_are_calibrated_apart(
    cxr_ground: Any,
    weighing_model: Path,
    change_json: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = json.loads((weighing_model / "grounding.json").read_text())["recipe"]
    change_json(weighing_model / "grounding.json", recipe=recipe | {"places": "auto"})
    monkeypatch.setattr(fit, "LEAST", 2)
    monkeypatch.setattr(fit, "FOLDS", 2)
    out = tmp_path / "out"
    arguments = ("calibrate", "--phantoms", 3, "--seed", 5_000_000, "--model", weighing_model, "--device", "cpu")
    told = cxr_ground(*arguments, "--out", out)
    assert told.code == 0, told.err
    calibration = read_calibration(weighing_model / "grounding.json")
    assert calibration is not None
    assert calibration.placed is not None
    asked = {
        name: [row["phrase"] for row in csv.DictReader((out / name / "samples.csv").read_text().splitlines())]
        for name in (".", "by-name", "by-side")
    }
    assert len(asked["."]) == len(asked["by-name"]) > len(asked["by-side"]) > 0
    assert not set(asked["by-side"]) & set(asked["by-name"]), "what has no side is asked once"
    assert calibration.present + calibration.placed.present == sum(map(len, asked.values()))
    assert f"{calibration.placed.present} true and {calibration.placed.absent} absent phrases" in told.out
    assert (out / PLOT_OF_PLACED).is_file()
