"""Brings one child after the other to what the tasks want, and judges whether the child is well."""

from __future__ import annotations

import os
import weakref
from collections import deque
from typing import Any

from cxr_grounding import errors
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import Cancelled, CXRGroundingError, WorkerError
from cxr_grounding.worker.link import Link
from cxr_grounding.worker.process import ChildProcess
from cxr_grounding.worker.protocol import (
    DOING,
    GROUND,
    LOAD,
    LOADING,
    STARTING,
    Done,
    Failed,
    GarbageError,
    Goodbye,
    Heartbeat,
    Message,
    Progress,
)
from cxr_grounding.worker.task import PolledClock, Step, WorkerTask

END_SECONDS = 2.0
"""For a process to end after it has closed its connection."""

BURIAL_SECONDS = 10.0
"""For the system to take a killed process away, on closing; one that holds a GPU takes a while."""


class Conductor:
    """The tasks of a `Worker` in their order, and the child that does them.

    Args:
        command: the child's interpreter, or a launcher that starts it.
        idle_seconds, silence_seconds, grace_seconds: as for `Worker`.
    """

    def __init__(self, command: str, *, idle_seconds: float, silence_seconds: float, grace_seconds: float) -> None:
        self._command = command
        self._idle_seconds = idle_seconds
        self._silence_seconds = silence_seconds
        self._grace_seconds = grace_seconds
        self._clock = PolledClock()
        self._tasks: deque[WorkerTask[Any]] = deque()
        self._link: Link | None = None
        self._standing: tuple[Step, ...] = ()  # what the child has open and prepared
        self._sent: Step | None = None  # what it was asked and has not answered
        self._number = 0
        self._is_awaited = False  # whether the first task suffers when the child fails
        self._heard = 0.0
        self._stop_by: float | None = None
        self._lost_at: float | None = None
        self._processes: list[ChildProcess] = []
        self._at_exit = weakref.finalize(self, _end_all, self._processes, os.getpid())

    @property
    def pid(self) -> int | None:
        """Of the child; None while none runs."""
        return self._link.process.pid if self._link is not None and self._link.process.is_running else None

    def has(self, task: WorkerTask[Any]) -> bool:
        """Whether a task is waiting or under way here."""
        return task in self._tasks

    def start(self) -> None:
        """Start a child unless one runs.

        Raises:
            WorkerError: when it cannot be started.
        """
        self.poll()
        if self._link is None:
            self._start()

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
        current = None if self._link is None else self._link.process
        self._processes[:] = [one for one in self._processes if one is current or not one.bury()]
        if self._link is not None:
            self._look_after(self._link)
        while self._tasks and self._sent is None and self._advance(self._tasks[0]):
            pass

    def cancel(self) -> None:
        """Stop all tasks; what the child is at ends when it answers, or when it is killed."""
        under_way = self._tasks.popleft() if self._sent is not None else None
        for task in self._tasks:
            task.fail(Cancelled("Stopped on request before it began."))
        self._tasks.clear()
        if under_way is None or self._link is None:
            self._is_awaited = False
            return
        self._tasks.append(under_way)
        if self._stop_by is None:
            self._stop_by = self._clock.now + self._grace_seconds
            self._link.cancel(self._number)

    def close(self) -> None:
        """End the child and all tasks, and leave nothing behind."""
        for task in self._tasks:
            task.fail(Cancelled("Stopped because the worker was closed."))
        self._tasks.clear()
        self._stop_by = None
        self._drop()
        for process in self._processes:
            process.bury(BURIAL_SECONDS)
        self._processes.clear()

    # What is next

    def _advance(self, task: WorkerTask[Any]) -> bool:
        """Send the next step of the first task; True when it has ended without, and the next may be looked at."""
        step = next((step for step in task.steps if step not in self._standing), None)
        if step is None:
            self._end_task(value=task.steps[-1].answer)
            return True
        try:
            link = self._link or self._start()
            self._send(link, task.steps, step)
        except WorkerError as error:
            self._end_task(error=error)
            return True
        return False

    def _start(self) -> Link:
        self._link = Link([self._command], self._idle_seconds)
        self._processes.append(self._link.process)
        self._heard, self._lost_at = self._clock.now, None
        return self._link

    def _send(self, link: Link, steps: tuple[Step, ...], step: Step) -> None:
        if link.is_lost:
            return  # the next look after it finds how it ended
        if not self._is_awaited:
            self._is_awaited, self._heard = True, self._clock.now
        if not link.is_open:
            self._tell(STARTING, 0, 1)
            return
        self._number += 1
        try:
            link.request(self._number, step.work, step.packed)
        except OSError as error:
            if not link.process.folder.exists():
                link.is_lost = True  # it is just ending by itself, and a fresh one will be asked
                return
            raise WorkerError(
                f"What the worker needs cannot be written to {link.process.folder} ({reason(error)}). Check the space "
                "on its disk."
            ) from error
        self._sent, self._heard = step, self._clock.now
        self._standing = steps[: steps.index(step)]  # all before it stand; what it replaces does no more
        if step.work == LOAD:
            self._tell(LOADING, 0, 1)

    # What the child says, and how it is

    def _look_after(self, link: Link) -> None:
        """Take in what the child said, and judge whether it ended, hangs, or does not stop when asked to."""
        was_running = link.process.is_running  # asked first, so that last words are heard before it is judged
        try:
            for message in link.receive():
                self._heard = self._clock.now
                if isinstance(message, Goodbye):
                    self._drop()
                    return
                self._take(link, message)
        except GarbageError as error:
            self._give_up(f"The worker sent what cannot be understood ({error}), and was ended.")
            return
        now = self._clock.now
        if link.is_lost or not was_running:
            self._lost_at = now if self._lost_at is None else self._lost_at
            if not was_running or now > self._lost_at + END_SECONDS:
                self._judge_end(link)
        elif self._stop_by is not None and now > self._stop_by:
            self._give_up("The worker did not stop when it was asked to, and was ended.")
        elif self._is_awaited and now > self._heard + self._silence_seconds:
            self._give_up(
                f"The worker gave no sign of life for {self._silence_seconds:g} seconds while {self._doing()}, and was "
                "ended."
            )

    def _take(self, link: Link, message: Message) -> None:
        """Act on a message about what the child was asked."""
        if isinstance(message, Heartbeat):
            return
        task, sent = self._tasks[0] if self._tasks else None, self._sent
        if (
            not isinstance(message, Progress | Done | Failed)
            or message.number != self._number
            or task is None
            or sent is None
        ):
            raise GarbageError(f"{message} out of place")
        if isinstance(message, Progress):
            self._tell(message.stage, message.done, message.total)
            return
        error = _error_of(message) if isinstance(message, Failed) else None
        if error is None:
            sent.answer = link.result(message.number)
            if sent.work != GROUND:
                self._standing = (*self._standing, sent)
        self._sent = None
        if self._stop_by is not None and not isinstance(error, Cancelled):
            error = Cancelled("Stopped on request.")
        if error is not None:
            self._end_task(error=error)
        elif sent is task.steps[-1]:
            self._end_task(value=sent.answer)

    def _judge_end(self, link: Link) -> None:
        """The child has ended: as it meant to, when it was idle, or by a crash."""
        if link.is_open and link.process.exit_code == 0:
            self._drop()
            return
        how, advice = link.process.describe_end()
        self._give_up(f"The worker {how} while {self._doing()}.", advice)

    def _doing(self) -> str:
        return "starting" if self._sent is None else DOING[self._sent.work]

    def _tell(self, stage: str, done: int, total: int) -> None:
        """Progress of the first task, which those after it wait for."""
        for task in self._tasks:
            task.progress = (stage, done, total)

    def _give_up(self, what: str, advice: str = "Ask again") -> None:
        """End the child; the task under way gets the error, the end of the child's log with it."""
        tail = "" if self._link is None else self._link.process.log_tail()
        suffers = self._is_awaited and self._stop_by is None
        self._drop()
        if suffers:
            told = f"\nThe end of its log:\n{tail}" if tail else ""
            self._end_task(error=WorkerError(f"{what} {advice}: a fresh one is started.{told}"))

    def _drop(self) -> None:
        """End the child, if there is one; the tasks stay, but for one that was being stopped."""
        if self._link is not None:
            self._link.cut()
        self._link, self._sent, self._standing = None, None, ()
        self._is_awaited, self._lost_at = False, None
        if self._stop_by is not None:
            self._end_task(error=Cancelled("Stopped on request."))

    def _end_task(self, value: Any = None, error: CXRGroundingError | None = None) -> None:
        """The first task has come to its end."""
        task = self._tasks.popleft()
        self._is_awaited, self._stop_by = False, None
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
