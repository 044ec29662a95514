"""Fresh phantoms as a dataset: each is drawn when it is looked at, and none was trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, OpenedImage, Sample
from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.drawing import TRAINING_SEEDS, draw_phantom, findings_of, report_of
from cxr_grounding.phantom.findings import ZONES_OF, Finding
from cxr_grounding.phantom.wording import sentence

NAME = "phantoms"


@dataclass(frozen=True)
class PhantomImage:
    """The phantom of a seed, not drawn yet."""

    seed: int

    def __str__(self) -> str:
        return f"phantom-{self.seed}"

    def open(self, samples: Sequence[Sample]) -> OpenedImage:
        """Draw it, and give the samples their boxes, a sentence about a finding drawn at random, and an absent one.

        A finding that is too small to be seen has no box and no such sentences.
        """
        phantom = draw_phantom(self.seed)
        boxes = {one.sentence: one.boxes for one in phantom.drawn if one.boxes}
        rng = np.random.default_rng([self.seed, 5])
        strangers = {phrase: _random_sentence(rng) for phrase in boxes}
        absents = _absents(self.seed, [one.finding for one in phantom.drawn])
        absent_of = {one.sentence: absents[place] for place, one in enumerate(phantom.drawn) if one.boxes}
        complete = tuple(
            dataclasses.replace(
                sample,
                boxes=boxes.get(sample.phrase, ()),
                stranger=strangers.get(sample.phrase),
                absent=absent_of.get(sample.phrase),
            )
            for sample in samples
        )
        return OpenedImage(phantom.radiograph, complete, phantom.left)


def fresh_phantoms(count: int, seed: int, option: str = "--count") -> Dataset:
    """The findings of `count` phantoms, a sample each.

    Args:
        count: of phantoms; those without findings give no sample.
        seed: the phantoms are those of the seeds TRAINING_SEEDS + seed, and the ones that follow.
        option: how the caller's user asks for more of them.

    Raises:
        EvaluationError: when none of them has a finding.
    """
    samples = [
        Sample(str(image), image, phrase, finding.pathology.value, ())
        for image in map(PhantomImage, range(TRAINING_SEEDS + seed, TRAINING_SEEDS + seed + count))
        for finding, phrase in zip(findings_of(image.seed), report_of(image.seed), strict=False)
    ]
    if not samples:
        raise EvaluationError(f"None of {count} phantoms from seed {seed} on has a finding. Draw more with {option}.")
    return Dataset(NAME, tuple(samples))


def _absents(seed: int, findings: Sequence[Finding]) -> list[AskedPhrase]:
    """For each finding of a phantom a sentence about a pathology that the phantom has not, drawn at random.

    Where both have one, it names the side and the zone of the finding: there is something to see, and it is not that.
    """
    rng = np.random.default_rng([seed, 6])
    missing = [pathology for pathology in Pathology if pathology not in {one.pathology for one in findings}]
    absents = []
    for there in findings:
        finding = Finding.sample(missing[rng.integers(len(missing))], rng, there.side)
        if there.zone in ZONES_OF.get(finding.pathology, ()):
            finding = dataclasses.replace(finding, zone=there.zone)
        absents.append(AskedPhrase(sentence(finding, rng), finding.pathology.value))
    return absents


def _random_sentence(rng: np.random.Generator) -> str:
    pathologies = list(Pathology)
    return sentence(Finding.sample(pathologies[rng.integers(len(pathologies))], rng), rng)
