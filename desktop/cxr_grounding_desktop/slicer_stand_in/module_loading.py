"""The module's files: where they lie, loaded for one host and forgotten after it, and kept from starting threads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType

_PACKAGE = Path(__file__).resolve().parents[1]


def module_folder() -> Path:
    """The folder `CXRGrounding`: beside this package when it is installed, at the root of a checkout otherwise.

    Raises:
        FileNotFoundError: when it is at neither place.
    """
    for folder in (_PACKAGE / "CXRGrounding", _PACKAGE.parents[1] / "CXRGrounding"):
        if (folder / "CXRGrounding.py").is_file():
            return folder
    raise FileNotFoundError("The module CXRGrounding is missing from this installation. Install the package again.")


@contextmanager
def loaded_apart(folder: Path) -> Iterator[None]:
    """The module's files are loaded anew for this host, and forgotten after it: they hold on to its names."""
    names = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}

    def take() -> dict[str, ModuleType]:
        mine = [name for name in sys.modules if name.partition(".")[0] in names]
        return {name: sys.modules.pop(name) for name in mine}

    before, path = take(), list(sys.path)
    try:
        with threads_refused_to(names):
            yield
    finally:
        take()
        sys.modules.update(before)
        sys.path[:] = path


@contextmanager
def threads_refused_to(packages: Collection[str]) -> Iterator[None]:
    """While this holds, code of these packages cannot start a thread, itself or through others.

    In Slicer it would stand still: there the interface's thread keeps Python's lock while it waits for the user
    (PythonQt releases it nowhere), so a thread that runs Python gets on only while the interface runs Python too. On
    PyQt5, which releases the lock, it would work, and nobody would see the mistake here.

    Args:
        packages: by the first part of their names.
    """
    start = threading.Thread.start

    def start_unless_refused(thread: threading.Thread) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if str(frame.f_globals.get("__name__")).partition(".")[0] in packages:
                raise RuntimeError("A thread that runs Python stands still in Slicer: use a child process and a timer")
            frame = frame.f_back
        start(thread)

    threading.Thread.start = start_unless_refused  # type: ignore[assignment, method-assign]  # undone below
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]  # as it was
