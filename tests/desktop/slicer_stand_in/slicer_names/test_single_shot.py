"""`qt.QTimer.singleShot` as Slicer's Python has it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from cxr_grounding_desktop.slicer_stand_in.host import Host


def test_it_is_a_python_function_that_calls_another_one_later(host_names: Host, qtbot: Any) -> None:
    import qt

    got: list[str] = []
    assert inspect.isfunction(qt.QTimer.singleShot)
    qt.QTimer.singleShot(0, lambda: got.append("first"))
    qt.QTimer.singleShot(msec=0, receiverOrCallable=lambda: got.append("second"))
    assert got == []
    qtbot.waitUntil(lambda: got == ["first", "second"])


def test_a_type_of_timer_is_refused(host_names: Host) -> None:
    import qt

    with pytest.raises(NotImplementedError, match="Python functions only"):
        qt.QTimer.singleShot(0, qt.Qt.PreciseTimer, lambda: None)


def test_a_timer_s_own_is_whether_it_fires_once(host_names: Host) -> None:
    import qt

    timer = qt.QTimer()
    timer.setSingleShot(True)
    assert timer.singleShot is True
