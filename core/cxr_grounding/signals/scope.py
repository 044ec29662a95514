"""Which words reach which finding: whether a sentence affirms it, denies it, doubts it, or tells of the past.

Words of denial, doubt and history reach forward through the findings of a list, up to what ends them ("but", a verb
behind their finding, something new behind a comma), or back to the findings of their own clause ("... is no longer
seen"). The method is that of ConText (Harkema et al., J Biomed Inform 2009), with the ends of a scope decided by what
follows.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple

from cxr_grounding.signals.cues import Kind, Mark, find_cues
from cxr_grounding.signals.finding_names import Named, find_names
from cxr_grounding.signals.spans import without_overlaps


class Assertion(enum.Enum):
    """What a sentence says of a finding that it names."""

    AFFIRMED = "affirmed"
    """It is there, for all that the sentence says; also where it only probably is."""
    DENIED = "denied"
    """It is not there, or no longer."""
    UNCERTAIN = "uncertain"
    """It may be there."""
    HISTORY = "history"
    """It was there, or is asked about."""


Marks = Sequence[Named | Mark]
"""The findings and cues of a text, in order."""

_FROM_BEFORE = {
    Kind.DENIES_AHEAD: Assertion.DENIED,
    Kind.DOUBTS_AHEAD: Assertion.UNCERTAIN,
    Kind.DOUBTS_BOTH: Assertion.UNCERTAIN,
    Kind.PAST_AHEAD: Assertion.HISTORY,
}
_FROM_BEHIND = {
    Kind.DENIES_BEHIND: Assertion.DENIED,
    Kind.DOUBTS_BEHIND: Assertion.UNCERTAIN,
    Kind.DOUBTS_BOTH: Assertion.UNCERTAIN,
    Kind.PAST_BEHIND: Assertion.HISTORY,
    Kind.STILL_BEHIND: Assertion.AFFIRMED,
}
_EITHER = {
    Kind.DENIES_EITHER: (Kind.DENIES_AHEAD, Kind.DENIES_BEHIND),
    Kind.DOUBTS_EITHER: (Kind.DOUBTS_AHEAD, Kind.DOUBTS_BEHIND),
}
_ENDS_A_LIST = {Kind.END, Kind.VERB, Kind.STILL_AHEAD, *_FROM_BEFORE, *_FROM_BEHIND}
_STOPS_WAY_BACK = {Kind.END, Kind.VERB, Kind.STILL_AHEAD, Kind.DENIES_AHEAD, *_FROM_BEHIND}

_PARTS = (Kind.COMMA, Kind.AND, Kind.WITH)

_FARTHEST = 40
"""How many words of the tables, at most, are looked at for the "or" of a list."""


class Judged(NamedTuple):
    """A finding, what is said of it, and the words that say so; None where none do but its name."""

    named: Named
    assertion: Assertion
    cue: Mark | None


def judge(text: str) -> tuple[list[Judged], Marks]:
    """What a sentence says of each finding that it names, in their order; and all that was told apart in it.

    Args:
        text: lower case, with single blanks.
    """
    marks = _directed(without_overlaps([*find_names(text), *find_cues(text)]))
    before, behind = _reached_forward(marks), _reached_back(marks)
    judged = [
        _decided(mark, before.get(place), behind.get(place))
        for place, mark in enumerate(marks)
        if isinstance(mark, Named)
    ]
    return judged, marks


def _directed(marks: Marks) -> Marks:
    """Cues that stand before or behind their finding, as the one or the other."""
    return [
        mark._replace(kind=_EITHER[mark.kind][not _looks_ahead(marks, place)])
        if isinstance(mark, Mark) and mark.kind in _EITHER
        else mark
        for place, mark in enumerate(marks)
    ]


def _looks_ahead(marks: Marks, place: int) -> bool:
    """Whether the finding of a cue stands before it: denials look behind first, doubts ahead."""
    is_ahead = _is_next(marks[place + 1 : place + 1 + _FARTHEST])
    if _kind(marks[place]) is Kind.DOUBTS_EITHER:
        return is_ahead
    return is_ahead and not _is_next(marks[max(0, place - _FARTHEST) : place][::-1])


def _is_next(marks: Marks) -> bool:
    """Whether a finding comes before anything that parts it from where the marks begin."""
    first = next((mark for mark in marks if _kind(mark) not in (Kind.ANEW, Kind.PERHAPS_ANEW, Kind.IDLE)), None)
    return isinstance(first, Named)


def _decided(named: Named, before: Mark | None, behind: Mark | None) -> Judged:
    """A denial outweighs a doubt; what is said behind a finding outweighs history before it."""
    said = []
    if behind is not None:
        said.append((_FROM_BEHIND[behind.kind], behind))
    if before is not None:
        said.append((_FROM_BEFORE[before.kind], before))
    for wanted in (Assertion.DENIED, Assertion.UNCERTAIN):
        for assertion, cue in said:
            if assertion is wanted:
                return Judged(named, assertion, cue)
    return Judged(named, *said[0]) if said else Judged(named, Assertion.AFFIRMED, None)


def _kind(mark: Named | Mark) -> Kind | None:
    return mark.kind if isinstance(mark, Mark) else None


def _reached_forward(marks: Marks) -> dict[int, Mark]:
    """By the place of a finding, the cue before it whose scope it is in."""
    reached: dict[int, Mark] = {}
    cue: Mark | None = None
    has_finding = is_told = False  # behind the cue; and a verb behind that
    for place, mark in enumerate(marks):
        if isinstance(mark, Named):
            if cue is not None:
                reached[place] = cue
            has_finding = True
        elif mark.kind in _FROM_BEFORE:
            if cue is None or _replaces(mark, cue, marks[place - 1]):
                cue, has_finding, is_told = mark, False, False
        elif mark.kind in (Kind.END, Kind.STILL_AHEAD):
            cue = None
        elif mark.kind is Kind.VERB or mark.kind in _FROM_BEHIND:
            is_told = is_told or has_finding
        elif mark.kind in _PARTS and cue is not None:
            if cue.kind is Kind.PAST_AHEAD:
                is_over = _ends_history(marks, place, has_finding)
            else:
                is_over = has_finding and _begins_anew(marks, place, cue, is_told)
            cue = None if is_over else cue
    return reached


def _ends_history(marks: Marks, place: int, has_finding: bool) -> bool:
    """Whether what follows is of today, and not in one list with the past: "status post surgery, with an effusion"."""
    if _kind(marks[place]) is Kind.AND:
        return False
    goes_on = isinstance(marks[place + 1], Named) if place + 1 < len(marks) else False
    return _kind(marks[place]) is Kind.WITH or not (has_finding and goes_on)


def _replaces(mark: Mark, cue: Mark, last: Named | Mark) -> bool:
    """Whether a cue takes over from an earlier one: not doubt from denial, as in "no opacity to suggest pneumonia"."""
    if mark.kind is Kind.PAST_AHEAD:
        return False
    return cue.kind is not Kind.DENIES_AHEAD or mark.kind is Kind.DENIES_AHEAD or _kind(last) in _PARTS


def _begins_anew(marks: Marks, place: int, cue: Mark, is_told: bool) -> bool:
    """Whether something new begins behind a comma or an "and", and not another item of the list before it."""
    rest = marks[place + 1 : place + 1 + _FARTHEST]
    if not rest or _kind(rest[0]) is Kind.OR:
        return not rest
    if is_told or _kind(rest[0]) is Kind.VERB:
        return True
    if _kind(marks[place]) is not Kind.COMMA and cue.kind is not Kind.DENIES_AHEAD:
        return False  # "may represent pneumonia and a small effusion"
    if _kind(rest[0]) is Kind.ANEW:
        return True
    first = rest[0]
    is_part = isinstance(first, Named) and first.part is not None and first.part[0] < first.start
    if not is_part and _kind(first) is not Kind.PERHAPS_ANEW:
        return False
    # A list goes on if its "or" is still to come.
    kinds = [_kind(mark) for mark in rest]
    end = next((number for number, kind in enumerate(kinds) if kind in _ENDS_A_LIST), len(kinds))
    return Kind.OR not in kinds[:end]


def _reached_back(marks: Marks) -> dict[int, Mark]:
    """By the place of a finding, the cue behind it that is said of it."""
    reached: dict[int, Mark] = {}
    for place, cue in enumerate(marks):
        if not isinstance(cue, Mark) or cue.kind not in _FROM_BEHIND:
            continue
        is_list = has_finding = False
        for earlier in range(place - 1, -1, -1):
            mark = marks[earlier]
            if isinstance(mark, Named):
                reached.setdefault(earlier, cue)
                has_finding = True
                if cue.kind is Kind.DOUBTS_BOTH:  # what stands against it: "opacity, atelectasis versus scarring"
                    break
            elif mark.kind in _STOPS_WAY_BACK or (mark.kind is Kind.COMMA and has_finding and not is_list):
                break
            elif mark.kind in (Kind.AND, Kind.WITH, Kind.OR):
                is_list = True
    return reached
