"""The host puts Slicer's names into their places and takes them away, and keeps scenes on disk."""

from __future__ import annotations

import os
import sys
import unittest
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import PYTHON_MODULES, Host, SceneError
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap

NAMES = ("qt", "ctk", *PYTHON_MODULES)


def test_all_names_are_there_while_it_lives_and_gone_afterwards(qapp: Any) -> None:
    before, attributes, path = dict(sys.modules), set(vars(slicer)), list(sys.path)
    host = Host(testing=True)
    host.open_module()
    assert {*NAMES, "CXRGrounding"} <= set(sys.modules)
    assert slicer.modules.CXRGroundingWidget is host.widget
    host.close()
    assert set(vars(slicer)) == attributes
    assert sys.path == path
    for name in (*NAMES, "CXRGrounding", "CXRGroundingLib", "CXRGroundingLib.widget"):
        assert sys.modules.get(name) is before.get(name), name


def test_a_module_that_cannot_be_loaded_leaves_no_name_behind(qapp: Any, tmp_path: Path) -> None:
    (tmp_path / "CXRGrounding.py").write_text("raise ImportError('broken')\n", encoding="utf-8")
    host = Host(testing=True, folder=tmp_path)
    with pytest.raises(ImportError, match="broken"):
        host.open_module()
    host.close()
    assert "qt" not in sys.modules
    assert not hasattr(slicer, "app")


def test_it_needs_its_own_kind_of_application(monkeypatch: pytest.MonkeyPatch, qapp: Any) -> None:
    monkeypatch.setattr("cxr_grounding_desktop.slicer_stand_in.host.QApplication.instance", lambda: None)
    with pytest.raises(TypeError, match="qSlicerApplication"):
        Host()


def test_the_start_up_of_the_module_registers_its_samples(host: Host) -> None:
    import SampleData

    (category,) = SampleData.SampleDataLogic.sampleDataSourcesByCategory().values()
    assert len(category) == 3


def test_the_applications_logic_is_slicers_own(host_names: Host) -> None:
    assert slicer.app.applicationLogic().GetClassName() == "vtkSlicerApplicationLogic"


def test_the_panel_is_told_when_it_is_left(host: Host) -> None:
    assert unwrap(host.widget.parent) is host.panel
    assert host.widget.parent.isEntered is True
    panel, left = host.panel, []
    host.widget.exit = lambda: left.append(host.widget.parent.isEntered)
    panel._exit()
    assert left == [False]


def test_the_self_test_of_the_module_passes(host: Host) -> None:
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(sys.modules["CXRGrounding"].CXRGroundingTest)
    assert suite.countTestCases() == 3
    result = unittest.TestResult()
    suite.run(result)
    assert (result.testsRun, result.errors, result.failures, result.skipped) == (3, [], [], [])


@pytest.fixture
def filled(host_names: Host) -> Host:
    """A host whose scene holds a volume."""
    slicer.util.addVolumeFromArray(np.arange(12, dtype=np.uint8).reshape(1, 3, 4), name="chest")
    return host_names


def names_of_volumes(host: Host) -> list[str]:
    return [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode", scene=host.scene)]


def test_a_scene_is_saved_closed_and_loaded(filled: Host, tmp_path: Path) -> None:
    filled.save_scene(tmp_path / "scene")
    filled.close_scene()
    assert names_of_volumes(filled) == []
    slicer.util.addVolumeFromArray(np.zeros((1, 3, 4), np.uint8), name="other")
    filled.load_scene(tmp_path / "scene.mrb")
    assert names_of_volumes(filled) == ["chest"]
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(slicer.util.getNode("chest")).ravel(), np.arange(12))


def test_a_scene_that_cannot_be_saved_is_told_and_the_old_file_stays(filled: Host, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="could not be written"):
        filled.save_scene(tmp_path / "missing" / "scene.mrb")
    assert list(tmp_path.glob("*.mrb")) == []
    folder = tmp_path / "scene.mrb"
    folder.mkdir()
    with pytest.raises(SceneError):
        filled.save_scene(folder)
    assert list(folder.iterdir()) == []


def test_a_scene_whose_name_is_no_utf8_is_told_and_the_program_goes_on(filled: Host, tmp_path: Path) -> None:
    filled.save_scene(tmp_path / "chest.mrb")
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve.mrb"))
    (tmp_path / "chest.mrb").rename(path)
    before = names_of_volumes(filled)
    with pytest.raises(SceneError, match=r"na.ve\.mrb has letters that are no UTF-8"):
        filled.load_scene(path)
    with pytest.raises(SceneError, match="no UTF-8"):
        filled.save_scene(path)
    assert names_of_volumes(filled) == before


def broken_bundles(folder: Path) -> Iterator[Path]:
    """Files that bear the name of a bundle and are none."""
    for name in ("text", "empty", "foreign"):
        path = folder / f"{name}.mrb"
        path.write_text("no scene" if name == "text" else "", encoding="utf-8")
        if name == "foreign":
            with zipfile.ZipFile(path, "w") as bundle:
                bundle.writestr("notes.txt", "no scene")
        yield path


def test_what_is_no_scene_leaves_the_open_one_alone(filled: Host, tmp_path: Path) -> None:
    for path in [*broken_bundles(tmp_path), tmp_path / "missing.mrb", tmp_path / "missing.mrml"]:
        with pytest.raises(SceneError, match=path.name):
            filled.load_scene(path)
        assert names_of_volumes(filled) == ["chest"]


def test_a_bundle_that_was_cut_off_leaves_the_open_scene_alone(filled: Host, tmp_path: Path) -> None:
    filled.save_scene(tmp_path / "scene.mrb")
    whole = (tmp_path / "scene.mrb").read_bytes()
    (tmp_path / "scene.mrb").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SceneError, match="damaged"):
        filled.load_scene(tmp_path / "scene.mrb")
    assert names_of_volumes(filled) == ["chest"]


def test_a_scene_file_that_is_no_xml_leaves_the_open_scene_alone(filled: Host, tmp_path: Path) -> None:
    (tmp_path / "scene.mrml").write_text("<MRML><broken", encoding="utf-8")
    with pytest.raises(SceneError, match=r"scene\.mrml"):
        filled.load_scene(tmp_path / "scene.mrml")
    assert names_of_volumes(filled) == ["chest"]


def test_what_is_removed_from_the_scene_leaves_the_view(filled: Host, qtbot: QtBot) -> None:
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    assert composite is filled.slice_logic.GetSliceCompositeNode()
    composite.SetBackgroundVolumeID(slicer.util.getNode("chest").GetID())
    filled.close_scene()
    assert not composite.GetBackgroundVolumeID()
