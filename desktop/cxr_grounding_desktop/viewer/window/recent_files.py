"""The files that were opened last, kept in the settings."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from PyQt5.QtCore import QSettings

MOST = 10
"""Files that are remembered."""

OWNER_ALONE = 0o600
"""Permissions of the file."""

_KEY = "Desktop/RecentFiles"


class RecentFiles:
    """Paths of files and folders, the one opened last first; in a file that only its owner can read.

    Args:
        settings: where they are kept.
    """

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings
        self._make_private()

    @property
    def paths(self) -> list[str]:
        """At most `MOST`, each once; also those that are gone by now."""
        kept = self._settings.value(_KEY)
        # An INI file cannot tell a list of one from a text, nor an empty list from nothing.
        listed = [kept] if isinstance(kept, str) else list(kept or [])
        return [path for path in listed if isinstance(path, str) and path][:MOST]

    def add(self, path: str) -> None:
        """Put a path first."""
        whole = str(Path(path).absolute())
        self._keep([whole, *(other for other in self.paths if other != whole)])

    def forget(self, path: str) -> None:
        """Take a path out; one that is not in the list changes nothing."""
        self._keep([other for other in self.paths if other != path])

    def clear(self) -> None:
        """Forget all."""
        self._keep([])

    def _make_private(self) -> None:
        """Names of files name patients; Qt gives a new file to all to read, and leaves one that is there as it is."""
        is_file = sys.platform not in ("win32", "darwin") or self._settings.format() == QSettings.Format.IniFormat
        file = Path(self._settings.fileName())
        if not is_file or sys.platform == "win32":
            return
        with contextlib.suppress(OSError):  # as Qt, which says nothing when settings cannot be kept
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=OWNER_ALONE)
            file.chmod(OWNER_ALONE)

    def _keep(self, paths: list[str]) -> None:
        self._make_private()
        self._settings.setValue(_KEY, paths[:MOST])
