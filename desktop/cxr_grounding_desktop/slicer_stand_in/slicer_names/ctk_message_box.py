"""CTK's message box, which need not be shown a second time."""

from __future__ import annotations

from PyQt5.QtCore import QSettings, QThread, QTimer, pyqtSlot
from PyQt5.QtWidgets import QAbstractButton, QCheckBox, QMessageBox, QWidget

from cxr_grounding_desktop.pyqt_types import given, pyqtProperty

Role = QMessageBox.ButtonRole


class ctkMessageBox(QMessageBox):
    """A message with a box to check for not seeing it again.

    When it is checked and the message accepted, `exec_` answers at once the next time, with the button that was
    pressed then. The settings remember that under `dontShowAgainSettingsKey`; setting the key also shows the box.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = ""
        self._check_box = QCheckBox("Don't show this message again", self)
        self._check_box.hide()
        self.finished.connect(self._remember)

    def _get_dont_show_again(self) -> bool:
        return self._check_box.isChecked()

    @pyqtSlot(bool)
    def setDontShowAgain(self, dontShow: bool) -> None:
        """Check the box; the settings are not written before the message is accepted."""
        self._check_box.setChecked(dontShow)

    def _get_visible(self) -> bool:
        return self._check_box.isVisibleTo(self)

    def setDontShowAgainVisible(self, visible: bool) -> None:
        """Show the box."""
        if visible:
            self.setCheckBox(self._check_box)
        self._check_box.setVisible(visible)

    def _get_key(self) -> str:
        return self._key

    def setDontShowAgainSettingsKey(self, key: str) -> None:
        """Where the settings remember the answer; "" for nowhere."""
        if key == self._key:
            return
        self._key = key
        if key:
            self._check_box.setChecked(self._remembered() != Role.InvalidRole)
        self.setDontShowAgainVisible(bool(key))

    dontShowAgain = pyqtProperty(bool, _get_dont_show_again, setDontShowAgain)
    dontShowAgainVisible = pyqtProperty(bool, _get_visible, setDontShowAgainVisible)
    dontShowAgainSettingsKey = pyqtProperty(str, _get_key, setDontShowAgainSettingsKey)

    def setVisible(self, visible: bool) -> None:
        """Show the message, or press the remembered button instead."""
        button = self._remembered_button() if visible and self._check_box.isChecked() else None
        if button is None:
            super().setVisible(visible)
        else:
            QTimer.singleShot(0, button.click)  # not now: whoever shows the message still needs it

    def deleteLater(self) -> None:
        """Delete the box when it is done.

        `slicer.util.messageBox` calls this before `exec_`. In Slicer an event loop is running then, and so the box
        lives until `exec_` returns; where none is running yet, Qt would delete it as soon as `exec_` starts one.
        """
        if given(QThread.currentThread()).loopLevel():
            super().deleteLater()
        else:
            self.finished.connect(super().deleteLater)

    def _remembered(self) -> int:
        """A standard button, or a button's role; InvalidRole for nothing."""
        return int(QSettings().value(self._key, Role.InvalidRole)) if self._key else Role.InvalidRole

    def _remembered_button(self) -> QAbstractButton | None:
        if not self.buttons():
            self.addButton(QMessageBox.StandardButton.Ok)
        answer = self._remembered()
        if answer == Role.InvalidRole:
            answer = Role.AcceptRole
        # Roles are small numbers, standard buttons begin at 1024.
        found = (one for one in self.buttons() if answer in (self.standardButton(one), self.buttonRole(one)))
        return next(found, None)

    def _remember(self, result: int) -> None:
        if self._key and self.buttonRole(self.clickedButton()) == Role.AcceptRole:
            QSettings().setValue(self._key, result if self._check_box.isChecked() else int(Role.InvalidRole))
