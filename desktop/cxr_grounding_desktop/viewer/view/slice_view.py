"""The widget in which one looks at a radiograph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import slicer
from PyQt5.QtCore import QEvent, QPointF, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import (
    QCloseEvent,
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PyQt5.QtWidgets import QWidget

from cxr_grounding import Orientation, RadiographError
from cxr_grounding_desktop.viewer.view.camera import Camera
from cxr_grounding_desktop.viewer.view.drags import Drag, begin_drag
from cxr_grounding_desktop.viewer.view.empty import draw_empty
from cxr_grounding_desktop.viewer.view.keyed_view import KeyedView
from cxr_grounding_desktop.viewer.view.layers import label_layer, shown_layer, volume_of
from cxr_grounding_desktop.viewer.view.markers import edge_letters
from cxr_grounding_desktop.viewer.view.marks import THICK, Mark, draw_marks, mark_nodes, marks_of
from cxr_grounding_desktop.viewer.view.observing import Observing
from cxr_grounding_desktop.viewer.view.pointed import Pointed, pointed_at
from cxr_grounding_desktop.viewer.view.ruler import Ruler, RulerDrag, draw_ruler
from cxr_grounding_desktop.viewer.view.slice_image import composite_image
from cxr_grounding_desktop.viewer.view.window_level import FirstSeen, invert, show

if TYPE_CHECKING:
    from cxr_grounding import Spacing

AROUND = QColor(11, 12, 15)
"""Around the image: dark, so that the eye adapts to the image, but not as black as its background."""

DISPLAY_CHANGED = slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent

WHEEL_STEP = 1.2
"""Enlargement by one notch of a mouse wheel."""

TOUCHPAD_STEP = 60.0
"""Logical pixels of a touchpad that count as one notch."""


class SliceView(KeyedView):
    """Shows what a slice logic composites, and moves it by mouse.

    Left drag: window (sideways) and level (up and down). Wheel, right drag: zoom. Middle drag, Shift and left drag:
    pan. Double click: fit. Esc takes back a drag; Space, held, hides the overlay.

    Args:
        slice_logic: a vtkMRMLSliceLogic with its slice node and composite node; its layers are what is shown.
        about: gives what is known of a volume node from its file: how the image lies, and how large its pixels are.
        parent: as of any widget.
    """

    pointed = pyqtSignal(object)
    """A `Pointed`, or None when the mouse is not over the image."""

    said_changed = pyqtSignal()
    """What is shown may have changed, and with it what is to be said of it beside the view."""

    def __init__(
        self,
        slice_logic: Any,
        about: Callable[[Any], tuple[Orientation, Spacing | None]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._logic, self._about = slice_logic, about
        self._camera, self._first_seen = Camera(slice_logic), FirstSeen()
        self._image: QImage | None = None
        self._stale = True
        self._known: tuple[Any, Any] = (None, None)
        self._drag: Drag | None = None
        self._drag_button = Qt.MouseButton.NoButton
        self._mouse: QPointF | None = None
        self._pointed: Pointed | None = None
        self._measuring = False
        self._ruler: Ruler | None = None
        self._observing = Observing(self._on_changed)
        self.destroyed.connect(self._observing.release)
        self._observe()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setMinimumSize(160, 160)
        self.setAccessibleName("Radiograph")

    # What the window asks for

    def fit(self) -> None:
        """Show the whole image."""
        self._match_size()
        self._camera.fit()

    def zoom(self, factor: float) -> None:
        """Enlarge by `factor` (below 1: shrink) about the middle of the view."""
        self._match_size()
        columns, rows = self._device_size()
        self._camera.zoom(factor, (columns - 1) / 2, (rows - 1) / 2)

    def show_actual_pixels(self) -> None:
        """Show a pixel of the radiograph as a pixel of the screen."""
        self._match_size()
        self._camera.actual()

    def invert(self) -> None:
        """Show black as white, or as before."""
        invert(self.volume)

    def set_measuring(self, measuring: bool) -> None:
        """Have the left button draw a ruler, or change window and level as usual, which takes the ruler away."""
        self._measuring = measuring
        if not measuring:
            self.take_ruler(None)
        self.setCursor(Qt.CursorShape.CrossCursor if measuring else Qt.CursorShape.ArrowCursor)

    def take_ruler(self, ruler: Ruler | None) -> None:
        """Show this ruler, or none."""
        self._ruler = ruler
        self.update()
        self.said_changed.emit()

    def reset_window_level(self) -> None:
        """Show the image with the window and level that it had when it was first shown here."""
        volume = volume_of(shown_layer(self._logic))
        first = None if volume is None else self._first_seen.of(volume)
        if first is not None:
            show(volume, first)

    @property
    def slice_logic(self) -> Any:
        """The vtkMRMLSliceLogic."""
        return self._logic

    @property
    def camera(self) -> Camera:
        """Where the view looks."""
        return self._camera

    @property
    def volume(self) -> Any | None:
        """The volume that is shown, None for none."""
        return volume_of(shown_layer(self._logic))

    @property
    def letters(self) -> tuple[str, str] | None:
        """Toward which side of the patient the left and right edge lie; None where nothing is known of it."""
        layer = shown_layer(self._logic)
        return None if layer is None else edge_letters(layer, self._known_of(layer.GetVolumeNode())[0])

    @property
    def marks(self) -> list[Mark]:
        """The outlines and boxes that are seen now."""
        return [] if self._overlay_hidden else marks_of(self._logic)

    @property
    def pointed_parts(self) -> list[str]:
        """What is said of the place under the mouse, each in a few words."""
        ruler, volume = self._ruler, self.volume
        parts = ruler.said(self._known_of(volume)[1]) if ruler is not None and ruler.volume is volume else []
        parts += [] if self._pointed is None else self._pointed.parts
        hidden = self._overlay_hidden and label_layer(self._logic) is not None
        return [*parts, "overlay hidden"] if hidden else parts

    def picture(self) -> QImage:
        """The image as the view shows it, without the mouse, in device pixels."""
        self._refresh(force=True)
        columns, rows = self._device_size()
        picture = QImage(columns, rows, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(picture)
        painter.setFont(self.font())
        self._draw(painter)
        painter.end()
        return picture

    def whole_picture(self) -> QImage | None:
        """The whole radiograph with what is laid over it, a pixel for each of its own; None without a radiograph."""
        with self._camera.whole_image() as is_there:
            image = composite_image(self._logic, label_hidden=self._overlay_hidden) if is_there else None
            if image is None:
                return None
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            thick = THICK * max(image.width(), image.height()) / 800
            draw_marks(painter, self._logic.GetSliceNode(), self.marks, 1.0, thick)
            painter.end()
        return image

    def stop(self) -> None:
        """Follow the slice logic no longer; a view that is shown again does."""
        self._observing.release()

    # The image

    def _observe(self) -> None:
        self._observing.watch("logic", self._logic, ("ModifiedEvent",))
        # The slice logic tells of all changes of its volumes but those of their legends.
        self._observing.watch("label", volume_of(self._logic.GetLabelLayer()), (DISPLAY_CHANGED,))
        scene = self._logic.GetMRMLScene()
        self._observing.watch("scene", scene, (scene.NodeAddedEvent, scene.NodeRemovedEvent) if scene else ())
        marked = {f"mark {node.GetID()}": node for node in mark_nodes(self._logic)}
        self._observing.watch_all("mark ", marked, ("ModifiedEvent", DISPLAY_CHANGED))

    def _on_changed(self) -> None:
        """Something that is composited or drawn changed: note it, and draw once when Qt comes round to it."""
        self._observe()
        volume = volume_of(shown_layer(self._logic))
        if volume is not None:
            self._first_seen.meet(volume)
        self._stale = True
        self.update()
        self.said_changed.emit()

    def _device_size(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    def _match_size(self) -> None:
        self._camera.match(*self._device_size())

    def _refresh(self, force: bool = False) -> None:
        """Have the slice logic composite what changed since the last time."""
        self._match_size()
        if not (self._stale or force):
            return
        self._stale = False
        self._image = composite_image(self._logic, label_hidden=self._overlay_hidden)
        if self._image is not None:
            self._image.setDevicePixelRatio(self.devicePixelRatioF())
        self._point()

    def _draw(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), AROUND)
        if self._image is None:
            draw_empty(painter, QRectF(self.rect()))
            return
        painter.drawImage(QPointF(0, 0), self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        draw_marks(painter, self._logic.GetSliceNode(), self.marks, ratio)
        layer = shown_layer(self._logic)
        if self._ruler is not None and layer is not None and layer.GetVolumeNode() is self._ruler.volume:
            draw_ruler(painter, layer, self._ruler, self._device_size()[1], ratio)

    def _known_of(self, volume: Any) -> tuple[Orientation, Spacing | None]:
        """What `about` says, asked again only when the node changed; nothing is known of what is no radiograph."""
        stamp = volume.GetID(), volume.GetMTime()
        if self._known[0] != stamp:
            try:
                self._known = stamp, self._about(volume)
            except RadiographError:
                self._known = stamp, (Orientation(), None)
        return self._known[1]

    def paintEvent(self, event: QPaintEvent) -> None:
        self._refresh()
        painter = QPainter(self)
        self._draw(painter)
        self.draw_files_over(painter)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._match_size()

    def showEvent(self, event: QShowEvent) -> None:
        self._on_changed()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop()
        super().closeEvent(event)

    # The mouse

    def _xy(self, position: QPointF) -> tuple[float, float]:
        """A place in the widget as MRML counts: see `layers`."""
        ratio = self.devicePixelRatioF()
        _, rows = self._device_size()
        return (position.x() + 0.5) * ratio - 0.5, rows - (position.y() + 0.5) * ratio - 0.5

    def _point(self) -> None:
        """Look up what is under the mouse."""
        layer, before = shown_layer(self._logic), self._pointed
        if layer is None or self._mouse is None:
            self._pointed = None
        else:
            spacing = self._known_of(layer.GetVolumeNode())[1]
            self._pointed = pointed_at(self._logic, *self._xy(self._mouse), spacing)
        if self._pointed != before:
            self.pointed.emit(self._pointed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        layer = shown_layer(self._logic)
        if self._drag is not None or layer is None:
            return
        shift, side = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier), float(min(self._device_size()))
        place = self._xy(event.localPos())
        if self._measuring and event.button() == Qt.MouseButton.LeftButton and not shift:
            self._drag, self._drag_button = RulerDrag(layer, self.take_ruler, *place), event.button()
            return
        self._drag = begin_drag(event.button(), shift, self._camera, layer.GetVolumeNode(), *place, side)
        self._drag_button = event.button()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.localPos()
        if self._drag is not None:
            self._drag.move(*self._xy(event.localPos()))
        self._point()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == self._drag_button:
            self._drag, self._drag_button = None, Qt.MouseButton.NoButton

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        touchpad = event.pixelDelta().y()
        steps = touchpad / TOUCHPAD_STEP if touchpad else event.angleDelta().y() / 120
        if steps and self._drag is None:
            self._camera.zoom(WHEEL_STEP**steps, *self._xy(event.position()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse = None
        self._point()

    # What Esc takes back

    def _has_to_take_back(self) -> bool:
        return self._drag is not None or self._ruler is not None

    def _take_back(self) -> None:
        if self._drag is not None:
            self._drag.cancel()
            self._drag, self._drag_button = None, Qt.MouseButton.NoButton
        else:
            self.take_ruler(None)
