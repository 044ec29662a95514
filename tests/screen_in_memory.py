"""A screen that is only in memory (Xvfb), for windows as they are on a real one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PyQt5.QtCore import QLibraryInfo


def why_no_screen() -> str:
    """What this computer lacks for a window on such a screen; "" for nothing."""
    if shutil.which("Xvfb") is None:
        return "Xvfb is not installed"
    plugin = Path(QLibraryInfo.location(QLibraryInfo.PluginsPath)) / "platforms" / "libqxcb.so"
    listed = subprocess.run(["ldd", plugin], capture_output=True, text=True, check=True).stdout
    missing = [line.split()[0] for line in listed.splitlines() if "not found" in line]
    return f"Qt's windows need {', '.join(missing)}" if missing else ""


@contextmanager
def screen_in_memory(columns: int, rows: int) -> Iterator[dict[str, str]]:
    """A screen for the time of the block; gives the environment of a program that shall use it.

    Raises:
        OSError: when there is none to be had.
    """
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{columns}x{rows}x24", "-dpi", "96"]
    with subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[writer], stderr=subprocess.DEVNULL) as server:
        try:
            os.close(writer)
            with os.fdopen(reader, encoding="ascii") as told:
                number = told.readline().strip()  # of a display that was free, once the screen is there
            if not number:
                raise OSError("Xvfb ended before it had made a screen")
            # The desktop of whoever runs the tests decides neither how large things are nor how they look.
            kept = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "WAYLAND_", "XDG_"))}
            yield {**kept, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        finally:
            server.terminate()
