"""What a phrase is held against: itself about the other side, and findings that look alike in the same place."""

from __future__ import annotations

import pytest

from cxr_grounding.recipe import Recipe
from cxr_grounding.rivals import Rivals
from cxr_grounding.signals.assertion import read_sentence


def test_a_finding_in_the_air_spaces_has_the_others_in_its_place_as_rivals() -> None:
    assert Rivals.of(read_sentence("Patchy pneumonia at the right base."), Recipe()) == (
        "Patchy pneumonia at the left base.",
        (
            "Atelectasis in the right lower lung.",
            "Consolidation in the right lower lung.",
            "Opacity in the right lower lung.",
        ),
    )


@pytest.mark.parametrize(
    ("phrase", "rivals"),
    [
        ("left perihilar opacities", ("Atelectasis", "Consolidation", "Pneumonia")),
        ("Left mid-lung atelectatic changes", ("Consolidation", "Opacity", "Pneumonia")),
        ("opacity in the left mid lung, atelectasis or pneumonia", ("Consolidation",)),
    ],
)
def test_the_findings_that_a_phrase_names_are_none_of_them(phrase: str, rivals: tuple[str, ...]) -> None:
    assert Rivals.of(read_sentence(phrase), Recipe()).airspace == tuple(
        f"{name} in the left mid lung." for name in rivals
    )


@pytest.mark.parametrize(
    "phrase", ["pneumonia", "left pneumonia", "pneumonia of the upper lobe", "left upper and lower lobe pneumonia"]
)
def test_without_one_place_there_are_none_of_them(phrase: str) -> None:
    assert Rivals.of(read_sentence(phrase), Recipe()).airspace == ()


def test_other_findings_have_the_other_side_alone_and_those_without_a_side_none() -> None:
    assert Rivals.of(read_sentence("left pleural effusion"), Recipe()).all == ("right pleural effusion",)
    assert Rivals.of(read_sentence("Cardiomegaly"), Recipe()).all == ()


def test_a_recipe_may_leave_the_look_alikes_out() -> None:
    recipe = Recipe(airspace_rivals=False)
    assert Rivals.of(read_sentence("Pneumonia in the left lower lung."), recipe).all == (
        "Pneumonia in the right lower lung.",
    )
