"""The child as an operating system sees it: how it is started, watched and ended, on every platform."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cxr_grounding
from cxr_grounding.disk.sentences import printable, reason
from cxr_grounding.errors import WorkerError
from cxr_grounding.waiting import wait_briefly
from cxr_grounding.worker.channel import LONGEST_ADDRESS, address_in
from cxr_grounding.worker.protocol import FETCHING

SERVER = "cxr_grounding.worker.server"
LOG, READY = "log.txt", "ready"
"""Files in the private folder: what the child prints, and its sign that it listens."""

TAIL_LINES, TAIL_BYTES = 12, 4096
"""How much of the log's end an error carries."""

REMOVAL_TRIES = 20


class ChildProcess:
    """One child with its process group and its private folder, from its start to the last trace of it.

    Args:
        command: the interpreter, or a launcher that starts it.
        settings: for the child, handed over through its standard input, where nobody else can read them.

    Attributes:
        folder: private to parent and child; gone once `is_buried`.
        address: where the child will listen.

    Raises:
        WorkerError: when the process cannot be started.
    """

    def __init__(self, command: Sequence[str], settings: dict[str, Any]) -> None:
        try:
            self.folder = private_folder()
        except OSError as error:
            raise WorkerError(
                f"The worker has no room for its files among the temporary ones ({reason(error)}). Check that "
                f"{tempfile.gettempdir()} is there and may be written to, or set TMPDIR to another folder."
            ) from error
        self.address = address_in(self.folder)
        self._is_swept = False
        try:
            self._process = self._started(command, environment(settings.get("desk") == FETCHING))
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise WorkerError(
                f"The worker cannot be started with {command[0] or 'no interpreter'} ({reason(error)}). Name a Python "
                "interpreter that can be run: Worker(python=...)."
            ) from error
        self._give(settings | {"address": self.address})

    def _started(self, command: Sequence[str], surroundings: dict[str, str]) -> subprocess.Popen[bytes]:
        flags: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
        with (self.folder / LOG).open("wb") as log:
            return subprocess.Popen(
                [*command, "-m", SERVER, str(self.folder)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=surroundings,
                cwd=self.folder,  # so that no folder of the user's is held, or searched for modules
                **flags,
            )

    def _give(self, settings: dict[str, Any]) -> None:
        """One line on standard input, which stays open: its end tells the child that the parent is gone."""
        if self._process.stdin is None:  # never so with PIPE, but the type allows it
            return
        try:
            self._process.stdin.write(json.dumps(settings).encode() + b"\n")
        except OSError:
            return  # it has ended already, which the next look at it finds

    @property
    def pid(self) -> int:
        """Of the process that was started, the leader of its group."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether that process has not ended."""
        return self.exit_code is None

    def ready_text(self) -> str | None:
        """What the child wrote as its sign that it listens; None before that."""
        try:
            return (self.folder / READY).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    @property
    def exit_code(self) -> int | None:
        """0 where it ended as it meant to, -n where signal n ended it; None while it runs."""
        code = self._process.poll()
        if code is not None and not self._is_swept:
            # At once, for later its number may be another's: what a launcher that died has left behind.
            self._is_swept = True
            self._kill_group()
        return code

    def describe_end(self) -> tuple[str, str]:
        """How it ended, to follow "The worker ...", and what to do: ("was ended by SIGSEGV", "Ask again")."""
        code = self.exit_code
        if code is None:
            return "closed its connection", "Ask again"
        number = -code if code < 0 else code - 128  # a shell, or a launcher, reports 128 + n
        try:
            name = signal.Signals(number).name
        except ValueError:
            return f"ended with exit code {code}", "Ask again"
        if name == "SIGKILL":
            return (
                "was ended by SIGKILL, perhaps by the system because memory ran out,",
                "Close other programs or use a smaller model, and ask again",
            )
        return f"was ended by {name}", "Ask again"

    def log_tail(self) -> str:
        """The last lines that the child printed, without control characters; "" when it printed none."""
        try:
            with (self.folder / LOG).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return ""
        lines = [printable(line) for line in text.splitlines() if line.strip()]
        return "\n".join(lines[-TAIL_LINES:])

    def kill(self) -> None:
        """End the whole group now: behind a launcher, the interpreter is the launcher's child."""
        if self.exit_code is None:
            self._kill_group()

    def _kill_group(self) -> None:
        if sys.platform == "win32":
            with contextlib.suppress(OSError):  # where taskkill is not, the launcher's own child ends with its input
                subprocess.run(
                    ["taskkill", "/T", "/F", "/PID", str(self.pid)],
                    capture_output=True,
                    check=False,  # it may have ended already
                    creationflags=subprocess.CREATE_NO_WINDOW,
                )
            self._process.kill()
            return
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody is left in it (macOS says so by EPERM)

    def let_go(self) -> None:
        """For a fork of the program: nothing that this one has keeps the child alive, which is not its own."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.returncode = 0  # so that nobody here waits for another one's child

    def bury(self, seconds: float = 0.0) -> bool:
        """After the end: reap the process and remove its folder.

        Args:
            seconds: to wait for its end.

        Returns:
            Whether all of it is gone.
        """
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        if self.exit_code is not None and self._process.stdin is not None:
            self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return not self.folder.exists()


def executable(python: str | Path | None) -> str:
    """The full path of an interpreter, where there is one, for the child starts in another folder; None: this one's."""
    name = str(sys.executable if python is None else python)
    found = shutil.which(name)
    return name if found is None else os.path.abspath(found)  # noqa: PTH100 - a link in a venv must stay as named


def private_folder() -> Path:
    """A new folder that only this user can enter, with a name short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="cxr-grounding-"))
    if sys.platform != "win32" and len(os.fsencode(folder / "socket")) > LONGEST_ADDRESS:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="cxr-grounding-", dir="/tmp"))
    return folder


def remove_own(folder: Path) -> None:
    """Remove the private folder from inside the child, also while its other threads still write there."""
    if sys.platform == "win32":  # where open files and the working folder cannot be removed
        os.chdir(tempfile.gettempdir())
        os.closerange(1, 3)
    for _ in range(REMOVAL_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def environment(reaches_hub: bool = False) -> dict[str, str]:
    """The child's: this package is importable even where it is not installed, as in Slicer, and no hub is asked.

    Torch's threads wait briefly there (`waiting`).

    Args:
        reaches_hub: whether it is a child that is there to ask the hub.
    """
    package = Path(cxr_grounding.__file__).resolve().parent.parent
    given = os.environ.get("PYTHONPATH")
    environment = os.environ | {
        "PYTHONPATH": str(package) + (os.pathsep + given if given else ""),
        "PYTHONSAFEPATH": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    if not reaches_hub:
        environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    wait_briefly(environment)
    return environment
