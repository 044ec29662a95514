"""The benchmark tells a grounder that knows the answers from one that does not read the phrase."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_grounding.evaluation.phantom_benchmark import FindingScore, evaluate_phantoms, summarise
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounder import Grounder
from cxr_grounding.phantom.phantom import TRAINING_SEEDS, draw_phantom


class Answer:
    """What the benchmark reads of a grounding."""

    def __init__(self, heatmap, frame) -> None:
        self.heatmap, self.frame = heatmap, frame


class Oracle:
    """Grounds a phantom's own sentences perfectly, and all others nowhere."""

    def __init__(self, count: int, deaf: bool = False) -> None:
        phantoms = [draw_phantom(TRAINING_SEEDS + number) for number in range(count)]
        self.truth = {(p.values.shape, d.sentence): d for p in phantoms for d in p.drawn}
        self.deaf = deaf

    def set_radiograph(self, radiograph) -> None:
        self.radiograph = radiograph

    def ground(self, phrases):
        frame = ModelFrame(self.radiograph.shape, self.radiograph.orientation, 64, True)
        return [Answer(self._heatmap(phrases[0] if self.deaf else phrase), frame) for phrase in phrases]

    def _heatmap(self, phrase):
        heatmap = np.zeros(self.radiograph.shape, dtype=np.float32)
        drawn = self.truth.get((self.radiograph.shape, phrase))
        if drawn is not None:
            for box in drawn.boxes:
                heatmap[box.mask(self.radiograph.shape)] = 1
        return heatmap


def test_a_perfect_grounder_reaches_one_and_falls_with_another_phrase() -> None:
    summary = summarise(list(evaluate_phantoms(Oracle(12), 12, seed=0)))
    assert summary.mean["auc"] == pytest.approx(1)
    assert summary.mean["miou"] == pytest.approx(1)
    assert summary.mean["shuffled_auc"] == pytest.approx(0.5)
    assert summary.own_auc == pytest.approx(1)
    assert summary.fall is not None
    assert summary.fall > 0.3
    assert summary.side_accuracy == 1


def test_a_grounder_that_does_not_read_the_phrase_does_not_fall_with_another_one() -> None:
    summary = summarise(list(evaluate_phantoms(Oracle(12, deaf=True), 12, seed=0)))
    assert summary.fall == pytest.approx(0)
    assert summary.mean["auc"] < 0.95


def test_a_real_grounder_runs_through_and_progress_is_told(grounder: Grounder) -> None:
    told = []
    samples = list(evaluate_phantoms(grounder, 2, seed=3, progress=lambda *now: told.append(now)))
    assert told[0] == ("phantoms", 0, 2)
    assert told[-1] == ("phantoms", 2, 2)
    assert all(isinstance(sample, FindingScore) and 0 <= sample.auc <= 1 for sample in samples)
    assert {sample.seed for sample in samples} <= {TRAINING_SEEDS + 3, TRAINING_SEEDS + 4}


def test_the_mean_is_taken_over_pathologies_not_over_samples() -> None:
    def sample(pathology: str, auc: float) -> FindingScore:
        return FindingScore(0, pathology, "", auc, auc, 0.5, 0, 0.5, 0, None, None)

    summary = summarise([sample("Edema", 1.0), sample("Edema", 1.0), sample("Pneumonia", 0.5)])
    assert summary.mean["auc"] == pytest.approx(0.75)
    assert summary.pathologies["Edema"]["samples"] == 2
    assert summary.fall is None
    assert summary.side_accuracy is None
    assert summary.as_dict()["other_phrase"]["fall"] is None
    with pytest.raises(ValueError, match="no samples"):
        summarise([])
