"""Score a dataset image by image: one pass over an image for all that is asked of it. Writes nothing."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from cxr_grounding.engine import Engine, OpenedModel
from cxr_grounding.errors import ModelError, PhraseError, RadiographError
from cxr_grounding.evaluation.controls import (
    Controlled,
    Strangers,
    centre_prior,
    control_figures,
    left_half,
    named_half,
)
from cxr_grounding.evaluation.datasets.dataset import Dataset, OpenedImage, Problem, Sample
from cxr_grounding.evaluation.frame_metrics import frame_figures
from cxr_grounding.evaluation.metrics import Maps, union_mask
from cxr_grounding.evaluation.presence import VERDICTS, AbsentPhrases, Told, presence_figures
from cxr_grounding.evaluation.score import Placed, SampleScore, score_sample
from cxr_grounding.evidence import Evidence
from cxr_grounding.grounding import Grounding
from cxr_grounding.progress import Progress, report
from cxr_grounding.radiograph import Box
from cxr_grounding.sides import named_side
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.places import Laterality
from cxr_grounding.worker.reader import shared_reader

STAGE = "images"

Answers = Mapping[str, Grounding | PhraseError]
"""By phrase; the reason in the place of an answer where a phrase cannot be grounded."""


@dataclass(frozen=True, eq=False)
class ScoredAnswer:
    """One sample, evaluated.

    Args:
        score: its figures.
        answer: to its phrase.
        image_scale: columns of the image for each column that the annotations say it has; 1 for the original.
        stranger: the phrase of its shuffled control; "" without one.
        absent: the phrase that is not there; "" without one.
    """

    score: SampleScore
    answer: Grounding
    image_scale: float
    stranger: str = ""
    absent: str = ""

    @property
    def kept_words(self) -> str:
        """The words of its phrase that were looked at, for people; "" where the method is another."""
        return "" if self.answer.noised is None else self.answer.noised.words_said


@dataclass(frozen=True, eq=False)
class ScoredImage:
    """What became of the samples of one image.

    Args:
        scored: those that could be evaluated.
        problems: one for each of the others.
    """

    scored: tuple[ScoredAnswer, ...] = ()
    problems: tuple[Problem, ...] = ()


@runtime_checkable
class ManyEngines(Protocol):
    """Several engines that look at images side by side, as a cluster has them, and give what one engine would."""

    @property
    def opened(self) -> OpenedModel:
        """What all of them have open."""
        ...

    def score_images(
        self, dataset: Dataset, *, controls: bool, done: Collection[tuple[str, str]]
    ) -> Iterator[ScoredImage]:
        """What `image_scorer` gives for each of `images_left`, in their order."""
        ...


def score_images(
    engine: Engine | ManyEngines,
    dataset: Dataset,
    *,
    controls: bool = True,
    done: Collection[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> Iterator[ScoredImage]:
    """Ground and score the samples of a dataset.

    Args:
        engine: to judge.
        dataset: what is asked.
        controls: whether `CONTROLS` are measured too, and `PRESENCE` where the recipe asks for evidence; each sample
            then has one more phrase grounded, or up to four.
        done: keys of samples that are left out.
        progress: told after every image, and by the engine within one.

    Yields:
        One image after the other; those without a sample to evaluate are passed over.

    Raises:
        DeviceError: when memory runs out.
        Cancelled: when `progress` asks to stop.
    """
    left, images = images_left(dataset, done), len(images_left(dataset))
    report(progress, STAGE, images - len(left), images)
    if isinstance(engine, ManyEngines):
        scored = engine.score_images(dataset, controls=controls, done=done)
    else:
        scored = map(image_scorer(engine, dataset, controls=controls, progress=progress), left)
    for number, image in enumerate(scored, images - len(left) + 1):
        yield image
        report(progress, STAGE, number, images)


def images_left(dataset: Dataset, done: Collection[tuple[str, str]] = ()) -> list[list[Sample]]:
    """The samples that are left to do, image by image, in the dataset's order."""
    groups = itertools.groupby(dataset.samples, key=lambda sample: sample.image_id)
    left = ([sample for sample in group if sample.key not in done] for _, group in groups)
    return [samples for samples in left if samples]


