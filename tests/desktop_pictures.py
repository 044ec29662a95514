"""Draw the pictures of docs/desktop.md: the real window on a screen in memory, the bundled model, clicks and keys.

`python tests/desktop_pictures.py FOLDER [STEPS]`, with `tests` on the path, walks the main path (open, paste the
report, ground it, see the finding of its second sentence, save the picture), asks for a phrase without a place, and
opens a real radiograph. Into STEPS go the window after each step, the picture that was saved, and the window in two
other sizes.
`make desktop-pictures` runs it, on a screen of its own (tests/desktop/install_screen.sh installs what that takes).
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.data import get_testdata_file
from PyQt5.QtCore import QBuffer, QPoint, QSettings, Qt
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.program import make_application, make_window
from desktop.hands_and_eyes import answer_file_dialog, bring_to_front, click, press, type_text, wait_until
from screen_in_memory import screen_in_memory

SIZE, OTHER_SIZES = (1280, 800), ((1024, 768), (2560, 1440))
LONG_SECONDS = 1800
"""For a report on a busy machine."""

MOST_BYTES = 300_000
SAMPLE_DATA = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData"
PHANTOM = SAMPLE_DATA / "phantom-2000012.dcm"
WITHOUT_PLACE = "pleural effusion"
REAL_PHRASES = "left pleural effusion", "cardiomegaly"


class Walk:
    """A user at the window.

    Args:
        folder: for the pictures of the documentation.
        steps: for those of each step; None where nobody wants them.
    """

    def __init__(self, folder: Path, steps: Path | None) -> None:
        self._folder, self._steps = folder, steps
        self._host = Host(testing=True)
        self._window = make_window(self._host)
        self._logic, self._ui = self._host.widget.logic, self._host.widget.ui
        self._window.setGeometry(0, 0, *SIZE)
        self._window.widths.share()  # as at the first start on a screen of that size
        self._window.show()
        bring_to_front(self._window)

    def close(self) -> None:
        """End it."""
        self._window.hide()
        self._host.close()

    def main_path(self) -> None:
        """Five actions."""
        self._keep("0-started")
        answer_file_dialog(self._window, PHANTOM, lambda: press(Qt.Key_O, Qt.ControlModifier))  # 1
        self._keep("1-opened")
        QApplication.clipboard().setText(PHANTOM.with_suffix(".txt").read_text(encoding="utf-8"))
        click(self._widget("reportEdit").viewport(), QPoint(20, 10))
        press(Qt.Key_V, Qt.ControlModifier)  # 2
        self._keep("2-pasted")
        click(self._widget("groundReportButton"))  # 3
        wait_until(self._logic.findings, "nothing was found", LONG_SECONDS)
        self._keep("3-running")
        self._wait()
        self._second()  # 4
        self._keep("4-second", "desktop-phantom.png")
        self._save("5-saved")
        for columns, rows in OTHER_SIZES:
            self._window.resize(columns, rows)
            self._window.widths.share()
            QTest.qWait(500)
            press(Qt.Key_1)
            self._second()
            self._keep(f"{columns}x{rows}-4-second")
            self._save(f"{columns}x{rows}-5-saved")
        self._window.resize(*SIZE)
        self._window.widths.share()

    def without_a_place(self) -> None:
        """A phrase that names none."""
        self._ask(WITHOUT_PLACE)
        self._keep("6-places", "desktop-places.png")

    def real(self) -> None:
        """A radiograph of a patient, which the bundled model knows nothing of."""
        path = Path(str(get_testdata_file("RG1_J2KR.dcm", download=False)))
        self._widget("reportEdit").clear()
        answer_file_dialog(self._window, path, lambda: press(Qt.Key_O, Qt.ControlModifier))
        for phrase in REAL_PHRASES:
            self._ask(phrase)
        self._keep("7-real", "desktop-real.png")

    def _second(self) -> None:
        self._window.view.setFocus()
        press(Qt.Key_2)

    def _save(self, name: str) -> None:
        if self._steps is not None:
            path = self._steps / f"{name}.png"
            path.unlink(missing_ok=True)
            modifiers = Qt.ControlModifier | Qt.ShiftModifier
            answer_file_dialog(self._window, path, lambda: press(Qt.Key_S, modifiers))
            wait_until(path.is_file, "no picture was saved")

    def _ask(self, phrase: str) -> None:
        before = len(self._logic.findings())
        self._window.view.setFocus()
        press(Qt.Key_P)
        type_text(phrase)
        press(Qt.Key_Return)
        wait_until(lambda: len(self._logic.findings()) > before, f"{phrase} was not found", LONG_SECONDS)
        self._wait()
        press(Qt.Key_Escape)

    def _wait(self) -> None:
        wait_until(lambda: not self._logic.isBusy, "the grounding did not end", LONG_SECONDS)

    def _widget(self, name: str) -> Any:
        return unwrap(getattr(self._ui, name))

    def _keep(self, step: str, name: str = "") -> None:
        """What the screen shows of the window, once the list is filled and all is drawn."""
        QTest.qWait(3000)
        screen, size = QGuiApplication.primaryScreen(), self._window.size()
        buffer = QBuffer()
        buffer.open(QBuffer.ReadWrite)
        screen.grabWindow(0, 0, 0, size.width(), size.height()).save(buffer, "PNG")
        picture = Image.open(io.BytesIO(bytes(buffer.data()))).convert("RGB")
        if name:
            save(picture, self._folder / name)
        if self._steps is not None:
            picture.save(self._steps / f"{step}.png")


def save(picture: Image.Image, path: Path) -> None:
    """Write it, under a size that a page of text can bear.

    The noise of a real radiograph does not compress. The two bits that are then rounded away cannot be seen in it;
    where they could, in the even gray of a phantom, there is no need to.
    """
    picture.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        coarser = np.minimum((np.asarray(picture).astype(int) + 2) // 4 * 4, 255).astype(np.uint8)
        Image.fromarray(coarser).save(path, optimize=True)


def main(folder: Path, steps: Path | None = None) -> None:
    """Write desktop-phantom.png, desktop-places.png and desktop-real.png."""
    if steps is not None:
        steps.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as settings, screen_in_memory(*OTHER_SIZES[-1]) as environment:
        os.environ.update(environment)
        QSettings.setPath(QSettings.NativeFormat, QSettings.UserScope, settings)  # none of the user's
        QGuiApplication.setAttribute(Qt.AA_DontUseNativeDialogs)
        application = make_application(sys.argv[:1])
        walk = Walk(folder, steps)
        try:
            walk.main_path()
            walk.without_a_place()
            walk.real()
        finally:
            walk.close()
        application.processEvents()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
