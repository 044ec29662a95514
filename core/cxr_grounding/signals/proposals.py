"""Which sentences of a report are proposed for grounding, which are not and why, and which say the same."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cxr_grounding.signals.assertion import COMPARISON, INDICATION, Finding, Sentence
from cxr_grounding.signals.other_sentences import Reason, find_reason
from cxr_grounding.signals.scope import judge
from cxr_grounding.signals.spans import lowered

IMPRESSION = "impression"
"""The section that says again what is above it."""

LEFT_OUT = frozenset({INDICATION, COMPARISON, "technique", "recommendation"})
"""Sections that tell of something else than this radiograph. Any other heading ("Lungs:") is taken for one of
findings, as is what stands under none."""

_WORD = re.compile(r"[^\W_]+(?:[.'-][^\W_]+)*")
_EMPTY_WORDS = (
    "a an the there is are was were be been has have seen noted identified present demonstrated again this that which "
    "now also"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
"""Words with which and without which a statement is the same, lower case."""


class LeftOut(enum.Enum):
    """Why a sentence is not proposed although it affirms a finding."""

    SECTION = "section"
    """It stands in a section of `LEFT_OUT`."""
    PEOPLE = "people"
    """It names people or times: it tells who was told of the finding."""


@dataclass(frozen=True)
class Proposal:
    """A sentence of a report, and whether it is worth grounding.

    Args:
        sentence: as `read_report` gives it.
        left_out: why it is not proposed although it affirms a finding; None for all others.
        also_in: the sections of sentences that say the same or less, which have no proposal of their own.
    """

    sentence: Sentence
    left_out: LeftOut | None = None
    also_in: tuple[str, ...] = ()

    @property
    def is_proposed(self) -> bool:
        """Whether it is grounded unless somebody decides otherwise."""
        return self.sentence.is_groundable and self.left_out is None


def propose(sentences: Sequence[Sentence]) -> list[Proposal]:
    """A proposal for each statement of a report, in its order.

    A statement of findings and impression is one: the sentence stays that says more, at its own place.

    Args:
        sentences: of `read_report`.
    """
    kept: list[Proposal | None] = []
    told: dict[frozenset[str], int] = {}
    naming: dict[str, list[int]] = {}
    for sentence in sentences:
        words = _words(sentence.text)
        same = kept[told[words]] if words in told else None
        if same is not None and same.sentence.reason is sentence.reason:
            kept[told[words]] = _also_in(same, sentence)
            continue
        told[words] = len(kept)
        kept.append(Proposal(sentence, _left_out(sentence)))
        if sentence.section == IMPRESSION:
            _fold(kept, naming)
        elif sentence.section not in LEFT_OUT:
            for finding in sentence.findings:
                naming.setdefault(finding.pathology, []).append(len(kept) - 1)
    return [one for one in kept if one is not None]


def deciding_words(sentence: Sentence) -> list[tuple[int, int]]:
    """The places of the words that decided what a sentence says, (start, stop) in its text, in order.

    Those that name the findings with the assertion that decided, and what denies or doubts them; where it names none,
    the words that tell what it is about. None where its section or its language decided.
    """
    small = lowered(sentence.text)
    if sentence.reason is Reason.UNKNOWN_LANGUAGE:
        return []
    if not sentence.findings:
        return find_reason(small, sentence.reason)
    judged, _ = judge(small)
    places: set[tuple[int, int]] = set()
    told = Reason.AFFIRMED if sentence.reason is Reason.HISTORY else sentence.reason  # by the section, or by a word
    for named, assertion, cue in judged:
        if assertion.value in (sentence.reason.value, told.value):
            places |= {words[:2] for words in (named, named.part, cue) if words is not None}
    return sorted(places)


def names_people(sentence: Sentence) -> bool:
    """Whether a sentence names people, or a time of day."""
    return bool(find_reason(lowered(sentence.text), Reason.COMMUNICATION))


def _left_out(sentence: Sentence) -> LeftOut | None:
    if not sentence.is_groundable:
        return None
    if sentence.section in LEFT_OUT:
        return LeftOut.SECTION
    return LeftOut.PEOPLE if names_people(sentence) else None


def _fold(kept: list[Proposal | None], naming: Mapping[str, Sequence[int]]) -> None:
    """Make one of the last sentence and one of the findings, where one of them says all that the other does.

    Args:
        kept: so far; what is folded into another becomes None.
        naming: by finding, the places of the sentences before the impression that name it.
    """
    last = kept[-1]
    if last is None or not last.sentence.findings:
        return
    for place in naming.get(last.sentence.findings[0].pathology, ()):
        other = kept[place]
        if other is None:
            continue
        if _says_all(other.sentence, last.sentence):
            kept[place], kept[-1] = _also_in(other, last.sentence), None
            return
        if _says_all(last.sentence, other.sentence):
            kept[place], kept[-1] = None, _also_in(last, other.sentence)
            return


def _also_in(proposal: Proposal, sentence: Sentence) -> Proposal:
    section = sentence.section
    if section is None or section in (proposal.sentence.section, *proposal.also_in):
        return proposal
    return replace(proposal, also_in=(*proposal.also_in, section))


def _says_all(more: Sentence, less: Sentence) -> bool:
    """Whether one sentence says all that another does, of its findings and in its other words."""
    return _covers(more, less) and _words(_without_names(less)) <= _words(_without_names(more))


def _without_names(sentence: Sentence) -> str:
    """A sentence without the names of its findings, which may be other words for the same."""
    text = sentence.text
    judged, _ = judge(lowered(text))
    spans = [words[:2] for named, _, _ in judged for words in (named, named.part) if words is not None]
    for start, stop in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[stop:]}"
    return text


def _covers(more: Sentence, less: Sentence) -> bool:
    """Whether all that one sentence says of findings, another says too, or more exactly."""
    return more.reason is less.reason and all(any(_agrees(a, b) for a in more.findings) for b in less.findings)


def _agrees(more: Finding, less: Finding) -> bool:
    return (
        more.pathology == less.pathology
        and more.assertion is less.assertion
        and less.side in (None, more.side)
        and less.zone in (None, more.zone)
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(text.lower()) if word not in _EMPTY)
