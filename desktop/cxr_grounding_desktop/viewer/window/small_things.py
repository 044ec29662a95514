"""The small things that viewers have, as the menus ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap

if TYPE_CHECKING:
    from cxr_grounding_desktop.viewer.window.main_window import MainWindow


class SmallThings:
    """Does them.

    Args:
        window: the window.
        host: with its module open.
    """

    def __init__(self, window: MainWindow, host: Any) -> None:
        self._window, self._host = window, host

    def show_identity(self) -> None:
        """Show or hide whose image it is."""
        self._window.whose_image.show(self._window.menus.show_identity.isChecked())

    def show_legend(self) -> None:
        """Show or hide legend and caption."""
        for frame in self._window.comparing.frames:
            frame.show_legend(self._window.menus.show_legend.isChecked())

    def switch_ruler(self) -> None:
        """Have the left button measure, or not."""
        for frame in self._window.comparing.frames:
            frame.view.set_measuring(self._window.menus.ruler.isChecked())

    def undo_removal(self) -> None:
        """Put the finding back that was removed last."""
        if self._host.widget.logic.restoreFinding() is None:
            self._window.say("No finding was removed")

    def go_to_phrase(self) -> None:
        """Put the cursor into the field for the phrase."""
        field = unwrap(self._host.widget.ui.phraseComboBox).lineEdit()
        field.setFocus()
        field.selectAll()
