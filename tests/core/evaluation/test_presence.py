"""What is asked beside a sample and is not there, and how well evidence tells the two apart."""

from __future__ import annotations

from math import nan
from pathlib import Path

import pytest

from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, Sample
from cxr_grounding.evaluation.presence import AbsentPhrases, Told, denied, presence_figures
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


def test_what_is_asked_of_an_image_is_not_absent_from_it_under_another_class() -> None:
    short = (
        sample("a", "Opacity", "Lung Opacity"),
        sample("b", "Opacity", "Infiltration"),
        sample("b", "Edema", "Edema"),
    )
    absent = AbsentPhrases(Dataset("d", short))
    assert absent.of(short[0]).absent == AskedPhrase("Edema", "Edema")
    assert absent.of(short[1]).absent is None


def test_a_phrase_is_denied_by_a_no_before_it() -> None:
    assert denied("Small left effusion") == ABSENT.of(sample("a", "Small left effusion", "E")).denied
    assert denied("Small left effusion") == "No small left effusion"


def evidence(contested: float, explained: float = 0.3) -> Evidence:
    return Evidence(explained, contested, Rival("other side", 9.0, 0.0), (), (459,), ())


def test_the_figures_are_ranks_and_by_how_much_the_named_side_explains_more() -> None:
    told = Told(0.7, evidence(0.2), evidence(-0.1), evidence(-0.2, explained=0.1), None)
    assert presence_figures(told) == {
        "evidence": 0.2,
        "absent_evidence": -0.1,
        "wrong_side_evidence": -0.2,
        "denied_evidence": pytest.approx(nan, nan_ok=True),
        "side_margin": pytest.approx(0.2),
        "agreement": 0.7,
    }
