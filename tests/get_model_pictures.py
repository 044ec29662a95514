"""Draw the pictures of how a model is got: the real window on a screen in memory, a toy hub, and clicks alone.

`python tests/get_model_pictures.py FOLDER [STEPS]`, with `tests` and `CXRGrounding` on the path, writes the dialog into
the one folder, with the window at the end; and the screen after each step into the other, those that go wrong too: a
licence that is not accepted, a full disk, no network, Cancel, a connection that breaks, a wrong checksum. It ends with
an error where a step could not be done. The model is a toy of random weights, so what it points at means nothing.
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
from full_disk import disk_that_takes
from screen_in_memory import screen_in_memory
from tiny_model import write_tiny_model
from toy_hub import MODEL, NAME, Hub
from toy_repositories import as_published, serving, toy_files, toy_hub, write_checkpoints

COLUMNS, ROWS = 1024, 768
SECONDS = 900
PHANTOM = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"
UNET = "models/diffusion_model.pt"


def draw(hub: Hub, folder: Path, steps: Path | None) -> None:
    """Do all steps, those that go wrong too, and leave pictures."""
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
        if steps is not None:
            refuse(host, hub, steps)
            fill_the_disk(host, hub, steps)
            lose_the_network(host, steps)
        dialog = ask(host)
        accept_all(dialog)
        dialog.grab().save(str(folder / "get-model.png"))
        save(steps, "2-offered.png")
        if steps is not None:
            fail_and_try_again(dialog, hub, steps)
        hub.held.add(UNET)
        hub.released.clear()
        start(dialog)
        wait_for_progress(dialog)
        save(steps, "3-transfer.png")
        hub.held.clear()
        hub.released.set()
        wait_until(lambda: not dialogs(), "the model did not come", SECONDS)
        bring_to_front(window)
        of_panel(host, "qualityComboBox").setCurrentIndex(3)
        click(of_panel(host, "phraseComboBox").lineEdit())
        type_text("left effusion")
        click(of_panel(host, "groundButton"))
        wait_until(lambda: host.widget.logic.findings(), "nothing was found", SECONDS)
        wait_until(lambda: not host.widget.logic.isBusy, "the grounding did not end", SECONDS)
        QTest.qWait(1500)
        save(folder, "get-model-window.png")
        print(models.currentText(), "|", of_panel(host, "messageLabel").text())
        window.hide()
    finally:
        host.close()


def ask(host: Host) -> Any:
    """Press the button, and wait until the dialog has an answer."""
    click(of_panel(host, "getModelButton"))
    (dialog,) = dialogs()
    wait_until_idle(dialog)
    return dialog


def accept_all(dialog: Any) -> None:
    """Tick each licence."""
    for box in dialog.findChildren(QCheckBox):
        if not box.isChecked():
            box.click()
    QTest.qWait(200)


def start(dialog: Any) -> None:
    """Press Start, or Try again."""
    click(dialog.findChild(QPushButton, "startButton"))


def close(dialog: Any) -> None:
    """Press the button that closes it."""
    click(dialog.findChild(QPushButton, "cancelButton"))
    wait_until(lambda: not dialogs(), "the dialog did not go", SECONDS)


def wait_until_idle(dialog: Any) -> None:
    """Until nothing is under way."""
    button = dialog.findChild(QPushButton, "cancelButton")
    wait_until(lambda: button.text() == "Close", "what is under way did not end", SECONDS)


def wait_for_progress(dialog: Any) -> None:
    """Until it says how much has come."""
    said = dialog.findChild(QLabel, "fetchProgressLabel")
    wait_until(lambda: "MB of" in said.text() or "kB of" in said.text(), "no progress was told", SECONDS)


def said(dialog: Any, steps: Path, name: str) -> None:
    """What the dialog says of it, printed and pictured."""
    wait_until_idle(dialog)
    print(name, "|", dialog.findChild(QLabel, "fetchMessageLabel").text())
    save(steps, f"{name}.png")


def refuse(host: Host, hub: Hub, steps: Path) -> None:
    """Tick one licence alone."""
    dialog = ask(host)
    dialog.findChild(QCheckBox).click()
    button = dialog.findChild(QPushButton, "startButton")
    if button.isEnabled() or UNET in hub.sent:
        raise ValueError("It can be fetched without the licence of a part")
    print(button.toolTip())
    said(dialog, steps, "wrong-1-licence")
    close(dialog)


def fill_the_disk(host: Host, hub: Hub, steps: Path) -> None:
    """A disk that takes no more than a part of the U-Net."""
    host.widget.logic.closeFetch()
    with disk_that_takes(hub.size(MODEL, UNET) - 1):  # the process that is started now has the same limit
        dialog = ask(host)
        accept_all(dialog)
        start(dialog)
        wait_until_idle(dialog)
    said(dialog, steps, "wrong-2-disk")
    close(dialog)
    host.widget.logic.closeFetch()


def lose_the_network(host: Host, steps: Path) -> None:
    """A hub that nobody is at."""
    address, os.environ["HF_ENDPOINT"] = os.environ["HF_ENDPOINT"], "http://127.0.0.1:9"
    dialog = ask(host)
    said(dialog, steps, "wrong-3-network")
    close(dialog)
    host.widget.logic.closeFetch()
    os.environ["HF_ENDPOINT"] = address


def fail_and_try_again(dialog: Any, hub: Hub, steps: Path) -> None:
    """Cancel, a connection that breaks, and a wrong checksum, one after the other in the same dialog."""
    hub.held.add(UNET)
    hub.released.clear()
    start(dialog)
    wait_for_progress(dialog)
    click(dialog.findChild(QPushButton, "cancelButton"))
    said(dialog, steps, "wrong-4-cancel")
    hub.held.clear()
    hub.released.set()
    hub.cut[UNET] = 10_000
    hub.down.add(UNET)
    start(dialog)
    said(dialog, steps, "wrong-5-cut")
    hub.down.clear()
    right = hub.repositories[MODEL].files[UNET]
    hub.spoilt[UNET] = right[:-1] + bytes([right[-1] ^ 1])
    start(dialog)
    said(dialog, steps, "wrong-6-checksum")
    hub.spoilt.clear()


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
