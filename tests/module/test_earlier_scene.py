"""A scene that was saved by an earlier build opens: its findings are listed, shown, and updated by a new answer.

data/scene-0.1.0.mrb holds the phantom of seed 7, 72 pixels at its shorter side, and one finding with its heatmap and
its box, made before answers carried a schema and their map on the model's frame.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from cxr_grounding import Worker
from cxr_grounding_desktop.slicer_stand_in.scene import new_scene
from CXRGroundingLib.color_maps import NOT_SEEN
from CXRGroundingLib.logic import GroundingLogic
from CXRGroundingLib.scene_writer import Kind, companion
from slicer_application import viewsOf

SCENE = Path(__file__).parent / "data" / "scene-0.1.0.mrb"
PHRASE = "Large left pleural effusion"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    scene = new_scene(tmp_path)
    monkeypatch.setattr(slicer, "mrmlScene", scene, raising=False)
    assert scene.ReadFromMRB(str(SCENE), True, None)
    yield scene
    scene.Clear(True)


@pytest.fixture
def logic(opened: Any, worker: Worker) -> GroundingLogic:
    return GroundingLogic(applicationLogic=viewsOf(opened).logic, engine=worker)


def test_its_finding_is_listed_with_all_that_was_known(logic: GroundingLogic) -> None:
    (label,) = logic.findings()
    levels = slicer.util.arrayFromVolume(label)
    assert levels.shape == (1, 84, 72)
    assert np.bincount(levels.ravel()).tolist() == [4750, 0, 0, 0, 19, 121, 66, 62, 59, 55, 52, 864]
    result = logic.result(label)
    assert (result["phrase"], result["precision"], result["recipe"]["preset"]) == (PHRASE, "single", "fast")
    assert companion(label, Kind.HEATMAP) is not None
    assert companion(label, Kind.BOX) is not None


def test_the_panel_can_say_what_it_holds(logic: GroundingLogic, untranslated: None) -> None:
    texts = importlib.import_module("CXRGroundingLib.texts")
    (label,) = logic.findings()
    row = texts.findingTexts(logic.result(label))
    assert (row.phrase, row.region) == (PHRASE, "10.3 x 11.3 cm")
    assert "105 cm²" in row.regionHint
    assert "preset 'fast'" in texts.warningsText(logic.result(label))


def test_the_phrase_asked_again_takes_the_place_of_what_was_found(opened: Any, logic: GroundingLogic) -> None:
    (label,) = logic.findings()
    before, former = slicer.util.arrayFromVolume(label).copy(), logic.result(label)
    again = logic.ground(logic.radiographOf(label), PHRASE, preset="fast", device="cpu")
    assert again is label
    after = slicer.util.arrayFromVolume(again)
    np.testing.assert_array_equal(after == NOT_SEEN, before == NOT_SEEN)
    assert (after != before).any(), "the bundled model's map has become sharper since"
    assert "verdict" not in former
    assert again.GetAttribute("CXRGrounding.Verdict") == logic.result(again)["verdict"]["kind"]
    assert logic.shownFinding(logic.radiographOf(label)) is label
