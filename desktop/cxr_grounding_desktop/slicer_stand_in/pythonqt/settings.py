"""`qt.QSettings`: values come back as a later session reads them."""

from __future__ import annotations

from typing import Any

from PyQt5 import QtCore


class QSettings(QtCore.QSettings):
    """Texts and lists of texts, as the file holds them.

    In the session that wrote it, Qt gives back True for True; in the next one "true". What works in the first only
    would be found by users, so here it is always the second.
    """

    def value(self, key: str, defaultValue: Any = None) -> Any:
        """What was set; `defaultValue`, as it is, where nothing was."""
        if not self.contains(key):
            return defaultValue
        value = super().value(key)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, (int, float)) else value
