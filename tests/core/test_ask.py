"""A question is one object: valid, whole, and not changed in silence once an engine has settled part of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cxr_grounding.ask import Ask, Stage
from cxr_grounding.errors import OrderError, RecipeError
from cxr_grounding.recipe import IntensityChain, Method, Places, Recipe


def test_every_field_is_settled_by_one_call_and_has_a_default() -> None:
    stages = {field.name: field.metadata["stage"] for field in dataclasses.fields(Ask)}
    assert stages == {
        "model": Stage.MODEL,
        "device": Stage.MODEL,
        "precision": Stage.MODEL,
        "preset": Stage.RADIOGRAPH,
        "steps": Stage.RADIOGRAPH,
        "intensity": Stage.RADIOGRAPH,
        "places": Stage.RADIOGRAPH,
        "method": Stage.RADIOGRAPH,
        "seed": Stage.RADIOGRAPH,
        "bbm": Stage.RADIOGRAPH,
        "noise": Stage.RADIOGRAPH,
        "token_maps": Stage.PHRASES,
        "keep_arrays": Stage.PHRASES,
    }
    assert Ask() == Ask.of() == Ask.of(None)


def test_a_door_takes_an_ask_a_model_or_fields() -> None:
    ask = Ask("my-model", device="cpu")
    assert Ask.of(ask) is not None
    assert Ask.of(ask, device="mps") == Ask("my-model", device="mps")
    assert Ask.of("my-model", device="cpu") == Ask.of(None, model="my-model", device="cpu") == ask
    assert Ask.of(Path("models") / "mine") == Ask(str(Path("models") / "mine"))


def test_an_unknown_field_or_preset_is_refused() -> None:
    with pytest.raises(TypeError, match="devise"):
        Ask.of("my-model", devise="cpu")
    with pytest.raises(RecipeError, match="no preset 'quick'"):
        Ask(preset="quick")


def test_up_to_a_stage_later_fields_do_not_matter() -> None:
    full = Ask("m", device="cpu", preset="fast", steps=40, token_maps=True)
    assert full.until(Stage.MODEL) == Ask("m", device="cpu")
    assert full.until(Stage.RADIOGRAPH) == Ask("m", device="cpu", preset="fast", steps=40)
    assert full.until(Stage.PHRASES) == full


def test_a_later_call_changes_only_what_is_not_settled() -> None:
    opened = Ask("m", device="cpu", preset="fast")
    assert opened.later(None, {"steps": 40}, Stage.MODEL) == Ask("m", device="cpu", preset="fast", steps=40)
    assert opened.later(Ask("m", device="cpu"), {"keep_arrays": True}, Stage.MODEL).preset == "full"
    with pytest.raises(OrderError, match=r"device is 'mps' now, but was 'cpu' when open\(\.\.\.\) was called"):
        opened.later(None, {"device": "mps"}, Stage.MODEL)
    with pytest.raises(OrderError, match=r"steps is 40 now, but was None when set_radiograph\(\.\.\.\) was called"):
        opened.later(None, {"steps": 40}, Stage.RADIOGRAPH)
    with pytest.raises(TypeError, match="stepps"):
        opened.later(None, {"stepps": 40}, Stage.MODEL)


def test_a_recipe_is_followed_as_asked() -> None:
    own = Recipe(predictions=3, kept_steps=2)
    assert Ask().followed(own) == Recipe()
    followed = Ask(preset="balanced", steps=200, intensity=IntensityChain.MIN_MAX).followed(own)
    assert followed == Recipe(preset="balanced", predictions=20, kept_steps=20, steps=200)
    assert Ask.for_recipe(followed) == Ask(preset="balanced")
    assert Ask.for_recipe(Recipe(preset="of my own")) == Ask()


@pytest.mark.parametrize("steps", [0, -3, 4, 9])
def test_too_few_steps_are_refused_with_how_many_will_do(steps: int) -> None:
    with pytest.raises(RecipeError) as refused:
        Ask(steps=steps).followed(Recipe(steps=50))
    assert str(refused.value) == (
        f"Of {steps} inversion steps none lies in the window whose attention is read. Ask for 10 steps or more, or for "
        "no number to take the model's own, 50."
    )
    assert Ask(steps=10).followed(Recipe(steps=50)).kept == [4, 5]


def test_any_recipe_is_followed_by_either_method_and_the_same_share_of_other_steps_is_looked_at() -> None:
    followed = Ask(method=Method.NOISING, seed=7, bbm=True, steps=6).followed(Recipe(steps=50, evidence=True))
    assert followed == Recipe(steps=50, method=Method.NOISING, seed=7, bbm=True, noised_steps=6, looks=5)
    assert Ask(method=Method.INVERSION).followed(Recipe(method=Method.NOISING, bbm=True)).method is Method.INVERSION


@pytest.mark.parametrize("asked", [{"seed": 0}, {"bbm": True}, {"noise": "here"}])
def test_what_is_of_the_other_method_is_not_ignored_in_silence(asked: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="belongs to the method 'noising', but the method is 'inversion'"):
        Ask.of(None, **asked).followed(Recipe())
    Ask.of(None, method=Method.NOISING, **asked).followed(Recipe())
    with pytest.raises(RecipeError, match="places belongs to the method 'inversion', but the method is 'noising'"):
        Ask(method=Method.NOISING, places=Places.AUTO).followed(Recipe())
