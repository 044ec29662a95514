"""Have made-up readers read a study, in the way in which people do: case by case, each answer saved before the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cxr_grounding.errors import StudyError
from cxr_grounding.radiograph import Box
from cxr_grounding.study.questions import Question, QuestionKind, primary_of
from cxr_grounding.study.reading_session import ReadingSession
from cxr_grounding.study.sealed_key import KeyEntry, open_key
from cxr_grounding.study.statistics.simulated import MadeUpReaders
from cxr_grounding.study.study_folder import KEY_FILE, Study

MEDIAN_SECONDS, SECONDS_WIDTH = 18.0, 0.4
"""Of the time that a made-up reader takes for a case: log-normal."""

SAME_AGAIN = 0.5
"""Of what is a reader's own about a map: the share that is the same when it is seen again."""


def simulate_readers(
    folder: Path, names: list[str], made_up: MadeUpReaders, seed: int, key: Path | None = None
) -> None:
    """Write the answers of made-up readers into a study, said there to be made up.

    Args:
        folder: of the study.
        names: of the readers; none may have read.
        made_up: how they rate.
        seed: of all.
        key: of the study; None for the one in its folder.

    Raises:
        StudyError: when one of them has read before, or the study cannot be read.
    """
    study = Study.open(folder)
    opened = open_key(key or folder / KEY_FILE, study.settings.key_sha256)
    steps = len(primary_of(study.settings.questions).options)
    if steps != made_up.steps:
        raise StudyError(f"The study's scale has {steps} steps, and the made-up readers' has {made_up.steps}.")
    taken = [name for name in names if study.answers_path(name).exists()]
    if taken:
        raise StudyError(f"{taken[0]} has read this study already. Give the made-up readers other names.")
    arms = list(opened.arms)
    for name in names:
        reader = _MadeUpReader(made_up, seed, name, len(arms))
        with ReadingSession(folder, name, clock=reader.clock, simulated=True) as session:
            while (case := session.case) is not None:
                session.begin()
                entry = opened.entries[case.item]
                answers = reader.answers(study.settings.questions, case.item, arms.index(entry.arm), entry)
                session.save(answers)


class _MadeUpReader:
    """One of them. All draw what they share about a case from the same numbers."""

    def __init__(self, made_up: MadeUpReaders, seed: int, name: str, arms: int) -> None:
        self._made_up, self._seed, self._name, self._arms = made_up, seed, name, arms
        self._rng = self._drawn(name)
        self._lenient = float(self._rng.normal(0, made_up.spread))
        self._now = 0.0

    @property
    def clock(self) -> Callable[[], float]:
        """Gives the made-up time."""
        return lambda: self._now

    def answers(self, questions: tuple[Question, ...], item: str, arm: int, entry: KeyEntry) -> dict[str, Any]:
        """To one case."""
        made_up = self._made_up
        self._now += float(MEDIAN_SECONDS * np.exp(self._rng.normal(0, SECONDS_WIDTH)))
        shared = self._drawn(item).normal(0, made_up.case_width)
        kept = self._drawn(f"{item}/{self._name}").normal(0, made_up.own_width * np.sqrt(SAME_AGAIN))
        own = kept + self._rng.normal(0, made_up.own_width * np.sqrt(1 - SAME_AGAIN))
        felt = made_up.middle(arm, self._arms) + shared + self._lenient + own
        step = int(made_up.step_of(np.array(felt)))
        return {question.name: self._answer(question, step, entry) for question in questions}

    def _answer(self, question: Question, step: int, entry: KeyEntry) -> Any:
        if question.kind is QuestionKind.SCALE:
            return min(step, len(question.options))
        if question.kind is QuestionKind.CHOICE:
            return question.options[0 if self._rng.random() < 0.85 else int(self._rng.integers(len(question.options)))]
        if question.kind is QuestionKind.BOX and entry.boxes:
            return list(_shaken(entry.boxes[0], self._rng))
        if question.kind is QuestionKind.TEXT and self._rng.random() < 0.05:
            return "The heat lies too far down."
        return None

    def _drawn(self, name: str) -> np.random.Generator:
        digest = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _shaken(box: Box, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """A box as somebody draws it who knows where it is."""
    wide, high = (side * float(np.exp(rng.normal(0, 0.12))) for side in (box.width, box.height))
    x = box.x + (box.width - wide) / 2 + float(rng.normal(0, 0.06)) * box.width
    y = box.y + (box.height - high) / 2 + float(rng.normal(0, 0.06)) * box.height
    return round(x, 1), round(y, 1), round(wide, 1), round(high, 1)
