"""Whose image a volume is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from cxr_grounding import read_image
from CXRGroundingLib.scene_identity import identityOf
from CXRGroundingLib.scene_loader import loadRadiograph
from CXRGroundingLib.scene_reader import fileOf


def test_patient_date_view_and_file_come_from_the_file(scene: Any, phantomFile: Path, tmp_path: Path) -> None:
    dataset, path = pydicom.dcmread(phantomFile), tmp_path / "a.dcm"
    dataset.PatientName, dataset.PatientID, dataset.StudyDate, dataset.ViewPosition = "Doe^Jane", "1", "20200102", "LL"
    dataset.save_as(path)
    node = loadRadiograph(scene, path, read_image).volumeNode
    known = identityOf(node, fileOf(node))
    assert (known.patient, known.date, known.view, known.file) == ("Doe, Jane · 1", "2020-01-02", "LL", "a.dcm")
    assert "view from the side" in known.doubts[0]
    gone = identityOf(node, None)  # as in a scene that was saved: it keeps no patient
    assert (gone.patient, gone.date, gone.view, gone.file) == ("", "", "LL", "a")
    assert gone.doubts == known.doubts


def test_of_a_volume_that_another_program_made_the_name_is_known(scene: Any, makeVolume: Callable[..., Any]) -> None:
    node = makeVolume(np.eye(100, dtype=np.uint8), "film")
    node.SetAttribute("CXRGrounding.About", "[]")
    known = identityOf(node, None)
    assert (known.patient, known.view, known.file, known.doubts) == ("", "", "film", ())
