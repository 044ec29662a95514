"""What comes from a hospital's archive, and what goes there: the window's entries for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cxr_grounding import OutputError
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.window.archive_dialog import ArchiveDialog
from cxr_grounding_desktop.viewer.window.session_folder import SessionFolder

if TYPE_CHECKING:
    from cxr_grounding_desktop.viewer.window.main_window import MainWindow


class Doors:
    """Fetches by a dialog of the window's own; what leaves goes through the panel's buttons, which Slicer has too.

    Args:
        window: that is looked at meanwhile.
        host: with its module open.
        ask_folder: asks for a folder to keep radiographs in; "" for none.
        open_one: opens a radiograph that is not to be remembered.
    """

    def __init__(
        self, window: MainWindow, host: Any, ask_folder: Callable[[Any], str], open_one: Callable[[str], None]
    ) -> None:
        self._window, self._host, self._ask_folder, self._open_one = window, host, ask_folder, open_one
        self._session = SessionFolder()

    def open_from_archive(self) -> None:
        """Show the dialog; the window waits for it, and is drawn on."""
        dialog = ArchiveDialog(self._session, self._ask_folder, self._window)
        dialog.brought.connect(self._open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_dicom(self) -> None:
        """As the panel's button does.

        Raises:
            OutputError: when there are no findings.
        """
        self._press("exportDicomButton")

    def send_to_archive(self) -> None:
        """As the panel's button does.

        Raises:
            OutputError: when there are no findings.
        """
        self._press("sendDicomButton")

    def close(self) -> None:
        """End what is under way, and remove what was fetched for this session."""
        for dialog in self._window.findChildren(ArchiveDialog):
            dialog.reject()
        self._session.close()

    def _press(self, name: str) -> None:
        button = unwrap(getattr(self._host.widget.ui, name))
        if not button.isEnabled():
            raise OutputError("There are no findings on this radiograph yet. Ground a phrase on it first.")
        button.click()

    def _open(self, paths: Sequence[str]) -> None:
        """One alone is not listed among the recent files, for its file may be gone then."""
        if len(paths) == 1:
            with self._window.strip.errors_told():
                self._open_one(paths[0])
        else:
            self._window.open_paths(paths)
