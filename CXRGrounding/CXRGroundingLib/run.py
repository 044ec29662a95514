"""One grounding under way: what was asked, and how far the worker is with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cxr_grounding
from cxr_grounding import Cancelled, CXRGroundingError, ModelError, PhraseError

if TYPE_CHECKING:
    from cxr_grounding import Grounding, Progress, Radiograph, Worker, WorkerTask
    from CXRGroundingLib.scene_answers import Answers


@dataclass(frozen=True)
class Callbacks:
    """Whom to tell; see `GroundingLogic.groundAsync`."""

    onProgress: Callable[[str, int, int], object] | None = None
    onFinished: Callable[[list[Any]], object] | None = None
    onFailed: Callable[[CXRGroundingError], object] | None = None


@dataclass(frozen=True)
class Asked:
    """How it is to be computed; see `GroundingLogic.ground`."""

    model: str | Path | None
    device: str
    precision: str
    steps: int | None
    preset: str | None


@dataclass
class Run:
    """A grounding that the worker was asked for.

    Args:
        worker: that was asked.
        preparing: load, set the radiograph; what the worker has already costs nothing.
        grounding: a task a phrase. An answer to all of them at once would keep the interface waiting when it comes.
        answers: where they are written to.
        options: of `scene_writer.writeFinding`.
        callbacks: whom to tell.
        isShown: whether the first answer is shown in the end.
    """

    worker: Worker
    preparing: tuple[WorkerTask, ...]
    grounding: tuple[WorkerTask, ...]
    answers: Answers
    options: dict[str, bool]
    callbacks: Callbacks = field(default_factory=Callbacks)
    isShown: bool = True
    _isCancelled: bool = False
    _begun: int = 0

    @classmethod
    def begin(
        cls,
        worker: Worker,
        radiograph: Radiograph,
        phrases: list[str],
        asked: Asked,
        answers: Answers,
        options: dict[str, bool],
    ) -> Run:
        """Hand the work to the worker; returns at once.

        Raises:
            ModelError: when there is no such model (any more).
        """
        entry = cxr_grounding.find_model(asked.model)
        if entry.problem:
            raise ModelError(entry.problem)
        preparing = (
            worker.load(entry.folder, device=asked.device, precision=asked.precision, steps=asked.steps),
            worker.set_radiograph(radiograph, asked.preset),
        )
        grounding = tuple(worker.ground(phrase) for phrase in phrases)
        return cls(worker, preparing, grounding, answers, options)

    @property
    def done(self) -> bool:
        """Whether `result` has an answer or an error."""
        return self.grounding[-1].done or self._failed is not None

    @property
    def progress(self) -> tuple[str, int, int] | None:
        """(stage, done, total) of what the worker does now; None before it has said anything."""
        task = next((task for task in self._tasks if not task.done), None)
        return None if task is None or task.progress is None else self._ofAll(task, *task.progress)

    def cancel(self) -> None:
        """Stop; `result` then raises `Cancelled`, also when the answers are there already."""
        self._isCancelled = True
        self.worker.cancel()

    def result(self) -> list[Grounding]:
        """The answers in the order of the phrases.

        Raises:
            CXRGroundingError: of the first task that failed; those behind it are given up.
        """
        failed = self._failed
        if failed is not None:
            self.worker.cancel()
            failed.result()
        if self._isCancelled:
            raise Cancelled("The grounding was cancelled.")
        return [task.result() for task in self.grounding]

    def wait(self, progress: Progress | None) -> list[Grounding]:
        """`result`, when it is there; `progress` is told, and stops the run by returning False."""
        try:
            for task in self._tasks:
                told = None if progress is None else lambda *at, task=task: progress(*self._ofAll(task, *at))
                self.worker.wait(task, told)
        except CXRGroundingError:
            self.worker.cancel()
            raise
        return self.result()

    def _ofAll(self, task: WorkerTask, stage: str, done: int, total: int) -> tuple[str, int, int]:
        """Progress of one task as progress of the run: phrases are looked at one after the other, with equal work."""
        if task not in self.grounding or stage != "attention":
            return stage, done, total
        before = self.grounding.index(task)
        if before > self._begun:
            if self.grounding[before - 1].progress == (stage, done, total):
                done = 0  # the last word on the phrase before, which a task has until it begins
            else:
                self._begun = before
        return stage, before * total + done, len(self.grounding) * total

    @property
    def _tasks(self) -> tuple[WorkerTask, ...]:
        return self.preparing + self.grounding

    @property
    def _failed(self) -> WorkerTask | None:
        return next((task for task in self._tasks if task.error is not None), None)


def cleanPhrases(phrases: str | Sequence[str]) -> list[str]:
    """The phrases as they are grounded, each once, white space made even.

    Raises:
        PhraseError: when there is none, or one is empty.
    """
    given = [phrases] if isinstance(phrases, str) else list(phrases)
    asked = list(dict.fromkeys(" ".join(phrase.split()) for phrase in given))
    if not asked or not all(asked):
        raise PhraseError("There is no phrase to ground. Type what to look for, for example: left pleural effusion.")
    return asked
