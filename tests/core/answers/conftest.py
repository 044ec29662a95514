"""A real answer on its way to files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from cxr_grounding.answers.dicom.export import DicomExport
from cxr_grounding.answers.result import Result
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.grounder import Grounder
from cxr_grounding.placing import Placing, choose, groups_of
from cxr_grounding.radiograph import Identifiers, Radiograph
from cxr_grounding.recipe import Recipe
from cxr_grounding.signals.assertion import read_sentence


@pytest.fixture
def grounder(tiny_model: LatentDiffusionModel) -> Grounder:
    """At ten steps: the forms that an answer takes do not depend on their number."""
    return Grounder(tiny_model, recipe=tiny_model.recipe.replace(steps=10))


@pytest.fixture
def dicom_result(result: Result, dataset: Callable[..., Dataset]) -> Result:
    """The same, as if the radiograph had come out of a DICOM file."""
    rows, columns = result.radiograph.shape
    source = dataset(np.zeros((rows, columns), np.uint16), "DX", PatientName="Doe^Jane")
    uids = Identifiers(StudyInstanceUID=source.StudyInstanceUID, SOPInstanceUID=source.SOPInstanceUID)
    answer = dataclasses.replace(result.answer, identifiers=uids)
    return dataclasses.replace(result, answer=answer, dicom=DicomExport(source))


@pytest.fixture
def result(grounder: Grounder, radiograph: Radiograph, tmp_path: Path) -> Result:
    """Of the tiny model, to be written to tmp_path as 01-left-effusion."""
    grounder.set_radiograph(radiograph)
    return Result(grounder.ground("left effusion"), radiograph, "chest.dcm", tmp_path / "01-left-effusion")


@pytest.fixture
def placing() -> Placing:
    """Where "left effusion" is best explained: large, and small is far behind."""
    explained = {"Small": -0.2, "Moderate": 0.0, "Large": 0.2}
    by_phrase = {f"{size} left pleural effusion": value for size, value in explained.items()}
    return choose(groups_of(read_sentence("left effusion")), by_phrase, Recipe())
