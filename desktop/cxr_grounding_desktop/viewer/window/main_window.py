"""The window: list, view and panel side by side, and what its menus do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QSettings, Qt
from PyQt5.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PyQt5.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from cxr_grounding import RadiographError
from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.slicer_stand_in.slicer_names.sample_data import SampleDataSource, load_sample
from cxr_grounding_desktop.viewer.view.files import local_paths
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from cxr_grounding_desktop.viewer.window import keys, save_files
from cxr_grounding_desktop.viewer.window.comparing import Comparing
from cxr_grounding_desktop.viewer.window.dialogs import Answer, Dialogs
from cxr_grounding_desktop.viewer.window.doors import Doors
from cxr_grounding_desktop.viewer.window.menus import Menus
from cxr_grounding_desktop.viewer.window.message_strip import MessageStrip
from cxr_grounding_desktop.viewer.window.open_files import Kind, Radiographs, kind_of_several
from cxr_grounding_desktop.viewer.window.panel_area import PanelArea
from cxr_grounding_desktop.viewer.window.pictures import Pictures
from cxr_grounding_desktop.viewer.window.radiograph_list import RadiographList
from cxr_grounding_desktop.viewer.window.recent_files import RecentFiles
from cxr_grounding_desktop.viewer.window.saved_findings import SavedFindings
from cxr_grounding_desktop.viewer.window.settings import WindowSettings
from cxr_grounding_desktop.viewer.window.shared_width import SharedWidth
from cxr_grounding_desktop.viewer.window.small_things import SmallThings
from cxr_grounding_desktop.viewer.window.whose_image import WhoseImage

RESEARCH_USE = "Research use only. Not for diagnosis."

_SHARE_OF_SCREEN = 0.85
_SLOW_SECONDS = 8


class MainWindow(QMainWindow):
    """Built around a host whose module is open, and the view of its slice logic.

    Args:
        host: a Host.
        view: a SliceView.
        dialogs: whom to ask for files and decisions; None for the user.
        settings: what is remembered; None for the application's.
    """

    def __init__(self, host: Any, view: Any, dialogs: Dialogs | None = None, settings: QSettings | None = None) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")  # by which slicer.util.mainWindow() finds it
        self._host, self._dialogs = host, dialogs or Dialogs()
        self.view, self.frame = view, FramedView(view, host.widget.logic.identity)
        kept = settings if settings is not None else QSettings()
        self._settings, self.recent = WindowSettings(kept), RecentFiles(kept)
        self._scene_path = ""
        self._make_parts()
        self._radiographs = Radiographs(host, view, self)
        self.whose_image = WhoseImage(self, self.frame, self.radiograph_list, self._radiographs)
        self.comparing = Comparing(self, host, self._views, self._column, self._radiographs.load, self._dialogs)
        self.small_things = SmallThings(self, host)
        self.pictures = Pictures(lambda: self.comparing.frames, self._dialogs, self._settings, self.say)
        self._saved = SavedFindings(host)
        self.doors = Doors(self, host, self._dialogs.ask_keep, self._radiographs.open)
        self.menus = Menus(self)
        self._connect()
        self._take_size()

    def _make_parts(self) -> None:
        self.strip, self.radiograph_list = MessageStrip(self), RadiographList()
        centre = QWidget(self)
        column = self._column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        self._views = QSplitter(Qt.Orientation.Horizontal, centre)
        self._views.setChildrenCollapsible(False)
        self._views.addWidget(self.frame)
        column.addWidget(self._views, 1)
        self._panel_area = PanelArea(self._host.panel, self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        for part, stretch in ((self.radiograph_list, 0), (centre, 1), (self._panel_area, 0)):
            self._splitter.addWidget(part)
            self._splitter.setStretchFactor(self._splitter.indexOf(part), stretch)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(4)
        self.widths = SharedWidth(self, self._splitter, self._settings)
        self.radiograph_list.hide()
        self.setCentralWidget(self._splitter)
        given(self.statusBar()).addPermanentWidget(QLabel(RESEARCH_USE, self))
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        self.view.files_dropped.connect(self.open_paths)
        self.radiograph_list.chosen.connect(self.guarded(self._open_listed))
        keys.make_number_keys(self, self._select_finding)
        keys.make_escape_key(self, self.guarded(self._escape))

    def _take_size(self) -> None:
        """As it was left; at first a good part of the screen."""
        geometry = self._settings.geometry
        if geometry is None or not self.restoreGeometry(geometry):
            screen = given(QApplication.primaryScreen()).availableGeometry()
            self.resize(screen.size() * _SHARE_OF_SCREEN)
        self.widths.share()

    # What is opened

    def open_paths(self, paths: Sequence[str]) -> None:
        """Open a radiograph, a scene or a folder; several files are listed, and the first radiograph is loaded.

        What goes wrong is said in the strip.
        """
        with self.strip.errors_told():
            self._open(paths)

    def _open(self, paths: Sequence[str]) -> None:
        if not paths:
            return
        kind = kind_of_several(paths)
        if kind is Kind.FOLDER:
            self.radiograph_list.look_through(paths, choose_first=len(paths) > 1)
            self.show_list(True)
        elif kind is Kind.SCENE:
            if not self._may_lose_findings("The scene is about to be replaced by another one."):
                return
            self._open_scene(paths[0])
        else:
            self._radiographs.open(paths[0])
        if len(paths) == 1:
            self.recent.add(paths[0])
            self._settings.keep_folder_of(paths[0])

    def _open_scene(self, path: str) -> None:
        given(self.statusBar()).showMessage(f"Opening {Path(path).name} ...")
        self._host.load_scene(path)
        self._scene_path = path
        self._note_new_scene()
        self.say(f"Opened {path}")

    def _open_listed(self, path: str) -> None:
        try:
            self._radiographs.open(path)
        finally:
            self.whose_image.mark()
        self.recent.add(path)

    def open_recent(self, path: str) -> None:
        """Open a file or folder of the list; one that is gone leaves the list.

        Raises:
            CXRGroundingError: when it is gone.
        """
        if not Path(path).exists():
            self.recent.forget(path)
            raise RadiographError(f"{path} is not there any more. It was taken from the list of recent files.")
        self.open_paths([path])

    def open_sample(self, source: SampleDataSource) -> None:
        """Load a sample as Slicer does, and choose it."""
        for node in load_sample(source):
            self._radiographs.choose(node)

    def choose_file(self) -> None:
        """Ask for a file, and open it."""
        path = self.ask_open()
        self.open_paths([path] if path else [])

    def choose_folder(self) -> None:
        """Ask for a folder, and list what is in it."""
        path = self._dialogs.ask_folder(self, self._settings.folder)
        self.open_paths([path] if path else [])

    def choose_study(self) -> None:
        """Ask for the folder of a reader study, and have the panel read it."""
        path = self._dialogs.ask_folder(self, self._settings.folder)
        if path:
            self._host.widget.study.choose(path)
            if (field := QApplication.focusWidget()) is not None and self._panel_area.isAncestorOf(field):
                self._panel_area.ensureWidgetVisible(field)

    def show_list(self, shown: bool | None = None) -> None:
        """Show or hide the list of radiographs; None for the other of the two."""
        was_shown = not self.radiograph_list.isHidden()
        is_shown = not was_shown if shown is None else shown
        if is_shown != was_shown:
            self.widths.keep()
            self.radiograph_list.setVisible(is_shown)
            self.widths.share()
        self.menus.show_list.setChecked(is_shown)

    # What is saved and given up

    def save_scene(self) -> bool:
        """Ask where, and save the scene; False when there was no answer.

        Raises:
            CXRGroundingError: when it could not be saved.
        """
        proposed = save_files.proposal(self._settings.folder, self._scene_path or self.whose_image.name, ".mrb")
        path = self._dialogs.ask_save(self, "Save scene", proposed, "Scenes (*.mrb)", "mrb")
        if not path:
            return False
        self._host.save_scene(path)
        self._scene_path = path
        self._saved.note()
        self.recent.add(path)
        self._settings.keep_folder_of(path)
        self.say(f"Saved {path}")
        return True

    def save_picture(self) -> None:
        """Ask where, and save the radiograph at its own resolution, with what is laid over it and said of it.

        Raises:
            CXRGroundingError: when there is nothing to save, or it could not be saved.
        """
        self.pictures.save(self, self.whose_image.name, self.pictures.whole)

    def save_view(self) -> None:
        """Ask where, and save what the views show.

        Raises:
            CXRGroundingError: as `save_picture`.
        """
        self.pictures.save(self, self.whose_image.name, self.pictures.seen)

    def print_picture(self) -> None:
        """Ask for a printer, and print."""
        self.pictures.print(self)

    def close_scene(self) -> None:
        """Take everything out of the scene, after a question where findings are not saved."""
        if self._may_lose_findings("The scene is about to be closed."):
            self._host.close_scene()
            self._scene_path = ""
            self._note_new_scene()

    def _note_new_scene(self) -> None:
        self._saved.note()
        self.comparing.end()
        self._radiographs.forget()

    def _may_lose_findings(self, occasion: str) -> bool:
        """Whether to go on with what takes findings away that are not saved; asks when there are any."""
        changed = self._saved.changed
        if not changed:
            return True
        count = "1 finding was" if changed == 1 else f"{changed} findings were"
        question = f"{occasion}\n{count} added or removed since the last save. Save the scene first?"
        answer = self._dialogs.ask_unsaved(self, question)
        return answer is Answer.DISCARD or (answer is Answer.SAVE and self.save_scene())

    # What is asked and said

    def ask_open(self) -> str:
        """The path of a file to open; "" for none."""
        return self._dialogs.ask_open(self, self._settings.folder)

    def say(self, text: str) -> None:
        """Say something in the status bar for a while."""
        given(self.statusBar()).showMessage(text, _SLOW_SECONDS * 1000)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, where nothing that is focused has a use for it."""
        button = unwrap(self._host.widget.ui.groundButton)
        if not keys.is_enter(event.key()) or keys.needs_enter(QApplication.focusWidget(), button):
            super().keyPressEvent(event)
        elif button.isEnabled() and not self._host.widget.logic.isBusy:
            button.click()

    def _escape(self) -> None:
        if self._host.widget.logic.isBusy:
            unwrap(self._host.widget.ui.groundButton).click()  # it reads Cancel now
        else:
            self.view.setFocus()

    def _select_finding(self, number: int) -> bool:
        return bool(self._host.widget.showFindingNumber(number))

    # The window itself

    def tell(self, title: str, text: str) -> None:
        """Show a page of rich text."""
        self._dialogs.tell(self, title, text)

    def guarded(self, slot: Callable[..., object]) -> Callable[..., None]:
        """A slot that says in the strip what goes wrong. The bool of `triggered(bool)` does not reach it."""

        def run(*arguments: object) -> None:
            with self.strip.errors_told():
                slot(*(argument for argument in arguments if not isinstance(argument, bool)))

        return run

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files of this computer."""
        if local_paths(given(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open them."""
        event.acceptProposedAction()
        self.open_paths(local_paths(given(event.mimeData())))

    def closeEvent(self, event: QCloseEvent) -> None:
        """End what runs; findings that are not saved are asked about."""
        if self._host.panel is None:  # the host was closed before
            event.accept()
            return
        may_close = False
        with self.strip.errors_told():
            may_close = self._may_lose_findings("The program is about to be closed.")
        if not may_close:
            event.ignore()
            return
        self.radiograph_list.stop()
        self._host.widget.logic.cancel()
        self.doors.close()
        self._settings.keep_geometry(self.saveGeometry())
        self.widths.keep()
        self.view.stop()
        self.comparing.stop()
        event.accept()
