"""`cxr-ground doctor`: what is installed, which devices there are, where models are."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from typing import Annotated, Any

import typer

from cxr_grounding import __version__
from cxr_grounding.cli.console import out, print_json
from cxr_grounding.models.registry import list_models, models_home

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
)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False) -> None:
    """Show versions, devices, memory and where models are: what to send along with a question."""
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
        "devices": _devices(),
        "models": {"folder": str(models_home())}
        | {entry.name: entry.problem or str(entry.folder) for entry in list_models()},
    }


def _memory() -> str:
    """The machine's main memory; Python tells it on POSIX systems only."""
    if not hasattr(os, "sysconf"):
        return "unknown on this system"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _devices() -> dict[str, str]:
    from cxr_grounding.diffusion.device import describe_devices

    return describe_devices()
