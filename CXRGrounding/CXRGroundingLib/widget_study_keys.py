"""The keys of a reading: they work wherever the focus is, and those of the window that are the same wait meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import qt
import slicer


class ReadingKeys:
    """Shortcuts for as long as a study is read.

    Args:
        panel: the module's, in whose window they work where there is no main window.
        actions: what each key does, by its name as Qt writes it ("1", "Return", "Shift+Up").
        guard: a context in which they run, that tells the user of errors.
    """

    def __init__(self, panel: Any, actions: Mapping[str, Callable[[], None]], guard: Callable[[], Any]) -> None:
        self._guard = guard
        window = slicer.util.mainWindow() or panel
        # Two shortcuts of one key cancel each other in Qt: those of the window are put aside first.
        self._aside = [
            child
            for child in window.children()
            if child.className() == "QShortcut" and child.key.toString() in actions and child.enabled
        ]
        for shortcut in self._aside:
            shortcut.setEnabled(False)
        self._mine = []
        for name, action in actions.items():
            shortcut = qt.QShortcut(qt.QKeySequence(name), window)
            shortcut.setAutoRepeat("Up" in name or "Down" in name or "Left" in name or "Right" in name)
            run = partial(self._run, action)
            shortcut.connect("activated()", run)
            self._mine.append(shortcut)

    def close(self) -> None:
        """Give the keys back."""
        for shortcut in self._mine:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        for shortcut in self._aside:
            shortcut.setEnabled(True)
        self._mine, self._aside = [], []

    def _run(self, action: Callable[[], None]) -> None:
        with self._guard():
            action()
