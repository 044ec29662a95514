"""Does a model ground phrases on fresh phantoms, and is it the phrase that is grounded?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.evaluation.metrics import auc_roc, mean_iou, share_inside
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounding import Grounding
from cxr_grounding.maps import keep_above_otsu
from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.findings import Finding
from cxr_grounding.phantom.phantom import TRAINING_SEEDS, DrawnFinding, Phantom, draw_phantom
from cxr_grounding.phantom.wording import sentence
from cxr_grounding.progress import Progress, report
from cxr_grounding.radiograph import Radiograph

PRIOR_SIGMA = 0.25
"""Of the centre prior's Gaussian, as a share of the frame's side."""


class GroundsPhrases(Protocol):
    """What the benchmark needs of a grounder."""

    def set_radiograph(self, radiograph: Radiograph) -> None:
        """Prepare a radiograph."""

    def ground(self, phrases: list[str]) -> list[Grounding]:
        """One answer a phrase."""


@dataclass(frozen=True)
class FindingScore:
    """One finding of one phantom, and how well its phrase was grounded.

    Args:
        seed: of the phantom.
        pathology: of the finding, by its MS-CXR name.
        phrase: what was asked.
        auc, miou: of the phrase's own heatmap against the finding's boxes.
        prior_auc, prior_miou: of a Gaussian in the middle of the frame, in its place.
        shuffled_auc, shuffled_miou: of the heatmap for a sentence about a finding drawn at random.
        other_auc: of the heatmaps for the other findings of this image, mean; None without others.
        on_named_side: share of the heatmap on the side that the phrase names; None without a side.
    """

    seed: int
    pathology: str
    phrase: str
    auc: float
    miou: float
    prior_auc: float
    prior_miou: float
    shuffled_auc: float
    shuffled_miou: float
    other_auc: float | None
    on_named_side: float | None


@dataclass(frozen=True)
class Summary:
    """The benchmark's figures.

    Args:
        pathologies: per pathology, how many samples and the means of the metrics and baselines.
        mean: the mean over the pathologies' means.
        own_auc, other_auc: over the samples with another finding in the image, AUC-ROC with the own
            phrase and with the others' phrases, against the same boxes.
        pairs: how many samples these two are about.
        side_accuracy: share of the samples with a side whose heatmap lies mostly on it.
        sided: how many samples that is about.

    What no sample speaks about is None.
    """

    pathologies: dict[str, dict[str, float]]
    mean: dict[str, float]
    own_auc: float | None
    other_auc: float | None
    pairs: int
    side_accuracy: float | None
    sided: int

    @property
    def fall(self) -> float | None:
        """By how much AUC-ROC falls when the phrase is another finding's; None where no image has two findings."""
        return None if self.own_auc is None or self.other_auc is None else self.own_auc - self.other_auc

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "pathologies": self.pathologies,
            "mean": self.mean,
            "other_phrase": {
                "samples": self.pairs,
                "own_auc": self.own_auc,
                "other_auc": self.other_auc,
                "fall": self.fall,
            },
            "sides": {"samples": self.sided, "accuracy": self.side_accuracy},
        }


METRICS = ("auc", "miou", "prior_auc", "prior_miou", "shuffled_auc", "shuffled_miou")
"""Columns of the table, names of `FindingScore`'s fields."""


def evaluate_phantoms(
    grounder: GroundsPhrases, count: int, seed: int, progress: Progress | None = None
) -> Iterator[FindingScore]:
    """Ground every finding of `count` fresh phantoms.

    Args:
        grounder: to judge.
        count: of phantoms; those without findings give no sample.
        seed: the phantoms are those of the seeds TRAINING_SEEDS + seed, and the ones that follow: none
            of them was trained on.
        progress: told after every phantom.

    Yields:
        One sample a finding.
    """
    report(progress, "phantoms", 0, count)
    for number in range(count):
        phantom = draw_phantom(TRAINING_SEEDS + seed + number)
        yield from _evaluate_one(grounder, phantom)
        report(progress, "phantoms", number + 1, count)


def summarise(samples: list[FindingScore]) -> Summary:
    """The means of samples, as the published table takes them: by pathology first (METHOD 6).

    Raises:
        ValueError: without samples.
    """
    if not samples:
        raise ValueError("there are no samples to summarise")
    by_name = {pathology.value: [s for s in samples if s.pathology == pathology.value] for pathology in Pathology}
    table: dict[str, dict[str, float]] = {
        name: {"samples": len(own)} | {metric: float(np.mean([getattr(s, metric) for s in own])) for metric in METRICS}
        for name, own in by_name.items()
        if own
    }
    pairs = [(s.auc, s.other_auc) for s in samples if s.other_auc is not None]
    sides = [s.on_named_side > 0.5 for s in samples if s.on_named_side is not None]
    return Summary(
        pathologies=table,
        mean={metric: float(np.mean([row[metric] for row in table.values()])) for metric in METRICS},
        own_auc=_mean([own for own, _ in pairs]),
        other_auc=_mean([other for _, other in pairs]),
        pairs=len(pairs),
        side_accuracy=_mean(sides),
        sided=len(sides),
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _evaluate_one(grounder: GroundsPhrases, phantom: Phantom) -> Iterator[FindingScore]:
    drawn = [finding for finding in phantom.drawn if finding.boxes]
    if not drawn:
        return
    rng = np.random.default_rng([phantom.seed, 5])
    strangers = [_random_sentence(rng) for _ in drawn]
    grounder.set_radiograph(phantom.radiograph)
    answers = grounder.ground([*(finding.sentence for finding in drawn), *strangers])
    own, shuffled = answers[: len(drawn)], answers[len(drawn) :]
    masks = [_box_mask(finding, phantom) for finding in drawn]
    prior = _centre_prior(own[0].frame)
    for i, finding in enumerate(drawn):
        heatmap, mask = own[i].heatmap, masks[i]
        others = [auc_roc(answer.heatmap, mask) for j, answer in enumerate(own) if j != i]
        side = finding.finding.side
        yield FindingScore(
            seed=phantom.seed,
            pathology=finding.finding.pathology.value,
            phrase=finding.sentence,
            auc=auc_roc(heatmap, mask),
            miou=mean_iou(heatmap, mask),
            prior_auc=auc_roc(prior, mask),
            prior_miou=mean_iou(prior, mask),
            shuffled_auc=auc_roc(shuffled[i].heatmap, mask),
            shuffled_miou=mean_iou(shuffled[i].heatmap, mask),
            other_auc=float(np.mean(others)) if others else None,
            on_named_side=share_inside(heatmap, phantom.left == (side == "left")) if side else None,
        )


def _random_sentence(rng: np.random.Generator) -> str:
    pathologies = list(Pathology)
    return sentence(Finding.sample(pathologies[rng.integers(len(pathologies))], rng), rng)


def _box_mask(finding: DrawnFinding, phantom: Phantom) -> NDArray[np.bool_]:
    shape = (phantom.values.shape[0], phantom.values.shape[1])
    return np.logical_or.reduce([box.mask(shape) for box in finding.boxes])


def _centre_prior(frame: ModelFrame) -> NDArray[np.float32]:
    """A heatmap that knows nothing: a Gaussian in the middle of what the model sees."""
    away = (np.arange(frame.size) + 0.5) / frame.size - 0.5
    bell = np.exp(-(away**2) / (2 * PRIOR_SIGMA**2))
    return frame.to_radiograph(keep_above_otsu(np.outer(bell, bell)))
