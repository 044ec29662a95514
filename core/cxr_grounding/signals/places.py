"""Where a sentence says that a finding is: side and zone."""

from __future__ import annotations

import enum
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cxr_grounding.pathologies import Pathology
from cxr_grounding.signals.cues import Kind, Mark
from cxr_grounding.signals.finding_names import Named
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.spans import whole_words


class Laterality(enum.Enum):
    """A side of the patient, or both."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Place(NamedTuple):
    """What a sentence says of a finding's place; None where it does not, and for zones also where it names several."""

    side: Laterality | None
    zone: Zone | None


class _Word(NamedTuple):
    start: int
    stop: int
    means: Laterality | Zone


_NOT_OF_THE_LUNGS = (
    r"(?! (?:ventric\w+|atri\w+|heart|main|limits?|abdom\w+|quadrants?|cervical|lumbar|svc|extremit\w+))"
)
_SIDES = {
    Laterality.LEFT: r"left(?:ward)?|lt\.?|lul|lll|lingula|lingular|(?<=[^\w])l\.|^l\.",
    Laterality.RIGHT: r"right(?:ward)?|rt\.?|rul|rml|rll|(?<=[^\w])r\.|^r\.",
    Laterality.BILATERAL: r"bilateral|bilaterally|both|bibasilar|bibasal|biapical|bihilar|bases|apices|hila",
}
_ZONES = {
    Zone.UPPER: r"upper|apex|apices|apical|biapical|suprahilar|lul|rul",
    Zone.MIDDLE: r"mid|middle|mid-?lungs?|mid-?zones?|lingula|lingular|perihilar|hilar|hilum|hila|bihilar|rml",
    Zone.LOWER: r"lower|bases?|basal|basilar|bibasal|bibasilar|infrahilar|retrocardiac|costophrenic|lll|rll",
}
_PATTERNS = [
    (meaning, whole_words(rf"(?:{words}){_NOT_OF_THE_LUNGS}"))
    for table in (_SIDES, _ZONES)
    for meaning, words in table.items()
]

_BEHIND_FINDING = whole_words(
    r"in|at|on|of|within|involving|along|near|over|overlying|throughout|towards?|affecting|occupying"
)
"""With such a word a place begins that belongs to the finding before it: "effusion on the left"."""

_MEANS = whole_words(
    r"represent\w*|reflect\w*|(?:consistent|compatible) with|suggest\w*|suspicious for|concerning for|worrisome for|"
    r"likely|probabl[ey]|possibl[ey]|(?:may|could|might) be|versus|vs\.?|due to|secondary to"
)
_PARTS = whole_words(r"[;.]|and|(?<!consistent )(?<!compatible )with|but|plus")
"""Words between two names for one thing; and such as stand between two things."""

_TELLS = whole_words(r"is|are|was|were|has|have|remains?|clear|normal|unremarkable")
_NEAR, _FEW = 80, 20
"""Letters in which such words are looked for; separators, and words of one place, that are looked at."""

_PLACELESS = Place(None, None)
_WITHOUT_PLACE = frozenset({Pathology.CARDIOMEGALY.value})
"""Of these a side is never said; one beside them is another finding's."""

_SEPARATORS = (Kind.COMMA, Kind.AND, Kind.WITH, Kind.OR, Kind.END)
_LIST = (Kind.COMMA, Kind.AND, Kind.OR, Kind.ANEW, Kind.PERHAPS_ANEW)


def find_places(text: str, marks: Sequence[Named | Mark]) -> list[Place]:
    """The place of each finding of a sentence, in their order.

    A word for a place belongs to the finding whose phrase it stands in. Findings that are listed before a common
    place share it, "atelectasis and effusion at the left base"; and so do two names for one thing, "left basilar
    opacity, probably atelectasis or scarring".

    Args:
        text: lower case, with single blanks.
        marks: of `scope.judge`.
    """
    named = [mark for mark in marks if isinstance(mark, Named)]
    words = [_Word(*found.span(), meaning) for meaning, pattern in _PATTERNS for found in pattern.finditer(text)]
    if not named or not words:
        return [_PLACELESS] * len(named)
    said: list[list[_Word]] = [[] for _ in named]
    sentence = _Sentence(text, marks, named)
    for word in words:
        owner = sentence.owner(word)
        if owner is not None and len(said[owner]) < _FEW:
            said[owner].append(word)
    for number in range(len(named) - 1):
        if not said[number + 1] and sentence.are_one(number):
            said[number + 1] = said[number]
    for number in range(len(named) - 2, -1, -1):
        if not said[number] and sentence.are_listed(number) and _stand_behind(said[number + 1], named[number + 1]):
            said[number] = said[number + 1]
    return [_PLACELESS if one.name in _WITHOUT_PLACE else _place(own) for one, own in zip(named, said, strict=True)]


