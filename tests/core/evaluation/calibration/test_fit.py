"""From phrases that are known to be true or absent to thresholds, a curve, and how well both hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.calibration.fit import BINS, Case, fit_by_form, fit_calibration
from cxr_grounding.evaluation.calibration.plot import draw_reliability


def cases(present: int = 400, absent: int = 800, gap: float = 0.4, images: int = 80, seed: int = 0) -> list[Case]:
    """Evidence of both kinds is normal with a deviation of 0.2, its middles `gap` apart around 0."""
    drawn = np.random.default_rng(seed)
    true = [Case(f"image-{n % images}", float(drawn.normal(gap / 2, 0.2)), True) for n in range(present)]
    return true + [Case(f"image-{n % images}", float(drawn.normal(-gap / 2, 0.2)), False) for n in range(absent)]


def test_the_thresholds_are_passed_by_one_in_twenty() -> None:
    calibration = fit_calibration(cases(), "drawn").calibration
    true = np.array([one.evidence for one in cases() if one.is_present])
    absent = np.array([one.evidence for one in cases() if not one.is_present])
    assert np.mean(true < calibration.nowhere_below) == pytest.approx(0.05, abs=0.005)
    assert np.mean(absent >= calibration.here_from) == pytest.approx(0.05, abs=0.005)
    assert calibration.nowhere_below < calibration.here_from
    assert (calibration.present, calibration.absent, calibration.fitted_on) == (400, 800, "drawn")


def test_the_curve_is_the_truth_where_the_truth_is_known() -> None:
    # Two normals of the same width, equally many: log odds are linear in the evidence, gap / variance its slope.
    calibration = fit_calibration(cases(4000, 8000), "drawn").calibration
    for evidence in (-0.2, -0.1, 0.0, 0.1, 0.2):
        expected = 1 / (1 + np.exp(-evidence * 0.4 / 0.2**2))
        assert calibration.share_of(evidence) == pytest.approx(expected, abs=0.05)


def test_the_auroc_and_the_error_are_those_of_the_drawn_evidence() -> None:
    fitted = fit_calibration(cases(2000, 4000), "drawn")
    assert fitted.calibration.auroc == pytest.approx(0.921, abs=0.01)  # of normals two deviations apart
    assert fitted.calibration.calibration_error < 0.02
    assert sum(one.phrases for one in fitted.bins) == 6000
    assert len(fitted.bins) == BINS


def test_evidence_that_tells_nothing_is_not_taken_for_more() -> None:
    calibration = fit_calibration(cases(gap=0.0), "drawn").calibration
    assert calibration.auroc == pytest.approx(0.5, abs=0.05)
    assert calibration.nowhere_below < -0.2 < 0.2 < calibration.here_from, "nearly all is in doubt"


def test_kinds_that_hardly_overlap_have_one_threshold_between_them() -> None:
    calibration = fit_calibration(cases(gap=2.0), "drawn").calibration
    assert calibration.nowhere_below == calibration.here_from == pytest.approx(0.0, abs=0.1)


def test_agreement_gets_a_threshold_only_where_it_tells_something() -> None:
    drawn = np.random.default_rng(1)

    def with_agreement(tells: bool) -> list[Case]:
        found = []
        for one in cases():
            iou = float(drawn.uniform(0, 0.6))
            agreement = iou if tells else float(drawn.uniform(0, 0.6))
            found.append(one._replace(agreement=agreement, iou=iou) if one.is_present else one)
        return found

    assert fit_calibration(with_agreement(True), "drawn").calibration.agreement_from == pytest.approx(0.3, abs=0.01)
    assert fit_calibration(with_agreement(False), "drawn").calibration.agreement_from is None
    assert fit_calibration(cases(), "drawn").calibration.agreement_from is None


@pytest.mark.parametrize(
    ("present", "absent", "images", "reason"),
    [(29, 800, 80, "29 phrases that are true"), (400, 29, 80, "29 that are absent"), (400, 800, 4, "about 4 images")],
)
def test_too_little_is_refused(present: int, absent: int, images: int, reason: str) -> None:
    with pytest.raises(EvaluationError, match=reason):
        fit_calibration(cases(present, absent, images=images), "drawn")


def test_evidence_that_is_the_same_for_every_phrase_is_no_calibration() -> None:
    with pytest.raises(
        EvaluationError, match=r"evidence of every phrase is 0\.00: the model predicts the same whatever"
    ):
        fit_calibration([one._replace(evidence=0.0) for one in cases()], "drawn")


def test_the_same_phrases_give_the_same_whatever_their_order() -> None:
    drawn = cases()
    ordered = fit_calibration(drawn, "drawn")
    shuffled = [drawn[place] for place in np.random.default_rng(2).permutation(1200)]
    again = fit_calibration(shuffled, "drawn")
    assert again.calibration == ordered.calibration
    assert draw_reliability(again, "m") == draw_reliability(ordered, "m")


def test_phrases_that_were_asked_at_every_place_are_fitted_apart_where_there_are_enough() -> None:
    higher = [one._replace(evidence=one.evidence + 0.3, is_placed=True) for one in cases(seed=1)]
    fitted = fit_by_form(cases() + higher, "drawn")
    assert fitted.calibration.placed is not None
    assert fitted.placed is not None
    assert fitted.placed == fit_calibration(higher, "drawn")
    assert dataclasses.replace(fitted.calibration, placed=None) == fit_calibration(cases(), "drawn").calibration
    assert fitted.placed.calibration.here_from == pytest.approx(fitted.calibration.here_from + 0.3, abs=0.05)
    together = cases() + higher[:29]
    few = fit_by_form(together, "drawn")
    assert few.placed is None
    assert few == fit_calibration(together, "drawn"), "with too few of a kind, one holds for all"
