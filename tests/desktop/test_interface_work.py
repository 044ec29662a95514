"""The count tells apart what one turn of the event loop does and what several do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QTimer
from pytestqt.qtbot import QtBot

from cxr_grounding import Grounding, WorkerTask
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.view import slice_view
from interface_work import InterfaceWork


def finish_answer() -> None:
    """What the worker does when an answer comes."""
    WorkerTask[Any](()).finish(object.__new__(Grounding))


def run_in_one_turn(qtbot: QtBot, *actions: Callable[[], object]) -> None:
    QTimer.singleShot(0, lambda: [action() for action in actions])
    qtbot.wait(20)


def test_work_of_one_turn_is_counted_together_and_that_of_several_apart(qtbot: QtBot, host: Host) -> None:
    with InterfaceWork() as work:
        run_in_one_turn(qtbot, finish_answer, finish_answer)
        run_in_one_turn(qtbot, finish_answer)
        run_in_one_turn(qtbot, *[lambda: slice_view.composite_image(host.slice_logic)] * 3)
    finish_answer()
    assert (work.arrived, work.written, work.composited) == ([2, 1], [], [3])


def test_sleep_counts_on_the_interface_s_thread_only(qtbot: QtBot, host: Host) -> None:
    with InterfaceWork() as work:
        time.sleep(0)
        other = threading.Thread(target=time.sleep, args=(0,))
        other.start()
        other.join()
    time.sleep(0)
    assert work.slept == 1


def test_what_is_no_answer_does_not_count_as_one(qtbot: QtBot, host: Host) -> None:
    with InterfaceWork() as work:
        run_in_one_turn(qtbot, lambda: WorkerTask[Any](()).finish(None))
    assert work.arrived == []
