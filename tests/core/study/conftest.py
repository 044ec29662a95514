"""The toy study, and copies of it that a test may read in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from toy_study import write_study


@pytest.fixture(scope="session")
def made_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all tests, which only read it."""
    return write_study(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def study_folder(made_study: Path, tmp_path: Path) -> Path:
    """A copy that a test may read in, and break."""
    return shutil.copytree(made_study, tmp_path / "study")


@pytest.fixture
def change_file() -> Callable[[Path, str, str], None]:
    """Put one text in the place of another in a file."""

    def change(path: Path, before: str, after: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    return change
