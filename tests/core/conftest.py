"""A tiny random model in a real diffusers folder, radiographs to ask it about, and the command line."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cxr_grounding.cli.main import main
from cxr_grounding.cli.stopping import STOPS
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.grounder import Grounder
from cxr_grounding.radiograph import Radiograph, Spacing, SpacingSource
from tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all tests, which only read it."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    write_tiny_model(folder)
    return folder


@pytest.fixture(scope="session")
def brief_model_folder(tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model at ten steps, for tests of what becomes of an answer; shared, and only read."""
    folder = shutil.copytree(tiny_model_folder, tmp_path_factory.mktemp("brief") / "tiny")
    document = json.loads((folder / "grounding.json").read_text())
    document["recipe"]["steps"] = 10
    (folder / "grounding.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def own_model_folder(tiny_model_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may break."""
    return shutil.copytree(tiny_model_folder, tmp_path / "own")


@pytest.fixture
def change_json() -> Callable[..., None]:
    """Set entries of a JSON file; None removes one."""

    def change(path: Path, **entries: object) -> None:
        document = json.loads(path.read_text()) | entries
        path.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))

    return change


@pytest.fixture(scope="session")
def tiny_model(tiny_model_folder: Path) -> LatentDiffusionModel:
    return LatentDiffusionModel.open(tiny_model_folder, "cpu")


@pytest.fixture
def grounder(tiny_model: LatentDiffusionModel) -> Grounder:
    """Without a radiograph; its model has counted no call."""
    tiny_model.unet_calls.clear()
    return Grounder(tiny_model)


def blurred_noise(rows: int, columns: int) -> NDArray[np.float32]:
    """An image with structure at several sizes."""
    x, y = np.meshgrid(np.linspace(0, 3, columns), np.linspace(0, 3, rows))
    noise = np.random.default_rng(3).normal(size=(rows, columns))
    return (np.sin(3 * x) + np.cos(2 * y * x) + 0.1 * noise).astype(np.float32)


@pytest.fixture
def radiograph() -> Radiograph:
    """128 rows, 96 columns, pixels of 0.5 mm by 0.25 mm."""
    return Radiograph(blurred_noise(128, 96), spacing=Spacing(0.5, 0.25, SpacingSource.PIXEL_SPACING))


@pytest.fixture
def other_radiograph() -> Radiograph:
    return Radiograph(blurred_noise(90, 140)[::-1])


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def cxr_ground(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """The command, in this process, with its own entry point and exit code."""

    def run(*arguments: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["cxr-ground", *map(str, arguments)])
        listening = {number: signal.getsignal(number) for number in STOPS}
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:  # signals are the test run's own again
            for number, handler in listening.items():
                signal.signal(number, handler)
        said = capsys.readouterr()
        return Told(ended.value.code or 0, said.out, said.err)

    return run
