"""Phantoms as a dataset: drawn when they are looked at, and grounded by one that knows the answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.controls import ControlSummary
from cxr_grounding.evaluation.datasets import phantoms
from cxr_grounding.evaluation.datasets.dataset import AskedPhrase
from cxr_grounding.evaluation.datasets.phantoms import PhantomImage, fresh_phantoms
from cxr_grounding.evaluation.datasets.prompt import Prompt, prompted
from cxr_grounding.evaluation.run.images import open_image, score_images, scores_of
from cxr_grounding.evaluation.table import Table, make_table
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounder import Grounder
from cxr_grounding.phantom.drawing import TRAINING_SEEDS, findings_of, report_of
from cxr_grounding.recipe import Recipe
from cxr_grounding.sides import Side, mirrored, named_side
from cxr_grounding.verdict import Verdict
from drawn_phantoms import drawn_once

drawn_small = partial(drawn_once, short_side=256)


@pytest.fixture(autouse=True)
def phantoms_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phantoms, "draw_phantom", drawn_small)


@dataclass
class Answer:
    """What is read of a grounding."""

    heatmap: Any
    frame: ModelFrame
    evidence: Evidence | None
    place: Any = None
    agreement: float | None = None
    verdict: Verdict | None = None
    noised: Any = None
    soft_frame: Any = None

    @property
    def soft_heatmap(self) -> Any:
        return self.heatmap


class Oracle:
    """An engine that grounds a phantom's own sentences perfectly, and all others nowhere; so does its evidence."""

    def __init__(self, count: int, deaf: bool = False, evidence: bool = False) -> None:
        self.opened = SimpleNamespace(recipe=Recipe(evidence=evidence))
        drawn = [drawn_small(TRAINING_SEEDS + number) for number in range(count)]
        self.truth = {(p.values.shape, d.sentence): d for p in drawn for d in p.drawn}
        self.deaf = deaf

    def set_radiograph(self, radiograph, progress=None) -> None:
        self.radiograph = radiograph

    def ground(self, phrases, progress=None):
        frame = ModelFrame(self.radiograph.shape, self.radiograph.orientation, 64, True)
        heard = [phrases[0] if self.deaf else phrase for phrase in phrases]
        return [Answer(self._heatmap(phrase), frame, self._evidence(phrase)) for phrase in heard]

    def _evidence(self, phrase):
        if not self.opened.recipe.evidence:
            return None
        other = mirrored(phrase)
        there, there_too = (float((self.radiograph.shape, text) in self.truth) for text in (phrase, other))
        return Evidence(there, there, other and Rival(other, there_too, there - there_too), (), (), ())

    def _heatmap(self, phrase):
        heatmap = np.zeros(self.radiograph.shape, dtype=np.float32)
        drawn = self.truth.get((self.radiograph.shape, phrase))
        if drawn is not None:
            for box in drawn.boxes:
                heatmap[box.mask(self.radiograph.shape)] = 1
        return heatmap


def judged(engine: Any, count: int, seed: int = 0) -> tuple[Table, ControlSummary]:
    scores, problems = scores_of(engine, fresh_phantoms(count, seed))
    assert problems == ()
    table = make_table(scores)
    assert table.summary is not None
    return table, table.summary


def test_a_perfect_grounder_reaches_one_and_falls_with_another_phrase() -> None:
    table, summary = judged(Oracle(12), 12)
    assert table.mean.figures["auc_roc_exact"].mean == pytest.approx(1)
    assert table.mean.figures["miou"].mean == pytest.approx(1)
    assert table.mean.figures["shuffled_auc"].mean == pytest.approx(0.5)
    assert summary.own_auc == pytest.approx(1)
    assert summary.fall is not None
    assert summary.fall > 0.3
    assert summary.side_accuracy == 1


def test_a_grounder_that_does_not_read_the_phrase_does_not_fall_with_another_one() -> None:
    table, summary = judged(Oracle(12, deaf=True), 12)
    assert summary.fall == pytest.approx(0)
    assert table.mean.figures["auc_roc_exact"].mean < 0.95


def test_evidence_that_knows_the_answers_tells_what_is_there_and_on_which_side() -> None:
    table, _ = judged(Oracle(12, evidence=True), 12)
    presence = table.presence
    assert presence is not None
    assert {one.value for one in presence.pathologies.values() if one.value is not None} == {1}
    figures = (presence.auroc, presence.pooled, presence.wrong_side, presence.denied, presence.mirror)
    assert {(one.value, one.error) for one in figures} == {(1, 0)}
    assert presence.denied.counts["false"] == table.mean.samples > presence.mirror.counts["of"] > 0


def test_evidence_that_does_not_read_the_phrase_tells_nothing() -> None:
    table, _ = judged(Oracle(12, deaf=True, evidence=True), 12)
    assert table.presence is not None
    assert table.presence.wrong_side.value == table.presence.denied.value == 0.5


def test_absent_phrases_name_a_pathology_that_is_not_there_in_the_place_of_a_finding_that_is() -> None:
    for image in map(PhantomImage, range(TRAINING_SEEDS, TRAINING_SEEDS + 40)):
        findings = findings_of(image.seed)
        absents = phantoms._absents(image.seed, findings)
        assert len(absents) == len(findings)
        for there, absent in zip(findings, absents, strict=True):
            assert absent.pathology not in {finding.pathology.value for finding in findings}
            side = named_side(absent.phrase)
            assert not (side and there.side) or side.value == there.side
    first, *_ = open_image(fresh_phantoms(1, seed=1).samples).samples
    assert first.absent == AskedPhrase("Atelectasis in the right lower lobe, moderate.", "Atelectasis")


