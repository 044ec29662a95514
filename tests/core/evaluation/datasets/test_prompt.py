"""What is asked for a sentence and its class."""

from __future__ import annotations

import pytest

from cxr_grounding.evaluation.datasets.prompt import Prompt, known_of, prompted
from cxr_grounding.pathologies import Pathology
from cxr_grounding.signals.known_findings import FINDINGS


def test_the_prompts_of_one_sentence() -> None:
    sentence, pathology = "Hazy opacity in the left mid zone", "Lung Opacity"
    assert prompted(Prompt.SENTENCE, sentence, pathology) == sentence
    assert prompted(Prompt.PATHOLOGY, sentence, pathology) == "Lung Opacity"
    assert prompted(Prompt.LOCATION, sentence, pathology) == "left mid zone Lung Opacity"
    assert prompted(Prompt.SIDE, sentence, pathology) == "Left opacity"
    assert prompted(Prompt.NAME, sentence, pathology) == "Opacity"


def test_a_sentence_that_names_no_place_gets_the_pathology_alone() -> None:
    assert prompted(Prompt.LOCATION, "Severe cardiomegaly", "Cardiomegaly") == "Cardiomegaly"


def test_a_location_that_the_annotations_give_wins_and_may_be_empty() -> None:
    assert prompted(Prompt.LOCATION, "left effusion", "Edema", "right base") == "right base Edema"
    assert prompted(Prompt.LOCATION, "left effusion", "Edema", "") == "Edema"


def test_a_word_that_ends_the_place_and_begins_the_pathology_is_said_once() -> None:
    assert prompted(Prompt.LOCATION, "left lung opacity", "Lung Opacity") == "left Lung Opacity"


@pytest.mark.parametrize(
    ("sentence", "label", "by_side", "by_name"),
    [
        ("Small left pleural effusion.", "Pleural Effusion", "Left pleural effusion", "Pleural effusion"),
        ("RLL pneumonia", "Pneumonia", "Right pneumonia", "Pneumonia"),
        ("Small right and moderate left effusions", "Pleural effusion", "Bilateral pleural effusion", None),
        ("bibasilar atelectasis", "Atelectasis", "Bilateral atelectasis", "Atelectasis"),
        ("Left atelectasis beside a right effusion", "Pleural Effusion", "Right pleural effusion", None),
        ("Pleural effusion and left atelectasis", "Pleural Effusion", "Pleural effusion", "Pleural effusion"),
        ("No right effusion, a small left effusion", "Pleural Effusion", "Left pleural effusion", None),
        ("blunting of the left costophrenic angle", "Pleural Effusion", "Left pleural effusion", None),
        ("Severe cardiomegaly, left ventricle", "Cardiomegaly", "Cardiomegaly", "Cardiomegaly"),
        ("Mild edema", "Edema", "Pulmonary edema", "Pulmonary edema"),
        ("Lung Opacity", "Lung Opacity", "Opacity", "Opacity"),
        ("round mass on the left", "Nodule/Mass", "Left Nodule/Mass", "Nodule/Mass"),
        ("something on the left", "", "something on the left", "something on the left"),
    ],
)
def test_as_people_type_it(sentence: str, label: str, by_side: str, by_name: str | None) -> None:
    assert prompted(Prompt.SIDE, sentence, label) == by_side
    if by_name is not None:
        assert prompted(Prompt.NAME, sentence, label) == by_name


def test_a_side_that_the_annotations_give_wins() -> None:
    assert prompted(Prompt.SIDE, "left effusion", "Pleural Effusion", "right base") == "Right pleural effusion"


def test_every_class_of_ms_cxr_is_known_by_its_name_and_a_class_of_two_findings_is_not() -> None:
    assert {pathology: known_of(pathology.value) for pathology in Pathology} == FINDINGS
    assert known_of("Atelectasis/Consolidation") is None
    assert known_of("ILD") is None
    assert known_of("") is None
