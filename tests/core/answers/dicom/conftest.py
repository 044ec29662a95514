"""Radiographs as scanners write them, what is found on them, and the judges of DICOM objects."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from cxr_grounding.evidence import Evidence
from cxr_grounding.maps import find_regions
from cxr_grounding.radiograph import Identifiers
from cxr_grounding.recipe import ModelIdentity, Recipe
from cxr_grounding.reported import ReportedFinding, phrase_of
from cxr_grounding.verdict import Verdict, VerdictKind
from dicom_files import make_dataset

ROWS, COLUMNS = 90, 70

PATIENT = {
    "SpecificCharacterSet": "ISO_IR 100",
    "PatientName": "M\u00fcller^J\u00f6rg",
    "PatientBirthDate": "19500102",
    "PatientSex": "M",
    "StudyDate": "20260301",
    "StudyTime": "101112",
    "StudyID": "S1",
    "AccessionNumber": "A-77",
    "ReferringPhysicianName": "House^Gregory",
    "StudyDescription": "Thorax p.a.",
    "PatientOrientation": ["L", "F"],
    "ImagerPixelSpacing": ["0.2", "0.2"],
}

DEMONSTRATION = ModelIdentity("tiny", "1", "DEMONSTRATION MODEL. Research use only.", demonstration=True)


@pytest.fixture
def source() -> Callable[..., Dataset]:
    """Makes a radiograph's data set of a kind (CR, DX, SC); further elements as `make_dataset` takes them."""

    def make(kind: str = "CR", **elements: Any) -> Dataset:
        wanted = {**PATIENT, **elements}
        given = {keyword: value for keyword, value in wanted.items() if value is not None}
        pixels = np.arange(ROWS * COLUMNS, dtype=np.uint16).reshape(ROWS, COLUMNS)
        made = make_dataset(pixels, kind, bits=16, **given)
        for keyword in wanted.keys() - given.keys():
            if keyword in made:
                delattr(made, keyword)
        return made

    return make


@pytest.fixture
def found() -> Callable[..., ReportedFinding]:
    """Makes what a phrase found on a source: heat in two places, and where nobody looked."""

    def make(
        source: Dataset, phrase: str = "small left pleural effusion", at: int = 10, verdict: Verdict | None = IN_DOUBT
    ) -> ReportedFinding:
        heat = np.zeros((ROWS, COLUMNS), np.float32)
        heat[at : at + 20, 5:25] = np.linspace(0.2, 1, 20)
        heat[at + 22 : at + 30, 40:44] = 0.5
        heat[:4] = np.nan
        return ReportedFinding(
            phrase=phrase_of(phrase),
            heatmap=heat,
            regions=tuple(find_regions(heat)),
            model=DEMONSTRATION,
            identifiers=Identifiers(
                StudyInstanceUID=source.StudyInstanceUID, SOPInstanceUID=str(source.get("SOPInstanceUID", ""))
            ),
            recipe=Recipe().as_dict(),
            evidence=Evidence(0.25, -0.5, None, (), (1, 2), (3,)),
            verdict=verdict,
        )

    return make


IN_DOUBT = Verdict(VerdictKind.IN_DOUBT, ("The maps differ.", "Evidence is low."), 0.5)


@pytest.fixture
def pictures() -> Callable[[int], list]:
    """As many small pictures."""
    return lambda count: [np.full((60, 80, 3), number, np.uint8) for number in range(count)]


@pytest.fixture
def saved_as(tmp_path: Path) -> Callable[[Dataset], Path]:
    """Writes an object and gives its path."""

    def save(made: Dataset) -> Path:
        path = tmp_path / f"{generate_uid()}.dcm"
        made.save_as(path, enforce_file_format=True)
        return path

    return save


@pytest.fixture(scope="session")
def judge() -> Callable[[Sequence[str | Path]], str]:
    """Runs one of the validators and gives all that it says; skips where they are not there, but never in CI."""
    missing = [name for name in ("dciodvfy", "dsrdump") if shutil.which(name) is None]
    if missing:
        why = os.environ.get("WHY_NO_VALIDATORS") or f"{' and '.join(missing)} are not installed: `make test` does it"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)

    def run(command: Sequence[str | Path]) -> str:
        done = subprocess.run([*map(str, command)], capture_output=True, check=False, timeout=60)
        return (done.stdout + done.stderr).decode(errors="replace")

    return run
