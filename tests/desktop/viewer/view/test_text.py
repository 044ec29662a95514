"""Lines that are never too long."""

from __future__ import annotations

import pytest
from PyQt5.QtGui import QFont, QFontMetricsF
from PyQt5.QtWidgets import QApplication

from cxr_grounding_desktop.viewer.view.text import Block, flowed, wrapped


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


def test_blocks_stand_beside_each_other_where_there_is_room(metrics: QFontMetricsF) -> None:
    blocks = [Block(width, lambda painter, area: None) for width in (50, 40, 200, 10, 10)]
    assert [[block.width for block in row] for row in flowed(blocks, 5, 100)] == [[50, 40], [200], [10, 10]]
