"""The phrases of an evaluation as cases to calibrate on: each sample is true, what was asked beside it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.calibration import fit
from cxr_grounding.evaluation.calibration.fit import Case
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.presence import AbsentPhrases
from cxr_grounding.evaluation.run.samples_file import ScoredSample
from cxr_grounding.placing import groups_of
from cxr_grounding.recipe import Places
from cxr_grounding.sides import mirrored
from cxr_grounding.signals.assertion import read_sentence


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


def cases_of(rows: Sequence[ScoredSample], places: Places) -> list[Case]:
    """All phrases whose evidence was measured. Denied ones are left out: their words say it.

    Args:
        rows: with the figures of `presence.PRESENCE`.
        places: of the recipe that they were asked with.
    """
    return [case for row in rows for case in _cases(row, asks_at_places=places is Places.AUTO)]


def _cases(row: ScoredSample, *, asks_at_places: bool) -> Iterator[Case]:
    score, figures = row.score, row.score.figures

    def is_placed(phrase: str) -> bool:
        return asks_at_places and bool(groups_of(read_sentence(phrase)))

    if not isnan(figures["evidence"]):
        agreement = None if isnan(figures["agreement"]) else figures["agreement"]
        placed = is_placed(score.phrase)
        yield Case(score.image_id, figures["evidence"], True, agreement, figures["miou"], placed)
    for name, phrase in (("absent_evidence", row.absent), ("wrong_side_evidence", mirrored(score.phrase) or "")):
        if not isnan(figures[name]):
            yield Case(score.image_id, figures[name], False, is_placed=is_placed(phrase))
