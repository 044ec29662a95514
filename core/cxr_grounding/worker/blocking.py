"""The worker as an `Engine`: calls return when they are done, the work is another process's."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, overload

from cxr_grounding.ask import Ask
from cxr_grounding.engine import Asked, OpenedModel, Several
from cxr_grounding.grounding import Grounding
from cxr_grounding.models.registry import model_folder
from cxr_grounding.progress import Progress, StopSwitch
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.worker.client import Worker
from cxr_grounding.worker.task import WorkerTask

T = TypeVar("T")


class BlockingWorker:
    """Grounds in a child process: the `Engine` for programs that can wait, but must not fall with it.

        with BlockingWorker.open("models/my-model") as engine:
            engine.set_radiograph(radiograph)
            grounding = engine.ground("small left pleural effusion")

    Not for use from two threads at once, but for `cancel`.

    Args:
        worker: that does it; it is closed with this object.
        opened: what it has opened.
    """

    def __init__(self, worker: Worker, opened: OpenedModel) -> None:
        self._worker = worker
        self._opened = opened
        self._stop = StopSwitch()

    @classmethod
    def open(
        cls, ask: Ask | str | Path | None = None, *, python: str | Path | None = None, **changes: Any
    ) -> BlockingWorker:
        """Start a process and open a model in it; see `Engine.open`.

        Args:
            ask: how questions are computed, or a model by its name or folder.
            python: the child's interpreter, as for `Worker`.
            changes: fields of `Ask`.

        Raises:
            ModelError: when there is no such model, or it cannot be opened.
            WorkerError: when the process cannot be started, or fails.
        """
        asked = Ask.of(ask, **changes)
        model_folder(asked.model)  # one that is not there is said at once, before a process has loaded what it needs
        worker = Worker(python)
        try:
            opened = worker.wait(worker.load(asked))
            return cls(worker, dataclasses.replace(opened, recipe=asked.followed(opened.recipe)))
        except BaseException:  # an interrupt too: no process stays
            worker.close()
            raise

    @property
    def opened(self) -> OpenedModel:
        """What is open."""
        return self._opened

    def set_radiograph(
        self, radiograph: Radiograph, ask: Ask | None = None, *, progress: Progress | None = None, **changes: Any
    ) -> None:
        """Prepare a radiograph; see `Engine.set_radiograph`."""
        self._wait(self._worker.set_radiograph(radiograph, ask, **changes), progress)

    @overload
    def ground(
        self, phrases: Asked, ask: Ask | None = None, *, progress: Progress | None = None, **changes: Any
    ) -> Grounding: ...

    @overload
    def ground(
        self,
        phrases: Several,
        ask: Ask | None = None,
        *,
        progress: Progress | None = None,
        **changes: Any,
    ) -> list[Grounding]: ...

    def ground(
        self,
        phrases: Asked | Several,
        ask: Ask | None = None,
        *,
        progress: Progress | None = None,
        **changes: Any,
    ) -> Grounding | list[Grounding]:
        """Find where phrases point; see `Engine.ground`."""
        task: WorkerTask[Any] = self._worker.ground(phrases, ask, **changes)
        answer: Grounding | list[Grounding] = self._wait(task, progress)
        return answer

    def cancel(self) -> None:
        """Stop the call under way at its next report of progress; it raises `Cancelled`."""
        self._stop.press()

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    def __enter__(self) -> BlockingWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait(self, task: WorkerTask[T], progress: Progress | None) -> T:
        return self._worker.wait(task, self._stop.watched(progress))
