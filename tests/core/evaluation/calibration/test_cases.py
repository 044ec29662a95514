"""Which phrases of an evaluation a calibration is fitted on, and how they were asked."""

from __future__ import annotations

from math import nan

from cxr_grounding.evaluation.calibration.cases import cases_of
from cxr_grounding.evaluation.calibration.fit import Case
from cxr_grounding.evaluation.run.samples_file import ScoredSample
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.recipe import Places


def row(phrase: str, absent: str, wrong_side: float = nan) -> ScoredSample:
    figures = {"evidence": 0.3, "agreement": 0.5, "miou": 0.4, "absent_evidence": -0.2} if absent else {}
    figures = {"evidence": nan, "agreement": nan, "miou": 0.4, "absent_evidence": nan} | figures
    figures |= {"wrong_side_evidence": wrong_side, "denied_evidence": 0.9}
    return ScoredSample(SampleScore("a", phrase, "P", "a.png", 1, figures, 1.0), 1.0, "h.png", absent=absent)


def test_a_sample_is_true_and_what_was_asked_beside_it_is_not() -> None:
    sentence = row("Pneumonia in the left lower lung.", "Mild edema", -0.4)
    assert cases_of([sentence], Places.NEVER) == [
        Case("a", 0.3, True, 0.5, 0.4),
        Case("a", -0.2, False),
        Case("a", -0.4, False),
    ]
    assert cases_of([row("Pneumonia", "")], Places.AUTO) == [], "without evidence there is nothing to fit to"


def test_a_phrase_that_names_no_place_was_asked_at_every_one_if_the_recipe_does_so() -> None:
    rows = [row("Pneumonia in the left lower lung.", "Pleural effusion", -0.4), row("Left pneumonia", "Hernia", -0.4)]
    assert [case.is_placed for case in cases_of(rows, Places.AUTO)] == [False, True, False, True, False, True]
    assert not any(case.is_placed for case in cases_of(rows, Places.NEVER))
