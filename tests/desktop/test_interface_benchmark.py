"""The watch of `benchmarks.interface` finds what holds the interface up; here, where the application is the host's."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from benchmarks.interface import InterfaceWatch


def test_a_turn_that_takes_long_is_a_gap_of_its_length(qtbot: QtBot) -> None:
    now = [5.0]
    watch = InterfaceWatch(lambda: now[0])
    qtbot.waitUntil(lambda: len(watch.gaps_ms) == 2)
    now[0] += 0.3
    qtbot.waitUntil(lambda: len(watch.gaps_ms) > 3)
    now[0] += 0.1
    watch.stop()
    assert [round(gap) for gap in watch.gaps_ms if gap] == [300, 100]


def test_a_stopped_watch_looks_no_more(qtbot: QtBot) -> None:
    watch = InterfaceWatch()
    watch.stop()
    qtbot.wait(50)
    assert len(watch.gaps_ms) == 1
