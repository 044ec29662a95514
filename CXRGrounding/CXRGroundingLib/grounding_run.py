"""One grounding under way: what was asked, and how far the engine is with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cxr_grounding
from cxr_grounding import Cancelled, CXRGroundingError, ModelError, PhraseError, Sentence

if TYPE_CHECKING:
    from cxr_grounding import Ask, Grounding, PolledEngine, Progress, Radiograph
    from CXRGroundingLib.scene_answers import Answers


@dataclass(frozen=True)
class Callbacks:
    """Whom to tell; see `GroundingLogic.groundAsync`."""

    onProgress: Callable[[str, int, int], object] | None = None
    onFinished: Callable[[list[Any]], object] | None = None
    onFailed: Callable[[CXRGroundingError], object] | None = None


PARTS = 100
"""That the progress of one phrase is told in."""


class Run:
    """A grounding that an engine is asked for, from the moment this object is made.

    Args:
        engine: that is asked.
        radiograph: to ground on.
        phrases: to ground; a task each, for an answer to all of them at once would keep the interface waiting when it
            comes.
        ask: how.
        answers: where they are written to.
        callbacks: whom to tell.
        isShown: whether the first answer is shown as soon as it is there.

    Raises:
        ModelError: when there is no such model (any more).
    """

    def __init__(
        self,
        engine: PolledEngine,
        radiograph: Radiograph,
        phrases: Sequence[str | Sentence],
        ask: Ask,
        answers: Answers,
        callbacks: Callbacks,
        isShown: bool = True,
    ) -> None:
        entry = cxr_grounding.find_model(ask.model)
        if entry.problem:
            raise ModelError(entry.problem)
        self.answers, self.callbacks, self.isShown = answers, callbacks, isShown
        self._engine = engine
        # What the engine has already costs nothing.
        self._preparing: tuple[Any, ...] = (engine.load(ask), engine.set_radiograph(radiograph, ask))
        self._grounding = tuple(engine.ground(phrase, ask) for phrase in phrases)
        self._phrases = [phrase if isinstance(phrase, str) else phrase.text for phrase in phrases]
        self._isCancelled = False
        self._begun = 0

    @property
    def done(self) -> bool:
        """Whether the engine has no more to do for it."""
        return self._grounding[-1].done or self._failed is not None

    @property
    def progress(self) -> tuple[str, int, int] | None:
        """(stage, done, total) of what the engine does now; None before it has said anything."""
        task = next((task for task in self._tasks if not task.done), None)
        return None if task is None or task.progress is None else self._ofAll(task, *task.progress)

    def cancel(self) -> None:
        """Stop; `nextAnswer` then raises `Cancelled`, also when answers are there already."""
        self._isCancelled = True
        self._engine.cancel()

    @property
    def pending(self) -> list[str]:
        """The phrases whose answers are not written yet, in their order; the first is looked for now."""
        return self._phrases[len(self.answers.written) :]

    def nextAnswer(self) -> Grounding | None:
        """The answer to the first of `pending`; None when it is not there yet.

        Raises:
            CXRGroundingError: of the first task that failed, once all before it are written; those behind it are given
                up. A `Cancelled` when the run was cancelled and the engine has stopped.
        """
        if self._isCancelled:
            if not self.done:
                return None
            raise Cancelled("The grounding was cancelled.")
        task = self._grounding[len(self.answers.written)]
        if task.done and task.error is None:
            return task.result()
        failed = self._failed
        if failed is not None:
            self.giveUp()
            failed.result()
        return None

    def giveUp(self) -> None:
        """Have the engine leave what is not done yet."""
        self._engine.cancel()

    def wait(self, progress: Progress | None) -> None:
        """Until all answers are there; `progress` is told, and stops the run by returning False.

        Raises:
            CXRGroundingError: of the first task that failed.
        """
        try:
            for task in self._tasks:
                told = None if progress is None else lambda *at, task=task: progress(*self._ofAll(task, *at))
                self._engine.wait(task, told)
        except CXRGroundingError:
            self._engine.cancel()
            raise

    def _ofAll(self, task: Any, stage: str, done: int, total: int) -> tuple[str, int, int]:
        """Progress of one task as progress of the run: phrases are looked at one after the other.

        They count the same, though one with rivals takes more passes: how many is known only when it begins.
        """
        if task not in self._grounding or stage != "attention":
            return stage, done, total
        before = self._grounding.index(task)
        if before > self._begun:
            if self._grounding[before - 1].progress == (stage, done, total):
                done = 0  # the last word on the phrase before, which a task has until it begins
            else:
                self._begun = before
        return stage, before * PARTS + round(PARTS * done / max(total, 1)), len(self._grounding) * PARTS

    @property
    def _tasks(self) -> tuple[Any, ...]:
        return self._preparing + self._grounding

    @property
    def _failed(self) -> Any:
        return next((task for task in self._tasks if task.error is not None), None)


def cleanPhrases(phrases: str | Sentence | Sequence[str | Sentence]) -> list[str | Sentence]:
    """The phrases as they are grounded, each text once, white space made even.

    Raises:
        PhraseError: when there is none, or one is empty.
    """
    given = [phrases] if isinstance(phrases, str | Sentence) else list(phrases)
    asked: dict[str, str | Sentence] = {}
    for phrase in given:
        text = " ".join((phrase if isinstance(phrase, str) else phrase.text).split())
        asked.setdefault(text, text if isinstance(phrase, str) else phrase)
    if not asked or not all(asked):
        raise PhraseError("There is no phrase to ground. Type what to look for, for example: left pleural effusion.")
    return list(asked.values())
