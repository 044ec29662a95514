"""The rule that reads the place off a sentence."""

from __future__ import annotations

import pytest

from cxr_grounding.evaluation.datasets.location_prompt import Prompt, location_of, prompted


@pytest.mark.parametrize(
    ("sentence", "location"),
    [
        ("Small left pleural effusion.", "left"),
        ("There is a moderate LEFT-sided effusion", "left-sided"),
        ("consolidation in the right lower lobe", "right lower lobe"),
        ("right upper and mid lung opacity", "right upper and mid lung"),
        ("opacity at the base of the left lung", "base of the left lung"),
        ("blunting of the left costophrenic angle", "left costophrenic angle"),
        ("bibasilar atelectasis", "bibasilar"),
        ("RLL pneumonia", "rll"),
        ("small right and moderate left effusions", "right and left"),
        ("opacities at the left base, right upper lobe", "left base and right upper lobe"),
        ("left-sided opacity, mostly in the lower zone", "left-sided lower zone"),
        ("perihilar edema", "perihilar"),
        ("apical pneumothorax on the right", "apical right"),
        ("enlarged cardiac silhouette", ""),
        ("the lungs are clear, no lung opacity", ""),
        ("", ""),
    ],
)
def test_the_location_is_the_words_that_say_where(sentence: str, location: str) -> None:
    assert location_of(sentence) == location


def test_the_prompts_of_one_sentence() -> None:
    sentence, pathology = "Hazy opacity in the left mid zone", "Lung Opacity"
    assert prompted(Prompt.SENTENCE, sentence, pathology) == sentence
    assert prompted(Prompt.PATHOLOGY, sentence, pathology) == "Lung Opacity"
    assert prompted(Prompt.LOCATION, sentence, pathology) == "left mid zone Lung Opacity"


def test_a_sentence_that_names_no_place_gets_the_pathology_alone() -> None:
    assert prompted(Prompt.LOCATION, "Severe cardiomegaly", "Cardiomegaly") == "Cardiomegaly"


def test_a_location_that_the_annotations_give_wins_and_may_be_empty() -> None:
    assert prompted(Prompt.LOCATION, "left effusion", "Edema", "right base") == "right base Edema"
    assert prompted(Prompt.LOCATION, "left effusion", "Edema", "") == "Edema"


def test_a_word_that_ends_the_place_and_begins_the_pathology_is_said_once() -> None:
    assert prompted(Prompt.LOCATION, "left lung opacity", "Lung Opacity") == "left Lung Opacity"
