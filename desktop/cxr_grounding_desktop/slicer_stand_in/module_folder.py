"""Where the module lies that this program opens."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def module_folder() -> Path:
    """The folder `CXRGrounding`: beside this package when it is installed, at the root of a checkout otherwise.

    Raises:
        FileNotFoundError: when it is at neither place.
    """
    for folder in (HERE / "CXRGrounding", HERE.parents[1] / "CXRGrounding"):
        if (folder / "CXRGrounding.py").is_file():
            return folder
    raise FileNotFoundError("The module CXRGrounding is missing from this installation. Install the package again.")
