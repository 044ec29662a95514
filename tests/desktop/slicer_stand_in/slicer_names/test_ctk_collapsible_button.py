"""Sections that open and close."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QColor, QPalette
from PyQt5.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from cxr_grounding_desktop.slicer_stand_in.slicer_names.ctk_widgets import ctkCollapsibleButton


class Section:
    """A section with two labels and a field, in a window that is shown."""

    def __init__(self, qtbot: Any, *, collapsed: bool = False) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.button = ctkCollapsibleButton("Display", self.window)
        QVBoxLayout(self.window).addWidget(self.button)
        contents = QVBoxLayout(self.button)
        self.first, self.second, self.field = QLabel("first"), QLabel("second"), QLineEdit()
        for widget in (self.first, self.second, self.field):
            contents.addWidget(widget)
        self.button.setCollapsed(collapsed)
        self.window.resize(300, 200)

    def show(self) -> Section:
        self.window.show()
        QApplication.processEvents()
        return self

    @property
    def visible(self) -> list[bool]:
        return [self.first.isVisible(), self.second.isVisible(), self.field.isVisible()]


def test_a_section_is_open_at_first_and_its_contents_lie_below_the_title(qtbot: Any) -> None:
    section = Section(qtbot).show()
    assert not section.button.collapsed
    assert section.button.text() == "Display"
    assert section.visible == [True, True, True]
    assert not section.button.hitButton(section.first.geometry().center())
    assert section.button.hitButton(QPoint(20, 5))


def test_a_closed_section_is_as_high_as_its_title(qtbot: Any) -> None:
    section = Section(qtbot).show()
    title = section.button.contentsMargins().top()
    assert section.button.height() > title
    section.button.setCollapsed(True)
    QApplication.processEvents()
    assert section.visible == [False, False, False]
    assert section.button.height() == section.button.sizeHint().height() == title
    section.button.setCollapsed(False)
    QApplication.processEvents()
    assert section.visible == [True, True, True]
    assert section.button.height() > title


def test_a_section_that_was_closed_before_it_is_shown_shows_nothing(qtbot: Any) -> None:
    section = Section(qtbot, collapsed=True).show()
    assert section.visible == [False, False, False]
    section.button.setCollapsed(False)
    assert section.visible == [True, True, True]


def test_a_section_says_once_that_it_was_closed_or_opened(qtbot: Any) -> None:
    section, said = Section(qtbot).show(), []
    section.button.contentsCollapsed.connect(said.append)
    for collapsed in (True, True, False, False):
        section.button.setCollapsed(collapsed)
    assert said == [True, False]


def test_a_click_on_the_title_closes_and_opens_and_one_below_it_does_not(qtbot: Any) -> None:
    section = Section(qtbot).show()
    qtbot.mouseClick(section.button, Qt.LeftButton, pos=QPoint(30, 8))
    assert section.button.collapsed
    qtbot.mouseClick(section.button, Qt.LeftButton, pos=QPoint(30, 8))
    assert not section.button.collapsed
    qtbot.mouseClick(section.button, Qt.LeftButton, pos=QPoint(3, section.button.height() - 3))
    assert not section.button.collapsed


@pytest.mark.parametrize("key", [Qt.Key_Space, Qt.Key_Return, Qt.Key_Enter])
def test_a_key_closes_and_opens_the_section_that_has_the_focus(qtbot: Any, key: Any) -> None:
    section = Section(qtbot).show()
    section.button.setFocus()
    qtbot.keyClick(section.button, key)
    assert section.button.collapsed
    qtbot.keyClick(section.button, key)
    assert not section.button.collapsed


def test_enter_in_a_field_does_not_close_the_section_around_it(qtbot: Any) -> None:
    section = Section(qtbot).show()
    section.field.setFocus()
    qtbot.keyClicks(section.field, "a b")
    qtbot.keyClick(section.field, Qt.Key_Return)
    qtbot.keyClick(section.first, Qt.Key_Space)  # a label leaves it to the widgets around it
    assert not section.button.collapsed
    assert section.field.text() == "a b"


def test_what_was_hidden_stays_hidden_when_the_section_opens(qtbot: Any) -> None:
    section = Section(qtbot, collapsed=True)
    section.first.hide()  # before anything was shown
    section.show()
    section.second.hide()  # while it is closed
    section.button.setCollapsed(False)
    assert section.visible == [False, False, True]
    section.field.hide()  # while it is open
    section.button.setCollapsed(True)
    section.button.setCollapsed(False)
    assert section.visible == [False, False, False]


def test_what_is_shown_in_a_closed_section_appears_when_it_opens(qtbot: Any) -> None:
    section = Section(qtbot)
    section.first.hide()
    section.show()
    section.button.setCollapsed(True)
    section.first.show()
    assert section.visible == [False, False, False]
    section.button.setCollapsed(False)
    assert section.visible == [True, True, True]


def test_hiding_the_window_and_showing_it_again_changes_nothing(qtbot: Any) -> None:
    section = Section(qtbot).show()
    section.second.hide()
    for collapsed, visible in (
        (False, [True, False, True]),
        (True, [False, False, False]),
        (False, [True, False, True]),
    ):
        section.button.setCollapsed(collapsed)
        section.window.hide()
        section.show()
        assert section.visible == visible
        section.button.hide()
        section.button.show()
        assert section.visible == visible


def test_what_is_added_to_a_closed_section_is_hidden_too(qtbot: Any) -> None:
    section = Section(qtbot).show()
    section.button.setCollapsed(True)
    late = QLabel("late")
    section.button.layout().addWidget(late)
    QApplication.processEvents()
    assert not late.isVisible()
    section.button.setCollapsed(False)
    assert late.isVisible()


def test_what_is_added_to_a_closed_section_that_opens_at_once_appears_a_turn_of_the_loop_later(qtbot: Any) -> None:
    section = Section(qtbot).show()
    section.button.setCollapsed(True)
    late = QLabel("late")
    section.button.layout().addWidget(late)
    section.button.setCollapsed(False)
    assert late.isHidden()
    QApplication.processEvents()
    assert late.isVisible()


def test_children_of_a_closed_section_are_hidden_and_cannot_be_shown(qtbot: Any) -> None:
    section = Section(qtbot).show()
    section.button.setCollapsed(True)
    section.first.setVisible(True)
    assert section.first.isHidden()
    assert section.second.isHidden()
    section.button.setCollapsed(False)
    assert not section.first.isHidden()


def test_a_section_within_a_section_keeps_its_state(qtbot: Any) -> None:
    section = Section(qtbot)
    inner = ctkCollapsibleButton("Inner")
    section.button.layout().addWidget(inner)
    label = QLabel("inmost", inner)
    QVBoxLayout(inner).addWidget(label)
    inner.setCollapsed(True)
    section.show()
    section.button.setCollapsed(True)
    section.button.setCollapsed(False)
    assert inner.isVisible()
    assert not label.isVisible()


def _colors(widget: QWidget) -> set[str]:
    picture = widget.grab().toImage()
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}


def test_the_title_is_drawn_in_the_palette_s_colors_and_the_focus_can_be_seen(qtbot: Any) -> None:
    section = Section(qtbot, collapsed=True).show()
    palette = QPalette(QColor("#102030"))
    palette.setColor(QPalette.WindowText, QColor("#ff0000"))
    palette.setColor(QPalette.Highlight, QColor("#00ff00"))
    section.button.setPalette(palette)
    section.button.clearFocus()
    without = _colors(section.button)
    section.window.activateWindow()
    section.button.setFocus()
    assert "#ff0000" in without
    assert not any(QColor(name).green() > 200 for name in without)
    assert any(QColor(name).green() > 200 for name in _colors(section.button))


def test_the_triangle_tells_an_open_section_from_a_closed_one(qtbot: Any) -> None:
    section = Section(qtbot).show()
    title = section.button.rect()
    title.setHeight(section.button.contentsMargins().top())
    opened = section.button.grab(title).toImage()
    section.button.setCollapsed(True)
    assert section.button.grab(title).toImage() != opened
