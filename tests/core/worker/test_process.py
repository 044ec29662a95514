"""The child as the operating system sees it."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from cxr_grounding.worker.process import SERVER, TAIL_LINES, ChildProcess, environment, private_folder

from .conftest import eventually


@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("exit 7", "ended with exit code 7"),
        ("kill -SEGV $$", "was ended by SIGSEGV"),
        ("kill -KILL $$", "was ended by SIGKILL, perhaps by the system because memory ran out,"),
        ("sh -c 'kill -ABRT $$'; exit $?", "was ended by SIGABRT"),
    ],
)
def test_it_says_how_it_ended(tmp_path: Path, line: str, how: str) -> None:
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\nprintf 'first\\n\\033[1mlast\\n'\n{line}\n")
    script.chmod(0o755)
    process = ChildProcess([str(script)], {})
    eventually(lambda: not process.is_running, "its end")
    assert process.describe_end()[0] == how
    assert process.log_tail().startswith("first\n[1mlast")
    process.kill()
    assert process.bury()


def test_only_the_end_of_a_long_log_is_shown(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nseq 1 9000\n")
    script.chmod(0o755)
    process = ChildProcess([str(script)], {})
    eventually(lambda: not process.is_running, "its end")
    lines = process.log_tail().splitlines()
    assert (len(lines), lines[-1]) == (TAIL_LINES, "9000")
    assert process.bury()


def test_settings_are_seen_by_nobody_else(temporary: Path) -> None:
    process = ChildProcess([sys.executable], {"key": "c0ffee", "idle_seconds": 60.0})
    eventually(process.ready_text, "a listening child")
    proc = Path(f"/proc/{process.pid}")
    assert SERVER.encode() in (proc / "cmdline").read_bytes()
    for place in ("cmdline", "environ"):
        assert b"c0ffee" not in (proc / place).read_bytes()
    assert stat.S_IMODE(process.folder.stat().st_mode) == 0o700
    assert os.getpgid(process.pid) == process.pid
    process.kill()
    assert process.bury(10.0)


def test_a_long_temporary_folder_is_passed_over_for_a_socket_needs_a_short_path(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    folder = private_folder()
    assert folder.parent == temporary
    folder.rmdir()
    long = temporary / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    folder = private_folder()
    assert len(os.fsencode(folder / "socket")) <= 100
    assert list(long.iterdir()) == []
    folder.rmdir()
    long.rmdir()


def test_the_child_finds_this_package_first_and_asks_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    found = environment()
    first, second = found["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "cxr_grounding" / "worker" / "server.py").is_file()
    assert second == "/mine"
    assert found["HF_HUB_OFFLINE"] == found["TRANSFORMERS_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in os.environ
