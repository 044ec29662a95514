"""What the window remembers from one start to the next, under "Desktop/" of the application's settings."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QByteArray, QSettings


class WindowSettings:
    """Typed access to the values; what is missing or of another kind is as at the first start.

    Args:
        settings: where they are kept.
    """

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def folder(self) -> str:
        """Where a file was opened or saved last; the home folder at first, or when that is gone."""
        kept = self._settings.value("Desktop/LastFolder")
        return kept if isinstance(kept, str) and Path(kept).is_dir() else str(Path.home())

    def keep_folder_of(self, path: str) -> None:
        """Remember where a file lies."""
        self._settings.setValue("Desktop/LastFolder", str(Path(path).absolute().parent))

    @property
    def geometry(self) -> QByteArray | None:
        """Size and place of the window, for `restoreGeometry`."""
        kept = self._settings.value("Desktop/Geometry")
        return kept if isinstance(kept, QByteArray) and not kept.isEmpty() else None

    def keep_geometry(self, geometry: QByteArray) -> None:
        """Remember size and place of the window."""
        self._settings.setValue("Desktop/Geometry", geometry)

    def width(self, name: str, default: int) -> int:
        """Of a part of the window, in device-independent pixels."""
        kept = self._settings.value(f"Desktop/{name}Width")
        return int(kept) if isinstance(kept, int | str) and str(kept).isdigit() else default

    def keep_width(self, name: str, width: int) -> None:
        """Remember the width of a part of the window; 0, that of one that is hidden, is not remembered."""
        if width > 0:
            self._settings.setValue(f"Desktop/{name}Width", width)
