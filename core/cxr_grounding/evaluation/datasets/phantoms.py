"""Fresh phantoms as a dataset: each is drawn when it is looked at, and none was trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.dataset import Dataset, OpenedImage, Sample
from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.drawing import TRAINING_SEEDS, draw_phantom, findings_of, report_of
from cxr_grounding.phantom.findings import Finding
from cxr_grounding.phantom.wording import sentence

NAME = "phantoms"


@dataclass(frozen=True)
class PhantomImage:
    """The phantom of a seed, not drawn yet."""

    seed: int

    def __str__(self) -> str:
        return f"phantom-{self.seed}"

    def open(self, samples: Sequence[Sample]) -> OpenedImage:
        """Draw it, and give the samples their boxes and a sentence about a finding drawn at random.

        A finding that is too small to be seen has no box and no such sentence.
        """
        phantom = draw_phantom(self.seed)
        boxes = {one.sentence: one.boxes for one in phantom.drawn if one.boxes}
        rng = np.random.default_rng([self.seed, 5])
        strangers = {phrase: _random_sentence(rng) for phrase in boxes}
        complete = tuple(
            dataclasses.replace(sample, boxes=boxes.get(sample.phrase, ()), stranger=strangers.get(sample.phrase))
            for sample in samples
        )
        return OpenedImage(phantom.radiograph, complete, phantom.left)


def fresh_phantoms(count: int, seed: int) -> Dataset:
    """The findings of `count` phantoms, a sample each.

    Args:
        count: of phantoms; those without findings give no sample.
        seed: the phantoms are those of the seeds TRAINING_SEEDS + seed, and the ones that follow.

    Raises:
        EvaluationError: when none of them has a finding.
    """
    samples = [
        Sample(str(image), image, phrase, finding.pathology.value, ())
        for image in map(PhantomImage, range(TRAINING_SEEDS + seed, TRAINING_SEEDS + seed + count))
        for finding, phrase in zip(findings_of(image.seed), report_of(image.seed), strict=False)
    ]
    if not samples:
        raise EvaluationError(f"None of {count} phantoms from seed {seed} on has a finding. Draw more with --count.")
    return Dataset(NAME, tuple(samples))


def _random_sentence(rng: np.random.Generator) -> str:
    pathologies = list(Pathology)
    return sentence(Finding.sample(pathologies[rng.integers(len(pathologies))], rng), rng)
