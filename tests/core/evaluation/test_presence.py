"""What is asked beside a sample and is not there, and how well evidence tells the two apart."""

from __future__ import annotations

from math import nan
from pathlib import Path

import pytest

from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, Sample
from cxr_grounding.evaluation.presence import PRESENCE, AbsentPhrases, Presence, Told, auroc, denied, presence_figures
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.radiograph import Box


def sample(image: str, phrase: str, pathology: str, absent: AskedPhrase | None = None) -> Sample:
    return Sample(image, Path(f"{image}.png"), phrase, pathology, (Box(0, 0, 1, 1),), absent=absent)


SAMPLES = (
    sample("a", "left effusion", "Effusion"),
    sample("a", "Cardiomegaly", "Cardiomegaly"),
    sample("b", "right effusion", "Effusion"),
    sample("b", "left effusion, larger", "Effusion"),
    sample("c", "edema", "Edema"),
    sample("d", "opacity", ""),
)
ABSENT = AbsentPhrases(Dataset("d", SAMPLES))


def test_an_absent_phrase_is_another_image_s_of_a_class_that_this_image_has_not() -> None:
    for one in SAMPLES[:5]:
        absent = ABSENT.of(one).absent
        assert absent is not None
        assert absent.pathology not in {other.pathology for other in SAMPLES if other.image_id == one.image_id}
        assert (absent.phrase, absent.pathology) in {(other.phrase, other.pathology) for other in SAMPLES}
        assert ABSENT.of(one) == AbsentPhrases(Dataset("d", SAMPLES)).of(one)
    assert ABSENT.of(SAMPLES[5]).absent is None, "without classes nobody knows what is absent"
    own = AskedPhrase("left pneumonia", "Pneumonia")
    assert ABSENT.of(sample("a", "edema", "Edema", own)).absent == own


def test_the_wrong_side_is_asked_where_the_other_side_has_no_such_finding() -> None:
    assert ABSENT.of(SAMPLES[0]).wrong_side == "right effusion"
    assert ABSENT.of(SAMPLES[1]).wrong_side is None
    assert ABSENT.of(SAMPLES[2]).wrong_side is None, "the image has one on the left too"


def test_a_phrase_is_denied_by_a_no_before_it() -> None:
    assert denied("Small left effusion") == ABSENT.of(sample("a", "Small left effusion", "E")).denied
    assert denied("Small left effusion") == "No small left effusion"


def evidence(contested: float, mirrored: float | None = None) -> Evidence:
    rival = None if mirrored is None else Rival("other side", mirrored, 0.0)
    return Evidence(0.3, contested, rival, (), (459,), ())


def test_the_figures_are_ranks_and_by_how_much_the_named_side_explains_more() -> None:
    told = Told(0.7, evidence(0.2, 0.1), evidence(-0.1), evidence(-0.2), None)
    assert presence_figures(told) == {
        "evidence": 0.2,
        "absent_evidence": -0.1,
        "wrong_side_evidence": -0.2,
        "denied_evidence": pytest.approx(nan, nan_ok=True),
        "side_margin": pytest.approx(0.2),
        "agreement": 0.7,
    }


def score(
    pathology: str, own: float, absent: tuple[str, float], wrong: float = nan, margin: float = nan
) -> SampleScore:
    numbers = dict(zip((figure.name for figure in PRESENCE), (own, absent[1], wrong, own, margin, nan), strict=True))
    verdicts = {
        "verdict": "points here" if own > 0.1 else "in doubt",
        "absent_verdict": "points nowhere" if absent[0] else "",
    }
    return SampleScore("a", f"{pathology} {own}", pathology, "a.png", 1, numbers, 1.0, absent[0], verdicts)


def test_each_pathology_is_told_from_its_own_absent_phrases() -> None:
    presence = Presence.of(
        [
            score("Edema", 0.5, ("Effusion", 0.3)),
            score("Edema", 0.1, ("Effusion", 0.1)),
            score("Effusion", 0.2, ("Edema", 0.2), wrong=0.3, margin=0.1),
            score("Effusion", 0.4, ("Edema", 0.0), wrong=0.1, margin=-0.1),
            score("Pneumonia", 0.4, ("", nan)),
        ]
    )
    assert presence.auroc == {"Edema": 0.75, "Effusion": 0.75, "Pneumonia": None}
    assert presence.absent == {"Edema": 2, "Effusion": 2, "Pneumonia": 0}
    assert presence.mean_auroc == 0.75
    assert (presence.wrong_side_auroc, presence.side_accuracy, presence.sided) == (0.75, 0.5, 2)
    assert (presence.denied_auroc, presence.denied) == (0.5, 5)
    assert "AUROC of 0.750, mean of the pathologies (4 absent findings)" in presence.sentences[0]
    assert "50.0 % of 2 findings" in presence.sentences[1]
    assert presence.verdicts["verdict"] == {"points here": 4, "in doubt": 1}
    assert "Verdicts on 5 true phrases: points here 80.0 %, in doubt 20.0 %." in presence.sentences
    assert "Verdicts on 4 absent phrases: points nowhere 100.0 %." in presence.sentences
    assert presence.as_dict()["presence"]["mirror_test"] == {"samples": 2, "accuracy": 0.5}


def test_what_no_sample_speaks_about_is_not_told() -> None:
    presence = Presence.of([score("Edema", nan, ("", nan))])
    assert (presence.mean_auroc, presence.wrong_side_auroc, presence.side_accuracy) == (None, None, None)
    assert presence.sentences == ("Verdicts on 1 true phrases: in doubt 100.0 %.",)


@pytest.mark.parametrize(
    ("present", "absent", "expected"),
    [([1, 2], [0], 1.0), ([0], [1, 2], 0.0), ([1], [1], 0.5), ([1, 3], [0, 2], 0.75), ([], [1], None), ([1], [], None)],
)
def test_auroc_is_the_chance_of_the_higher_rank(present: list, absent: list, expected: float | None) -> None:
    assert auroc(present, absent) == expected
