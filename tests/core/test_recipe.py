"""The numbers of the method, and the file that holds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding.errors import RecipeError
from cxr_grounding.recipe import (
    IntensityChain,
    Method,
    ModelIdentity,
    Recipe,
    read_grounding_file,
    write_grounding_file,
)


def test_the_default_recipe_is_the_published_one() -> None:
    assert Recipe().as_dict() == {
        "frame_size": 512,
        "antialias": False,
        "intensity": "mimic-cxr-jpg",
        "pixel_low": 0.0,
        "pixel_high": 1.0,
        "latent_scale": 0.3,
        "steps": 300,
        "window_center_percent": 50,
        "window_half_width_percent": 10,
        "layers": [3, 4, 6, 7],
        "smoothing_sigma": 2.5,
        "max_tokens": 77,
        "encode_padding": True,
        "attend_padding": True,
        "predictions": 0,
        "kept_steps": 0,
        "evidence": False,
        "refine": False,
        "compared_steps": 2,
        "drawn_levels": [399, 599],
        "drawn_seed": 2,
        "evidence_sigma": 1.25,
        "airspace_rivals": True,
        "rival_factor": 2.0,
        "refine_probe_sigma": 0.0234,
        "refine_factor": 0.273,
        "refine_power": 0.75,
        "refine_narrowest": 0.0195,
        "refine_widest": 0.1875,
        "refine_closing": 0.17,
        "places": "never",
        "place_sharpness": 15.0,
        "second_place_from": 0.02,
        "method": "inversion",
        "noised_steps": 50,
        "looks": 40,
        "map_size": 64,
        "seed": 0,
        "bbm": False,
        "text_seed": 4200,
        "guidance": 16.0,
        "float16_casts": False,
        "preset": "full",
    }


@pytest.mark.parametrize(
    ("steps", "window"), [(300, (120, 180)), (50, (20, 30)), (30, (12, 18)), (55, (22, 32)), (10, (4, 6))]
)
def test_the_window_is_ten_percent_to_either_side_of_the_middle(steps: int, window: tuple[int, int]) -> None:
    assert Recipe(steps=steps).window == window


def test_as_published_all_steps_of_the_window_are_kept_and_all_before_the_last_of_them_predicted() -> None:
    recipe = Recipe()
    assert recipe.kept == list(range(120, 180))
    assert recipe.predicted == list(range(179))


def test_fewer_kept_steps_and_predictions_are_spread_evenly() -> None:
    recipe = Recipe(kept_steps=6, predictions=5)
    assert recipe.kept == [125, 135, 145, 155, 165, 175]
    assert recipe.predicted == [0, 35, 70, 105, 140]
    assert Recipe(steps=50, kept_steps=4).kept == [21, 23, 26, 28]
    assert Recipe(kept_steps=1).kept == [150]


def test_more_than_there_are_are_all_there_are() -> None:
    assert Recipe(kept_steps=1000, predictions=1000).kept == Recipe().kept
    assert Recipe(kept_steps=1000, predictions=1000).predicted == Recipe().predicted


def test_a_window_at_the_very_start_can_be_thinned_too() -> None:
    recipe = Recipe(steps=10, window_center_percent=10, predictions=3)
    assert recipe.window == (0, 2)
    assert (recipe.kept, recipe.predicted) == ([0, 1], [0])
    assert (recipe.replace(kept_steps=1).kept, recipe.replace(kept_steps=1).predicted) == ([1], [0])


def test_noise_is_compared_at_few_of_the_kept_steps_and_only_where_something_asks_for_it() -> None:
    recipe = Recipe(steps=50)
    assert (recipe.compared, recipe.drawn) == ([], ())
    measured = recipe.replace(evidence=True)
    assert (measured.compared, measured.drawn) == ([22, 27], (399, 599))
    assert measured.replace(compared_steps=4).compared == [21, 23, 26, 28]
    assert measured.replace(compared_steps=99).compared == recipe.kept
    refined = recipe.replace(refine=True, compared_steps=1)
    assert (refined.compared, refined.drawn) == ([25], ())


def test_noised_looks_are_the_last_of_the_list_or_with_bbm_all_and_can_be_thinned() -> None:
    recipe = Recipe(method=Method.NOISING, evidence=True, refine=True)
    assert (recipe.looked, recipe.activating) == (list(range(10, 50)), list(range(40)))
    assert (recipe.compared, recipe.drawn) == ([], ()), "the other method's"
    merged = recipe.replace(bbm=True)
    assert (merged.looked, merged.activating) == (list(range(50)), list(range(10, 50)))
    assert recipe.replace(kept_steps=4).looked == [15, 25, 35, 45]
    assert merged.replace(kept_steps=5).activating == [1, 2, 3, 4]


def test_a_recipe_survives_json() -> None:
    recipe = Recipe(frame_size=128, intensity=IntensityChain.MIN_MAX, layers=(0, 2), steps=20, smoothing_sigma=0)
    recipe = recipe.replace(kept_steps=3, predictions=2, preset="fast", method=Method.NOISING, bbm=True)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.as_dict()))) == recipe


def test_what_is_left_out_keeps_the_published_value() -> None:
    assert Recipe.from_dict({"steps": 50}) == Recipe(steps=50)


def test_a_whole_number_is_a_number() -> None:
    assert Recipe.from_dict({"latent_scale": 1}).latent_scale == 1.0


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"step": 50}, "unknown name 'step'"),
        ({"steps": 50.5}, "number (int)"),
        ({"steps": True}, "number (int)"),
        ({"steps": "50"}, "number (int)"),
        ({"steps": 0}, "window"),
        ({"steps": 9}, "window"),
        ({"steps": -50}, "window"),
        ({"window_center_percent": 95}, "window"),
        ({"antialias": 1}, "true or false"),
        ({"intensity": "none"}, "identity, min-max, mimic-cxr-jpg"),
        ({"intensity": ["identity"]}, "identity, min-max, mimic-cxr-jpg"),
        ({"layers": []}, "one layer or more"),
        ({"layers": [3, 3]}, "each named once"),
        ({"layers": [-1]}, "numbers from 0"),
        ({"layers": [1.5]}, "whole numbers"),
        ({"layers": 3}, "whole numbers"),
        ({"frame_size": 8}, "16 or more"),
        ({"latent_scale": 0}, "above 0"),
        ({"latent_scale": float("inf")}, "finite"),
        ({"latent_scale": float("nan")}, "finite"),
        ({"latent_scale": 10**400}, "finite"),
        ({"smoothing_sigma": -1}, "0 or more"),
        ({"pixel_low": 1, "pixel_high": 1}, "below pixel_high"),
        ({"max_tokens": 2}, "3 or more"),
        ({"predictions": -1}, "predictions is -1"),
        ({"method": "guessing"}, "inversion, noising"),
        ({"looks": 51}, "from 1 to noised_steps, 50"),
        ({"map_size": 7}, "8 or more"),
        ({"seed": -1}, "seed is -1"),
        ({"looks": 1, "bbm": True, "kept_steps": 1}, "some are of the last 1"),
        ({"kept_steps": -1}, "kept_steps is -1"),
        ({"kept_steps": 2.0}, "number (int)"),
        ({"compared_steps": 0}, "1 or more"),
        ({"drawn_levels": [-1]}, "timesteps from 0"),
        ({"drawn_levels": [399, 399]}, "each named once"),
        ({"drawn_levels": 399}, "whole numbers"),
        ({"rival_factor": -1}, "rival_factor is -1"),
        ({"refine_narrowest": 0.2}, "from 0 to refine_widest, 0.1875"),
        ({"refine": 1}, "true or false"),
        ({"preset": 3}, "a text"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(values: dict[str, Any], told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(values)
    assert told in str(caught.value)


def test_the_grounding_file_holds_model_and_recipe(tmp_path: Path) -> None:
    path = tmp_path / "grounding.json"
    model = ModelIdentity("toy", "1.0", "For demonstration.", demonstration=True, licence="Apache-2.0")
    write_grounding_file(path, model, Recipe(steps=50))
    assert read_grounding_file(path) == (model, Recipe(steps=50))


def test_a_folder_without_the_file_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"has no grounding\.json"):
        read_grounding_file(tmp_path / "grounding.json")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"[]",
        b"{}",
        b'{"model": {"name": "a"}}',
        b'{"model": [], "recipe": {}}',
        b'{"model": {"name": "a"}, "recipe": []}',
        b'{"model": {}, "recipe": {}}',
        b'{"model": {"name": 3}, "recipe": {}}',
        b'{"model": {"name": "a", "label": null}, "recipe": {}}',
        b'{"model": {"name": "a", "demonstration": "yes"}, "recipe": {}}',
        b'{"model": {"name": "a", "colour": "red"}, "recipe": {}}',
        b'{"model": {"name": "a", "label": "\\u0000 \\u001b[31m"}, "recipe": {}}',
        b'{"model": {"name": "a", "label": "\\ud800"}, "recipe": {}}',
        b'{"model": {"name": "a"}, "recipe": {"steps": "' + b"9" * 5000 + b'"}}',
        b'{"model": {"name": "a"}, "recipe": {"\\u001b' + b"A" * 5000 + b'": 1}}',
        b'{"model": {"name": "a"}, "recipe": {"steps": null}}',
        b'{"steps": ' + b"9" * 5000 + b"}",
    ],
    ids=range(20),
)
def test_a_damaged_file_is_refused_in_one_sentence_that_names_it(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "grounding.json"
    path.write_bytes(content)
    with pytest.raises(RecipeError) as raised:
        read_grounding_file(path)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000
