"""The phrases of an evaluation as cases to calibrate on: each sample is true, what was asked beside it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.calibration import fit
from cxr_grounding.evaluation.calibration.fit import Case
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.presence import AbsentPhrases
from cxr_grounding.evaluation.score import SampleScore

FALSE = ("absent_evidence", "wrong_side_evidence")
"""Figures of `presence.PRESENCE` of phrases that are not there. Denied ones are left out: their words say it."""


def require_cases(dataset: Dataset) -> None:
    """Refuse a set that no calibration can come of; worth a call before anything is measured.

    Swapped sides alone do not stand for what is absent: a set of one class is refused, however large.

    Raises:
        EvaluationError: when it has too few phrases, or too few absent ones can be drawn from its classes.
    """
    false = AbsentPhrases(dataset)
    absent = sum(false.of(sample).absent is not None for sample in dataset.samples)
    if min(len(dataset.samples), absent) < fit.LEAST:
        raise EvaluationError(
            f"The set has {len(dataset.samples)} phrases that are true of their images, and absent ones can be drawn "
            f"beside {absent} of them, but a calibration needs {fit.LEAST} of each. Absent phrases are drawn from the "
            "other classes of the set: give annotations with more findings, of two classes or more, in a column "
            "pathology or class."
        )


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
