"""Where the module's panel stands: it scrolls up and down, never sideways."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtWidgets import QScrollArea, QSizePolicy, QStyle, QWidget

from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.slicer_stand_in.slicer_names.ctk_widgets import ctkCollapsibleButton

NARROWEST, WIDEST = 380, 560
"""In device-independent pixels; a panel in a wide font may need more than the first, and then gets it."""

ELSEWHERE = "researchUseLabel", "loadButton", "exportDicomButton", "sendDicomButton"
"""Of the panel: what the window has in its status bar, where it never scrolls away, and in its File menu."""


class PanelArea(QScrollArea):
    """Holds the panel, and is never narrower than it.

    Args:
        panel: the module's.
    """

    def __init__(self, panel: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for name in ELSEWHERE:
            given(panel.findChild(QWidget, name)).hide()
        for section in panel.findChildren(ctkCollapsibleButton):
            # CTK's sections are at least as wide as they like to be; on a small screen that is at the image's cost.
            section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setWidget(panel)
        self._take_width()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the panel when its texts or its font change; Qt has the area look at its events anyway."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self._take_width()
        return super().eventFilter(watched, event)

    def _take_width(self) -> None:
        bar = given(self.style()).pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        least = max(NARROWEST, given(self.widget()).minimumSizeHint().width() + bar)
        self.setMinimumWidth(least)
        self.setMaximumWidth(max(WIDEST, least))
