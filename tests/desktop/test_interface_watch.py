"""The watch finds what holds the interface up."""

from __future__ import annotations

import time

from pytestqt.qtbot import QtBot

from interface_watch import InterfaceWatch


def test_waiting_in_a_slot_is_a_gap(qtbot: QtBot) -> None:
    watch = InterfaceWatch()
    qtbot.wait(100)
    time.sleep(0.3)
    qtbot.wait(50)
    watch.stop()
    assert watch.longest_ms > 290
    assert len(watch.gaps_ms) > 5


def test_work_in_a_slot_is_a_gap(qtbot: QtBot) -> None:
    watch = InterfaceWatch()
    qtbot.wait(50)
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        pass
    qtbot.wait(50)
    watch.stop()
    assert watch.longest_ms > 190
