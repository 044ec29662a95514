"""The calibration in a model's grounding.json: read strictly, written without touching the rest."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding.calibration import SECTION, Calibration, read_calibration, write_calibration
from cxr_grounding.errors import RecipeError
from cxr_grounding.models.registry import find_model
from cxr_grounding.presets import FULL
from cxr_grounding.recipe import FILE_NAME, Recipe, read_grounding_file

VALUES: dict[str, Any] = {
    "fitted_on": "12 films",
    "fitted": "2026-11-27",
    "present": 100,
    "absent": 200,
    "nowhere_below": -0.1,
    "here_from": 0.1,
    "agreement_from": None,
    "knots": [[-0.5, 0.0], [0.5, 1.0]],
    "auroc": 0.95,
    "calibration_error": 0.02,
}


def test_the_bundled_model_is_calibrated_on_phantoms_that_its_figures_are_not_of() -> None:
    calibration = read_calibration(find_model(None).folder / FILE_NAME)
    assert calibration is not None
    assert calibration.fitted_on == "150 phantoms from seed 5000000"
    assert (calibration.present, calibration.absent) == (252, 439)
    assert calibration.auroc == pytest.approx(0.9754)
    assert calibration.nowhere_below < calibration.here_from < 0


def test_the_bundled_model_s_calibration_holds_for_its_own_recipe_and_no_other() -> None:
    path = find_model(None).folder / FILE_NAME
    calibration, (_, recipe) = read_calibration(path), read_grounding_file(path)
    assert calibration is not None
    assert calibration.fitted_with is not None
    assert calibration.fitted_with.precision == "single"
    assert calibration.fitted_with.otherwise(FULL.applied(recipe)) == ()
    assert calibration.fitted_with.otherwise(recipe.replace(steps=20)) == (
        *("steps 50, here 20", "predictions 29, here 11", "kept_steps 10, here 4"),
    )


def test_what_it_was_fitted_with_is_kept(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"model": {"name": "m"}, "recipe": {}}))
    values = VALUES | {"fitted_with": {"recipe": Recipe(steps=70).as_dict(), "precision": "half"}}
    calibration = Calibration.from_dict(values)
    assert calibration.fitted_with == (Recipe(steps=70), "half")
    write_calibration(path, calibration)
    assert read_calibration(path) == calibration
    assert json.loads(path.read_text())[SECTION] == values


def test_what_is_written_is_read_and_all_else_stays(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"model": {"name": "m"}, "recipe": {"steps": 50}}))
    assert read_calibration(path) is None
    calibration = Calibration.from_dict(VALUES)
    write_calibration(path, calibration)
    assert read_calibration(path) == calibration
    document = json.loads(path.read_text())
    assert (document["model"], document["recipe"]) == ({"name": "m"}, {"steps": 50})
    assert document[SECTION] == VALUES


def test_phrases_that_were_asked_at_every_place_have_a_calibration_of_their_own_where_there_is_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"model": {"name": "m"}, "recipe": {}}))
    placed = VALUES | {"here_from": 0.2}
    calibration = Calibration.from_dict(VALUES | {"placed": placed})
    write_calibration(path, calibration)
    assert read_calibration(path) == calibration
    assert json.loads(path.read_text())[SECTION] == VALUES | {"placed": placed}
    assert calibration.of(is_placed=True) == Calibration.from_dict(placed)
    assert calibration.of(is_placed=False) is calibration
    for_all = Calibration.from_dict(VALUES)
    assert for_all.of(is_placed=True) is for_all
    for wrong in (None, 3, {}, placed | {"placed": placed}):
        with pytest.raises(RecipeError, match="Calibrate the model again"):
            Calibration.from_dict(VALUES | {"placed": wrong})


def test_the_share_lies_on_the_line_between_its_knots_and_ends_with_them() -> None:
    calibration = Calibration.from_dict(VALUES)
    assert [calibration.share_of(evidence) for evidence in (-9, -0.5, 0, 0.25, 9)] == pytest.approx(
        [0, 0, 0.5, 0.75, 1]
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"fitted_on": 3},
        {"present": 0},
        {"absent": 1.5},
        {"nowhere_below": 0.2},
        {"here_from": math.inf},
        {"here_from": "high"},
        {"knots": [[0.0, 0.5]]},
        {"knots": [[0.5, 0.0], [-0.5, 1.0]]},
        {"knots": [[-0.5, 0.9], [0.5, 0.1]]},
        {"knots": [[-0.5, 0.0], [0.5, 1.5]]},
        {"knots": [[0.0], [1.0]]},
        {"agreement_from": 2.0},
        {"fitted_on": "half a \ud800"},
        {"more": 1},
        {"fitted_with": None},
        {"fitted_with": {"recipe": {"steps": 50}}},
        {"fitted_with": {"recipe": {"steps": 0}, "precision": "single"}},
        {"fitted_with": {"recipe": {"new": 1}, "precision": "single"}},
        {"fitted_with": {"recipe": {}, "precision": "double"}},
    ],
)
def test_a_calibration_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="Calibrate the model again"):
        Calibration.from_dict(VALUES | changes)


@pytest.mark.parametrize("section", ["text", [], 3, {}])
def test_a_section_of_another_kind_is_refused(tmp_path: Path, section: object) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"model": {"name": "m"}, "recipe": {}, SECTION: section}))
    with pytest.raises(RecipeError):
        read_calibration(path)
