"""Which radiograph the view shows: said in the window's title, and marked in the list."""

from __future__ import annotations

from PyQt5.QtWidgets import QMainWindow

from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from cxr_grounding_desktop.viewer.window.open_files import Radiographs
from cxr_grounding_desktop.viewer.window.radiograph_list import RadiographList

PROGRAM = "CXR Grounding"


class WhoseImage:
    """Keeps title and list with the view.

    Args:
        window: whose title it is.
        frame: the view.
        listed: the list.
        radiographs: which tell what the panel has chosen.
    """

    def __init__(
        self, window: QMainWindow, frame: FramedView, listed: RadiographList, radiographs: Radiographs
    ) -> None:
        self._window, self._frame, self._list, self._radiographs = window, frame, listed, radiographs
        self.name = ""
        """Of the radiograph, "" for none."""
        radiographs.shown.connect(self.follow)
        listed.filled.connect(self.mark)
        self.follow("")

    def follow(self, name: str) -> None:
        """Say that the view shows the radiograph of that name now."""
        self.name = name
        said = " \N{MIDDLE DOT} ".join(self._frame.identity_parts) if name else ""
        self._window.setWindowTitle(f"{said} - {PROGRAM}" if said else PROGRAM)
        self.mark()

    def mark(self) -> None:
        """Select what the view shows in the list; one that could not be read does not stay selected."""
        self._list.mark(self._radiographs.shown_path)

    def show(self, shown: bool) -> None:
        """Show or hide whose image it is, on the image's edge and in the title."""
        self._frame.show_identity(shown)
        self.follow(self.name)
