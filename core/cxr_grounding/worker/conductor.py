"""Brings one child after the other to what the tasks want, and judges whether the child is well."""

from __future__ import annotations

import os
import time
import weakref
from collections import deque
from dataclasses import dataclass
from typing import Any, TypeVar

from cxr_grounding import errors
from cxr_grounding.disk.sentences import reason
from cxr_grounding.engine import Task
from cxr_grounding.errors import Cancelled, CXRGroundingError, OrderError, WorkerError, WorkerLostError
from cxr_grounding.progress import Progress
from cxr_grounding.worker.child import Child, Wanted
from cxr_grounding.worker.forks import tell_in_forks
from cxr_grounding.worker.link import Link
from cxr_grounding.worker.process import ChildProcess
from cxr_grounding.worker.protocol import (
    LASTING,
    LOAD,
    LOADING,
    STARTING,
    Advance,
    Done,
    Failed,
    GarbageError,
    Goodbye,
    Heartbeat,
    Message,
)
from cxr_grounding.worker.task import PolledClock, Step, WorkerTask

T = TypeVar("T")

WAIT_SECONDS = 0.02
"""Between two polls of the blocking form."""

END_SECONDS = 2.0
"""For a process to end after it has closed its connection."""

BURIAL_SECONDS = 10.0
"""For the system to take a killed process away, on closing; one that holds a GPU takes a while."""


@dataclass(frozen=True)
class Patience:
    """How long what is waited for.

    Args:
        idle_seconds: without a request, after which the child ends and gives its memory back.
        silence_seconds: without any sign of life from a child at work, after which it counts as hung.
        grace_seconds: from asking it to stop until it is killed.

    Raises:
        ValueError: when one of the times is not above 0.
    """

    idle_seconds: float = 600.0
    silence_seconds: float = 60.0
    grace_seconds: float = 5.0

    def __post_init__(self) -> None:
        for name, seconds in vars(self).items():
            if not seconds > 0:
                raise ValueError(f"{name} is {seconds}, but a time above 0 is needed")


