"""The worker as its user sees it; it never blocks, and starts no thread, for in Slicer they starve. docs/worker.md."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeVar, overload

from cxr_grounding.ask import Ask, Stage
from cxr_grounding.engine import Asked, OpenedModel, Several, Task
from cxr_grounding.errors import ModelError, OrderError
from cxr_grounding.grounding import Grounding
from cxr_grounding.models.registry import find_model
from cxr_grounding.progress import Progress
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.worker.conductor import Conductor, Patience
from cxr_grounding.worker.packing import pack
from cxr_grounding.worker.process import executable
from cxr_grounding.worker.protocol import GROUND, GROUNDING, SET_RADIOGRAPH
from cxr_grounding.worker.task import Step, WorkerTask, loading

T = TypeVar("T")


class _Model(NamedTuple):
    """The model that was asked for last: where it lies, and the step that opens it."""

    folder: str
    step: Step


class _Prepared(NamedTuple):
    """A radiograph, how it is prepared, as the child is told, and the step that does it."""

    radiograph: Radiograph
    wanted: Ask
    step: Step


class Worker:
    """Grounds in a child process, which keeps the model and the radiograph warm.

        with Worker() as worker:
            worker.load("models/my-model")
            worker.set_radiograph(radiograph)
            grounding = worker.wait(worker.ground("small left pleural effusion"))

    Requests return a `WorkerTask` at once and are done in order. Something must call `poll` now and then: a timer of
    the user interface, or `wait`. The process starts with the first request. When it crashes, is killed or hangs, the
    task under way gets the error; when it was idle for long it ends by itself, and nobody hears of it. The next
    request starts a fresh one and brings it back to the model and the radiograph that were asked for last.

    Not for use from two threads at once.

    Args:
        python: the child's interpreter, or a launcher that starts it; None for the one that runs this.
        idle_seconds, silence_seconds, grace_seconds: see `conductor.Patience`.

    Raises:
        ValueError: when one of the times is not above 0.
    """

    def __init__(
        self,
        python: str | Path | None = None,
        idle_seconds: float = 600.0,
        *,
        silence_seconds: float = 60.0,
        grace_seconds: float = 5.0,
    ) -> None:
        self._conductor = Conductor(
            executable(python), Patience(idle_seconds, silence_seconds, grace_seconds), GROUNDING
        )
        self._opening = self._asked = Ask()  # those of `load`, and of the radiograph
        self._model: _Model | None = None
        self._radiograph: Radiograph | None = None
        self._prepared: _Prepared | None = None

    def start(self) -> bool:
        """Start the process now, so that it is warm when the first request comes.

        Returns:
            Whether it has started; until then call this, or `poll`, again in a moment.

        Raises:
            WorkerError: when it cannot be started.
        """
        return self._conductor.start()

    def load(self, ask: Ask | str | Path | None = None, **changes: Any) -> WorkerTask[OpenedModel]:
        """Open a model, unless it is the one that is open; the arguments are those of `Grounder.open`.

        Raises:
            RecipeError: when there is no such preset.
        """
        self._opening = self._asked = Ask.of(ask, **changes)
        folder = _folder_of(self._opening.model)
        step = loading(dataclasses.replace(self._opening, model=folder))
        self._model = _Model(folder, step.or_same(None if self._model is None else self._model.step))
        return self._conductor.ask(self._model.step)

    def set_radiograph(self, radiograph: Radiograph, ask: Ask | None = None, **changes: Any) -> WorkerTask[None]:
        """Prepare a radiograph, unless it is the one that is prepared; the arguments are those of `Grounder`.

        Raises:
            OrderError: before `load`, or when it asks for another model, device or precision than that did.
        """
        model = self._model
        if model is None:
            raise OrderError("No model was asked for yet. Call worker.load(folder) first.")
        self._asked = self._opening.later(ask, changes, Stage.MODEL)
        self._radiograph = radiograph
        return self._conductor.ask(model.step, self._preparing(model, radiograph))

    @overload
    def ground(self, phrases: Asked, ask: Ask | None = None, **changes: Any) -> WorkerTask[Grounding]: ...

    @overload
    def ground(self, phrases: Several, ask: Ask | None = None, **changes: Any) -> WorkerTask[list[Grounding]]: ...

    def ground(self, phrases: Asked | Several, ask: Ask | None = None, **changes: Any) -> WorkerTask[Any]:
        """Find where one phrase, or several that are looked at together, point on the radiograph that was set.

        Raises:
            OrderError: before `load` and `set_radiograph`, or when it asks for something that those have settled.
        """
        model, radiograph = self._model, self._radiograph
        if model is None or radiograph is None:
            missing = "load(folder)" if model is None else "set_radiograph(radiograph)"
            raise OrderError(f"There is nothing to ground on yet. Call worker.{missing} first.")
        asked = dataclasses.replace(self._asked.later(ask, changes, Stage.RADIOGRAPH), model=model.folder)
        wanted = phrases if isinstance(phrases, Asked) else list(phrases)
        return self._conductor.ask(model.step, self._preparing(model, radiograph), Step(GROUND, pack((wanted, asked))))

    def _preparing(self, model: _Model, radiograph: Radiograph) -> Step:
        """The step that prepares a radiograph as it was asked for last."""
        former = self._prepared
        wanted = dataclasses.replace(self._asked.until(Stage.RADIOGRAPH), model=model.folder)
        # By identity: a radiograph cannot change, and packing it takes a while.
        if former is None or former.radiograph is not radiograph or former.wanted != wanted:
            step = Step(SET_RADIOGRAPH, pack((radiograph, wanted))).or_same(None if former is None else former.step)
            self._prepared = former = _Prepared(radiograph, wanted, step)
        return former.step

    def poll(self) -> None:
        """Take in what the process has said, judge whether it is well, and send what is next; returns at once."""
        self._conductor.poll()

    def cancel(self) -> None:
        """Stop all that is asked for and not done; it ends with `Cancelled`, within one pass of the U-Net.

        A process that does not stop in time is killed.
        """
        self._conductor.cancel()

    def wait(self, task: Task[T], progress: Progress | None = None) -> T:
        """Poll until a task is done: the blocking form.

        An interrupt from the keyboard, or an error that `progress` raises, cancels and goes on to the caller.

        Args:
            task: from this worker.
            progress: told how far it is; returning False cancels all that is asked for.

        Returns:
            What came of it, as `task.result()`.

        Raises:
            CXRGroundingError: what went wrong; `Cancelled` when it was cancelled.
            OrderError: when the task is another worker's.
        """
        return self._conductor.wait(task, progress)

    def close(self) -> None:
        """End the process and remove its files; what is not done ends with `Cancelled`.

        A closed worker can be used again: the next request starts a process and brings it back to where it was.
        """
        self._conductor.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """Of the process (of the launcher, where there is one); None while there is none."""
        return self._conductor.pid


def _folder_of(model: str | Path | None) -> str:
    """Where a model lies, for a child that works in another folder. Of what is no model, the child says so."""
    try:
        return str(find_model(model).folder)
    except ModelError:
        return str(model)
