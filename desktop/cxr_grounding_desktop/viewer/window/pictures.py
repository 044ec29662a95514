"""Pictures of what is shown: saved, copied and printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QImage, QPainter
from PyQt5.QtWidgets import QApplication, QWidget

from cxr_grounding import OutputError, RadiographError
from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from cxr_grounding_desktop.viewer.view.slice_view import AROUND
from cxr_grounding_desktop.viewer.window import save_files
from cxr_grounding_desktop.viewer.window.dialogs import Dialogs
from cxr_grounding_desktop.viewer.window.settings import WindowSettings


class Pictures:
    """Makes pictures, and asks where they go.

    Args:
        frames: gives the views that are seen, the first one first.
        dialogs: whom to ask.
        settings: which know where something was saved last.
        say: called with a line for the status bar.
    """

    def __init__(
        self,
        frames: Callable[[], Sequence[FramedView]],
        dialogs: Dialogs,
        settings: WindowSettings,
        say: Callable[[str], object],
    ) -> None:
        self._frames, self._dialogs, self._settings, self._say = frames, dialogs, settings, say

    def whole(self) -> QImage:
        """The radiograph at its own resolution, with legend and labels outside of it.

        Raises:
            RadiographError: when there is none.
        """
        picture = self._frames()[0].whole_picture()
        if picture is None:
            raise RadiographError("There is no radiograph to make a picture of. Open one first.")
        return picture

    def seen(self) -> QImage:
        """What the views show now, beside each other.

        Raises:
            RadiographError: when they show nothing.
        """
        if self._frames()[0].view.volume is None:
            raise RadiographError("There is no radiograph to make a picture of. Open one first.")
        pictures = [frame.picture() for frame in self._frames()]
        if len(pictures) == 1:
            return pictures[0]
        both = QImage(
            sum(one.width() for one in pictures),
            max(one.height() for one in pictures),
            QImage.Format.Format_RGB32,
        )
        both.fill(AROUND)
        painter, left = QPainter(both), 0
        for one in pictures:
            painter.drawImage(QRect(left, 0, one.width(), one.height()), one)
            left += one.width()
        painter.end()
        return both

    def save(self, parent: QWidget, name: str, picture: Callable[[], QImage]) -> None:
        """Ask where, and save a picture.

        Args:
            parent: of the dialog.
            name: that is proposed.
            picture: makes it.

        Raises:
            CXRGroundingError: when there is nothing to save, or it could not be saved.
        """
        made = picture()
        proposed = save_files.proposal(self._settings.folder, name, ".png")
        path = self._dialogs.ask_save(parent, "Save picture", proposed, "Pictures (*.png)", "png")
        if path:
            save_files.write_picture(made, path)
            self._settings.keep_folder_of(path)
            self._say(f"Saved {Path(path)}")

    def copy(self) -> None:
        """Put the picture at the radiograph's resolution on the clipboard."""
        given(QApplication.clipboard()).setImage(self.whole())
        self._say("Copied the picture")

    def print(self, parent: QWidget) -> None:
        """Ask for a printer, and print the picture as large as the page.

        Raises:
            CXRGroundingError: when there is nothing to print, or the printer does not take it.
        """
        picture = self.whole()
        printer = self._dialogs.ask_printer(parent)
        if printer is None:
            return
        painter = QPainter()
        if not painter.begin(printer):
            raise OutputError("The printer does not take the picture. Choose another one, or save the picture.")
        page = painter.viewport()
        size = picture.size().scaled(page.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRect(page.topLeft(), size), picture)
        if not painter.end():
            raise OutputError("The picture could not be printed. Check the printer, or save the picture.")
        self._say("Printed the picture")
