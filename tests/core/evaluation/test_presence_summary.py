"""How well evidence tells what is there from what is not, over all samples, and how sure that is."""

from __future__ import annotations

from math import nan

import pytest

from cxr_grounding.evaluation.presence import PRESENCE
from cxr_grounding.evaluation.presence_summary import Presence
from cxr_grounding.evaluation.score import SampleScore


def score(
    pathology: str, own: float, absent: tuple[str, float], wrong: float = nan, margin: float = nan, image: str = "a"
) -> SampleScore:
    numbers = dict(zip((figure.name for figure in PRESENCE), (own, absent[1], wrong, own, margin, nan), strict=True))
    verdicts = {
        "verdict": "points here" if own > 0.1 else "in doubt",
        "absent_verdict": "points nowhere" if absent[0] else "",
    }
    return SampleScore(image, f"{pathology} {own}", pathology, "a.png", 1, numbers, 1.0, absent[0], verdicts)


SCORES = [
    score("Edema", 0.5, ("Effusion", 0.3)),
    score("Edema", 0.1, ("Effusion", 0.1), image="b"),
    score("Effusion", 0.2, ("Edema", 0.2), wrong=0.3, margin=0.1),
    score("Effusion", 0.4, ("Edema", 0.0), wrong=0.1, margin=-0.1, image="b"),
    score("Pneumonia", 0.4, ("", nan), image="b"),
]


def test_each_pathology_is_told_from_its_own_absent_phrases() -> None:
    presence = Presence.of(SCORES)
    values = {name: one.value for name, one in presence.pathologies.items()}
    assert values == {"Edema": 0.75, "Effusion": 0.75, "Pneumonia": None}
    assert presence.pathologies["Pneumonia"].counts == {"true": 1, "false": 0}
    assert (presence.auroc.value, presence.auroc.counts) == (0.75, {"true": 4, "false": 4})
    assert (presence.pooled.value, presence.pooled.counts) == (pytest.approx(0.8), {"true": 5, "false": 4})
    assert (presence.wrong_side.value, presence.mirror.value) == (0.75, 0.5)
    assert (presence.denied.value, presence.denied.counts["false"]) == (0.5, 5)
    assert presence.verdicts["verdict"] == {"points here": 4, "in doubt": 1}


def test_it_is_told_in_sentences_with_the_standard_errors() -> None:
    presence = Presence.of(SCORES)
    assert presence.auroc.error is not None
    assert f"AUROC of 0.750 ({presence.auroc.error:.3f}), mean of the pathologies, 0.800 (" in presence.sentences[0]
    assert "(4 absent findings; standard errors in brackets)" in presence.sentences[0]
    assert "50.0 % (" in presence.sentences[1]
    assert ") of 2 findings" in presence.sentences[1]
    assert "Verdicts on 5 true phrases: points here 80.0 %, in doubt 20.0 %." in presence.sentences
    assert "Verdicts on 4 absent phrases: points nowhere 100.0 %." in presence.sentences


def test_its_json_has_a_value_an_error_and_counts_for_every_figure() -> None:
    told = Presence.of(SCORES).as_dict()["presence"]
    assert set(told) == {
        *("auroc", "pooled", "airspace", "wrong_side", "mirror", "denied"),
        *("pathologies", "bootstrap", "verdicts"),
    }
    assert told["mirror"] == {
        "value": 0.5,
        "standard_error": Presence.of(SCORES).mirror.error,
        "right": 1,
        "of": 2,
    }
    assert told["airspace"] == {"value": None, "standard_error": None, "true": 1, "false": 0}
    assert told["bootstrap"] == {"of": "images", "resamples": 1000}


def test_pneumonia_is_told_apart_beside_the_other_findings_of_the_air_spaces() -> None:
    airspace = Presence.of(
        [
            score("Pneumonia", 0.4, ("Edema", 0.0)),
            score("Consolidation", 0.4, ("Pneumonia", 0.5), image="b"),
            score("Pleural Effusion", 0.4, ("Pneumonia", 0.3), image="b"),
            score("Pleural Effusion", 0.4, ("Pneumonia", 0.9), image="c"),
        ]
    ).airspace
    assert (airspace.value, airspace.counts) == (0.5, {"true": 1, "false": 2}), "image c has nothing in the air spaces"


def test_what_no_sample_speaks_about_is_not_told() -> None:
    presence = Presence.of([score("Edema", nan, ("", nan))])
    assert (presence.auroc.value, presence.wrong_side.value, presence.mirror.value) == (None, None, None)
    assert presence.auroc.as_dict() == {"value": None, "standard_error": None}
    assert presence.sentences == ("Verdicts on 1 true phrases: in doubt 100.0 %.",)
