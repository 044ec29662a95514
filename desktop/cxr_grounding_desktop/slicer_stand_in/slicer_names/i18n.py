"""`slicer.i18n`: texts for the user go through here. No translations are shipped, so they stay as they are written."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from PyQt5.QtCore import QCoreApplication

__all__ = ["tr", "translate"]


def translate(context: str, text: str) -> str:
    """A text in the application's language, if a translator is installed that knows it."""
    return QCoreApplication.translate(context, text)


def tr(text: str) -> str:
    """The same, with the context that Slicer gives to texts of the calling file.

    That is the file's name, and before it that of the package when it is in one: `CXRGroundingLib.widget`.
    """
    return translate(_context(sys._getframe(1).f_code.co_filename), text)


@functools.cache
def _context(path: str) -> str:
    file = Path(path)
    is_in_package = (file.parent / "__init__.py").is_file()
    return f"{file.parent.name}.{file.stem}" if is_in_package else file.stem
