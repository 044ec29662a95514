"""What differs on Windows and macOS, each difference stood in for here. docs/systems.md is the list."""

from __future__ import annotations

import ast
import importlib
import os
import re
import signal
import subprocess
import sys
import types
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from cxr_grounding.answers.bundle import stem_of
from cxr_grounding.cli import given, stopping
from cxr_grounding.disk import owned, whole
from cxr_grounding.disk.staging import staged
from cxr_grounding.disk.whole import flush_to_disk, written_whole
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.many.found_images import names_for
from cxr_grounding.models.registry import check_free
from cxr_grounding.sources.address import is_address
from cxr_grounding.study.reader_names import stem_of_reader
from cxr_grounding.worker import channel, process, reading_desk
from sources import ROOT, assert_none, name_of, parsed, python_files

SOURCES = python_files("core", "desktop", "CXRGrounding")
POSIX_ALONE = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
WINDOWS_ALONE = {"_winapi", "msvcrt", "winreg", "winsound"}
ATTRIBUTES = {"fork", "getpgid", "getuid", "killpg", "register_at_fork", "setsid", "SIGHUP", "SIGKILL", "SIGBREAK"}
LONGEST_BELOW = 200
"""Letters of a path below --out, with what is there only while it is written; Windows takes 259 in all."""


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the code asks, to know that it is on Windows."""
    monkeypatch.setattr(sys, "platform", "win32")


class Guards(ast.NodeVisitor):
    """Finds what one system lacks, where nothing asks `sys.platform` first."""

    def __init__(self) -> None:
        self.unguarded: list[str] = []

    def visit_If(self, node: ast.If) -> None:
        if "sys.platform" not in ast.unparse(node.test):
            self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        if "sys.platform" not in ast.unparse(node.test):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.unguarded += [name.name for name in node.names if name.name in POSIX_ALONE | WINDOWS_ALONE]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        # The rest of a function that returns on Windows is for the others.
        body = iter(node.body)
        for statement in body:
            if isinstance(statement, ast.If) and "sys.platform" in ast.unparse(statement.test):
                if isinstance(statement.body[-1], ast.Return):
                    return
            else:
                self.visit(statement)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in ATTRIBUTES and ast.unparse(node.value) in ("os", "signal"):
            self.unguarded.append(ast.unparse(node))
        self.generic_visit(node)


def test_nothing_that_one_system_lacks_is_used_without_asking() -> None:
    found = []
    for path in SOURCES:
        guards = Guards()
        guards.visit(parsed(path))
        found += [f"{name_of(path)}: {name}" for name in guards.unguarded]
    assert_none(found)


def test_every_row_of_the_page_names_a_test_that_is_there() -> None:
    page = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 15
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8") if test else (ROOT / file).is_file()


# --- processes, pipes and signals


class Started(Exception):
    """What a child would have been started with."""


def test_a_child_gets_a_group_of_its_own_on_windows_too(
    windows: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: list[str], **options: Any) -> None:
        raise Started(options)

    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 8, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 512, raising=False)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(Started) as started:
        process.ChildProcess(["python.exe"], {})
    assert started.value.args[0]["creationflags"] == 8 | 512
    assert "start_new_session" not in started.value.args[0]


@pytest.mark.parametrize("is_there", [True, False], ids=["taskkill", "without"])
def test_a_child_is_ended_with_its_children_on_windows(
    windows: None, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    def run(command: list[str], **_: Any) -> None:
        if not is_there:
            raise FileNotFoundError(command[0])
        ended.append(" ".join(command))

    child = object.__new__(process.ChildProcess)
    child._process = types.SimpleNamespace(pid=17, kill=lambda: ended.append("itself"))
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 8, raising=False)
    monkeypatch.setattr(subprocess, "run", run)
    child._kill_group()
    assert ended == ["taskkill /T /F /PID 17", "itself"][not is_there :]


def test_a_child_listens_at_a_pipe_that_nobody_can_guess_on_windows(windows: None) -> None:
    one, other = (channel.address_in(Path("anything")) for _ in range(2))
    assert one.startswith("\\\\.\\pipe\\cxr-grounding-")
    assert one != other


def test_a_pipe_s_waits_are_left_as_they_are_on_windows(windows: None) -> None:
    channel.Channel(object()).never_wait_to_send()  # type: ignore[arg-type]  # a pipe has no socket's options


def test_the_end_of_a_terminal_is_heard_by_the_signal_of_each_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert signal.SIGHUP in stopping.STOPS
    with monkeypatch.context() as patched:
        patched.setattr(sys, "platform", "win32")
        patched.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
        assert importlib.reload(stopping).STOPS[-1] == signal.SIGUSR1
    importlib.reload(stopping)


def test_a_reader_without_limits_of_the_system_reads_all_the_same(
    windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(reading_desk, "resource")
    reading_desk._limit()
    reading_desk._allow_processor_time()


# --- files, their locks and their names


class Msvcrt:
    """Windows' locks, as far as they are used: a file that is locked is so for everybody."""

    LK_NBLCK = 2
    held: set[tuple[int, int]]

    def __init__(self) -> None:
        self.held = set()

    def locking(self, descriptor: int, mode: int, length: int) -> None:
        about = os.fstat(descriptor)
        if (about.st_dev, about.st_ino) in self.held:
            raise PermissionError(13, "Permission denied")
        self.held.add((about.st_dev, about.st_ino))


