"""A published model by clicks alone: its terms, its transfer, what can go wrong on the way, and its removal."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import slicer
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QCheckBox, QDialog, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from cxr_grounding import ModelError
from cxr_grounding.models.catalogue import PUBLISHED_MODELS
from cxr_grounding_desktop.slicer_stand_in.host import Host
from full_disk import disk_that_takes
from interface_work import InterfaceWork
from tiny_model import write_tiny_model
from told_engine import ToldEngine
from toy_hub import MODEL, NAME, TEXT, Hub
from toy_repositories import as_published, serving, toy_files, toy_hub, write_checkpoints

from .hands_on_panel import Panel, opened_host

UNET = "models/diffusion_model.pt"
LONG = 280_000
"""Milliseconds that a process may take to start and convert, on a busy machine."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For all that is kept."""
    return tmp_path_factory.mktemp("get_model")


@pytest.fixture(scope="module")
def hub(folder: Path) -> Iterator[Hub]:
    """A toy hub, which the worker asks, and of which the program knows that it publishes the model."""
    write_tiny_model(folder / "tiny")
    (folder / "checkpoints").mkdir()
    write_checkpoints(folder / "checkpoints")
    hub = toy_hub(toy_files(folder / "tiny", folder / "checkpoints"))
    with serving(hub), pytest.MonkeyPatch.context() as patch:
        patch.setitem(PUBLISHED_MODELS, NAME, as_published(hub))
        for name, value in {
            "HF_ENDPOINT": hub.address,
            "HF_HOME": str(folder / "hf"),
            "CXR_GROUNDING_HOME": str(folder / "home"),
            "NO_PROXY": "127.0.0.1",
        }.items():
            patch.setenv(name, value)
        patch.delenv("HF_HUB_OFFLINE", raising=False)
        yield hub


@pytest.fixture(scope="module")
def open_host(qapp: Any, hub: Hub) -> Iterator[Host]:
    """One host for all tests of this file."""
    with opened_host(ToldEngine()) as host:
        yield host


@pytest.fixture
def panel(open_host: Host, hub: Hub, folder: Path, qtbot: QtBot) -> Iterator[Panel]:
    """The panel with the published model chosen, which is not here, and an honest hub."""
    for name in ("hf", "home"):
        shutil.rmtree(folder / name, ignore_errors=True)
    hub.spoilt.clear()
    hub.down.clear()
    hub.held.clear()
    hub.sent.clear()
    hub.asked.clear()
    hub.is_gone = False
    panel = Panel(open_host, qtbot)
    open_host.widget.exit()
    open_host.widget.enter()
    models = panel.widget("modelComboBox")
    models.setCurrentIndex(models.findData(NAME))
    yield panel
    for dialog in dialogs():
        dialog.reject()
    qtbot.wait(20)


def dialogs() -> list[QDialog]:
    """Those that are open."""
    return [one for one in QApplication.topLevelWidgets() if one.objectName() == "getModelDialog" and one.isVisible()]


class Dialog:
    """The user's hands on the dialog."""

    def __init__(self, panel: Panel) -> None:
        self.bot = panel.bot
        panel.click("getModelButton")
        (self.dialog,) = dialogs()

    def button(self, name: str) -> QPushButton:
        found = self.dialog.findChild(QPushButton, name)
        assert found is not None
        return found

    def text(self, name: str) -> str:
        label = self.dialog.findChild(QLabel, name)
        assert label is not None
        return label.text() if label.isVisible() else ""

    def click(self, name: str) -> None:
        assert self.button(name).isEnabled(), self.button(name).toolTip()
        self.bot.mouseClick(self.button(name), Qt.LeftButton)

    def wait_for(self, condition: Callable[[], object]) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=LONG)

    def wait_until_idle(self) -> None:
        self.wait_for(lambda: self.button("cancelButton").text() == "Close")

    def tick_all(self) -> None:
        boxes = [one for one in self.dialog.findChildren(QCheckBox) if "acceptCheckBox" in one.objectName()]
        assert len(boxes) == 2
        for box in boxes:
            box.click()

    def start(self) -> None:
        self.wait_until_idle()
        self.tick_all()
        self.click("startButton")

    def wait_until_gone(self) -> None:
        self.wait_for(lambda: not dialogs())


