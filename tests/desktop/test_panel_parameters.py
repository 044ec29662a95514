"""The panel on a scene whose parameter node holds what this version cannot read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host

UNREADABLE = [("quality", "ULTRA"), ("device", "TPU"), ("opacity", "1,5"), ("threshold", "95"), ("outline", "maybe")]


def shown(ui: Any) -> dict[str, Any]:
    """What the controls of these parameters say."""
    return {
        "quality": ui.qualityComboBox.currentText,
        "device": ui.deviceComboBox.currentText,
        "opacity": ui.opacitySlider.value,
        "threshold": ui.thresholdSlider.value,
        "outline": ui.outlineCheckBox.checked,
    }


@pytest.mark.parametrize(("name", "text"), UNREADABLE)
def test_a_value_that_cannot_be_read_gives_way_to_the_default_and_the_others_stay(
    host: Host, qtbot: QtBot, tmp_path: Path, name: str, text: str
) -> None:
    defaults, node = shown(host.widget.ui), host.widget._parameterNode.parameterNode
    host.panel._exit()
    with qtbot.captureExceptions():  # a wrapper that is still about hears of each change; what it raises is printed
        node.SetParameter(name, text)
        node.SetParameter("phrase", "Cardiomegaly")
        host.save_scene(tmp_path / "scene.mrb")
        host.close_scene()
        host.load_scene(tmp_path / "scene.mrb")
    assert node.GetParameter(name) == text
    with qtbot.captureExceptions() as raised:
        host.panel._enter()
    assert raised == []
    assert shown(host.widget.ui) == defaults
    assert host.widget.ui.phraseComboBox.currentText == "Cardiomegaly"
    assert host.widget.ui.messageLabel.text == ""
