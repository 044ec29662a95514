"""The commands and Python of the documentation run as they stand, with a tiny model in the place of the bundled one.

A comment before a block says which do not, and why; tests/docs/test_blocks.py holds those to the program as well.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cxr_grounding.cli.main import app
from cxr_grounding.models import registry
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from doc_pages import Block, blocks
from sources import ROOT, name_of
from tiny_model import write_tiny_model

REPORT = (
    "FINDINGS: The heart is not enlarged. There is a small left pleural effusion with bibasilar atelectasis. "
    "Patchy opacity in the right upper lobe, which may represent pneumonia. IMPRESSION: Dr. Smith was notified."
)
FOUND = Path("results", "01-small-left-pleural-effusion.json")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the documentation speaks of."""
    folder = tmp_path_factory.mktemp("desk")
    write_phantom_dicom(draw_phantom(2_000_000, 160), folder / "chest.dcm")
    write_phantom_dicom(draw_phantom(2_000_001, 160), folder / "other.dcm")
    (folder / "scans").mkdir()
    (folder / "reports").mkdir()
    for name in ("a", "b"):
        for place in (folder, folder / "scans"):
            shutil.copy(folder / ("chest.dcm" if name == "a" else "other.dcm"), place / f"{name}.dcm")
        (folder / "reports" / f"{name}.txt").write_text(REPORT)
    (folder / "report.txt").write_text(REPORT)
    (folder / "models").mkdir()
    write_tiny_model(folder / "models" / registry.BUNDLED_NAME, steps=10)
    return folder


@pytest.fixture
def at_work(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of those files as the working folder, in a program whose bundled model is the tiny one."""
    folder = shutil.copytree(desk, tmp_path / "work", ignore=shutil.ignore_patterns("models"))
    (folder / "CXRGrounding").symlink_to(ROOT / "CXRGrounding")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(registry, "BUNDLED", desk / "models")
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path / "home"))
    return folder


def run_command(*words: str) -> None:
    """The program, in this process: its errors come through, and it ends well."""
    assert app(list(words), standalone_mode=False) in (None, 0), words


def blocks_to_run(*languages: str) -> dict[str, list[Block]]:
    """By page, those that no comment excepts."""
    found: dict[str, list[Block]] = {}
    for block in blocks(*languages):
        if not block.not_run:
            found.setdefault(name_of(block.page), []).append(block)
    return found


COMMANDS, PYTHON = blocks_to_run("sh", "console"), blocks_to_run("python")


@pytest.mark.parametrize("page", COMMANDS)
def test_the_commands_of_a_page_run(page: str, at_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for block in COMMANDS[page]:
        capsys.readouterr()
        for words in block.commands:
            assert words[0] == "cxr-ground", f"{block}: how is this to be run? Say why not, in a comment before it."
            run_command(*words[1:])
        if block.language == "console":
            shown = [line for line in block.text.splitlines() if line and not line.startswith("$ ")]
            assert [line.rstrip() for line in capsys.readouterr().out.splitlines() if line] == shown


@pytest.mark.parametrize("page", PYTHON)
def test_the_python_of_a_page_runs(page: str, at_work: Path) -> None:
    run_command("ground", "scans", "--phrase", "small left pleural effusion", "--out", "results", "--format", "json")
    shutil.copy(at_work / "results" / "a" / FOUND.name, FOUND)
    names: dict[str, object] = {}
    for block in PYTHON[page]:
        exec(compile(block.text, str(block), "exec"), names)  # the repository's own pages