def test_a_folder_is_held_by_windows_own_locks(windows: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "msvcrt", Msvcrt(), raising=False)
    with (
        owned.alone_in(tmp_path / "out", "Another run"),
        pytest.raises(OutputError, match="Another run is at work"),
        owned.alone_in(tmp_path / "out", "Another run"),
    ):
        pass


def test_a_file_is_flushed_by_a_descriptor_that_may_write_on_windows(
    windows: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    opened: list[int] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda file, flags: opened.append(flags) or real(file, flags))
    flush_to_disk(tmp_path / "file")
    assert opened == [os.O_RDWR]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Another program that has every file open for a moment: the number in it is how often it is still in the way."""
    left, real = [3], Path.replace

    def replace(self: Path, target: Path) -> Path:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "The process cannot access the file because it is being used by another process")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(whole, "TRIES", 4)
    monkeypatch.setattr(whole, "BETWEEN_TRIES_SECONDS", 0)
    return left


def test_a_file_that_another_program_has_open_for_a_moment_is_replaced_after_it(
    watched: list[int], tmp_path: Path
) -> None:
    with written_whole(tmp_path / "result.json", ".json") as temporary:
        temporary.write_text("{}")
    watched[0] = 3
    with staged(tmp_path / "out") as scratch:
        (scratch / "01-effusion.png").write_bytes(b"x")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"result.json", "01-effusion.png"}


def test_one_that_stays_open_is_refused_with_why(watched: list[int], tmp_path: Path) -> None:
    watched[0] = 100
    refused = pytest.raises(OutputError, match="whether another program has the file open")
    with refused, written_whole(tmp_path / "results.csv", ".csv") as temporary:
        temporary.write_text("a")
    assert list(tmp_path.iterdir()) == []


def test_images_whose_names_one_folder_cannot_tell_apart_get_folders_of_their_own() -> None:
    images = [
        Path("a/Chest.dcm"),
        Path("b/CHEST.dcm"),
        Path("c/Ärzte.png"),
        Path("d/a\u0308rzte.png"),
        Path("e/other.png"),
    ]
    names = names_for(images, {})
    assert len({name.casefold() for name in names}) == 5
    assert names[-1] == "other"
    assert names_for([Path("x/CHEST.dcm")], {"chest": "/elsewhere/chest.dcm"})[0].startswith("CHEST-")


def test_no_folder_is_called_as_windows_calls_its_devices() -> None:
    assert names_for([Path("con.dcm"), Path("aux.png"), Path("chest..dcm")], {}) == ["image-con", "image-aux", "chest"]
    for name in ("nul", "COM1.v2", "mine."):
        with pytest.raises(ModelError, match="cannot be a model's name"):
            check_free(name)
    assert stem_of_reader("Ärztin") == stem_of_reader("a\u0308RZTIN")


def test_names_are_short_enough_for_windows() -> None:
    (folder,) = names_for([Path("x" * 300 + ".dcm"), Path("y/" + "x" * 300 + ".dcm")], {})[:1]
    file = stem_of(100, "z" * 300) + ".heatmap.nii.gz"
    temporary = f".{file[: whole.LONGEST_NAME]}-{'0' * 12}.nii.gz"
    below = f"/{folder}/.unfinished-12345678/new/{max(file, temporary, key=len)}"
    assert len(below) <= LONGEST_BELOW


# --- paths as Windows writes them


@pytest.mark.parametrize(
    "path", [r"C:\Users\Jürgen\chest 1.dcm", r"\\server\share\scans\chest.dcm", r"\\?\C:\a\chest.dcm", r"..\chest.png"]
)
def test_a_path_of_windows_is_taken_for_one_and_for_no_address(path: str) -> None:
    assert given._looks_like_a_path(path)
    assert not is_address(PureWindowsPath(path).as_posix())
    assert "://" not in path  # which a cohort's --out is an address by


def test_commands_are_shown_as_windows_takes_them(windows: None) -> None:
    said = given.typed([r"C:\my scans\chest.dcm", "left effusion", "--out", "out"])
    assert said == r'"C:\my scans\chest.dcm" "left effusion" --out out'


def test_a_temporary_folder_of_any_name_holds_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Jürgen Groß 胸"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    child = process.ChildProcess([sys.executable], {"desk": "reading", "key": "c0ffee", "idle_seconds": 60.0})
    try:
        assert child.is_running
    finally:
        child.kill()
        assert child.bury(10.0)


# --- what is printed and written


def test_no_text_is_read_or_written_in_whatever_encoding_a_system_has() -> None:
    assert_none(
        [
            f"{name_of(path)}:{call.lineno}: {ast.unparse(call)}"
            for path in SOURCES
            for call in ast.walk(parsed(path))
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in ("write_text", "read_text")
            and "encoding" not in {word.arg for word in call.keywords}
        ]
    )


def test_the_repository_s_own_line_ends_are_the_same_everywhere() -> None:
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8")
    assert "* text=auto eol=lf" in attributes
    bundled = ROOT / "core" / "cxr_grounding" / "models" / "bundled"
    assert [path for path in bundled.rglob("*.json") if b"\r\n" in path.read_bytes()] == []
