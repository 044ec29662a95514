"""Draw the pictures of docs/desktop.md: the program's window, with findings on a phantom and on a real radiograph.

`make desktop-pictures` runs it, on a screen of its own (tests/desktop/install_screen.sh installs what that takes).
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.data import get_testdata_file
from PyQt5.QtCore import QBuffer, QSettings
from PyQt5.QtTest import QTest

from cxr_grounding import split_report
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.program import make_application, make_window
from screen_in_memory import screen_in_memory

COLUMNS, ROWS = 1280, 800
LONG_SECONDS = 300
MOST_BYTES = 300_000
SAMPLE_DATA = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData"
PHANTOM = SAMPLE_DATA / "phantom-2000012.dcm"


def window_with_findings(file: Path, phrases: list[str]) -> Image.Image:
    """The window after the phrases were grounded on a file, the first one shown."""
    host = Host(testing=True)
    try:
        window = make_window(host)
        window.resize(COLUMNS, ROWS)
        window.show()
        window.open_paths([str(file)])
        logic, ui = host.widget.logic, host.widget.ui
        ui.phraseComboBox.setEditText(phrases[0])
        logic.groundAsync(ui.radiographSelector.currentNode(), phrases)
        end = time.monotonic() + LONG_SECONDS
        while logic.isBusy:
            if time.monotonic() > end:
                raise TimeoutError(f"{file.name} was not grounded in {LONG_SECONDS} s")
            QTest.qWait(50)
            logic.poll()
        QTest.qWait(3000)  # the table is filled, the panel laid out and the window drawn
        buffer = QBuffer()
        buffer.open(QBuffer.ReadWrite)
        window.grab().save(buffer, "PNG")
        return Image.open(io.BytesIO(bytes(buffer.data()))).convert("RGB")
    finally:
        host.close()


def save(picture: Image.Image, path: Path) -> None:
    """Write it, under a size that a page of text can bear.

    The noise of a real radiograph does not compress. The two bits that are then rounded away cannot be seen in it;
    where they could, in the even gray of a phantom, there is no need to.
    """
    picture.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        coarser = np.minimum((np.asarray(picture).astype(int) + 2) // 4 * 4, 255).astype(np.uint8)
        Image.fromarray(coarser).save(path, optimize=True)


def main(folder: Path) -> None:
    """Write desktop-phantom.png, desktop-real.png and desktop-places.png."""
    report = split_report(PHANTOM.with_suffix(".txt").read_text(encoding="utf-8"))
    effusion = next(sentence for sentence in report if "left pleural effusion" in sentence)
    real = Path(str(get_testdata_file("RG1_J2KR.dcm", download=False)))
    shown = {
        "desktop-phantom.png": (PHANTOM, [effusion, *(sentence for sentence in report if sentence != effusion)]),
        "desktop-places.png": (PHANTOM, ["pleural effusion"]),
        "desktop-real.png": (real, ["left pleural effusion", "cardiomegaly", "right apical pneumothorax"]),
    }
    with tempfile.TemporaryDirectory() as settings, screen_in_memory(COLUMNS, ROWS) as environment:
        os.environ.update(environment)
        QSettings.setPath(QSettings.NativeFormat, QSettings.UserScope, settings)  # none of the user's
        application = make_application(sys.argv[:1])
        for name, (file, phrases) in shown.items():
            save(window_with_findings(file, phrases), folder / name)
        application.processEvents()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
