"""Texts on a picture: broken where they fit, measured as they are drawn."""

from __future__ import annotations

import pytest

from cxr_grounding.answers.lettering import MOST_LINES, SMALL, TITLE, drawable


def test_lines_are_broken_where_they_fit_and_the_rest_is_an_ellipsis() -> None:
    lines = TITLE.wrapped("word " * 400, 600).split("\n")
    assert len(lines) == MOST_LINES
    assert lines[-1].endswith(" …")
    assert all(400 < TITLE.width(line) <= 600 for line in lines)


def test_parts_go_on_in_another_line_and_are_not_broken_within() -> None:
    parts = ["solid line: box", "dashed line: seen", "hatched: not seen"]
    assert SMALL.joined(parts, 2000) == "   ·   ".join(parts)
    assert SMALL.joined(parts, 10) == "\n".join(parts)
    assert SMALL.joined([], 10) == ""


def test_height_counts_lines() -> None:
    assert (SMALL.height(""), SMALL.height("a\nb"), TITLE.height("a")) == (19, 38, 25)


@pytest.mark.parametrize(("text", "drawn"), [("a\n b\t\0c", "a b c"), ("half \ud800", "half ?"), ("$x$", "$x$")])
def test_what_no_font_can_draw_is_left_out(text: str, drawn: str) -> None:
    assert drawable(text) == drawn
