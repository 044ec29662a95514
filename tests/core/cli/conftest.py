"""Files to run the command line on."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from cxr_grounding.evaluation.datasets import phantoms
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from drawn_phantoms import drawn_once


@pytest.fixture(scope="session")
def phantom_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small phantom's DICOM file."""
    path = tmp_path_factory.mktemp("phantom") / "phantom.dcm"
    write_phantom_dicom(draw_phantom(2_000_000, 160), path)
    return path


@pytest.fixture
def small_phantoms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The phantoms of evaluations are a tenth as large, which changes neither findings nor phrases."""
    monkeypatch.setattr(phantoms, "draw_phantom", functools.partial(drawn_once, short_side=96))