def here(folder: Path) -> list[str]:
    """What lies in the models folder, hidden things too."""
    home = folder / "home" / "models"
    return sorted(path.name for path in home.iterdir()) if home.is_dir() else []


def in_the_middle(panel: Panel, hub: Hub) -> Dialog:
    """The dialog while the hub holds the second half of a file back."""
    hub.held.add(UNET)
    hub.released.clear()
    dialog = Dialog(panel)
    dialog.start()
    dialog.wait_for(lambda: ("GET", f"{MODEL}/resolve/{hub.repositories[MODEL].commit}/{UNET}") in hub.asked)
    return dialog


# Those in which the process ends that fetches come first: it has not converted anything yet, for which it loads much.


def test_without_the_ticks_nothing_is_fetched(panel: Panel, folder: Path, hub: Hub) -> None:
    dialog = Dialog(panel)
    dialog.wait_until_idle()
    assert "Accept each licence first." in dialog.button("startButton").toolTip()
    dialog.click("cancelButton")
    dialog.wait_until_gone()
    assert UNET not in hub.sent
    assert here(folder) == []
    assert panel.widget("modelComboBox").currentText() == f"{NAME} - to download"


def test_closing_the_dialog_in_the_middle_leaves_nothing_half_made(panel: Panel, folder: Path, hub: Hub) -> None:
    dialog = in_the_middle(panel, hub)
    dialog.dialog.reject()
    hub.released.set()
    assert not panel.logic.isFetching
    assert here(folder) == []
    assert panel.widget("getModelButton").isVisible()


def test_a_disk_that_fills_is_said(panel: Panel, folder: Path, hub: Hub) -> None:
    panel.logic.closeFetch()
    with disk_that_takes(hub.size(MODEL, UNET) - 1):  # the process that is started now has the same limit
        dialog = Dialog(panel)
        dialog.start()
        dialog.wait_until_idle()
    panel.logic.closeFetch()
    assert "The disk is full" in dialog.text("fetchMessageLabel")
    assert here(folder) == []


def test_a_transfer_is_cancelled_and_taken_up_again(panel: Panel, folder: Path, hub: Hub) -> None:
    dialog = in_the_middle(panel, hub)
    dialog.click("cancelButton")
    dialog.wait_until_idle()
    hub.released.set()
    assert "the next try takes it up" in dialog.text("fetchMessageLabel")
    assert here(folder) == []
    hub.held.clear()
    hub.sent.clear()
    dialog.click("startButton")
    dialog.wait_until_gone()
    assert here(folder) == [NAME]
    assert hub.sent["models/autoencoder.pt"] == 0  # it had come


# From here on it lives.


def test_a_model_is_got_with_clicks_alone_and_removed_again(
    panel: Panel, folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert panel.widget("getModelButton").isVisible()
    assert panel.widget("getModelButton").text() == "Get this model..."
    dialog = Dialog(panel)
    dialog.wait_until_idle()
    what = dialog.text("whatLabel")
    assert "MONAI's chest X-ray latent diffusion model" in what
    assert f"{MODEL} at {hub.repositories[MODEL].commit[:12]}" in what
    assert "To download: " in what
    assert " free." in what
    assert not dialog.button("startButton").isEnabled()
    assert UNET not in hub.sent
    dialog.tick_all()
    assert dialog.button("startButton").isEnabled()
    said = set()
    with InterfaceWork() as work:
        dialog.click("startButton")
        dialog.wait_for(lambda: not dialogs() or said.add(dialog.text("fetchProgressLabel")))
    assert (work.read, work.slept, work.composited) == (0, 0, [])  # the interface looks on, and does nothing else
    assert any("Converting the model" in text for text in said)
    assert here(folder) == [NAME]
    assert panel.widget("modelComboBox").currentText() == f"{NAME} - ready"
    assert not panel.widget("getModelButton").isVisible()
    asked: list[str] = []
    answers = [False, True]
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text, _: asked.append(text) or answers.pop(0))
    panel.click("removeModelButton")
    assert here(folder) == [NAME]
    panel.click("removeModelButton")
    assert f"Delete the model {NAME}, " in asked[0]
    assert "MB in " in asked[0]
    assert here(folder) == []
    assert panel.widget("modelComboBox").currentText() == f"{NAME} - to download"
    assert panel.widget("getModelButton").isVisible()


