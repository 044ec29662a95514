"""Counts what the thread of the interface does in each turn of its event loop, so that no test has to take times."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any
from unittest.mock import patch

from PyQt5.QtCore import QAbstractEventDispatcher, QObject

from cxr_grounding import Grounding, WorkerTask
from cxr_grounding_desktop.viewer.view import slice_view


class InterfaceWork(QObject):
    """Counts, while its block lasts, what would hold the interface up if one turn did it several times or at all.

        with InterfaceWork() as work:
            ...  # click, and let the event loop run
        assert work.written == [1]

    Made when the module is open. Each list has an entry for each turn that did any of it, in order: how often.

    Attributes:
        arrived: answers that were taken over from the worker.
        written: answers that were put into the scene.
        composited: pictures that the slice logic blended for a view.
        read: radiographs that were read, from a file or from the voxels of a node; how many in all.
        slept: calls of `time.sleep` on this thread, as in the blocking form of the worker; how many in all.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turn = 0
        self._done: dict[str, Counter[int]] = {kind: Counter() for kind in ("arrived", "written", "composited")}
        self.read = self.slept = 0
        self._undo = ExitStack()

    @property
    def arrived(self) -> list[int]:
        return self._by_turn("arrived")

    @property
    def written(self) -> list[int]:
        return self._by_turn("written")

    @property
    def composited(self) -> list[int]:
        return self._by_turn("composited")

    def __enter__(self) -> InterfaceWork:
        dispatcher = QAbstractEventDispatcher.instance()
        for signal in (dispatcher.awake, dispatcher.aboutToBlock):
            signal.connect(self._next_turn)
            self._undo.callback(signal.disconnect, self._next_turn)
        module = sys.modules["CXRGroundingLib.logic"]
        self._watch(module.Answers, "write", lambda *_: self._note("written"))
        self._watch(module.scene_reader, "readRadiograph", self._note_reading)
        self._watch(module.scene_loader, "loadRadiograph", self._note_reading)
        self._watch(WorkerTask, "finish", self._note_arrival)
        self._watch(slice_view, "composite_image", lambda *_: self._note("composited"))
        self._watch(time, "sleep", self._note_sleep)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _watch(self, owner: Any, name: str, note: Callable[..., None]) -> None:
        """Have a function noted whenever it is called."""
        function = getattr(owner, name)

        @functools.wraps(function)
        def noted(*arguments: Any, **options: Any) -> Any:
            note(*arguments)
            return function(*arguments, **options)

        self._undo.enter_context(patch.object(owner, name, noted))

    def _next_turn(self) -> None:
        self._turn += 1

    def _note(self, kind: str) -> None:
        self._done[kind][self._turn] += 1

    def _note_arrival(self, task: WorkerTask[Any], value: Any) -> None:
        if isinstance(value, Grounding):
            self._note("arrived")

    def _note_reading(self, *_: Any) -> None:
        self.read += 1

    def _note_sleep(self, *_: Any) -> None:
        self.slept += threading.current_thread() is threading.main_thread()

    def _by_turn(self, kind: str) -> list[int]:
        return [count for _, count in sorted(self._done[kind].items())]
