"""Signals are connected by their C++ signatures; slots get what they take, and may raise."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from PyQt5.QtCore import QObject, pyqtSignal
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.pythonqt import make_namespace, wrap


class Selector(QObject):
    """Has a signal with a node, as Slicer's selectors do."""

    currentNodeChanged = pyqtSignal(object)
    valueChanged = pyqtSignal(float)


@pytest.fixture
def qt(qapp: Any) -> Any:
    """The module `qt`."""
    return make_namespace("qt", qt=True)


def test_a_slot_gets_what_the_signature_names(qt: Any) -> None:
    button, got = qt.QPushButton(), []
    button.connect("clicked()", lambda *arguments: got.append(arguments))
    button.connect("clicked(bool)", lambda *arguments: got.append(arguments))
    button.click()
    assert got == [(), (False,)]


def test_a_slot_gets_at_most_what_it_takes_and_defaults_count(qt: Any) -> None:
    button, got = qt.QPushButton(), []
    button.connect("clicked(bool)", lambda: got.append("none"))
    button.connect("clicked(bool)", lambda force="left alone": got.append(force))
    button.click()
    assert got == ["none", False]


def test_an_object_that_is_called_gets_all_even_when_it_takes_fewer(qt: Any, qtbot: QtBot) -> None:
    class Slot:
        def __call__(self) -> None:
            raise AssertionError("not reached: it is given what it does not take")

    button = qt.QPushButton()
    button.connect("clicked(bool)", Slot())
    with qtbot.captureExceptions() as told:
        button.click()
    assert [kind for kind, _, _ in told] == [TypeError]


def test_a_partial_gets_all(qt: Any) -> None:
    button, got = qt.QPushButton(), []
    button.connect("clicked(bool)", functools.partial(lambda *arguments: got.append(arguments), "first"))
    button.click()
    assert got == [("first", False)]


def test_overloads_are_told_apart(qt: Any) -> None:
    box, got = qt.QComboBox(), []
    box.addItems(["a", "b"])
    box.connect("currentIndexChanged(int)", got.append)
    box.connect("currentIndexChanged(QString)", got.append)
    box.setCurrentIndex(1)
    assert got == [1, "b"]


def test_a_node_is_named_by_its_class_and_a_float_is_a_double(qapp: Any) -> None:
    selector, got = Selector(), []
    wrap(selector).connect("currentNodeChanged(vtkMRMLNode*)", got.append)
    wrap(selector).connect("valueChanged(double)", got.append)
    selector.currentNodeChanged.emit(None)
    selector.valueChanged.emit(0.5)
    assert got == [None, 0.5]
    with pytest.raises(ValueError, match="float"):
        wrap(selector).connect("valueChanged(float)", got.append)


@pytest.mark.parametrize("signature", ["clicked(int)", "pressed(bool)", "clicked", "wished()"])
def test_a_signal_that_is_not_there_is_an_error(qt: Any, signature: str) -> None:
    with pytest.raises(ValueError, match="no signal"):
        qt.QPushButton().connect(signature, print)


def test_a_slot_must_be_callable(qt: Any) -> None:
    with pytest.raises(TypeError, match="not callable"):
        qt.QPushButton().connect("clicked()", None)


def test_disconnect_takes_the_same_signature_and_slot(qt: Any) -> None:
    button, got = qt.QPushButton(), []
    slot = got.append
    button.connect("clicked(bool)", slot)
    assert button.disconnect("clicked()", slot) is False
    assert button.disconnect("clicked(bool)", slot) is True
    button.click()
    assert got == []


def test_a_signal_is_an_attribute_too(qt: Any) -> None:
    button, got = qt.QPushButton(), []
    button.clicked.connect(got.append)
    button.clicked.emit(True)
    button.clicked.disconnect(got.append)
    button.click()
    assert got == [True]


def test_what_a_slot_raises_is_reported_and_swallowed(qt: Any, qtbot: QtBot) -> None:
    button, got = qt.QPushButton(), []

    def fail() -> None:
        raise ZeroDivisionError

    button.connect("clicked()", fail)
    button.connect("clicked()", lambda: got.append("next"))
    with qtbot.captureExceptions() as reported:
        button.click()
    assert [kind for kind, _, _ in reported] == [ZeroDivisionError]
    assert got == ["next"]


def test_a_timer_calls_a_function_once(qt: Any, qtbot: QtBot) -> None:
    got: list[str] = []
    qt.QTimer.singleShot(0, lambda: got.append("called"))
    qtbot.waitUntil(lambda: got == ["called"])


def test_a_table_tells_which_item_changed(qt: Any) -> None:
    table, got = qt.QTableWidget(1, 1), []
    table.setItem(0, 0, qt.QTableWidgetItem("effusion"))
    table.connect("itemChanged(QTableWidgetItem*)", lambda item: got.append(item.text()))
    table.item(0, 0).setCheckState(qt.Qt.Checked)
    assert got == ["effusion"]
