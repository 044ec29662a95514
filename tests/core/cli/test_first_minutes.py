"""The first five minutes: what the program says alone, its demonstration, and the completion of what is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cxr_grounding.cli.demo import has_desktop
from cxr_grounding.models import registry


def test_alone_it_says_what_to_type_next(cxr_ground) -> None:
    told = cxr_ground()
    assert told.code == 0
    assert len(told.out.splitlines()) <= 12
    for command in ("cxr-ground demo", "cxr-ground ground chest.dcm", "cxr-ground-desktop chest.dcm", "--help"):
        assert command in told.out
    assert "Research use only" in told.out
    assert "says nothing about real patients" in told.out


def test_without_the_window_s_packages_it_says_what_brings_it(cxr_ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PyQt5", None)
    assert 'pip install "cxr-grounding[desktop]"' in cxr_ground().out


@pytest.fixture
def tiny_model_bundled(brief_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model in place of the bundled one, which takes its time."""
    monkeypatch.setattr(registry, "BUNDLED", brief_model_folder.parent)
    monkeypatch.setattr(registry, "BUNDLED_NAME", brief_model_folder.name)


def test_the_demonstration_shows_its_commands_and_opens_a_picture(
    cxr_ground, tiny_model_bundled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    out = tmp_path / "demo output"
    told = cxr_ground("demo", "--out", out, "--open")
    assert told.code == 0, told.err
    phantom, ground = [line for line in told.out.splitlines() if line.startswith("$ ")]
    assert phantom == f"$ cxr-ground phantom --seed 2000012 --out '{out}'"
    assert ground.startswith("$ cxr-ground ground")
    assert len(list(out.glob("*.png"))) == 3
    assert opened == [str(out / "01-moderate-right-sided-pneumothorax.png")]
    assert told.out.rstrip().endswith("--out results")


def test_a_demonstration_that_cannot_write_says_so(cxr_ground, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = cxr_ground("demo", "--out", tmp_path / "file")
    assert told.code == 2
    assert "Nothing can be written to" in told.err


@pytest.mark.parametrize(
    ("platform", "surroundings", "is_terminal", "is_there"),
    [
        ("linux", {"DISPLAY": ":0"}, True, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ("linux", {"DISPLAY": ":0"}, False, False),
        ("linux", {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 22"}, True, False),
        ("linux", {}, True, False),
        ("win32", {}, True, True),
        ("darwin", {}, True, True),
    ],
)
def test_a_picture_is_opened_where_somebody_sees_it(
    platform: str, surroundings: dict[str, str], is_terminal: bool, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert has_desktop(surroundings, is_terminal) is is_there


def test_what_is_typed_is_completed() -> None:
    """As bash asks for it, by the script that `--install-completion` puts into its settings."""
    program = "from cxr_grounding.cli.main import main; main()"
    asked = {"_CXR_GROUND_COMPLETE": "complete_bash", "COMP_WORDS": "cxr-ground mo", "COMP_CWORD": "1"}
    told = subprocess.run([sys.executable, "-c", program], env=os.environ | asked, capture_output=True, text=True)
    assert told.stdout.split() == ["models"], told.stderr


def test_the_script_for_completion_names_the_command(cxr_ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    assert "_CXR_GROUND_COMPLETE=complete_bash" in cxr_ground("--show-completion", "bash").out
