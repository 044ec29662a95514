"""Numbers with a slider."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QSlider, QVBoxLayout, QWidget

from cxr_grounding_desktop.slicer_stand_in.slicer_names.ctk_widgets import ctkSliderWidget


@pytest.fixture
def slider(qtbot: Any) -> ctkSliderWidget:
    made = ctkSliderWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def values(slider: ctkSliderWidget) -> list[float]:
    """What the slider says its new values are."""
    said: list[float] = []
    slider.valueChanged.connect(said.append)
    return said


def parts(slider: ctkSliderWidget) -> tuple[QSlider, Any]:
    return slider._slider, slider._spin_box


def test_a_slider_is_from_0_to_99_99_at_first(slider: ctkSliderWidget) -> None:
    assert (slider.minimum, slider.maximum, slider.value) == (0.0, 99.99, 0.0)
    assert (slider.singleStep, slider.pageStep, slider.decimals) == (1.0, 10.0, 2)
    assert (slider.prefix, slider.suffix) == ("", "")


def test_a_value_is_kept_as_it_is_set_shown_rounded_and_told_once(slider: ctkSliderWidget, values: list[float]) -> None:
    slider.setValue(0.7)
    slider.setValue(0.7)
    slider.value = 0.123
    assert slider.value == 0.123
    assert values == [0.7, 0.123]
    assert parts(slider)[1].text() == "0.12"


def test_a_value_between_whole_numbers_is_kept_where_none_are_shown(
    slider: ctkSliderWidget, values: list[float], qtbot: Any
) -> None:
    slider.setDecimals(0)
    values.clear()
    slider.setValue(45.5)
    slider.setValue(45.7)
    slider.setValue(45.5)
    assert slider.value == 45.5
    assert values == [45.5, 45.7, 45.5]
    assert parts(slider)[1].text() == "46"
    qtbot.keyClick(parts(slider)[1], Qt.Key_Up)
    assert slider.value == 47.0


@pytest.mark.parametrize(("decimals", "told"), [(0, [0.0, 0.0]), (3, [0.0, 0.0]), (2, [0.0])])
def test_decimals_that_are_set_tell_the_value_of_now_once_more(
    slider: ctkSliderWidget, values: list[float], decimals: int, told: list[float]
) -> None:
    slider.setDecimals(decimals)
    assert values == told


@pytest.mark.parametrize(("asked", "taken"), [(-1.0, 0.0), (1.5, 1.0), (0.29, 0.29), (float("inf"), 1.0)])
def test_a_value_stays_in_the_range(slider: ctkSliderWidget, asked: float, taken: float) -> None:
    slider.setRange(0, 1)
    slider.setValue(0.5)
    slider.setValue(asked)
    assert slider.value == taken


def test_a_range_takes_the_value_with_it(slider: ctkSliderWidget, values: list[float]) -> None:
    slider.setValue(50)
    slider.setMaximum(40)
    slider.setMinimum(45)
    assert (slider.minimum, slider.maximum, slider.value) == (45.0, 45.0, 45.0)
    slider.setRange(9, 3)
    assert (slider.minimum, slider.maximum, slider.value) == (3.0, 9.0, 9.0)
    slider.setMaximum(1)
    assert (slider.minimum, slider.maximum, slider.value) == (1.0, 1.0, 1.0)
    assert values == [50.0, 40.0, 45.0, 9.0, 1.0]


def test_the_handle_moves_by_single_steps_from_where_it_stands_and_reaches_both_ends(
    slider: ctkSliderWidget, values: list[float], qtbot: Any
) -> None:
    handle, _ = parts(slider)
    slider.setRange(0, 1)
    slider.setSingleStep(0.25)
    slider.setValue(0.3)
    for key in (Qt.Key_Right, Qt.Key_Left, Qt.Key_Left, Qt.Key_Left):
        qtbot.keyClick(handle, key)
    assert values == pytest.approx([0.3, 0.55, 0.3, 0.05, 0.0])
    qtbot.keyClick(handle, Qt.Key_End)
    assert slider.value == 1.0
    qtbot.keyClick(handle, Qt.Key_Home)
    assert slider.value == 0.0


def test_page_up_moves_by_the_page_step(slider: ctkSliderWidget, qtbot: Any) -> None:
    slider.setPageStep(20)
    qtbot.keyClick(parts(slider)[0], Qt.Key_PageUp)
    assert slider.value == 20.0


def test_what_is_typed_is_the_value(slider: ctkSliderWidget, values: list[float], qtbot: Any) -> None:
    handle, field = parts(slider)
    field.selectAll()
    qtbot.keyClicks(field, "7")
    assert values == [7.0]
    assert handle.value() == 7


def test_a_step_that_does_not_fit_is_not_taken(slider: ctkSliderWidget, caplog: pytest.LogCaptureFixture) -> None:
    slider.setRange(0, 1)
    for step in (2.0, 0.0, -1.0):
        slider.setSingleStep(step)
    assert slider.singleStep == 1.0
    assert len(caplog.records) == 3


def test_fewer_decimals_keep_range_and_value(slider: ctkSliderWidget, values: list[float]) -> None:
    slider.setRange(0, 50.5)
    slider.setValue(0.55)
    slider.setDecimals(0)
    assert (slider.maximum, slider.value) == (50.5, 0.55)
    assert values == [0.55] * 3
    assert parts(slider)[1].text() == "1"
    slider.setDecimals(2)
    assert parts(slider)[1].text() == "0.55"


def test_an_end_of_the_range_is_reached_though_it_is_shown_rounded(slider: ctkSliderWidget, qtbot: Any) -> None:
    slider.setDecimals(0)
    slider.setRange(0.4, 9.4)
    slider.setValue(9)
    slider.setMaximum(8.6)
    assert slider.value == 8.6
    field = parts(slider)[1]
    field.selectAll()
    qtbot.keyClicks(field, "0")
    assert slider.value == 0.4


def test_prefix_and_suffix_stand_around_the_number(slider: ctkSliderWidget) -> None:
    slider.setDecimals(0)
    slider.setPrefix("about ")
    slider.setSuffix(" %")
    slider.setValue(40)
    assert parts(slider)[1].text() == "about 40 %"


def test_sliders_below_each_other_have_fields_of_one_width(qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    sliders = [ctkSliderWidget(window), ctkSliderWidget(window)]
    for slider in sliders:
        layout.addWidget(slider)
    sliders[0].setRange(0, 1)
    sliders[1].setRange(0, 100000)
    window.show()
    assert parts(sliders[0])[1].width() == parts(sliders[1])[1].width()
