"""The menus: what the window can be asked for, by name, key and one line for the status bar."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QMenu

import cxr_grounding
from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.slicer_stand_in.slicer_names.sample_data import samples_by_title
from cxr_grounding_desktop.viewer.window.keys import KEYS

if TYPE_CHECKING:
    from cxr_grounding_desktop.viewer.window.main_window import MainWindow

ABOUT = f"""<h3>CXR Grounding {cxr_grounding.__version__}</h3>
<p>Where on the chest radiograph does a phrase point?</p>
<p><b>Research use only. Not for diagnosis.</b></p>
<p>The method is that of Vilouras et al., Zero-Shot Medical Phrase Grounding with Off-the-shelf Diffusion Models,
<a href="https://arxiv.org/abs/2404.12920">arXiv 2404.12920</a>.</p>
<p>Licence: Apache 2.0. The same module runs in 3D Slicer, and scenes that are saved here open there.</p>"""


class Menus:
    """Builds the menus of a window.

    Args:
        window: whose methods do the work.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window, self._bar = window, given(window.menuBar())
        for text, fill in (
            ("&File", self._fill_file),
            ("&Edit", self._fill_edit),
            ("&View", self._fill_view),
            ("&Help", self._fill_help),
        ):
            fill(given(self._bar.addMenu(text)))

    @property
    def actions(self) -> list[QAction]:
        """All that can be clicked, those of the lists of recent files and samples as they are now."""
        return [action for menu in self._bar.findChildren(QMenu) for action in _clickable(menu)]

    def _fill_file(self, menu: QMenu) -> None:
        window = self._window
        self._add(menu, "&Open...", window.choose_file, "Open a radiograph or a scene.", "Ctrl+O")
        self._add(
            menu, "Open &folder...", window.choose_folder, "List the radiographs in a folder and below.", "Ctrl+Shift+O"
        )
        archive_tip = "Look for a study in a hospital's archive, and fetch a radiograph of it."
        self._add(menu, "Open from &archive...", window.doors.open_from_archive, archive_tip, "Ctrl+Shift+A")
        self._recent = self._add_menu(menu, "Open &recent", "Files and folders that were opened last.")
        self._recent.aboutToShow.connect(self.fill_recent)
        self._samples = self._add_menu(menu, "Sample r&adiographs", "Synthetic radiographs that come with the program.")
        self._samples.aboutToShow.connect(self.fill_samples)
        menu.addSeparator()
        save_tip = "Save radiographs and findings in a scene (.mrb), which 3D Slicer opens too."
        self._add(menu, "&Save scene...", window.save_scene, save_tip, "Ctrl+S")
        picture_tip = "Save the radiograph at its own resolution, with legend and labels outside of it (.png)."
        self._add(menu, "Save &picture...", window.save_picture, picture_tip, "Ctrl+Shift+S")
        self._add(menu, "Save picture of the &view...", window.save_view, "Save what the view shows (.png).")
        self._add(menu, "P&rint...", window.print_picture, "Print the picture.", "Ctrl+P")
        export_tip = "Write findings as DICOM objects of the radiograph's study."
        self._add(menu, "&Export as DICOM...", window.doors.export_dicom, export_tip, "Ctrl+E")
        send_tip = "Send findings to a hospital's archive, after showing what goes where."
        self._add(menu, "Sen&d to archive...", window.doors.send_to_archive, send_tip, "Ctrl+Shift+E")
        study_tip = "Rate maps case by case, in the folder of a study."
        self._add(menu, "Reader s&tudy...", window.choose_study, study_tip)
        menu.addSeparator()
        self._add(menu, "&Close scene", window.close_scene, "Take all radiographs and findings away.", "Ctrl+W")
        menu.addSeparator()
        self._add(menu, "&Quit", window.close, "Close the program.", "Ctrl+Q")

    def _fill_edit(self, menu: QMenu) -> None:
        window = self._window
        self._add(
            menu,
            "&Undo removal",
            window.small_things.undo_removal,
            "Put the finding back that was removed last.",
            "Ctrl+Z",
        )
        self._add(menu, "&Copy picture", window.pictures.copy, "Copy the picture with its legend.", "Ctrl+C")
        self._add(menu, "&Write a phrase", window.small_things.go_to_phrase, "Go to the field for the phrase.", "P")

    def _fill_view(self, menu: QMenu) -> None:
        view = self._window.view
        self._add(menu, "&Fit", view.fit, "Show the whole radiograph.", "F")
        self._add(menu, "&1:1", view.show_actual_pixels, "A pixel of the radiograph is one of the screen.", "Ctrl+1")
        self._add(menu, "Zoom &in", lambda: view.zoom(1.25), "Show less of the radiograph, larger.", "Ctrl++", "Ctrl+=")
        self._add(menu, "Zoom &out", lambda: view.zoom(0.8), "Show more of the radiograph, smaller.", "Ctrl+-")
        reset_tip = "Brightness and contrast as they were when the radiograph was loaded."
        self._add(menu, "&Reset window/level", view.reset_window_level, reset_tip, "Ctrl+R")
        self._add(menu, "In&vert", view.invert, "Show black as white and white as black.", "I")
        ruler_tip = "Drag a line over the image to measure it in mm; Esc takes it away."
        self.ruler = self._add(menu, "R&uler", self._window.small_things.switch_ruler, ruler_tip, "R")
        self.ruler.setCheckable(True)
        menu.addSeparator()
        prior_tip = "Show another radiograph of the patient beside this one, with linked zoom."
        self._add(menu, "&Beside a prior...", self._window.comparing.choose_prior, prior_tip, "Ctrl+B")
        second_tip = "Show another finding on this radiograph beside the first, or nothing beside it."
        self.second_view = self._add(menu, "&Second view", self._window.comparing.switch, second_tip, "Ctrl+Shift+B")
        self.second_view.setCheckable(True)
        menu.addSeparator()
        self.show_list = self._add(
            menu, "Show radiograph &list", self._window.show_list, "The radiographs of the folder.", "Ctrl+L"
        )
        self.show_list.setCheckable(True)
        legend_tip = "The finding and its legend, below the image."
        self.show_legend = self._add(
            menu, "Show &legend and caption", self._window.small_things.show_legend, legend_tip, "H"
        )
        identity_tip = "Patient, date, view and file, above the image and in the title; hide them for screenshots."
        self.show_identity = self._add(
            menu, "Show &patient and file", self._window.small_things.show_identity, identity_tip, "Shift+H"
        )
        for switch in (self.show_legend, self.show_identity):
            switch.setCheckable(True)
            switch.setChecked(True)

    def _fill_help(self, menu: QMenu) -> None:
        self._add(menu, "&Keyboard shortcuts", self._tell_keys, "What the keys and the mouse do.", "F1")
        about = "Version, licence and method."
        self._add(menu, "&About", lambda: self._window.tell("About CXR Grounding", ABOUT), about)

    def fill_recent(self) -> None:
        """List the recent files as they are now."""
        self._recent.clear()
        paths = self._window.recent.paths
        for number, path in enumerate(paths, 1):
            text = f"&{number % 10}  {path}".replace("&", "&&").replace("&&", "&", 1)
            self._add(self._recent, text, partial(self._window.open_recent, path), f"Open {path}.")
        if paths:
            self._recent.addSeparator()
            self._add(self._recent, "&Clear list", self._window.recent.clear, "Forget these files.")
        else:
            self._add(self._recent, "None yet", lambda: None, "No file was opened yet.").setEnabled(False)

    def fill_samples(self) -> None:
        """List the samples that the module has registered."""
        self._samples.clear()
        for sources in samples_by_title(sys.modules["SampleData"]).values():
            for source in sources:
                load = partial(self._window.open_sample, source)
                self._add(self._samples, source.sampleName or "", load, "Load this synthetic radiograph.")

    def _tell_keys(self) -> None:
        keys = [(action.shortcut().toString(), action.text().replace("&", "")) for action in self.actions]
        rows = [*((key, text.rstrip(".")) for key, text in keys if key), *KEYS]
        cells = (f"<tr><td><b>{escape(key)}</b></td><td>{escape(text)}</td></tr>" for key, text in rows)
        self._window.tell(
            "Keyboard shortcuts", f"<table cellpadding='4' style='white-space: nowrap'>{''.join(cells)}</table>"
        )

    def _add_menu(self, menu: QMenu, text: str, tip: str) -> QMenu:
        added = given(menu.addMenu(text))
        given(added.menuAction()).setStatusTip(tip)
        return added

    def _add(self, menu: QMenu, text: str, slot: Callable[[], object], tip: str, *keys: str) -> QAction:
        action = given(menu.addAction(text))
        action.setStatusTip(tip)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(self._window.guarded(slot))
        return action


def _clickable(menu: QMenu) -> list[QAction]:
    return [action for action in menu.actions() if not action.isSeparator() and action.menu() is None]
