from __future__ import annotations

import pytest
from PyQt5.QtGui import QColor, QPalette

from cxr_grounding_desktop.viewer.window import look

READABLE = 4.5
"""The contrast that WCAG 2.1 asks of text, level AA."""

PAIRS = [
    (QPalette.WindowText, QPalette.Window),
    (QPalette.Text, QPalette.Base),
    (QPalette.Text, QPalette.AlternateBase),
    (QPalette.ButtonText, QPalette.Button),
    (QPalette.ToolTipText, QPalette.ToolTipBase),
    (QPalette.HighlightedText, QPalette.Highlight),
    (QPalette.PlaceholderText, QPalette.Base),
    (QPalette.PlaceholderText, QPalette.Window),
    (QPalette.Link, QPalette.Window),
]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(text: int, ground: int) -> None:
    colors = look.palette()
    assert look.contrast(colors.color(text), colors.color(ground)) >= READABLE


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (look.WARNING_TEXT, look.WARNING_FIELD),
        (look.TEXT, look.ACCENT_GROUND),
        (look.TEXT, look.FIELD),
        (look.ON_ACCENT, look.ACCENT),
        (look.QUIET, look.WINDOW),
        (look.QUIET, look.RAISED),
    ],
)
def test_text_of_the_style_sheet_can_be_read(text: str, ground: str) -> None:
    assert look.contrast(QColor(text), QColor(ground)) >= READABLE


@pytest.mark.parametrize(
    ("role", "ground"),
    [(QPalette.WindowText, QPalette.Window), (QPalette.Text, QPalette.Base), (QPalette.ButtonText, QPalette.Button)],
)
def test_disabled_text_differs_from_enabled_and_can_still_be_seen(role: int, ground: int) -> None:
    colors = look.palette()
    enabled, disabled = colors.color(QPalette.Active, role), colors.color(QPalette.Disabled, role)
    assert look.contrast(enabled, disabled) >= 2
    assert look.contrast(disabled, colors.color(QPalette.Disabled, ground)) >= 3


def test_the_focus_and_the_borders_stand_out_from_what_is_beside_them() -> None:
    for ground in (look.WINDOW, look.FIELD, look.RAISED):
        assert look.contrast(QColor(look.ACCENT), QColor(ground)) >= 3


def test_there_is_one_accent() -> None:
    """Every saturated color is of the accent's hue, or of the message strip."""
    strip = {look.WARNING_FIELD, look.WARNING_TEXT}
    named = {value for value in vars(look).values() if isinstance(value, str) and value.startswith("#")}
    hues = {QColor(value).hslHue() for value in named - strip if QColor(value).hslSaturationF() > 0.3}
    assert max(hues) - min(hues) < 20


def test_contrast_is_that_of_the_standard() -> None:
    assert look.contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert look.contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)
