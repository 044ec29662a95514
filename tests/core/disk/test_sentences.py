"""Other people's text inside of a sentence: one line that a terminal can show, and never a screenful."""

from __future__ import annotations

import pytest

from cxr_grounding.disk.sentences import LONGEST_REASON, holds_controls, reason, shortened


def test_a_text_becomes_one_printable_line() -> None:
    assert shortened("two\nlines, \x1b[31mred\x00 and\u202e turned") == "two lines, [31mred and turned"


def test_a_long_text_is_cut_where_that_is_seen() -> None:
    assert shortened("x" * 5000) == "x" * LONGEST_REASON + "…"
    assert shortened("x" * LONGEST_REASON) == "x" * LONGEST_REASON
    assert shortened("one two", 3) == "one…"


def test_a_reason_is_the_last_line_of_a_message_cut_alike() -> None:
    assert reason(ValueError("first\nit is \x07damaged.")) == "it is damaged"
    assert reason(ValueError("x" * 5000)) == "x" * LONGEST_REASON + "…"
    assert reason(ValueError()) == "ValueError"


@pytest.mark.parametrize("letter", ["\0", "\x08", "\x1b", "\x7f", "\x9f"])
def test_control_characters_are_found(letter: str) -> None:
    assert holds_controls(f"left{letter}lung")


@pytest.mark.parametrize("text", ["two\nlines", "a\ttab", "Excel's \x0b", "é 肺 \xa0", "\u202e", ""])
def test_white_space_and_letters_of_all_scripts_are_none(text: str) -> None:
    assert not holds_controls(text)
