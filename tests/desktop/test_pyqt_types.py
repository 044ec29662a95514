"""What PyQt5's type stubs leave out is PyQt5's own, and what they call optional is given or missed aloud."""

from __future__ import annotations

import pytest
from PyQt5 import QtCore
from PyQt5.QtWidgets import QApplication, QWidget

from cxr_grounding_desktop import pyqt_types


def test_what_qt_gives_goes_through_as_it_is(qapp: QApplication) -> None:
    style = qapp.style()
    assert pyqt_types.given(style) is style


def test_what_is_not_there_is_missed_at_once(qapp: QApplication) -> None:
    with pytest.raises(RuntimeError, match="Qt gave nothing here"):
        pyqt_types.given(QWidget().layout())


def test_the_property_is_pyqt_s() -> None:
    assert pyqt_types.pyqtProperty is QtCore.pyqtProperty
