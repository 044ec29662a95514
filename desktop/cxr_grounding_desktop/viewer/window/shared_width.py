"""How the window's width is shared between list, view and panel."""

from __future__ import annotations

from PyQt5.QtWidgets import QSplitter, QWidget

from cxr_grounding_desktop.viewer.window.panel_area import WIDEST
from cxr_grounding_desktop.viewer.window.settings import WindowSettings

LIST, PANEL = 240, 470
"""Widths at the first start; on a wide screen they get an eighth and a quarter of the window."""

MOST_OF_SMALL = 0.39
"""Share of a small window that the panel takes at first, so that the image comes first there too."""


class SharedWidth:
    """Gives list and panel the widths that they had; the rest is the view's.

    Args:
        window: whose width it is.
        splitter: with list, view and panel.
        settings: which keep the widths.
    """

    def __init__(self, window: QWidget, splitter: QSplitter, settings: WindowSettings) -> None:
        self._window, self._splitter, self._settings = window, splitter, settings

    def share(self) -> None:
        """Share it anew."""
        width = self._window.width()
        listed = self._settings.width("List", max(LIST, width // 8))
        least = min(PANEL, round(width * MOST_OF_SMALL))
        panel = self._settings.width("Panel", min(max(least, width // 4), WIDEST))
        self._splitter.setSizes([listed, max(1, width - listed - panel), panel])

    def keep(self) -> None:
        """Remember the widths, once they are laid out."""
        if self._window.isVisible():
            listed, _, panel = self._splitter.sizes()
            self._settings.keep_width("List", listed)
            self._settings.keep_width("Panel", panel)