class Conductor:
    """The tasks of a `Worker` in their order, and the child that does them.

    Args:
        command: the child's interpreter, or a launcher that starts it.
        patience: how long what is waited for.
        desk: what the child does, one of `server.DESKS`.
    """

    def __init__(self, command: str, patience: Patience, desk: str) -> None:
        self._command = command
        self._desk = desk
        self._patience = patience
        self._clock = PolledClock()
        self._tasks: deque[WorkerTask[Any]] = deque()
        self._child: Child | None = None
        self._processes: list[ChildProcess] = []
        self._at_exit = weakref.finalize(self, _end_all, self._processes, os.getpid())
        tell_in_forks(self)

    @property
    def pid(self) -> int | None:
        """Of the child; None while none runs."""
        process = None if self._child is None else self._child.link.process
        return process.pid if process is not None and process.is_running else None

    def has(self, task: object) -> bool:
        """Whether a task is waiting or under way here."""
        return task in self._tasks

    def start(self) -> bool:
        """Start a child unless one runs.

        Returns:
            Whether it is connected, which is when it loads what it needs; before that it waits for `start` or `poll`.

        Raises:
            WorkerError: when it cannot be started.
        """
        self.poll()
        if self._child is None:
            self._start()
        return self._child is not None and self._child.link.is_open

    def ask(self, *steps: Step) -> WorkerTask[Any]:
        """A new task, the last in the row, that is done when all these steps stand."""
        task: WorkerTask[Any] = WorkerTask(steps)
        if self._tasks:
            task.progress = self._tasks[0].progress
        self._tasks.append(task)
        self.poll()
        return task

    def poll(self) -> None:
        """Let everything advance as far as it can without waiting."""
        self._clock.tick()
        current = None if self._child is None else self._child.link.process
        self._processes[:] = [one for one in self._processes if one is current or not one.bury()]
        if self._child is not None:
            self._look_after(self._child)
        while self._tasks and self._under_way is None and self._advance(self._tasks[0]):
            pass

    def wait(self, task: Task[T], progress: Progress | None = None) -> T:
        """Poll until a task is done; see `Worker.wait`."""
        if not task.done and not self.has(task):
            raise OrderError("This task was asked of another worker. Wait for it there.")
        told = None
        try:
            while not task.done:
                self.poll()
                if progress is not None and task.progress is not None and task.progress != told:
                    told = task.progress
                    if progress(*told) is False:
                        self.cancel()
                if not task.done:
                    time.sleep(WAIT_SECONDS)
        finally:
            if not task.done:
                self.cancel()
        return task.result()

    def cancel(self) -> None:
        """Stop all tasks; what the child is at ends when it answers, or when it is killed."""
        under_way = None if self._under_way is None else self._tasks.popleft()
        for task in self._tasks:
            task.fail(Cancelled("Stopped on request before it began."))
        self._tasks.clear()
        child = self._child
        if child is None:
            return
        if under_way is None:
            child.wanted = Wanted.NOTHING
            return
        self._tasks.append(under_way)
        if child.wanted is not Wanted.STOP:
            child.wanted, child.stop_by = Wanted.STOP, self._clock.now + self._patience.grace_seconds
            child.link.cancel(child.number)

    def close(self) -> None:
        """End the child and all tasks, and leave nothing behind."""
        for task in self._tasks:
            task.fail(Cancelled("Stopped because the worker was closed."))
        self._tasks.clear()
        if self._child is not None:
            self._child.wanted = Wanted.NOTHING
        self._drop()
        for process in self._processes:
            process.bury(BURIAL_SECONDS)
        self._processes.clear()

    def forget(self) -> None:
        """For a fork of the program: the child is not its own; what it asks for is done by one that it starts."""
        for process in self._processes:
            process.let_go()
        self._processes.clear()
        self._at_exit.detach()
        self._at_exit = weakref.finalize(self, _end_all, self._processes, os.getpid())
        child, self._child = self._child, None
        if child is not None:
            child.link.let_go()
            if child.wanted is Wanted.STOP:
                self._end_task(error=Cancelled("Stopped on request."))

    # What is next

    @property
    def _under_way(self) -> Step | None:
        """What the child was asked and has not answered."""
        return None if self._child is None else self._child.sent

    def _advance(self, task: WorkerTask[Any]) -> bool:
        """Send the next step of the first task; True when it has ended without, and the next may be looked at."""
        standing = () if self._child is None else self._child.standing
        step = next((step for step in task.steps if step not in standing), None)
        if step is None:
            self._end_task(value=task.steps[-1].answer)
            return True
        try:
            self._send(self._child or self._start(), task.steps, step)
        except WorkerError as error:
            self._end_task(error=error)
            return True
        return False

    def _start(self) -> Child:
        link = Link([self._command], {"desk": self._desk, "idle_seconds": self._patience.idle_seconds})
        self._processes.append(link.process)
        self._child = Child(link, heard=self._clock.now)
        return self._child

    def _send(self, child: Child, steps: tuple[Step, ...], step: Step) -> None:
        link = child.link
        if link.is_lost:
            return  # the next look after it finds how it ended
        if child.wanted is Wanted.NOTHING:
            child.wanted, child.heard = Wanted.ANSWER, self._clock.now
        if not link.is_open:
            self._tell(STARTING, 0, 1)
            return
        child.number += 1
        try:
            link.request(child.number, step.work, step.packed)
        except OSError as error:
            if not link.process.folder.exists():
                self._drop()  # it is just ending by itself, or its files were swept away: a fresh one will be asked
                return
            raise WorkerError(
                f"What the worker needs cannot be written to {link.process.folder} ({reason(error)}). Check the space "
                "on its disk."
            ) from error
        child.sent, child.heard = step, self._clock.now
        child.standing = steps[: steps.index(step)]  # all before it stand; what it replaces does no more
        if step.work == LOAD:
            self._tell(LOADING, 0, 1)

    # What the child says, and how it is

    def _look_after(self, child: Child) -> None:
        """Take in what the child said, and judge whether it ended, hangs, or does not stop when asked to."""
        link = child.link
        was_running = link.process.is_running  # asked first, so that last words are heard before it is judged
        try:
            for message in link.receive():
                child.heard = self._clock.now
                if isinstance(message, Goodbye):
                    self._drop()
                    return
                self._take(child, message)
        except GarbageError as error:
            self._give_up(child, f"The worker sent what cannot be understood ({error}), and was ended.")
            return
        now = self._clock.now
        if link.is_lost or not was_running:
            child.lost_at = now if child.lost_at is None else child.lost_at
            if not was_running or now > child.lost_at + END_SECONDS:
                self._judge_end(child)
        elif child.wanted is Wanted.STOP and now > child.stop_by:
            self._give_up(child, "The worker did not stop when it was asked to, and was ended.")
        elif child.wanted is not Wanted.NOTHING and now > child.heard + self._patience.silence_seconds:
            silence = f"{self._patience.silence_seconds:g} seconds"
            self._give_up(child, f"The worker gave no sign of life for {silence} while {child.doing}, and was ended.")

    def _take(self, child: Child, message: Message) -> None:
        """Act on a message about what the child was asked."""
        if isinstance(message, Heartbeat):
            return
        task, sent = self._tasks[0] if self._tasks else None, child.sent
        if (
            not isinstance(message, Advance | Done | Failed)
            or message.number != child.number
            or task is None
            or sent is None
        ):
            raise GarbageError(f"{message} out of place")
        if isinstance(message, Advance):
            self._tell(message.stage, message.done, message.total)
            return
        error = _error_of(message) if isinstance(message, Failed) else None
        if error is None:
            sent.answer = child.link.result(message.number)
            if sent.work in LASTING:
                child.standing = (*child.standing, sent)
        child.sent = None
        if child.wanted is Wanted.STOP and not isinstance(error, Cancelled):
            error = Cancelled("Stopped on request.")
        if error is not None:
            self._end_task(error=error)
        elif sent is task.steps[-1]:
            self._end_task(value=sent.answer)

    def _judge_end(self, child: Child) -> None:
        """The child has ended: as it meant to, when it was idle, or by a crash."""
        if child.link.is_open and child.link.process.exit_code == 0:
            self._drop()
            return
        how, advice = child.link.process.describe_end()
        self._give_up(child, f"The worker {how} while {child.doing}.", advice)

    def _tell(self, stage: str, done: int, total: int) -> None:
        """Progress of the first task, which those after it wait for."""
        for task in self._tasks:
            task.progress = (stage, done, total)

    def _give_up(self, child: Child, what: str, advice: str = "Ask again") -> None:
        """End the child; the task under way gets the error, the end of the child's log with it."""
        tail, suffers = child.link.process.log_tail(), child.wanted is Wanted.ANSWER
        self._drop()
        if suffers:
            log = f"\nThe end of its log:\n{tail}" if tail else ""
            rest = f"{advice}: a fresh one is started.{log}"
            self._end_task(error=WorkerError(f"{what} {rest}") if child.sent is None else WorkerLostError(what, rest))

    def _drop(self) -> None:
        """End the child, if there is one; the tasks stay, but for one that was being stopped."""
        child, self._child = self._child, None
        if child is None:
            return
        child.link.cut()
        if child.wanted is Wanted.STOP:
            self._end_task(error=Cancelled("Stopped on request."))

    def _end_task(self, value: Any = None, error: CXRGroundingError | None = None) -> None:
        """The first task has come to its end."""
        task = self._tasks.popleft()
        if self._child is not None:
            self._child.wanted = Wanted.NOTHING
        if error is None:
            task.finish(value)
        else:
            task.fail(error)


def _error_of(message: Failed) -> CXRGroundingError:
    """The error of this package that the child met, as the same class.

    Raises:
        GarbageError: when there is no such class.
    """
    kind = getattr(errors, message.error, None)
    if not (isinstance(kind, type) and issubclass(kind, CXRGroundingError)):
        raise GarbageError(f"an error of the unknown class {message.error[:80]!r}")
    return kind(message.text)


def _end_all(processes: list[ChildProcess], owner: int) -> None:
    """For a worker that nobody closed: at the end of this interpreter, but not of a fork of it."""
    if os.getpid() != owner:
        return
    for process in processes:
        process.kill()
        process.bury(BURIAL_SECONDS)
