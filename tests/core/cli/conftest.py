"""Run the command line as a shell would, and files to run it on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding.cli.main import main
from cxr_grounding.phantom.dicom import write_phantom_dicom
from cxr_grounding.phantom.phantom import draw_phantom


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
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Told(ended.value.code or 0, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def phantom_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small phantom's DICOM file."""
    path = tmp_path_factory.mktemp("phantom") / "phantom.dcm"
    write_phantom_dicom(draw_phantom(2_000_000, 160), path)
    return path
