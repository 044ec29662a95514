"""Scores of samples, made up for tables and reports."""

from __future__ import annotations

from cxr_grounding.evaluation import controls, metrics
from cxr_grounding.evaluation.score import SampleScore


def score(
    image: str, pathology: str, value: float, phrase: str = "p", *, controlled: bool = False, **figures: float
) -> SampleScore:
    """A sample whose figures are all `value`, but for those named; with controls where they are wanted."""
    wanted = [*metrics.METRICS, *(controls.CONTROLS if controlled else ())]
    all_figures = {one.name: value for one in wanted} | figures
    return SampleScore(image, phrase, pathology, f"{image}.png", 1, all_figures, boxes_seen=1.0)
