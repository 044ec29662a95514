"""A real answer on its way to files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.answers.result import Result
from cxr_grounding.grounder import Grounder
from cxr_grounding.radiograph import Radiograph


@pytest.fixture
def result(grounder: Grounder, radiograph: Radiograph, tmp_path: Path) -> Result:
    """Of the tiny model, to be written to tmp_path as 01-left-effusion."""
    grounder.set_radiograph(radiograph)
    return Result(grounder.ground("left effusion"), radiograph, "chest.dcm", tmp_path / "01-left-effusion")
