"""Texts that are no characters: names of files are bytes, and PythonQt takes none that Python could not read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from cxr_grounding import CXRGroundingError, find_model
from cxr_grounding_desktop.slicer_stand_in.host import Host


@pytest.fixture
def undecodable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a folder that holds a model, beside one that has a name of characters."""
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path))
    name = os.fsdecode(b"m\xf6del")
    for folder in (name, "model"):
        shutil.copytree(find_model().folder, tmp_path / "models" / folder)
    return name


def test_a_model_whose_folder_has_an_undecodable_name_is_listed_and_cannot_be_chosen_by_mistake(
    undecodable: str, host: Host
) -> None:
    box = host.widget.ui.modelComboBox
    texts = [box.itemText(index) for index in range(box.count)]
    assert texts[0] == "phantom-ldm - demonstration"
    assert "model - demonstration" in texts
    assert "m\ufffddel - cannot be used" in texts
    box.setCurrentIndex(texts.index("m\ufffddel - cannot be used"))
    host.widget.ui.phraseComboBox.setEditText("Cardiomegaly")
    assert not host.widget.ui.groundButton.enabled
    assert "Rename the folder" in box.itemData(box.currentIndex, 3)


def test_a_message_with_such_a_name_is_shown(host: Host) -> None:
    with host.widget._errorsTold():
        raise CXRGroundingError("The file ch\udce9st.dcm is no radiograph.")
    assert host.widget.ui.messageLabel.text == "The file ch\ufffdst.dcm is no radiograph."


def test_a_tooltip_with_such_a_name_is_shown(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(volumeNode: Any) -> None:
        raise CXRGroundingError("The volume ch\udce9st is no radiograph.")

    node = slicer.util.addVolumeFromArray(np.zeros((1, 9, 9), np.uint8))
    monkeypatch.setattr(host.widget.logic, "checkRadiograph", refuse)
    host.widget.ui.radiographSelector.setCurrentNode(node)
    assert host.widget.ui.groundButton.toolTip == "<p>The volume ch\ufffdst is no radiograph.</p>"
