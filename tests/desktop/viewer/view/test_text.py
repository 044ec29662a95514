"""Lines that are never too long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt5.QtCore import QPointF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.viewer.view.text import draw_block, wrapped


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetricsF:
    return QFontMetricsF(QFont("DejaVu Sans", 10))


def test_what_fits_stands_on_one_line(metrics: QFontMetricsF) -> None:
    assert wrapped(["a", "few", "words"], " ", metrics, 500, 3) == ["a few words"]


def test_what_does_not_fit_goes_on_in_the_next_line(metrics: QFontMetricsF) -> None:
    width = metrics.horizontalAdvance("one two") + 1
    assert wrapped(["one", "two", "three"], " ", metrics, width, 3) == ["one two", "three"]


@pytest.mark.parametrize("width", [0.0, 20.0, 55.5, 140.0, 300.0])
@pytest.mark.parametrize("text", ["pneumothorax " * 40, "x" * 400, "", "left-sided"])
def test_no_line_is_longer_than_allowed_and_there_are_not_too_many(
    metrics: QFontMetricsF, width: float, text: str
) -> None:
    lines = wrapped(text.split(), " ", metrics, width, 3)
    assert len(lines) <= 3
    # Nothing is narrower than the ellipsis, which is cut away whole below that.
    assert all(metrics.horizontalAdvance(line) <= max(width, metrics.horizontalAdvance("…")) for line in lines)


def test_what_is_cut_says_so(metrics: QFontMetricsF) -> None:
    assert wrapped(["pneumothorax"] * 40, " ", metrics, 150, 2)[-1].endswith("…")


@pytest.mark.parametrize("size", range(8, 20))
def test_letters_that_reach_down_are_whole_though_lines_are_close(qapp: QApplication, size: int) -> None:
    def rows_with_ink(draw: Callable[[QPainter], object]) -> int:
        picture = QImage(60, 60, QImage.Format_RGB32)
        picture.fill(Qt.black)
        painter = QPainter(picture)
        font = QFont("DejaVu Sans")
        font.setPixelSize(size)
        painter.setFont(font)
        painter.setPen(Qt.white)
        draw(painter)
        painter.end()
        return sum(any(picture.pixelColor(x, row).lightness() > 60 for x in range(60)) for row in range(60))

    lines = [("Ég", QColor("white")), ("", QColor("white"))]
    in_block = rows_with_ink(lambda painter: draw_block(painter, lines, QPointF(4, 50), Qt.AlignLeft))
    assert in_block == rows_with_ink(lambda painter: painter.drawText(QPointF(10, 30), "Ég"))
