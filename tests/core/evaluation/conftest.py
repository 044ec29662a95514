"""A synthetic MS-CXR of phantoms, and a way to write annotations of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.phantom.ms_cxr_layout import Written, write_ms_cxr

SEED = 1_000_000


@pytest.fixture(scope="session")
def phantom_ms_cxr(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Six small phantoms in MS-CXR's layout; shared by all tests, which only read it."""
    return write_ms_cxr(tmp_path_factory.mktemp("ms-cxr"), count=6, seed=SEED, short_side=96)


@pytest.fixture
def dataset(phantom_ms_cxr: Written) -> Dataset:
    """Their twelve samples."""
    return read_ms_cxr(phantom_ms_cxr.csv, phantom_ms_cxr.csv.parent)


@pytest.fixture
def annotate(tmp_path: Path) -> Callable[..., Path]:
    """Write lines as annotations.csv in a fresh folder, and one 100 x 80 picture for every name."""

    def write(*lines: str, images: tuple[str, ...] = ()) -> Path:
        for name in images:
            picture = tmp_path / name
            picture.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.arange(8000, dtype=np.uint16).reshape(80, 100).astype(np.uint8)).save(picture, "PNG")
        path = tmp_path / "annotations.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
