"""A second view beside the first: a prior, or another finding on the same radiograph; zoom and place are linked."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QObject, QTimer, pyqtSignal
from PyQt5.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from cxr_grounding_desktop.viewer.view.layers import label_layer, volume_of
from cxr_grounding_desktop.viewer.view.linked import LinkedViews
from cxr_grounding_desktop.viewer.view.slice_view import SliceView

VIEW = "Beside"
PINNED = "CXRGrounding.Pinned"
"""Attribute of a slice composite node: the module does not change what lies over the image there."""

LOOK_MILLISECONDS = 150
"""Between a change in the scene and a look at what the bar above the second view has to say."""


class Beside(QObject):
    """The second view and the bar above it.

    Args:
        host: with its module open.
        first: the view that is always there.
        parent: as of any QObject.
    """

    ended = pyqtSignal()
    """The user closed the second view."""

    wanted = pyqtSignal(object, list)
    """A radiograph and phrases to ground on it."""

    def __init__(self, host: Any, first: FramedView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host, self._first = host, first
        self._logic = host.add_view(VIEW)
        self.frame = FramedView(SliceView(self._logic, host.widget.logic.about), host.widget.logic.identity)
        self._link = LinkedViews(first.view, self.frame.view)
        self._volume: Any = None
        self._listed: list[str] = []
        self._make_widgets()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        for view in (first.view, self.frame.view):
            view.said_changed.connect(self._timer.start)

    def _make_widgets(self) -> None:
        self.bar = QWidget()
        """What stands above both views, so that these are alike."""
        self.findings, self.ground = QComboBox(self.bar), QPushButton("Ground the same phrases here", self.bar)
        label, close = QLabel("At the right:", self.bar), QToolButton(self.bar)
        close.setText("Close")
        close.setToolTip("Show the first radiograph alone.")
        close.clicked.connect(self.ended)
        self.findings.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.findings.setAccessibleName("Finding in the second view")
        self.findings.setToolTip("The finding that the second view shows.")
        self.findings.activated.connect(self._choose)
        self.ground.setToolTip("Ground on this radiograph what was grounded on the other one and not yet here.")
        self.ground.clicked.connect(lambda: self.wanted.emit(self._volume, self.missing))
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(label)
        row.addWidget(self.findings, 1)
        row.addWidget(self.ground)
        row.addWidget(close)
        self._show_parts(False)

    @property
    def is_shown(self) -> bool:
        """Whether there is a second view now."""
        return not self.frame.isHidden()

    @property
    def missing(self) -> list[str]:
        """The phrases that were grounded on the first radiograph and not on the second one."""
        first = self._first.view.volume
        if first is None or self._volume is None or first is self._volume:
            return []
        there = {self._phrase(node) for node in self._host.widget.logic.findings(self._volume)}
        phrases = (self._phrase(node) for node in self._host.widget.logic.findings(first))
        return [phrase for phrase in dict.fromkeys(phrases) if phrase not in there]

    def show(self, volume: Any) -> None:
        """Show a radiograph beside the first view's, which may be the same one.

        Of the same one, another finding than the first view's, if there is one another model's to the same phrase; of
        another one, the finding of the same phrase.
        """
        self._volume = volume
        composite = self._logic.GetSliceCompositeNode()
        is_same = volume is self._first.view.volume
        self._pin()
        composite.SetForegroundVolumeID(None)
        composite.SetLabelVolumeID(None)
        composite.SetBackgroundVolumeID(volume.GetID())
        self._logic.GetSliceNode().SetMappedInLayout(True)
        self._show_parts(True)
        if is_same:
            shown = self._label(self._first)
            others = [node for node in self._host.widget.logic.findings(volume) if node is not shown]
            same = [node for node in others if shown is not None and self._phrase(node) == self._phrase(shown)]
            for other in (same or others)[:1]:
                self._lay(other)
        self._look()

    def link(self) -> None:
        """Look where the first view looks from now on, once both have their size."""
        given(self.frame.layout()).activate()
        self.frame.view.fit()
        self._link.begin()

    def _show_parts(self, shown: bool) -> None:
        self.bar.setVisible(shown)
        self.frame.setVisible(shown)

    def _pin(self) -> None:
        """Have the module leave the second view alone while it shows the radiograph of the first one."""
        composite = self._logic.GetSliceCompositeNode()
        wanted = "true" if self._volume is self._first.view.volume else None
        if composite.GetAttribute(PINNED) != wanted:
            composite.SetAttribute(PINNED, wanted)

    def end(self) -> None:
        """Show the first radiograph alone."""
        self._link.end()
        self._show_parts(False)
        self._first.keep_below(0.0)
        composite = self._logic.GetSliceCompositeNode()
        composite.SetLabelVolumeID(None)
        composite.SetBackgroundVolumeID(None)
        self._logic.GetSliceNode().SetMappedInLayout(False)
        self._volume = None

    def stop(self) -> None:
        """Follow the scene no longer."""
        self._link.end()
        self._timer.stop()
        self.frame.view.stop()

    def _look(self) -> None:
        """Bring bar and overlay up to date with the scene."""
        if not self.is_shown or self._host.panel is None:
            return
        if self._volume is None or not self._host.scene.IsNodePresent(self._volume):
            self.ended.emit()
            return
        self._pin()
        logic = self._host.widget.logic
        found = logic.findings(self._volume)
        if self._volume is not self._first.view.volume:
            self._follow_phrase(found)
        names = [self._name(node) for node in found]
        if names != self._listed:
            self._listed = names
            self.findings.clear()
            self.findings.addItems(names)
        shown = self._label(self.frame)
        row = found.index(shown) if shown in found else -1
        if row != self.findings.currentIndex():
            self.findings.setCurrentIndex(row)
        below = max(self._first.height_below, self.frame.height_below)
        for frame in (self._first, self.frame):
            frame.keep_below(below)
        self.findings.setEnabled(bool(found))
        self.ground.setVisible(bool(self.missing))
        self.ground.setEnabled(not logic.isBusy)

    def _follow_phrase(self, found: list[Any]) -> None:
        """Show what was found for the phrase that the first view shows, by the same model if there is that."""
        shown = self._label(self._first)
        if shown is None:
            return
        same = [node for node in found if self._phrase(node) == self._phrase(shown)]
        same.sort(key=lambda node: self._model(node) != self._model(shown))
        if same and self._label(self.frame) is not same[0]:
            self._host.widget.logic.showFinding(same[0])

    def _choose(self, row: int) -> None:
        found = self._host.widget.logic.findings(self._volume)
        if 0 <= row < len(found):
            self._lay(found[row])

    def _lay(self, label: Any) -> None:
        """Lay a finding over the second view alone; of a radiograph of its own as the module does it."""
        if self._volume is not self._first.view.volume:
            self._host.widget.logic.showFinding(label)
            return
        first, second = (view.slice_logic.GetSliceCompositeNode() for view in (self._first.view, self.frame.view))
        second.SetLabelOpacity(first.GetLabelOpacity() or 1.0)
        second.SetLabelVolumeID(label.GetID())
        self._host.widget.logic.updateLegends()

    def _label(self, frame: FramedView) -> Any:
        return volume_of(label_layer(frame.view.slice_logic))

    def _phrase(self, node: Any) -> str:
        return str(node.GetAttribute("CXRGrounding.Phrase") or "")

    def _model(self, node: Any) -> str:
        return str(node.GetAttribute("CXRGrounding.Model") or "")

    def _name(self, node: Any) -> str:
        return f"{self._phrase(node)}  \N{MIDDLE DOT}  {self._model(node)}"
