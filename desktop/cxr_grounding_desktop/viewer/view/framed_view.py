"""The slice view between two bands, which say what it shows: whose image above, the finding and its legend below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PyQt5.QtCore import QRectF, QSize, Qt
from PyQt5.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PyQt5.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from cxr_grounding import RadiographError
from cxr_grounding_desktop.viewer.view.bands import HELP, Band, Identity, Said, bottom_band, top_band
from cxr_grounding_desktop.viewer.view.caption import finding_texts
from cxr_grounding_desktop.viewer.view.legend import legend_of
from cxr_grounding_desktop.viewer.view.marks import mark_blocks
from cxr_grounding_desktop.viewer.view.slice_view import AROUND, SliceView
from cxr_grounding_desktop.viewer.view.text import AMBER, sized

LETTERS_TO_SIDE = 1 / 60
"""Height of the letters of a picture at full resolution, in parts of its longer side."""


class FramedView(QWidget):
    """A slice view, and what is said of it in bands that are not image.

    Args:
        view: the slice view.
        identity: gives what the file of a volume node says of whose image it is.
        parent: as of any widget.
    """

    def __init__(self, view: SliceView, identity: Callable[[Any], Identity], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view, self._identity = view, identity
        self._known: tuple[Any, Identity | None] = (None, None)
        self._identity_shown = self._legend_shown = True
        self._least_below = 0.0
        self._top, self._bottom = _BandWidget(self), _BandWidget(self)
        self._bottom.setToolTip(HELP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._top)
        layout.addWidget(view, 1)
        layout.addWidget(self._bottom)
        view.said_changed.connect(self._say)
        view.pointed.connect(self._say)
        self._say()

    # What the window asks for

    @property
    def identity(self) -> Identity | None:
        """Of the radiograph that is shown; None without one."""
        volume = self.view.volume
        if volume is None:
            return None
        stamp = volume.GetID(), volume.GetMTime()
        if self._known[0] != stamp:
            try:
                self._known = stamp, self._identity(volume)
            except RadiographError:
                self._known = stamp, None
        return self._known[1]

    @property
    def identity_parts(self) -> tuple[str, ...]:
        """Patient, date, view and file, those that are known; none while they are not to be seen."""
        known = self.identity
        if known is None or not self._identity_shown:
            return ()
        return tuple(part for part in (known.patient, known.date, known.view, known.file) if part)

    def show_identity(self, shown: bool) -> None:
        """Show or hide whose image it is."""
        self._identity_shown = shown
        self._say()

    def show_legend(self, shown: bool) -> None:
        """Show or hide legend and caption; what must not be overlooked stays."""
        self._legend_shown = shown
        self._say()

    @property
    def height_below(self) -> float:
        """Of the lower band, as much as it needs by itself."""
        return self._bottom.needed

    def keep_below(self, height: float) -> None:
        """Have the lower band at least so high, so that views beside each other are alike."""
        if height != self._least_below:
            self._least_below = height
            self._say()

    def said(self) -> Said:
        """All that the bands say now."""
        known, view = self.identity, self.view
        if view.volume is None:
            return Said()
        logic, font = view.slice_logic, self.font()
        doubts = () if known is None else known.doubts
        parts = self.identity_parts
        if view.overlay_hidden:
            return Said(parts, doubts, view.letters, pointed=tuple(view.pointed_parts))
        texts = tuple(finding_texts(logic))
        if not self._legend_shown:
            warnings = tuple((text, color) for text, color in texts if color == AMBER)
            return Said(parts, doubts, view.letters, warnings, pointed=tuple(view.pointed_parts))
        return Said(
            parts,
            doubts,
            view.letters,
            texts,
            legend_of(logic),
            mark_blocks(font, view.marks),
            tuple(view.pointed_parts),
        )

    def picture(self) -> QImage:
        """What is seen now, as it is saved: without the mouse, and said to be for research use only."""
        image = self.view.picture()
        return self._framed(image, image.devicePixelRatioF(), 1.0)

    def whole_picture(self) -> QImage | None:
        """The whole radiograph at its own resolution, between bands of the same size; None without one."""
        image = self.view.whole_picture()
        if image is None:
            return None
        size = max(12.0, max(image.width(), image.height()) * LETTERS_TO_SIDE)
        return self._framed(image, 1.0, size / max(self.fontMetrics().height(), 1))

    def _framed(self, image: QImage, ratio: float, larger: float) -> QImage:
        font, width = sized(self.font(), larger), image.width() / ratio
        said = self.said()
        top = top_band(font, width, said)
        outlines = mark_blocks(font, self.view.marks) if said.outlines else ()
        bottom = bottom_band(font, width, replace(said, outlines=outlines), saved=True)
        above, below = round(top.height * ratio), round(bottom.height * ratio)
        whole = QImage(image.width(), above + image.height() + below, QImage.Format.Format_RGB32)
        whole.setDevicePixelRatio(ratio)
        whole.fill(AROUND)
        painter = QPainter(whole)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top.draw(painter, 0, 0)
        painter.drawImage(QRectF(0, above / ratio, width, image.height() / ratio), image)
        bottom.draw(painter, 0, (above + image.height()) / ratio)
        painter.end()
        return whole

    # The bands

    def _say(self) -> None:
        """Lay the bands out anew; the lower one does not become smaller while the same radiograph is shown."""
        said, width = self.said(), float(max(self.width(), 1))
        if self.view.volume is None:
            self._top.show_band(Band(self.font(), width), None)
            self._bottom.show_band(Band(self.font(), width), None)
            return
        self._top.show_band(top_band(self.font(), width, said), None)
        kept = self.view.volume.GetID(), width, self._legend_shown
        self._bottom.show_band(bottom_band(self.font(), width, said), kept, self._least_below)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bands are as wide as the view."""
        self._say()


class _BandWidget(QWidget):
    """Draws a band, and is as high as it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._band: Band | None = None
        self._kept: tuple[object, float] = (None, 0.0)
        self._height = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def needed(self) -> float:
        """The height that the band has needed so far."""
        return self._kept[1]

    def show_band(self, band: Band, kept: object, least: float = 0.0) -> None:
        """Show this one.

        Args:
            band: what is drawn.
            kept: while it stays the same, the widget does not become lower; None for as low as it may be.
            least: height that it has in any case.
        """
        before = self._kept[1] if kept is not None and self._kept[0] == kept else 0.0
        self._band, self._kept = band, (kept, max(before, band.height))
        self._height = max(least, self._kept[1])
        self.setFixedHeight(round(self._height))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as the band."""
        return QSize(0, round(self._height))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), AROUND)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._band is not None:
            self._band.draw(painter, 0, 0)
        painter.end()
