"""CTK's slider with a spin box beside it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from PyQt5.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSizePolicy, QSlider, QWidget

from cxr_grounding_desktop.pyqt_types import pyqtProperty

_INT_LIMIT = 2**31 - 1


class ctkSliderWidget(QWidget):
    """A slider and a spin box that show one number.

    The initial range is 0 to 99.99, with two decimals. What is set is kept as it is, value and range alike, and only
    shown with the decimals; what is typed has them. The slider moves by whole `singleStep`s from where it stands, and
    the value is computed from its steps, so that it can differ from what was set in the last bits of a float. A value
    out of the range is moved to its end. `valueChanged` says the new value once a change, but also, twice, the value
    of now when it gets other decimals.
    """

    valueChanged = pyqtSignal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value, self._single_step, self._page_step, self._offset = 0.0, 1.0, 10.0, 0.0
        self._slider, self._spin_box = QSlider(Qt.Orientation.Horizontal, self), QDoubleSpinBox(self)
        self._range = self._spin_box.minimum(), self._spin_box.maximum()
        self._entered = 0.0
        """What the spin box stands for, which shows it rounded."""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin_box)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._spin_box.valueChanged.connect(self._on_spin_box_changed)
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._update_slider()

    def _get_value(self) -> float:
        return self._value

    @pyqtSlot(float)
    def setValue(self, value: float) -> None:
        """Show a number."""
        if self._enter(value):
            self._move_slider(self._entered)

    value = pyqtProperty(float, _get_value, setValue, user=True)

    def _enter(self, value: float) -> bool:
        """Have the spin box stand for a value; whether that is another one than before."""
        before, self._entered = self._entered, self._within_range(value)
        self._change_spin_box(lambda: self._spin_box.setValue(self._entered))
        return self._entered != before

    def _take_what_is_shown(self) -> bool:
        """Have the spin box stand for what it shows, unless that is the same, rounded; whether it was another one."""
        shown, decimals = self._spin_box.value(), self._spin_box.decimals()
        if round(self._entered, decimals) == shown:
            return False
        self._entered = next((end for end in self._range if round(end, decimals) == shown), shown)
        return True

    def _on_spin_box_changed(self) -> None:
        if self._take_what_is_shown():
            self._move_slider(self._entered)

    def _move_slider(self, value: float) -> None:
        before, steps = self._value, self._slider.value()
        self._value = self._within_range(value)
        self._update_slider()
        if self._slider.value() != steps:
            self._value = self._within_range(self._from_int(self._slider.value()))
        if abs(self._value - before) > self._single_step * 1e-9:
            self._tell()

    def _on_slider_moved(self, whole: int) -> None:
        value = self._within_range(self._from_int(whole))
        if value != self._value:
            self._value = value
            self._update_slider()
            self._tell()

    def _tell(self) -> None:
        self._enter(self._value)
        self.valueChanged.emit(self._value)

    def _within_range(self, value: float) -> float:
        return min(max(value, self._range[0]), self._range[1])

    # The range

    def _get_minimum(self) -> float:
        return self._range[0]

    def _get_maximum(self) -> float:
        return self._range[1]

    def setMinimum(self, minimum: float) -> None:
        """Of the range; the maximum follows when it would be less."""
        self.setRange(minimum, max(minimum, self._get_maximum()))

    def setMaximum(self, maximum: float) -> None:
        """Of the range; the minimum follows when it would be greater."""
        self.setRange(min(self._get_minimum(), maximum), maximum)

    def setRange(self, minimum: float, maximum: float) -> None:
        """Both ends, in either order."""
        self._range = min(minimum, maximum), max(minimum, maximum)
        self._change_spin_box(lambda: self._spin_box.setRange(*self._range))
        self._take_what_is_shown()
        self._move_slider(self._value)
        self._align_with_siblings()

    minimum = pyqtProperty(float, _get_minimum, setMinimum)
    maximum = pyqtProperty(float, _get_maximum, setMaximum)

    def _change_spin_box(self, change: Callable[[], None]) -> None:
        """Change what it shows; nobody has typed it."""
        was_blocked = self._spin_box.blockSignals(True)
        change()
        self._spin_box.blockSignals(was_blocked)

    # Steps, and how the number is written

    def _get_single_step(self) -> float:
        return self._single_step

    def setSingleStep(self, step: float) -> None:
        """Of an arrow key; a step that is too small, or greater than the range, is refused with a warning."""
        extent = self._get_maximum() - self._get_minimum()
        if extent and not sys.float_info.epsilon <= step <= min(extent, _INT_LIMIT):
            logging.warning(f"ctkSliderWidget: the single step {step} does not fit the range, and is not taken")
            return
        self._single_step = step
        self._spin_box.setSingleStep(step)
        self._update_slider()

    def _get_page_step(self) -> float:
        return self._page_step

    def setPageStep(self, step: float) -> None:
        """Of Page Up and Page Down."""
        self._page_step = step
        self._update_slider()

    def _get_decimals(self) -> int:
        return self._spin_box.decimals()

    @pyqtSlot(int)
    def setDecimals(self, decimals: int) -> None:
        """With which the value is shown; it is kept as it is, and told."""
        is_changed = decimals != self._get_decimals()
        self._change_spin_box(lambda: self._spin_box.setDecimals(decimals))
        self._enter(self._entered)
        for _ in range(2 if is_changed else 1):  # CTK's spin box calls the slider's own setDecimals, too
            self._tell()
        self._align_with_siblings()

    def _get_prefix(self) -> str:
        return self._spin_box.prefix()

    def setPrefix(self, prefix: str) -> None:
        """What stands before the number."""
        self._spin_box.setPrefix(prefix)
        self._align_with_siblings()

    def _get_suffix(self) -> str:
        return self._spin_box.suffix()

    def setSuffix(self, suffix: str) -> None:
        """What stands behind the number, such as a unit."""
        self._spin_box.setSuffix(suffix)
        self._align_with_siblings()

    singleStep = pyqtProperty(float, _get_single_step, setSingleStep)
    pageStep = pyqtProperty(float, _get_page_step, setPageStep)
    decimals = pyqtProperty(int, _get_decimals, setDecimals)
    prefix = pyqtProperty(str, _get_prefix, setPrefix)
    suffix = pyqtProperty(str, _get_suffix, setSuffix)

    def _align_with_siblings(self) -> None:
        """Spin boxes that stand below each other are equally wide."""
        parent = self.parentWidget()
        siblings = [self] if parent is None else parent.findChildren(ctkSliderWidget)
        width = max(sibling._spin_box.sizeHint().width() for sibling in siblings)
        for sibling in siblings:
            sibling._spin_box.setMinimumWidth(width)

    # The slider knows whole numbers only: steps, counted from where the value stands.

    def _from_int(self, whole: int) -> float:
        return self._single_step * (self._offset + whole)

    def _to_int(self, value: float) -> int:
        return round(min(max(value / self._single_step, -_INT_LIMIT), _INT_LIMIT))

    def _update_slider(self) -> None:
        was_blocked = self._slider.blockSignals(True)
        whole = self._to_int(self._value)
        self._offset = self._value / self._single_step - whole
        first, last = self._to_int(self._get_minimum()), self._to_int(self._get_maximum())
        # One more where needed, so that both ends can be reached.
        first -= self._from_int(first) > self._get_minimum() and first > -_INT_LIMIT
        last += self._from_int(last) < self._get_maximum() and last < _INT_LIMIT
        self._slider.setRange(first, last)
        self._slider.setPageStep(self._to_int(self._page_step))
        self._slider.setValue(whole)
        self._slider.blockSignals(was_blocked)
