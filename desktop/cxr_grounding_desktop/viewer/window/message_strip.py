"""The strip above the view that says what went wrong, until it is closed or the next thing works."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QStyle, QToolButton, QWidget

from cxr_grounding import CXRGroundingError
from cxr_grounding_desktop.pyqt_types import given

MISTAKE = "This program made a mistake. The terminal that it was started from says more; please report it."


class MessageStrip(QFrame):
    """One message in plain words; takes no room while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageStrip")
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)  # paths and what libraries say are no markup
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(
            QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
        )  # a long path must not widen the window
        self._close_button = QToolButton(self)
        self._close_button.setAutoRaise(True)
        self._close_button.setIcon(given(self.style()).standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton))
        self._close_button.setToolTip("Close this message.")
        self._close_button.setAccessibleName("Close this message")
        self._close_button.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def message(self) -> str:
        """What it says now; "" when it is not shown."""
        return "" if self.isHidden() else self._label.text()

    def show_message(self, text: str) -> None:
        """Say this in place of what was said before."""
        self._label.setText(text)
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        self._label.clear()
        self.hide()

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """Run what the user asked for: an earlier message goes, and an error becomes one.

        Every slot of the window runs in it, so that no error ends the program or is lost in Qt.
        """
        self.clear()
        try:
            yield
        except CXRGroundingError as error:
            self.show_message(str(error))
        except Exception:
            logging.exception("the window met an error that it did not expect")
            self.show_message(MISTAKE)
