"""One grounding under way: what was asked, and how far the worker is with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cxr_grounding
from cxr_grounding import CXRGroundingError, ModelError, PhraseError

if TYPE_CHECKING:
    from cxr_grounding import Grounding, Progress, Radiograph, Worker, WorkerTask


@dataclass(frozen=True)
class Callbacks:
    """Whom to tell; see `GroundingLogic.groundAsync`."""

    onProgress: Callable[[str, int, int], object] | None = None
    onFinished: Callable[[list[Any]], object] | None = None
    onFailed: Callable[[CXRGroundingError], object] | None = None


@dataclass(frozen=True)
class Run:
    """A grounding that the worker was asked for.

    Args:
        worker: that was asked.
        volumeNode: the radiograph's node.
        tasks: load, set the radiograph, ground, in that order; what the worker has already costs nothing.
        options: of `scene_writer.writeFinding`.
        callbacks: whom to tell.
    """

    worker: Worker
    volumeNode: Any
    tasks: tuple[WorkerTask, ...]
    options: dict[str, bool]
    callbacks: Callbacks

    @classmethod
    def begin(
        cls,
        worker: Worker,
        volumeNode: Any,
        radiograph: Radiograph,
        phrases: list[str],
        *,
        model: str | Path | None,
        device: str,
        steps: int | None,
        options: dict[str, bool],
        callbacks: Callbacks,
    ) -> Run:
        """Hand the work to the worker; returns at once.

        Raises:
            ModelError: when there is no such model (any more).
        """
        entry = cxr_grounding.find_model(model)
        if entry.problem:
            raise ModelError(entry.problem)
        tasks = (
            worker.load(entry.folder, device=device, steps=steps),
            worker.set_radiograph(radiograph),
            worker.ground(phrases),
        )
        return cls(worker, volumeNode, tasks, options, callbacks)

    @property
    def done(self) -> bool:
        """Whether `result` has an answer or an error."""
        return self.tasks[-1].done or self._failed is not None

    @property
    def progress(self) -> tuple[str, int, int] | None:
        """(stage, done, total) of what the worker does now; None before it has said anything."""
        return next((task.progress for task in self.tasks if not task.done), None)

    def result(self) -> list[Grounding]:
        """The answers in the order of the phrases.

        Raises:
            CXRGroundingError: of the first task that failed; those behind it are given up.
        """
        failed = self._failed
        if failed is not None:
            self.worker.cancel()
        return (failed or self.tasks[-1]).result()

    def wait(self, progress: Progress | None) -> list[Grounding]:
        """`result`, when it is there; `progress` is told, and stops the run by returning False."""
        try:
            return [self.worker.wait(task, progress) for task in self.tasks][-1]
        except CXRGroundingError:
            self.worker.cancel()
            raise

    @property
    def _failed(self) -> WorkerTask | None:
        return next((task for task in self.tasks if task.error is not None), None)


def cleanPhrases(phrases: str | list[str] | tuple[str, ...]) -> list[str]:
    """The phrases as they are grounded, each once, white space made even.

    Raises:
        PhraseError: when there is none, or one is empty.
    """
    given = [phrases] if isinstance(phrases, str) else list(phrases)
    asked = list(dict.fromkeys(" ".join(phrase.split()) for phrase in given))
    if not asked or not all(asked):
        raise PhraseError("There is no phrase to ground. Type what to look for, for example: left pleural effusion.")
    return asked
