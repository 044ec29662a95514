"""The application from its first line to its last: host, view and window put together."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from PyQt5.QtCore import Qt

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.slicer_names.application import qSlicerApplication
from cxr_grounding_desktop.viewer.view.slice_view import SliceView
from cxr_grounding_desktop.viewer.window.look import apply_look
from cxr_grounding_desktop.viewer.window.main_window import MainWindow


def make_application(arguments: list[str]) -> qSlicerApplication:
    """Qt's application, scaled as the screen asks and in this program's colors."""
    qSlicerApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    qSlicerApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    application = qSlicerApplication(arguments)
    apply_look(application)
    return application


def make_window(host: Host) -> MainWindow:
    """The window of a host, with the module's panel in it; opens the module."""
    host.open_module()
    view = SliceView(host.slice_logic, host.widget.logic.about)
    return MainWindow(host, view)


def run(file: str | None) -> int:
    """Show the window, with a file opened in it, until it is closed; the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    application = make_application(sys.argv[:1])
    sys.excepthook = _log  # before anything is shown: PyQt5 ends the process when a slot raises and nobody hears it
    host = Host()
    try:
        window = make_window(host)
        window.show()
        if file is not None:
            window.open_paths([file])
        return int(application.exec_())
    finally:
        host.close()


def _log(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.error("This program made a mistake; please report it.", exc_info=(kind, error, trace))
