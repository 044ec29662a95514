"""Tool tips as Slicer's application shows them: those of widgets become rich text, whose lines are wrapped."""

from __future__ import annotations

from typing import Any

from PyQt5 import QtGui  # noqa: F401 - gives Qt's namespace what it knows of rich text
from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtWidgets import QWidget

_QT: Any = Qt  # the type stubs do not know what comes with QtGui

_ABOUT_TOOL_TIPS = QEvent.Type.ToolTipChange, QEvent.Type.ToolTip  # looked up once: every event of the program passes


class ToolTipTrapper(QObject):
    """An event filter of the application (CTK's ctkToolTipTrapper, which qSlicerApplication has wrap words).

    A plain tool tip reads back as `<p>...</p>` as soon as it is set. Rich ones stay as they are, and so do those that
    are no widget's own: of actions, and of the items of a list or a table.
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Make rich text of a widget's tool tip when it changes; Qt tells nobody of the plain one."""
        if event.type() not in _ABOUT_TOOL_TIPS or not isinstance(watched, QWidget):
            return False
        plain = watched.toolTip()
        if not plain or _QT.mightBeRichText(plain):
            return False
        watched.setToolTip(_QT.convertFromPlainText(plain, _QT.WhiteSpaceNormal))
        return True