class _Sentence:
    """Where findings and separators stand in a sentence."""

    def __init__(self, text: str, marks: Sequence[Named | Mark], named: Sequence[Named]) -> None:
        self._text = text
        self._named = named
        self._starts = [_first(one) for one in named]
        self._stops = [_last(one) for one in named]
        cues = [mark for mark in marks if isinstance(mark, Mark)]
        self._cuts = [mark for mark in cues if mark.kind in _SEPARATORS and text[mark.start] != ":"]
        self._cut_starts = [mark.start for mark in self._cuts]
        self._unlisted = [mark.start for mark in cues if mark.kind not in _LIST]

    def owner(self, word: _Word) -> int | None:
        """The number of the finding that a word for a place belongs to."""
        after = bisect_right(self._starts, word.start)
        before = after - 1
        if before >= 0 and word.start < self._stops[before]:
            return before
        left = self._cut(self._stops[before], word.start) if before >= 0 else Kind.END
        right = self._cut(word.stop, self._starts[after]) if after < len(self._named) else Kind.END
        if (left is not None and right is not None and self._is_clause(word)) or left is right is Kind.END:
            return None
        if left is None or right is Kind.END:
            goes_back = right is not None or self._is_led_in(self._stops[before], word.start)
        else:
            goes_back = left is not Kind.END and right is not None
        return before if goes_back else after

    def are_listed(self, number: int) -> bool:
        """Whether a finding and the next are items of one list, and of the chest's sides."""
        start, stop = self._stops[number], self._starts[number + 1]
        return self._cut(start, stop) in (Kind.AND, Kind.OR) and bisect_left(self._unlisted, start) == bisect_left(
            self._unlisted, stop
        )

    def are_one(self, number: int) -> bool:
        """Whether a finding and the next are two names for what is seen at one place."""
        start, stop = self._stops[number], self._starts[number + 1]
        if self._cut(start, stop) is Kind.OR:
            return True
        is_near = stop - start <= _NEAR and _PARTS.search(self._text, start, stop) is None
        return is_near and _MEANS.search(self._text, start, stop) is not None

    def _cut(self, start: int, stop: int) -> Kind | None:
        """What separates two places of the text; None where nothing does."""
        first, last = bisect_left(self._cut_starts, start), bisect_left(self._cut_starts, stop)
        kinds = [mark.kind for mark in self._cuts[first : min(last, first + _FEW)]]
        return Kind.END if Kind.END in kinds else kinds[-1] if kinds else None

    def _is_clause(self, word: _Word) -> bool:
        """Whether a word belongs to something else that is told between two separators: "left lung is clear"."""
        next_cut = bisect_left(self._cut_starts, word.stop)
        stop = self._cut_starts[next_cut] if next_cut < len(self._cuts) else len(self._text)
        return _TELLS.search(self._text, word.stop, min(stop, word.stop + _NEAR)) is not None

    def _is_led_in(self, start: int, stop: int) -> bool:
        return _BEHIND_FINDING.search(self._text, max(start, stop - _NEAR), stop) is not None


def _first(named: Named) -> int:
    return named.start if named.part is None else min(named.start, named.part[0])


def _last(named: Named) -> int:
    return named.stop if named.part is None else max(named.stop, named.part[1])


def _stand_behind(words: Iterable[_Word], named: Named) -> bool:
    starts = [word.start for word in words]
    return bool(starts) and min(starts) >= _last(named)


def _place(words: Sequence[_Word]) -> Place:
    sides = {word.means for word in words if isinstance(word.means, Laterality)}
    zones = {word.means for word in words if isinstance(word.means, Zone)}
    side = Laterality.BILATERAL if len(sides) > 1 else next(iter(sides), None)
    return Place(side, next(iter(zones)) if len(zones) == 1 else None)
