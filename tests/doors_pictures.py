"""Draw the pictures of the doors: the real window on a screen in memory, a real Orthanc, and clicks alone.

`python tests/doors_pictures.py FOLDER [STEPS]`, with `tests` and `CXRGrounding` on the path, writes the dialogs into
the one folder and the screen after each step into the other; it ends with an error where a step could not be done. The
findings are placed by hand, so what they point at means nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QSettings, Qt
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QAbstractButton, QApplication, QDialog, QFileDialog, QLineEdit

from cxr_grounding import find_server, read_image
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.transfers import parcels_of, send_all
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.program import make_application, make_window
from desktop.findings_on_phantom import PHRASES, finding
from desktop.hands_and_eyes import bring_to_front, click, type_text, wait_until
from orthanc_server import USER, Orthanc
from screen_in_memory import screen_in_memory

COLUMNS, ROWS = 1280, 860
SECONDS = 600
PHANTOM = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"
PATIENT = "PHANTOM-2000012"


def draw(folder: Path, steps: Path | None, exports: Path) -> None:
    """Do all steps, and leave pictures."""
    host = Host(testing=True)
    try:
        window = make_window(host)
        window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())
        window.show()
        bring_to_front(window)
        window.doors.open_from_archive()
        dialog = the_dialog("archiveDialog")
        click(dialog.findChild(QLineEdit, "patientEdit"))
        type_text(PATIENT)
        click(button(dialog, "searchButton"))
        wait_until(button(dialog, "openButton").isEnabled, "no study was found", SECONDS)
        save(folder / "open-from-archive.png", dialog)
        save(steps and steps / "1-found.png")
        click(button(dialog, "openButton"))
        selector = unwrap(host.widget.ui.radiographSelector)
        wait_until(lambda: selector.currentNode() is not None, "the radiograph was not opened", SECONDS)
        put_findings(host, selector.currentNode())
        save(steps and steps / "2-opened.png")

        QFileDialog.getExistingDirectory = lambda *arguments: str(exports)
        click(of_panel(host, "exportDicomButton"))
        dialog = the_dialog("exportDicomDialog")
        click(button(dialog, "chooseFolderButton"))
        click(button(dialog, "goButton"))
        wait_until(lambda: button(dialog, "cancelButton").text() == "Close", "nothing was exported", SECONDS)
        save(folder / "export-dicom.png", dialog)
        save(steps and steps / "3-exported.png")
        click(button(dialog, "cancelButton"))

        click(of_panel(host, "sendDicomButton"))
        dialog = the_dialog("sendDicomDialog")
        for state in ("4-to-be-sent.png", "5-sent.png"):
            click(button(dialog, "goButton"))
            wait_until(lambda: button(dialog, "cancelButton").text() == "Close", f"{state} did not come", SECONDS)
            save(steps and steps / state)
        save(folder / "send-to-archive.png", dialog)
    finally:
        host.close()


def put_findings(host: Host, volume: Any) -> None:
    """Two on the radiograph, and wait until they are listed."""
    from CXRGroundingLib.scene_writer import writeFinding  # the host has put it there

    radiograph = read_image(volume.GetStorageNode().GetFullNameFromFileName())
    for place, phrase in enumerate(PHRASES, 1):
        node = writeFinding(volume, finding(radiograph, phrase, place))
    host.widget.logic.showFinding(node)
    wait_until(of_panel(host, "sendDicomButton").isEnabled, "the findings are not listed", SECONDS)


def the_dialog(name: str) -> QDialog:
    """The one of that name that is open."""
    (dialog,) = [one for one in QApplication.topLevelWidgets() if one.objectName() == name and one.isVisible()]
    return dialog


def button(dialog: QDialog, name: str) -> QAbstractButton:
    return dialog.findChild(QAbstractButton, name)


def of_panel(host: Host, name: str) -> Any:
    """A widget of the module's panel, by its name in the .ui file."""
    return unwrap(getattr(host.widget.ui, name))


def save(path: Path | None, dialog: QDialog | None = None) -> None:
    """The dialog, or what the screen shows now, where that is wanted."""
    QTest.qWait(300)
    if path is not None:
        shown = QGuiApplication.primaryScreen().grabWindow(0) if dialog is None else dialog.grab()
        shown.save(str(path), "PNG")


def main(folder: Path, steps: Path | None = None) -> None:
    """Write open-from-archive.png, export-dicom.png and send-to-archive.png."""
    with tempfile.TemporaryDirectory() as work, screen_in_memory(COLUMNS, ROWS) as environment:
        home, exports = Path(work) / "home", Path(work) / "results"
        for one in (home, exports, Path(work) / "orthanc"):
            one.mkdir()
        orthanc = Orthanc(Path(work) / "orthanc")
        orthanc.start()
        try:
            text = f'[hospital]\nurl = "{orthanc.url}"\nlogin = "basic"\nuser = "{USER}"\n'
            (home / "archives.toml").write_text(text, encoding="utf-8")
            os.environ.update(environment)
            os.environ.update(CXR_GROUNDING_HOME=str(home), CXR_GROUNDING_HOSPITAL_PASSWORD=orthanc.password)
            send_all(Archive(find_server()), parcels_of([PHANTOM]))
            QSettings.setPath(QSettings.NativeFormat, QSettings.UserScope, work)  # none of the user's
            QGuiApplication.setAttribute(Qt.AA_DontUseNativeDialogs)
            application = make_application(sys.argv[:1])
            draw(folder, steps, exports)
            application.processEvents()
        finally:
            orthanc.kill()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
