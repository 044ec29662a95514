"""A small cohort: phantoms, two of them no images, and what the plain way makes of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from cohort_images import DAMAGED, GONE, IMAGES
from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry, read_manifest
from cxr_grounding.cohort.part_grounder import Plan
from cxr_grounding.many.result_rows import NOT_OF_THE_ANSWER, Row
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom


@pytest.fixture(scope="session")
def manifest_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of `IMAGES` small phantoms; every third has a report in place of phrases."""
    folder = tmp_path_factory.mktemp("cohort")
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "image", "phrases", "report"])
        for number in range(IMAGES):
            name = f"{number:02d}.dcm"
            if number == DAMAGED:
                (folder / name).write_bytes(b"damaged")
            elif number != GONE:
                write_phantom_dicom(draw_phantom(2_000_100 + number, 64), folder / name)
            asked = ["", "Left effusion. No edema."] if number % 3 == 0 else ["left effusion|right lung", ""]
            writer.writerow([f"id-{number:02d}", name, *asked])
    return folder / "manifest.csv"


@pytest.fixture(scope="session")
def entries(manifest_file: Path) -> list[Entry]:
    return read_manifest(manifest_file)


@pytest.fixture
def plan(tiny_model_folder: Path, tmp_path: Path) -> Plan:
    """The tiny model with few steps, into tmp_path/out."""
    return Plan(str(tmp_path / "out"), Ask(tiny_model_folder, device="cpu", steps=10), readers=1)


@pytest.fixture(scope="session")
def compared() -> Callable[[list[Row]], list[dict]]:
    """Rows without what may differ between two runs of one question: time and device."""
    return lambda rows: [{name: value for name, value in row.items() if name not in NOT_OF_THE_ANSWER} for row in rows]