def test_a_connection_that_breaks_and_a_wrong_checksum_are_said_and_the_next_try_mends_them(
    panel: Panel, folder: Path, hub: Hub
) -> None:
    hub.cut[UNET] = 100_000
    hub.down.add(UNET)
    dialog = Dialog(panel)
    dialog.start()
    dialog.wait_until_idle()
    assert f"did not give {UNET}" in dialog.text("fetchMessageLabel")
    hub.down.clear()
    right = hub.repositories[MODEL].files[UNET]
    hub.spoilt[UNET] = right[:-1] + bytes([right[-1] ^ 1])
    dialog.click("startButton")
    dialog.wait_until_idle()
    assert "does not have the checksum" in dialog.text("fetchMessageLabel")
    assert here(folder) == []
    hub.spoilt.clear()
    dialog.click("startButton")
    dialog.wait_until_gone()
    assert here(folder) == [NAME]


def test_the_same_from_the_console(panel: Panel, folder: Path, hub: Hub) -> None:
    terms = f"acceptLicence=True: apache-2.0 ({MODEL}); openrail++ ({TEXT})."
    with pytest.raises(ModelError, match=re.escape(terms)):
        panel.logic.fetchModel(NAME)
    assert here(folder) == []
    told: list[tuple[str, int, int]] = []
    panel.logic.fetchModel(NAME, acceptLicence=True, progress=lambda *one: told.append(one))
    assert here(folder) == [NAME]
    assert {stage for stage, _, _ in told} >= {"download", "conversion"}
    panel.logic.removeModel(NAME)
    assert here(folder) == []


# Without a network


@pytest.fixture
def offline(hub: Hub, panel: Panel) -> Panel:
    """The panel, whose hub is gone."""
    hub.is_gone = True
    return panel


def test_without_a_network_the_files_themselves_will_do(
    offline: Panel, folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for repository, top in ((MODEL, "model"), (TEXT, "text")):
        for name, content in hub.repositories[repository].files.items():
            (tmp_path / top / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / top / name).write_bytes(content)
    dialog = Dialog(offline)
    dialog.wait_until_idle()
    assert f"The connection to {hub.address} failed" in dialog.text("fetchMessageLabel")
    assert dialog.button("startButton").text() == "Try again"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *arguments: str(tmp_path))
    folder_action, _ = dialog.button("filesButton").menu().actions()
    folder_action.trigger()
    dialog.wait_until_idle()
    assert str(tmp_path) in dialog.text("whatLabel")
    assert "To download: 0 bytes" in dialog.text("whatLabel")
    dialog.tick_all()
    dialog.click("startButton")
    dialog.wait_until_gone()
    assert here(folder) == [NAME]


def test_a_zip_archive_of_the_files_will_do_too(
    offline: Panel, folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "files.zip", "w") as archive:
        for repository, top in ((MODEL, "model"), (TEXT, "text")):
            for name, content in hub.repositories[repository].files.items():
                archive.writestr(f"{top}/{name}", content)
    dialog = Dialog(offline)
    dialog.wait_until_idle()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (str(tmp_path / "files.zip"), ""))
    _, archive_action = dialog.button("filesButton").menu().actions()
    archive_action.trigger()
    dialog.wait_until_idle()
    assert "To download: 0 bytes" in dialog.text("whatLabel")
    dialog.tick_all()
    dialog.click("startButton")
    dialog.wait_until_gone()
    assert here(folder) == [NAME]
