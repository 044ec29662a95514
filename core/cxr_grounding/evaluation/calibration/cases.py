"""The phrases of an evaluation as cases to calibrate on: each sample is true, what was asked beside it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from cxr_grounding.evaluation.calibration.fit import Case
from cxr_grounding.evaluation.score import SampleScore

FALSE = ("absent_evidence", "wrong_side_evidence")
"""Figures of `presence.PRESENCE` of phrases that are not there. Denied ones are left out: their words say it."""


def cases_of(scores: Sequence[SampleScore]) -> list[Case]:
    """All phrases whose evidence was measured.

    Args:
        scores: with the figures of `presence.PRESENCE`.
    """
    return [case for score in scores for case in _cases(score)]


def _cases(score: SampleScore) -> Iterator[Case]:
    figures = score.figures
    if not isnan(figures["evidence"]):
        agreement = None if isnan(figures["agreement"]) else figures["agreement"]
        yield Case(score.image_id, figures["evidence"], True, agreement, figures["miou"])
    for name in FALSE:
        if not isnan(figures[name]):
            yield Case(score.image_id, figures[name], False)
