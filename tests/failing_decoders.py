"""Decoders that go wrong, in the processes that are started next: what they open decides how."""

from __future__ import annotations

from pathlib import Path

import pytest

CODE = """
import ctypes, os, sys, time
def hook(event, given):
    if event != "open" or not isinstance(given[0], (str, os.PathLike)):
        return
    name = os.path.basename(os.fspath(given[0]))
    if name.startswith("crash."):
        ctypes.string_at(0)
    elif name.startswith("greedy."):
        bytearray(3 * 2**30)
    elif name.startswith("endless."):
        time.sleep(3600)
sys.addaudithook(hook)
"""


def start_with_failing_decoders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each Python that is started from now on crash, eat memory or wait for ever on files named for it.

    Args:
        folder: for the module that a starting Python looks for.
        monkeypatch: to set where it looks.
    """
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CODE)
    monkeypatch.setenv("PYTHONPATH", str(folder))
