"""Fresh phantoms as a dataset: each is drawn when it is looked at, and none was trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, Lies, OpenedImage, Sample
from cxr_grounding.evaluation.datasets.prompt import Prompt, prompted
from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.drawing import TRAINING_SEEDS, draw_phantom, findings_of, report_of
from cxr_grounding.phantom.findings import ZONES_OF, Finding
from cxr_grounding.phantom.wording import sentence
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.places import Laterality

NAME = "phantoms"


@dataclass(frozen=True)
class PhantomImage:
    """The phantom of a seed, not drawn yet.

    Args:
        seed: of it.
        prompt: what is asked for each of its sentences, and for those that are not about it.
    """

    seed: int
    prompt: Prompt = Prompt.SENTENCE

    def __str__(self) -> str:
        return f"phantom-{self.seed}"

    def open(self, samples: Sequence[Sample]) -> OpenedImage:
        """Draw it, and give the samples their boxes, a phrase about a finding drawn at random, and an absent one.

        A finding that is too small to be seen has no box and no such phrases.
        """
        phantom = draw_phantom(self.seed)
        phrases = [prompted(self.prompt, one.sentence, one.finding.pathology.value) for one in phantom.drawn]
        boxes = {phrase: one.boxes for phrase, one in zip(phrases, phantom.drawn, strict=True) if one.boxes}
        rng = np.random.default_rng([self.seed, 5])
        strangers = {phrase: self._stranger(rng, phrases) for phrase in boxes}
        absents = _absents(self.seed, [one.finding for one in phantom.drawn])
        absent_of = {phrase: self._asked(one) for phrase, one in zip(phrases, absents, strict=True) if phrase in boxes}
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

    def _asked(self, one: AskedPhrase) -> AskedPhrase:
        """A sentence in the form in which this phantom is asked."""
        return AskedPhrase(prompted(self.prompt, *one), one.pathology)

    def _stranger(self, rng: np.random.Generator, own: Sequence[str]) -> str:
        """A phrase about a finding drawn at random, and none of the phantom's own: short ones are often alike."""
        while True:
            phrase = self._asked(_random_sentence(rng)).phrase
            if phrase not in own:
                return phrase


def fresh_phantoms(count: int, seed: int, option: str = "--count", *, prompt: Prompt = Prompt.SENTENCE) -> Dataset:
    """The findings of `count` phantoms, a sample each.

    Args:
        count: of phantoms; those without findings give no sample.
        seed: the phantoms are those of the seeds TRAINING_SEEDS + seed, and the ones that follow.
        option: how the caller's user asks for more of them.
        prompt: what is asked for the sentence of each finding.

    Raises:
        EvaluationError: when none of them has a finding.
    """
    samples = [
        Sample(str(image), image, prompted(prompt, said, name), name, (), lies=_lies(finding))
        for image in (PhantomImage(TRAINING_SEEDS + seed + number, prompt) for number in range(count))
        for finding, said in zip(findings_of(image.seed), report_of(image.seed), strict=False)
        for name in (finding.pathology.value,)
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


def _lies(finding: Finding) -> Lies:
    return Lies(Laterality(finding.side) if finding.side else None, Zone(finding.zone) if finding.zone else None)


def _random_sentence(rng: np.random.Generator) -> AskedPhrase:
    pathologies = list(Pathology)
    pathology = pathologies[rng.integers(len(pathologies))]
    return AskedPhrase(sentence(Finding.sample(pathology, rng), rng), pathology.value)
