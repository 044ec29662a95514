"""The entries of JSON documents from anywhere, read by kind: what does not fit is a `JsonError`, whatever it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Self, TypeVar

from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.disk.sentences import is_whole

T = TypeVar("T")

LARGEST_WHOLE = 2**53
"""Whole numbers up to here are exact in every program that reads JSON (RFC 8259, section 6)."""


class JsonFields:
    """A JSON object whose entries are read by their names.

    Args:
        document: what should be an object, as `json` reads it.
        name: of the object, as errors call it; "" for a whole document.

    Raises:
        JsonError: when it is no object.
    """

    def __init__(self, document: Any, name: str = "") -> None:
        self._name = name
        self._entries: dict[str, Any] = self._as(dict, document, name or "the document", "an object")

    @classmethod
    def of_document(cls, document: Any) -> Self:
        """A whole document, in which every number is finite and no whole number above `LARGEST_WHOLE` in size.

        Raises:
            JsonError: when it is otherwise.
        """
        waiting = [document]
        while waiting:  # rather than a function that calls itself: documents may be nested deeply
            value = waiting.pop()
            if isinstance(value, dict):
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, int) and abs(value) > LARGEST_WHOLE:
                raise JsonError("it holds a whole number that is too large")
            elif isinstance(value, float) and not math.isfinite(value):
                raise JsonError("it holds a number that is not finite")
        return cls(document)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> list[str]:
        """Of all entries."""
        return list(self._entries)

    def raw(self, name: str) -> Any:
        """An entry as it is."""
        if name not in self._entries:
            raise JsonError(f"{self._called(name)} is missing")
        return self._entries[name]

    def object(self, name: str) -> dict[str, Any]:
        """An object as it is."""
        return self._as(dict, self.raw(name), self._called(name), "an object")

    def text(self, name: str) -> str:
        """A text, without half characters, which JSON can hold and no file."""
        value = self._as(str, self.raw(name), self._called(name), "a text")
        if not is_whole(value):
            raise JsonError(f"{self._called(name)} holds half a character")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Such a text, or null."""
        return None if self.raw(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        """True or false."""
        return self._as(bool, self.raw(name), self._called(name), "true or false")

    def whole(self, name: str, least: int = 0, most: int = LARGEST_WHOLE) -> int:
        """A whole number from `least` to `most`."""
        value = self.raw(name)
        if not _is_number(value, int) or not least <= value <= most:
            raise JsonError(f"{self._called(name)} is no whole number from {least} to {most}")
        return int(value)

    def number(self, name: str) -> float:
        """A number; a whole one stays whole."""
        value = self.raw(name)
        if not _is_number(value, int | float):
            raise JsonError(f"{self._called(name)} is no number")
        return value

    def number_or_none(self, name: str) -> float | None:
        """A finite number, or null."""
        return None if self.raw(name) is None else self.number(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of such texts."""
        return tuple(self._list(name, lambda value: isinstance(value, str) and is_whole(value), "texts"))

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(self._list(name, lambda value: _is_number(value, int), "whole numbers"))

    def numbers_by_name(self, name: str) -> dict[str, Any]:
        """An object whose entries are numbers."""
        inner = self.inner(name)
        return {key: inner.number(key) for key in inner._entries}

    def inner(self, name: str) -> JsonFields:
        """An object."""
        return JsonFields(self.raw(name), self._called(name))

    def inners(self, name: str) -> list[JsonFields]:
        """A list of objects."""
        values = self._list(name, lambda value: isinstance(value, dict), "objects")
        return [JsonFields(value, f"{self._called(name)}[{number}]") for number, value in enumerate(values)]

    def optional(self, name: str, made: Callable[[JsonFields], T]) -> T | None:
        """What is made of an object; None where the entry is null."""
        return None if self.raw(name) is None else made(self.inner(name))

    def _list(self, name: str, fits: Callable[[Any], bool], kind: str) -> list[Any]:
        values = self._as(list, self.raw(name), self._called(name), f"a list of {kind}")
        if not all(map(fits, values)):
            raise JsonError(f"{self._called(name)} is not a list of {kind}")
        return values

    def _as(self, kind: type[T], value: Any, called: str, expected: str) -> T:
        if not isinstance(value, kind):
            raise JsonError(f"{called} is not {expected}")
        return value

    def _called(self, name: str) -> str:
        return f"{self._name}.{name}" if self._name else name


def _is_number(value: Any, kind: Any) -> bool:
    """Whether it is one of a kind; true and false, which Python counts among the whole numbers, are none."""
    return isinstance(value, kind) and not isinstance(value, bool)
