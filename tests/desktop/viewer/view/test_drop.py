"""Files that are dropped on the view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PyQt5.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt5.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.viewer.view import SliceView


@pytest.fixture
def carried() -> Iterator[Callable[..., QMimeData]]:
    """Makes what is dragged; it must outlive the events."""
    kept: list[QMimeData] = []

    def make(*urls: QUrl, text: str = "") -> QMimeData:
        data = QMimeData()
        if urls:
            data.setUrls(list(urls))
        data.setText(text) if text else None
        kept.append(data)
        return data

    yield make
    kept.clear()


def enter(view: SliceView, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(QPoint(50, 50), Qt.CopyAction | Qt.MoveAction, data, Qt.LeftButton, Qt.NoModifier)
    QApplication.sendEvent(view, event)
    return event


def drop(view: SliceView, data: QMimeData) -> QDropEvent:
    event = QDropEvent(QPointF(50, 50), Qt.CopyAction | Qt.MoveAction, data, Qt.LeftButton, Qt.NoModifier)
    QApplication.sendEvent(view, event)
    return event


def test_dropped_files_are_told_as_paths(
    qtbot: QtBot, view: SliceView, carried: Callable[..., QMimeData], tmp_path: Path
) -> None:
    paths = [str(tmp_path / "a b ü.dcm"), str(tmp_path / "c.png")]
    data = carried(*map(QUrl.fromLocalFile, paths))
    assert enter(view, data).isAccepted()
    with qtbot.waitSignal(view.files_dropped) as told:
        event = drop(view, data)
    assert told.args == [paths]
    assert event.dropAction() == Qt.CopyAction  # a move would delete the file where it comes from


def test_of_what_is_dropped_only_files_of_this_computer_count(
    qtbot: QtBot, view: SliceView, carried: Callable[..., QMimeData], tmp_path: Path
) -> None:
    here = str(tmp_path / "a.dcm")
    data = carried(QUrl("https://example.org/b.dcm"), QUrl.fromLocalFile(here))
    enter(view, data)
    with qtbot.waitSignal(view.files_dropped) as told:
        drop(view, data)
    assert told.args == [[here]]


def test_anything_else_is_refused(view: SliceView, carried: Callable[..., QMimeData], glass: Callable) -> None:
    told: list[object] = []
    view.files_dropped.connect(told.append)
    before = glass()
    for data in (carried(QUrl("https://example.org/b.dcm")), carried(text="a phrase")):
        assert not enter(view, data).isAccepted()
        drop(view, data)
    assert told == []
    np.testing.assert_array_equal(glass(), before)


@pytest.mark.parametrize("end", ["drop", "leave"])
def test_the_border_lights_up_while_files_are_over_it(
    view: SliceView, carried: Callable[..., QMimeData], tmp_path: Path, glass: Callable, end: str
) -> None:
    before, accent = glass(), view.palette().highlight().color()
    data = carried(QUrl.fromLocalFile(str(tmp_path / "a.dcm")))
    enter(view, data)
    lit = glass()
    assert [tuple(lit[place]) for place in ((1, 200), (298, 200), (150, 1), (150, 398))] == [accent.getRgb()[:3]] * 4
    np.testing.assert_array_equal(lit[5:-5, 5:-5], before[5:-5, 5:-5])
    if end == "drop":
        drop(view, data)
    else:
        QApplication.sendEvent(view, QDragLeaveEvent())
    np.testing.assert_array_equal(glass(), before)
