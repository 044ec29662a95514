"""`cxr-ground-desktop [FILE]`, or `python -m cxr_grounding_desktop [FILE]`: the window."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from collections.abc import Sequence

from cxr_grounding import __version__

SLICER_CORE = (("linux", "x86_64"), ("win32", "AMD64"), ("darwin", "arm64"))
"""The systems and processors for which there is a slicer-core before Python `NO_SLICER_CORE`; as in pyproject.toml."""
NO_SLICER_CORE = (3, 14)


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the window until it is closed; the exit status."""
    parser = argparse.ArgumentParser(
        prog="cxr-ground-desktop",
        description="Shows where on a chest radiograph a phrase points. Research use only.",
    )
    parser.add_argument("file", nargs="?", help="a DICOM file or another image, a folder, or a saved scene (.mrb)")
    parser.add_argument("--version", action="version", version=__version__)
    chosen = parser.parse_args(arguments)
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        # Qt would abort the process, with a trace of memory addresses.
        parser.exit(2, "There is no screen to show a window on. Use the command line: cxr-ground ground --help\n")
    try:
        from cxr_grounding_desktop.viewer.program import run
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("PyQt5", "slicer", "vtk"):
            raise
        parser.exit(2, f"The window needs {missing}. {_how_to_get(missing)}\n")
    # Ctrl+C in the terminal ends the program at once; Qt's loop would not look at it. The worker follows by itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run(chosen.file)


def _how_to_get(missing: str) -> str:
    """What brings a package that the window needs; slicer-core, with VTK in it, is not built for every computer."""
    is_built = sys.version_info[:2] < NO_SLICER_CORE and (sys.platform, platform.machine()) in SLICER_CORE
    if missing == "PyQt5" or is_built:
        return "Install it: pip install 'cxr-grounding[desktop]'"
    return (
        "It comes with slicer-core, which is built for Python 3.11 to 3.13 on Linux and Windows (x86-64) and on Macs "
        "with Apple's processors. Use one of those, or the command line: cxr-ground ground --help"
    )


if __name__ == "__main__":
    sys.exit(main())