def image_scorer(
    engine: Engine, dataset: Dataset, *, controls: bool = True, progress: Progress | None = None
) -> Callable[[Sequence[Sample]], ScoredImage]:
    """What grounds and scores the samples of one image; arguments and errors as for `score_images`."""
    false_phrases = AbsentPhrases(dataset) if measures_presence(engine, controls) else None
    return _Scorer(engine, dataset, Strangers(dataset) if controls else None, false_phrases, progress).image


def measures_presence(engine: Engine | ManyEngines, controls: bool) -> bool:
    """Whether `score_images` measures `PRESENCE`."""
    recipe = engine.opened.recipe
    return controls and recipe.evidence and bool(recipe.compared)


def scores_of(
    engine: Engine | ManyEngines, dataset: Dataset, *, progress: Progress | None = None
) -> tuple[tuple[SampleScore, ...], tuple[Problem, ...]]:
    """The scores of all samples that can be evaluated, with their controls, and all problems; as `score_images`."""
    scores: list[SampleScore] = []
    problems = list(dataset.problems)
    for image in score_images(engine, dataset, progress=progress):
        scores += [one.score for one in image.scored]
        problems += image.problems
    return tuple(scores), tuple(problems)


def open_image(samples: Sequence[Sample]) -> OpenedImage:
    """Read or draw the image that these samples are on.

    Raises:
        RadiographError: when it cannot be read.
    """
    image = samples[0].image
    if not isinstance(image, Path):
        return image.open(samples)
    radiograph = shared_reader().read_image(image)  # a file that ends a decoder is one that cannot be read
    return OpenedImage(radiograph, tuple(samples), left_half(radiograph))


def fitted(sample: Sample, shape: tuple[int, int]) -> tuple[Sample, float]:
    """The sample with its boxes in pixels of the image that is there, and how many of them make one that was annotated.

    An image that was resized as a whole (sides in the annotated ratio, to a pixel) gets its boxes resized along. One of
    another shape was cropped, padded or squeezed, and boxes would not fit.

    Args:
        sample: as annotated.
        shape: (rows, columns) of the image that is there.

    Raises:
        RadiographError: when the boxes do not fit.
    """
    rows, columns = shape
    if sample.image_size is None or sample.image_size == (columns, rows):
        return sample, 1.0
    width, height = sample.image_size
    across, down = columns / width, rows / height
    if abs(rows - height * across) > 1 and abs(columns - width * down) > 1:
        raise RadiographError(
            f"The image has {columns} x {rows} pixels, but was annotated with {width} x {height}, which is another "
            "shape, so that its boxes do not fit. Use the original image."
        )
    boxes = tuple(Box(box.x * across, box.y * down, box.width * across, box.height * down) for box in sample.boxes)
    return dataclasses.replace(sample, boxes=boxes, image_size=(columns, rows)), across


