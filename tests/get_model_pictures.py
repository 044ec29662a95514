"""Draw the pictures of how a model is got: the real window on a screen in memory, a toy hub, and clicks alone.

`python tests/get_model_pictures.py FOLDER [STEPS]`, with `tests` and `CXRGrounding` on the path, writes the dialog into
the one folder and the screen after each step into the other; it ends with an error where a step could not be done. The
model is a toy of random weights, so what it points at means nothing.
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
from PyQt5.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton

from cxr_grounding.models.catalogue import PUBLISHED_MODELS
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.program import make_application, make_window
from desktop.hands_and_eyes import bring_to_front, click, type_text, wait_until
from screen_in_memory import screen_in_memory
from tiny_model import write_tiny_model
from toy_hub import MODEL, NAME, Hub
from toy_repositories import as_published, serving, toy_files, toy_hub, write_checkpoints

COLUMNS, ROWS = 1280, 860
SECONDS = 400
PHANTOM = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"
UNET = "models/diffusion_model.pt"


def draw(hub: Hub, folder: Path, steps: Path | None) -> None:
    """Do all steps, and leave pictures."""
    host = Host(testing=True)
    try:
        window = make_window(host)
        window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())
        window.show()
        bring_to_front(window)
        window.open_paths([str(PHANTOM)])
        models = of_panel(host, "modelComboBox")
        models.setCurrentIndex(models.findData(NAME))
        save(steps, "1-chosen.png")
        click(of_panel(host, "getModelButton"))
        (dialog,) = dialogs()
        cancel, start = (dialog.findChild(QPushButton, name) for name in ("cancelButton", "startButton"))
        wait_until(lambda: cancel.text() == "Close", "nothing was offered", SECONDS)
        for box in dialog.findChildren(QCheckBox):
            box.click()
        QTest.qWait(200)
        dialog.grab().save(str(folder / "get-model.png"))
        save(steps, "2-offered.png")
        hub.held.add(UNET)
        click(start)
        said = dialog.findChild(QLabel, "fetchProgressLabel")
        wait_until(lambda: "MB of" in said.text() or "kB of" in said.text(), "no progress was told", SECONDS)
        save(steps, "3-transfer.png")
        hub.released.set()
        wait_until(lambda: not dialogs(), "the model did not come", SECONDS)
        bring_to_front(window)
        of_panel(host, "qualityComboBox").setCurrentIndex(3)
        click(of_panel(host, "phraseComboBox").lineEdit())
        type_text("left effusion")
        click(of_panel(host, "groundButton"))
        wait_until(lambda: not host.widget.logic.isBusy, "the grounding did not end", SECONDS)
        QTest.qWait(300)
        save(steps, "4-grounded.png")
        print(models.currentText(), "|", of_panel(host, "messageLabel").text())
    finally:
        host.close()


def dialogs() -> list[Any]:
    """That to get a model, while it is open."""
    return [one for one in QApplication.topLevelWidgets() if one.objectName() == "getModelDialog" and one.isVisible()]


def of_panel(host: Host, name: str) -> Any:
    """A widget of the module's panel, by its name in the .ui file."""
    return unwrap(getattr(host.widget.ui, name))


def save(folder: Path | None, name: str) -> None:
    """What the screen shows now, where that is wanted."""
    QTest.qWait(200)
    if folder is not None:
        QGuiApplication.primaryScreen().grabWindow(0).save(str(folder / name), "PNG")


def main(folder: Path, steps: Path | None = None) -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as work, screen_in_memory(COLUMNS, ROWS) as environment:
        write_tiny_model(Path(work) / "tiny")
        (Path(work) / "checkpoints").mkdir()
        write_checkpoints(Path(work) / "checkpoints")
        hub = toy_hub(toy_files(Path(work) / "tiny", Path(work) / "checkpoints"))
        PUBLISHED_MODELS[NAME] = as_published(hub)
        with serving(hub):
            os.environ.update(environment)
            os.environ.update(HF_ENDPOINT=hub.address, HF_HOME=f"{work}/hf", CXR_GROUNDING_HOME=f"{work}/home")
            os.environ["NO_PROXY"] = "127.0.0.1"
            QSettings.setPath(QSettings.NativeFormat, QSettings.UserScope, work)  # none of the user's
            QGuiApplication.setAttribute(Qt.AA_DontUseNativeDialogs)
            application = make_application(sys.argv[:1])
            draw(hub, folder, steps)
            application.processEvents()
    print(f"{MODEL} was asked for {len(hub.asked)} things")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
