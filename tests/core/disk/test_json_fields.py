"""Entries of JSON from anywhere are read by kind, or refused by name."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError

DOCUMENT = {
    "text": "a",
    "flag": False,
    "whole": 3,
    "number": 2.5,
    "null": None,
    "texts": ["a", "b"],
    "wholes": [1, 2],
    "numbers": {"a": 1, "b": 0.5},
    "inner": {"deeper": {"x": 1}},
    "inners": [{"x": 1}, {"x": 2}],
}


def test_entries_are_read_by_their_kind() -> None:
    entries = JsonFields.of_document(DOCUMENT)
    assert (entries.text("text"), entries.flag("flag"), entries.whole("whole"), entries.number("number")) == (
        "a",
        False,
        3,
        2.5,
    )
    assert (entries.texts("texts"), entries.wholes("wholes")) == (("a", "b"), (1, 2))
    assert entries.numbers_by_name("numbers") == {"a": 1, "b": 0.5}
    assert entries.inner("inner").object("deeper") == {"x": 1}
    assert [one.whole("x") for one in entries.inners("inners")] == [1, 2]
    assert "text" in entries
    assert "other" not in entries


def test_an_optional_entry_may_be_null_but_not_missing() -> None:
    entries = JsonFields(DOCUMENT)
    assert entries.optional("null", lambda inner: inner.number("x")) is None
    assert entries.inner("inner").optional("deeper", lambda inner: inner.number("x")) == 1
    with pytest.raises(JsonError, match="other is missing"):
        entries.optional("other", lambda inner: inner.number("x"))


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda entries: entries.text("other"), "other is missing"),
        (lambda entries: entries.text("whole"), "whole is not a text"),
        (lambda entries: entries.flag("whole"), "whole is not true or false"),
        (lambda entries: entries.whole("flag"), "flag is no whole number"),
        (lambda entries: entries.whole("number"), "number is no whole number"),
        (lambda entries: entries.whole("whole", least=4), "whole is no whole number from 4"),
        (lambda entries: entries.whole("whole", most=2), "from 0 to 2"),
        (lambda entries: entries.number("flag"), "flag is no number"),
        (lambda entries: entries.texts("wholes"), "wholes is not a list of texts"),
        (lambda entries: entries.texts("text"), "text is not a list of texts"),
        (lambda entries: entries.wholes("texts"), "texts is not a list of whole numbers"),
        (lambda entries: entries.numbers_by_name("inner"), "inner.deeper is no number"),
        (lambda entries: entries.inner("inner").inner("deeper").text("x"), "inner.deeper.x is not a text"),
        (lambda entries: entries.inners("inners")[1].text("x"), r"inners\[1\].x is not a text"),
        (lambda entries: entries.inner("inners"), "inners is not an object"),
    ],
)
def test_what_does_not_fit_is_named(read: Any, said: str) -> None:
    with pytest.raises(JsonError, match=said):
        read(JsonFields(DOCUMENT))


def test_half_a_character_is_no_text() -> None:
    """JSON can hold one, and nothing that writes or shows a text can."""
    entries = JsonFields({"text": "lung \ud800", "texts": ["left", "\udc85"]})
    with pytest.raises(JsonError, match="text holds half a character"):
        entries.text("text")
    with pytest.raises(JsonError, match="texts is not a list of texts"):
        entries.texts("texts")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**53 + 1, -(10**300)])
def test_numbers_that_other_programs_cannot_hold_are_refused_wherever_they_stand(value: float) -> None:
    for document in ({"a": value}, {"a": [{"b": [value]}]}):
        with pytest.raises(JsonError, match="number that is"):
            JsonFields.of_document(document)


def test_a_document_that_is_nested_deeply_is_walked_through() -> None:
    deep: Any = 1
    for _ in range(50_000):
        deep = [deep]
    assert "a" in JsonFields.of_document({"a": deep})


@pytest.mark.parametrize("document", [None, [], "text", 3])
def test_a_document_is_an_object(document: object) -> None:
    with pytest.raises(JsonError, match="the document is not an object"):
        JsonFields.of_document(document)