@dataclass(frozen=True)
class _Scorer:
    """Scores the images of one dataset; `strangers` and `false_phrases` are None where they are not measured."""

    engine: Engine
    dataset: Dataset
    strangers: Strangers | None
    false_phrases: AbsentPhrases | None
    progress: Progress | None

    def image(self, samples: Sequence[Sample]) -> ScoredImage:
        """The samples of one image."""
        scored: list[ScoredAnswer] = []
        problems: list[Problem] = []
        try:
            opened = open_image(samples)
            fitting = self._fitting(opened, problems)
            if not fitting:
                return ScoredImage(problems=tuple(problems))
            self.engine.set_radiograph(opened.radiograph, progress=self.progress)
            answers = self._answers(self._wanted([sample for sample, _ in fitting]))
        except (RadiographError, ModelError) as error:
            return ScoredImage(problems=tuple(_problem(sample, error) for sample in samples))
        for sample, scale in fitting:
            try:
                scored.append(self._scored(sample, scale, answers, opened))
            except (PhraseError, RadiographError) as error:
                problems.append(_problem(sample, error))
        return ScoredImage(tuple(scored), tuple(problems))

    def _fitting(self, opened: OpenedImage, problems: list[Problem]) -> list[tuple[Sample, float]]:
        """The samples, with boxes that fit the image and their strangers, and the image's scale."""
        fitting = []
        for sample in opened.samples:
            try:
                scaled, scale = fitted(sample, opened.radiograph.shape)
            except RadiographError as error:
                problems.append(_problem(sample, error))
                continue
            if self.strangers is not None:
                scaled = dataclasses.replace(scaled, stranger=self.strangers.of(scaled))
            fitting.append((scaled, scale))
        return fitting

    def _wanted(self, samples: Sequence[Sample]) -> list[str]:
        """What is asked of the image: the samples' phrases and, for the controls, its others and the strangers."""
        phrases = [sample.phrase for sample in samples]
        if self.strangers is not None:
            phrases += self._others(samples[0])
            phrases += [sample.stranger for sample in samples if sample.stranger is not None]
        if self.false_phrases is not None:
            phrases += [phrase for sample in samples for phrase in self.false_phrases.of(sample).all]
        return list(dict.fromkeys(phrases))

    def _others(self, sample: Sample) -> list[str]:
        """The other phrases of a sample's image."""
        asked = self.dataset.asked.get(sample.image_id, ())
        return [one.phrase for one in asked if one.phrase != sample.phrase]

    def _answers(self, phrases: list[str]) -> Answers:
        try:
            return dict(zip(phrases, self.engine.ground(phrases, progress=self.progress), strict=True))
        except PhraseError as error:
            if len(phrases) == 1:
                return {phrases[0]: error}
            return {phrase: self._answers([phrase])[phrase] for phrase in phrases}

    def _scored(self, sample: Sample, scale: float, answers: Answers, opened: OpenedImage) -> ScoredAnswer:
        answer = answers[sample.phrase]
        if isinstance(answer, PhraseError):
            raise answer
        score = score_sample(sample, answer.heatmap, answer.soft_heatmap)
        score = dataclasses.replace(score, figures={**score.figures, **frame_figures(answer, sample.boxes)})
        if self.strangers is None:
            return ScoredAnswer(score, answer, scale)
        others = [_maps(answers, phrase) for phrase in self._others(sample)]
        controlled = Controlled(
            mask=union_mask(sample.boxes, opened.radiograph.shape),
            heatmap=answer.heatmap,
            prior=centre_prior(answer.frame),
            stranger=_maps(answers, sample.stranger),
            others=[other for other in others if other is not None],
            named=named_half(named_side(sample.phrase), opened.left),
        )
        score = dataclasses.replace(score, figures={**score.figures, **control_figures(controlled)})
        if self.false_phrases is None:
            return ScoredAnswer(score, answer, scale, sample.stranger or "")
        asked = self.false_phrases.of(sample)
        absent = ("", "") if asked.absent is None else asked.absent
        phrases = (sample.phrase, absent[0], asked.wrong_side, asked.denied)
        told = Told(answer.agreement, *(_evidence(answers, phrase) for phrase in phrases))
        verdicts = {name: _verdict(answers, phrase) for name, phrase in zip(VERDICTS, phrases, strict=True)}
        figures = {**score.figures, **presence_figures(told)}
        score = dataclasses.replace(
            score, figures=figures, absent_pathology=absent[1], verdicts=verdicts, placed=_placed(sample, answer)
        )
        return ScoredAnswer(score, answer, scale, sample.stranger or "", absent[0])


def _answer(answers: Answers, phrase: str | None) -> Grounding | None:
    """The answer to a phrase that is asked beside; None where there is none, or it cannot be grounded."""
    answer = answers[phrase] if phrase else None
    return None if isinstance(answer, PhraseError) else answer


def _maps(answers: Answers, phrase: str | None) -> Maps | None:
    answer = _answer(answers, phrase)
    return None if answer is None else Maps(answer.heatmap, answer.soft_heatmap)


def _verdict(answers: Answers, phrase: str | None) -> str:
    """The verdict on a phrase in words; "" where there is none."""
    answer = _answer(answers, phrase)
    return "" if answer is None or answer.verdict is None else answer.verdict.kind.value


def _evidence(answers: Answers, phrase: str | None) -> Evidence | None:
    answer = _answer(answers, phrase)
    return None if answer is None else answer.evidence


def _placed(sample: Sample, answer: Grounding) -> Placed:
    """Where the finding lies, and where the phrase was found to be best explained."""
    lies = sample.lies
    true = ("", "") if lies is None else (_word(lies.side), _word(lies.zone))
    best = answer.place
    if best is None:
        return Placed(*true)
    return Placed(*true, _word(best.best_side), _word(best.zone), _word(best.side), best.phrase)


def _word(place: Laterality | Zone | None) -> str:
    return "" if place is None else place.value


def _problem(sample: Sample, error: Exception) -> Problem:
    return Problem(sample.lines[0] if sample.lines else None, f"{sample.phrase!r} on {sample.image}: {error}")
