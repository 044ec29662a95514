"""What the keyboard does in a view that has the focus."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtGui import QFocusEvent, QKeyEvent
from PyQt5.QtWidgets import QWidget

from cxr_grounding_desktop.viewer.view.drop_target import DropTarget


class KeyedView(DropTarget):
    """Space, held, hides the overlay; Esc takes back a drag, or takes the ruler away.

    Both come before the window's shortcuts.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._overlay_hidden = self._held = False

    @property
    def overlay_hidden(self) -> bool:
        """Whether the overlay is hidden in this view; the scene knows nothing of it."""
        return self._overlay_hidden

    def set_overlay_hidden(self, hidden: bool) -> None:
        """Leave the label map out of this view, or show it again with the opacity that it has in the scene."""
        self._held = False
        if hidden != self._overlay_hidden:
            self._overlay_hidden = hidden
            self._on_changed()

    def _on_changed(self) -> None:
        """What is drawn changed."""

    def _has_to_take_back(self) -> bool:
        """Whether Esc is the view's."""
        return False

    def _take_back(self) -> None:
        """What Esc does then."""

    def event(self, event: QEvent) -> bool:
        """Tell Qt which keys are the view's own."""
        if (isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride) and (
            (event.key() == Qt.Key.Key_Escape and self._has_to_take_back())
            or (event.key() == Qt.Key.Key_Space and not event.modifiers())
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hide, or take back."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat() and not self._overlay_hidden:
                self.set_overlay_hidden(True)
                self._held = True
        elif event.key() == Qt.Key.Key_Escape and self._has_to_take_back():
            self._take_back()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Show again."""
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._let_go()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The release of the key will go elsewhere."""
        self._let_go()
        super().focusOutEvent(event)

    def _let_go(self) -> None:
        if self._held:
            self.set_overlay_hidden(False)
