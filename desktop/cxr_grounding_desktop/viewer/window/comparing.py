"""Comparing: a prior beside the radiograph, or a second view of it; what is asked before, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PyQt5.QtCore import QObject
from PyQt5.QtWidgets import QSplitter, QVBoxLayout

from cxr_grounding import RadiographError, describe_file
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from cxr_grounding_desktop.viewer.window.beside import Beside
from cxr_grounding_desktop.viewer.window.dialogs import Dialogs

if TYPE_CHECKING:
    from cxr_grounding_desktop.viewer.window.main_window import MainWindow


class Comparing(QObject):
    """Shows a second view beside the window's own.

    Args:
        window: the window.
        host: with its module open.
        views: in which the window's own view stands.
        column: in which these stand.
        load: gives the radiograph of a file, without showing it in the first view.
        dialogs: whom to ask.
    """

    def __init__(
        self,
        window: MainWindow,
        host: Any,
        views: QSplitter,
        column: QVBoxLayout,
        load: Callable[[str], Any],
        dialogs: Dialogs,
    ) -> None:
        super().__init__(window)
        self._window, self._host, self._views, self._column = window, host, views, column
        self._load, self._dialogs = load, dialogs
        self._beside: Beside | None = None

    @property
    def frames(self) -> list[FramedView]:
        """The views that are seen, the first one first."""
        beside = self._beside
        return [self._window.frame] + ([beside.frame] if beside is not None and beside.is_shown else [])

    @property
    def beside(self) -> Beside:
        """The second view, which is made when it is first asked for."""
        if self._beside is None:
            window = self._window
            self._beside = Beside(self._host, window.frame, self)
            self._views.addWidget(self._beside.frame)
            for index in range(2):
                self._views.setStretchFactor(index, 1)
            self._column.insertWidget(self._column.indexOf(self._views), self._beside.bar)
            self._beside.ended.connect(window.guarded(self.end))
            self._beside.wanted.connect(window.guarded(self._host.widget.groundOn))
            self._beside.frame.view.files_dropped.connect(window.open_paths)
        return self._beside

    def choose_prior(self) -> None:
        """Ask for another radiograph of the patient, and show it beside this one.

        Raises:
            RadiographError: when there is none to show it beside, or the file is none.
        """
        if self._window.view.volume is None:
            raise RadiographError("There is no radiograph to show another one beside. Open one first.")
        path = self._window.ask_open()
        if path:
            self.show_prior(path)

    def show_prior(self, path: str) -> None:
        """Show a file beside the radiograph; one of another patient is asked about first.

        Raises:
            CXRGroundingError: when it is no radiograph.
        """
        mine, described = self._window.frame.identity, describe_file(path)
        patient, other = "" if mine is None else mine.patient, "" if described is None else described.patient or ""
        if patient and other and other.casefold() != patient.casefold():
            question = f"This is another patient.\nShown: {patient}\nPrior: {other}\nShow it beside all the same?"
            if not self._dialogs.ask_yes(self._window, "Another patient", question):
                return
        self._show(self._load(path))

    def switch(self) -> None:
        """Show the radiograph a second time beside the first, for another finding; or nothing beside it."""
        volume = self._window.view.volume
        if len(self.frames) > 1 or volume is None:
            self.end()
        else:
            self._show(volume)

    def end(self) -> None:
        """Show the radiograph alone."""
        if self._beside is not None:
            self._beside.end()
        self._window.menus.second_view.setChecked(False)

    def stop(self) -> None:
        """Follow the scene no longer."""
        if self._beside is not None:
            self._beside.stop()

    def _show(self, volume: Any) -> None:
        width = self._views.width()
        self.beside.show(volume)
        self._views.setSizes([width // 2, width // 2])
        self.beside.link()
        self._window.menus.second_view.setChecked(True)
