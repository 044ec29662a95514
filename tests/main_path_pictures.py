"""The main path in the real window, with clicks and keys alone, at three sizes, and a picture of each step.

`python tests/main_path_pictures.py FOLDER [QUALITY]`, with `tests` on the path, writes FOLDER/1280x800-4-second.png and
its like, and what was saved: open, paste the report, ground it, see the finding of its second sentence, save the
picture. QUALITY is a number in the panel's list, 0 by default; it takes minutes of a processor then.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PyQt5.QtCore import QPoint, QSettings, Qt
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.program import make_application, make_window
from desktop.hands_and_eyes import answer_file_dialog, bring_to_front, click, press, wait_until
from screen_in_memory import screen_in_memory

SIZES = (1024, 768), (1280, 800), (2560, 1440)
SECONDS = 1200
"""For a report on a busy machine."""

PHANTOM = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"


def walk(folder: Path, name: str, quality: int) -> None:
    """One window, from its start to the saved picture; in a process that has a screen of that size."""
    application = make_application(sys.argv[:1])
    host = Host(testing=True)

    def keep(step: str) -> None:
        QTest.qWait(400)
        QGuiApplication.primaryScreen().grabWindow(0).save(str(folder / f"{name}-{step}.png"), "PNG")

    try:
        window, ui = make_window(host), host.widget.ui
        window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())
        window.show()
        bring_to_front(window)
        unwrap(ui.qualityComboBox).setCurrentIndex(quality)
        keep("0-started")
        answer_file_dialog(window, PHANTOM, lambda: press(Qt.Key_O, Qt.ControlModifier))
        wait_until(lambda: window.view.volume is not None, "the radiograph did not open")
        keep("1-opened")
        QApplication.clipboard().setText(PHANTOM.with_suffix(".txt").read_text(encoding="utf-8"))
        field = unwrap(ui.reportEdit)
        click(field.viewport(), QPoint(20, 10))
        press(Qt.Key_V, Qt.ControlModifier)
        keep("2-pasted")
        click(unwrap(ui.groundReportButton))
        wait_until(lambda: host.widget.logic.findings(), "nothing was found", SECONDS)
        QTest.qWait(1500)  # until the list says so too, on a busy machine
        keep("3-running")
        wait_until(lambda: not host.widget.logic.isBusy, "the grounding did not end", SECONDS)
        keep("3-grounded")
        window.view.setFocus()
        press(Qt.Key_2)
        QTest.mouseMove(window.view, QPoint(window.view.width() // 2, window.view.height() // 2))
        keep("4-second")
        saved = folder / f"{name}-5-saved.png"
        saved.unlink(missing_ok=True)
        answer_file_dialog(window, saved, lambda: press(Qt.Key_S, Qt.ControlModifier | Qt.ShiftModifier))
        wait_until(saved.is_file, "no picture was saved")
        keep("5-after")
        area = window._panel_area
        print(name, "panel", area.widget().height(), "in", area.viewport().height(), "list", unwrap(ui.findingsTable).height())
    finally:
        host.close()
    application.processEvents()


def main(folder: Path, quality: int) -> None:
    """All sizes, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    for columns, rows in SIZES:
        with screen_in_memory(columns, rows) as environment:
            subprocess.run(
                [sys.executable, __file__, folder, str(quality), f"{columns}x{rows}"],
                env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
                check=True,
            )


if __name__ == "__main__":
    kept, chosen = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if len(sys.argv) > 3:
        with tempfile.TemporaryDirectory() as settings:
            QSettings.setPath(QSettings.NativeFormat, QSettings.UserScope, settings)  # none of the user's
            walk(kept, sys.argv[3], chosen)
    else:
        main(kept, chosen)
