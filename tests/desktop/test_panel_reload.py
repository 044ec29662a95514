"""The end of the panel: after a setup that failed, and before a reload."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

import pytest
import slicer
from PyQt5.QtCore import QSettings
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap


@pytest.mark.parametrize("part", ["ModelChoice", "PhraseField", "FindingsTable", "RunControls"])
def test_after_a_setup_that_failed_the_module_can_be_reloaded(
    host: Host, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def broken(*arguments: Any, **options: Any) -> None:
        raise RuntimeError(f"{part} is broken")

    with qtbot.captureExceptions() as told, monkeypatch.context() as context:
        context.setattr(sys.modules["CXRGroundingLib.widget"], part, broken)
        slicer.util.reloadScriptedModule("CXRGrounding")
    assert [str(error) for _, error, _ in told] == [f"{part} is broken"]
    slicer.util.reloadScriptedModule("CXRGrounding")
    host.widget.enter()
    assert host.widget.ui.groundButton.toolTip == "<p>Select a radiograph, or load one.</p>"


def test_after_a_panel_file_that_could_not_be_read_the_module_can_be_reloaded(
    host: Host, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: str) -> None:
        raise RuntimeError(path)

    with qtbot.captureExceptions() as told, monkeypatch.context() as context:
        context.setattr(slicer.util, "loadUI", broken)
        slicer.util.reloadScriptedModule("CXRGrounding")
    assert len(told) == 1
    slicer.util.reloadScriptedModule("CXRGrounding")
    host.widget.enter()
    assert not host.widget.ui.groundButton.enabled


def test_a_panel_ends_only_once(host: Host) -> None:
    host.widget.cleanup()
    host.widget.cleanup()


@pytest.fixture(params=[False, True])
def developer(request: pytest.FixtureRequest, settings: QSettings) -> bool:
    """Whether the panel has the section with the button that reloads."""
    settings.setValue("Developer/DeveloperMode", request.param)
    return bool(request.param)


def test_a_reload_leaves_nothing_of_the_old_panel(
    little_to_collect: None, developer: bool, host: Host, qtbot: QtBot
) -> None:
    sections = len(unwrap(host.widget.parent).children())
    assert sections == 2 + developer
    old = weakref.ref(host.widget)
    host.widget.onReload()
    qtbot.waitUntil(lambda: gc.collect() >= 0 and old() is None, timeout=30_000)
    assert len(unwrap(host.widget.parent).children()) == sections


def test_a_panel_that_was_left_follows_its_parameters_no_more(host: Host) -> None:
    parameters, box = host.widget._parameterNode, host.widget.ui.outlineCheckBox
    host.widget.exit()
    parameters.outline = True
    assert box.checked is False
    host.widget.enter()
    assert box.checked is True
