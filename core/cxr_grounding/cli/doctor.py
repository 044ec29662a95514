"""`cxr-ground doctor`: what is installed, which devices there are, where models are."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from cxr_grounding import __version__
from cxr_grounding.cli.console import out, print_json
from cxr_grounding.disk.own_folder import own_folder
from cxr_grounding.models.registry import list_models, models_home

MISSING = "not installed"

PACKAGES = (
    "torch",
    "diffusers",
    "transformers",
    "safetensors",
    "numpy",
    "scipy",
    "pydicom",
    "pylibjpeg-libjpeg",
    "pylibjpeg-openjpeg",
    "pyjpegls",
    "SimpleITK",
    "pillow",
    "matplotlib",
    "PyQt5",
    "slicer-core",
    "vtk",
)

EXTRAS = {
    "desktop": ("PyQt5", "slicer-core"),
    "keyring": ("keyring",),
    "tables": ("pyarrow",),
    "cluster": ("pyarrow", "ray"),
}
"""What each extra brings: `pip install "cxr-grounding[desktop]"`."""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False) -> None:
    """Show versions, devices, extras and where things lie: what to send along with a question. It holds no secrets."""
    report = _report()
    if as_json:
        print_json(report)
        return
    for title, values in report.items():
        out.print(f"[bold]{title}[/bold]")
        for name, value in values.items():
            out.print(f"  {name:<20} {value}", markup=False)


def _report() -> dict[str, dict[str, Any]]:
    return {
        "program": {
            "cxr-grounding": __version__,
            "python": sys.version.split()[0],
            "system": platform.platform(),
            "processors": os.cpu_count(),
            "memory": _memory(),
        },
        "packages": {name: _version(name) for name in PACKAGES},
        "extras": {name: _extra(packages) for name, packages in EXTRAS.items()},
        "devices": _devices(),
        "places": {
            "program": _without_home(Path(__file__).parents[1]),
            "python": _without_home(Path(sys.executable)),
            "own folder": _without_home(own_folder()),
            "temporary files": _without_home(Path(tempfile.gettempdir())),
        },
        "models": {"folder": _without_home(models_home())}
        | {entry.name: entry.problem or _without_home(entry.folder) for entry in list_models()},
    }


def _extra(packages: tuple[str, ...]) -> str:
    missing = [name for name in packages if _version(name) == MISSING]
    return f"without {', '.join(missing)}" if missing else "installed"


def _without_home(path: Path) -> str:
    """A path as it can be sent to others: the user's own folder, and name, is ~."""
    try:
        return str("~" / path.absolute().relative_to(Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or there is no such folder
        return str(path)


def _memory() -> str:
    """The machine's main memory; Python tells it on POSIX systems only."""
    if not hasattr(os, "sysconf"):
        return "unknown on this system"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return MISSING


def _devices() -> dict[str, str]:
    from cxr_grounding.diffusion.device import describe_devices

    return describe_devices()