def test_a_real_grounder_runs_through_and_progress_is_told(grounder: Grounder) -> None:
    told: list[tuple] = []
    dataset = fresh_phantoms(2, seed=3)
    images = list(score_images(grounder, dataset, progress=lambda *now: told.append(now)))
    assert [now for now in told if now[0] == "images"] == [("images", done, 2) for done in range(3)]
    scores = [one.score for image in images for one in image.scored]
    assert all(0 <= score.figures["auc_roc_exact"] <= 1 for score in scores)
    assert {score.image_id for score in scores} == {f"phantom-{TRAINING_SEEDS + number}" for number in (3, 4)}


def test_nothing_is_drawn_before_an_image_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def draw(seed: int):
        drawn.append(seed)
        return drawn_small(seed)

    monkeypatch.setattr(phantoms, "draw_phantom", draw)
    dataset = fresh_phantoms(3, seed=1)
    assert drawn == []
    assert {sample.boxes for sample in dataset.samples} == {()}
    opened = open_image(dataset.samples[:1])
    assert drawn == [TRAINING_SEEDS + 1]
    assert opened.samples[0].boxes == drawn_small(TRAINING_SEEDS + 1).drawn[0].boxes


def test_the_sentences_are_those_of_the_drawn_phantom_and_name_the_side_of_the_finding() -> None:
    dataset = fresh_phantoms(300, seed=0)
    for sample in dataset.samples:
        seed = int(sample.image_id.removeprefix("phantom-"))
        (finding,) = [f for f, text in zip(findings_of(seed), report_of(seed), strict=True) if text == sample.phrase]
        side = named_side(sample.phrase)
        assert sample.pathology == finding.pathology.value
        assert (side.value if side else "") == finding.side
    first = [sample.phrase for sample in dataset.samples if sample.image_id == dataset.samples[0].image_id]
    assert first == [one.sentence for one in drawn_small(TRAINING_SEEDS + 1).drawn], "phantom 0 has no finding"


def test_the_strangers_are_drawn_from_the_phantom_s_own_stream() -> None:
    samples = fresh_phantoms(1, seed=1).samples
    opened = open_image(samples)
    assert [sample.stranger for sample in opened.samples] == [
        "Extensive airspace consolidation in the right middle zone",
        "Consolidation in the left mid lung.",
        "Findings of cardiac enlargement.",
    ]
    alone = open_image(samples[2:])
    assert alone.samples == opened.samples[2:], "whichever samples are asked for"


@pytest.mark.parametrize("prompt", [Prompt.SIDE, Prompt.NAME])
def test_findings_are_asked_as_people_type_them_beside_absent_ones_in_the_same_form(prompt: Prompt) -> None:
    said, asked = (fresh_phantoms(40, seed=0, prompt=one).samples for one in (Prompt.SENTENCE, prompt))
    assert len(said) == len(asked)
    for sentence, short in zip(said, asked, strict=True):
        assert short.phrase == prompted(prompt, sentence.phrase, sentence.pathology)
        assert short.lies is not None
        assert named_side(sentence.phrase) == (short.lies.side and Side(short.lies.side.value))
        assert named_side(short.phrase) == (named_side(sentence.phrase) if prompt is Prompt.SIDE else None)
    for number in range(1, 4):
        own = [one for one in asked if one.image_id == f"phantom-{TRAINING_SEEDS + number}"]
        if not own:
            continue
        opened = open_image(own).samples
        absent = [one.absent for one in opened if one.absent is not None]
        long = phantoms._absents(TRAINING_SEEDS + number, findings_of(TRAINING_SEEDS + number))
        assert absent == [AskedPhrase(prompted(prompt, *one), one.pathology) for one in long]
        assert not {one.pathology for one in absent} & {one.pathology for one in own}
        assert not {one.stranger for one in opened} & {one.phrase for one in own}
        assert all(sample.boxes for sample in opened)


def test_the_first_phantoms_by_side_and_by_name() -> None:
    def asked(prompt: Prompt) -> list[tuple]:
        samples = open_image(fresh_phantoms(1, seed=1, prompt=prompt).samples).samples
        return [(one.phrase, one.absent and one.absent.phrase, one.stranger) for one in samples]

    assert asked(Prompt.SIDE) == [
        ("Cardiomegaly", "Right atelectasis", "Right consolidation"),
        ("Pulmonary edema", "Right pleural effusion", "Left consolidation"),
        ("Right pneumothorax", "Right atelectasis", "Left opacity"),
    ]
    assert asked(Prompt.NAME) == [
        ("Cardiomegaly", "Atelectasis", "Consolidation"),
        ("Pulmonary edema", "Pleural effusion", "Consolidation"),
        ("Pneumothorax", "Atelectasis", "Opacity"),
    ]


def test_a_finding_without_a_box_is_a_problem(grounder: Grounder, monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(seed: int):
        phantom = drawn_small(seed)
        first, *rest = phantom.drawn
        return replace(phantom, drawn=(replace(first, boxes=()), *rest))

    monkeypatch.setattr(phantoms, "draw_phantom", draw)
    dataset = fresh_phantoms(1, seed=1)
    scores, (problem,) = scores_of(grounder, dataset)
    assert len(scores) == len(dataset.samples) - 1
    assert f"hold no pixel of phantom-{TRAINING_SEEDS + 1}" in problem.sentence


def test_phantoms_without_findings_are_refused() -> None:
    assert str(PhantomImage(TRAINING_SEEDS)) == "phantom-1000000"
    with pytest.raises(EvaluationError, match="None of 1 phantoms from seed 0 on has a finding"):
        fresh_phantoms(1, seed=0)
