"""CTK's collapsible button: a title, and below it what it shows and hides."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QChildEvent, QEvent, QObject, QPoint, QPointF, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPalette, QPolygonF, QShowEvent
from PyQt5.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from cxr_grounding_desktop.pyqt_types import pyqtProperty

_HIDDEN = "_hiddenInSection"
"""Dynamic property of a section's child that was hidden by someone else than the section."""

_MARGIN = 6
"""Above and below a section's title, and between its triangle and its text."""


class ctkCollapsibleButton(QAbstractButton):
    """A section: a title that shows and hides what is laid out below it.

    It is open when it is `checked`. A click on the title, or Space or Enter when it has the focus, opens and closes
    it. A child that the module hides stays hidden when the section opens; one that it shows while the section is
    closed appears when that opens. One that is added and not yet shown when the section opens appears a turn of the
    event loop later.
    """

    contentsCollapsed = pyqtSignal(bool)

    def __init__(self, *arguments: Any) -> None:
        """Takes (parent) or (text, parent)."""
        text = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        super().__init__(*arguments[1:] if text else arguments)
        self._child_being_shown: QWidget | None = None
        self._height_when_open = self.maximumHeight()
        self.setCheckable(True)
        self.setChecked(True)
        self.setText(text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self.setContentsMargins(0, self._title_height(), 0, 0)
        self.toggled.connect(self._on_toggled)

    def _get_collapsed(self) -> bool:
        return not self.isChecked()

    def setCollapsed(self, collapsed: bool) -> None:
        """Close the section, or open it."""
        self.setChecked(not collapsed)

    collapsed = pyqtProperty(bool, _get_collapsed, setCollapsed, notify=contentsCollapsed)

    def _on_toggled(self, checked: bool) -> None:
        if checked:
            self.setMaximumHeight(self._height_when_open)
        else:
            self._height_when_open = self.maximumHeight()
            self.setMaximumHeight(self._title_height())
        self._show_children()
        parent = self.parentWidget()
        if checked and (parent is None or parent.layout() is None):
            self.resize(self.sizeHint())
        self.updateGeometry()
        self.contentsCollapsed.emit(not checked)

    # The children

    def _show_children(self) -> None:
        # Not before the section itself was shown: Qt shows all children then, unless they were hidden explicitly, and
        # that is what must not be said of those that are hidden by the section alone.
        if not self.testAttribute(Qt.WidgetAttribute.WA_WState_Created):
            return
        for child in self.children():
            if isinstance(child, QWidget) and not child.isWindow():
                self._adopt(child)
                self._show_child(child)

    def _adopt(self, child: QWidget) -> None:
        if child.property(_HIDDEN) is None:
            child.setProperty(
                _HIDDEN, child.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide) and child.isHidden()
            )
            child.installEventFilter(self)

    def _show_child(self, child: QWidget) -> None:
        is_hidden = bool(child.property(_HIDDEN))
        before, self._child_being_shown = self._child_being_shown, child
        is_visible = not is_hidden and self.isChecked()
        if not is_visible or child.testAttribute(Qt.WidgetAttribute.WA_WState_Created):
            child.setVisible(is_visible)  # else it is being added, and its layout shows it a loop turn later
        if not is_hidden:
            child.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
        self._child_being_shown = before

    def eventFilter(self, child: QObject, event: QEvent) -> bool:
        """Note that someone shows or hides a child, and keep a closed section closed."""
        is_others_doing = child is not self._child_being_shown
        if isinstance(child, QWidget) and is_others_doing and child.parent() is self:
            if event.type() == QEvent.Type.ShowToParent:
                child.setProperty(_HIDDEN, False)
                self._show_child(child)
            elif event.type() == QEvent.Type.HideToParent:
                child.setProperty(_HIDDEN, True)
        if event.type() == QEvent.Type.Enter:
            self.update(self._title())  # the pointer has left it for the child
        return super().eventFilter(child, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_children()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.setContentsMargins(0, self._title_height(), 0, 0)
            if not self.isChecked():
                self.setMaximumHeight(self._title_height())
        # Only now: while a child is added, it is not yet what it will be.
        elif isinstance(event, QChildEvent) and event.polished() and isinstance(event.child(), QWidget):
            self._show_children()
        elif event.type() == QEvent.Type.HoverMove:
            self.update(self._title())
        return super().event(event)

    # The title

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take keys that are meant for the title only, not those that a child left over."""
        if not self.hasFocus():
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def hitButton(self, position: QPoint) -> bool:
        return self._title().contains(position)

    def minimumSizeHint(self) -> QSize:
        return self._least_size(super().minimumSizeHint())

    def sizeHint(self) -> QSize:
        return self._least_size(super().sizeHint())

    def _least_size(self, of_contents: QSize) -> QSize:
        text = QFontMetrics(self._title_font()).size(Qt.TextFlag.TextShowMnemonic, self.text())
        title = QSize(self._text_left() + text.width() + _MARGIN, self._title_height())
        if self.isChecked() and self.layout() is not None:
            return of_contents.expandedTo(title)
        return title

    def _title_height(self) -> int:
        return self.fontMetrics().height() + 2 * _MARGIN

    def _title(self) -> QRect:
        return QRect(0, 0, self.width(), self._title_height())

    def _title_font(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def _triangle_size(self) -> int:
        return self.fontMetrics().ascent() // 2

    def _text_left(self) -> int:
        return _MARGIN + self._triangle_size() + _MARGIN

    def paintEvent(self, event: QPaintEvent) -> None:
        """A small triangle, the title in bold, and a line under it; all in the palette's colors."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, title = self.palette(), self._title()
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        text = palette.color(group, QPalette.ColorRole.WindowText)
        if self.isEnabled() and (self.isDown() or (self.underMouse() and self._is_pointed_at())):
            painter.fillRect(title, _faint(text, 0.08))
        painter.fillRect(QRect(title.left(), title.bottom(), title.width(), 1), _faint(text, 0.15))
        if self.hasFocus():
            painter.setPen(palette.color(group, QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(title.adjusted(1, 1, -2, -2), 3, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_faint(text, 0.75))
        painter.drawPolygon(self._triangle())
        painter.setPen(text)
        painter.setFont(self._title_font())
        place = title.adjusted(self._text_left(), 0, -_MARGIN, 0)
        elided = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, place.width(), Qt.TextFlag.TextShowMnemonic
        )
        painter.drawText(
            place,
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic),
            elided,
        )

    def _is_pointed_at(self) -> bool:
        return self.hitButton(self.mapFromGlobal(self.cursor().pos()))

    def _triangle(self) -> QPolygonF:
        """Points down when the section is open, else to the right."""
        half, depth = self._triangle_size() / 2, self._triangle_size() * 0.3
        center = QPointF(_MARGIN + half, self._title_height() / 2)
        corners = [(-depth, -half), (depth, 0.0), (-depth, half)]
        if self.isChecked():
            corners = [(-half, -depth), (half, -depth), (0.0, depth)]
        return QPolygonF([center + QPointF(x, y) for x, y in corners])


def _faint(color: QColor, alpha: float) -> QColor:
    faint = QColor(color)
    faint.setAlphaF(alpha)
    return faint
